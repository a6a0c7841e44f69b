// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.snapshot.Snapshots;
import io.meikyo.core.base.Invariant;
import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.FollowView;
import io.meikyo.core.mirror.MirrorEngine;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Superblock;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives the engine its events, one after the other, and carries out its effects in their order.
 *
 * <p>Whatever happens while an effect is carried out (an answer of a front end that asks for more,
 * a lost connection) is queued and given to the engine afterwards: a step is never entered twice. A
 * payload that comes with an event is kept until its step has ended. For the loop's thread.
 */
final class MirrorDriver
    implements Consumer<Effect>, PeerPort.Events, RecordPort.Events, DataEdge.Done {
  /** Takes the one answer to a command. */
  @FunctionalInterface
  interface CommandAnswer {
    /** The command has ended. */
    void done(Effect.CommandDone answer);
  }

  /** What the driver tells the house around it. Called in the middle of a step: only note it. */
  interface Watcher {
    /** A sentence of the engine. */
    void tell(Effect.Tell tell);

    /** The hold changed. */
    void hold(Effect.HoldChanged hold);

    /** What a cut is worth has become known. */
    void cut(Effect.CutKnown cut);

    /** A disk failed: call, byte (or -1), errno (0: short). */
    void diskFailed(String partition, String call, long offset, int errno);

    /** Something may have changed that status views and front ends look at. */
    void stepped();
  }

  /** An event with the memory that it is about. */
  private record Queued(Event event, @Nullable Buffer buffer) {}

  private final IoLoop loop;
  private final MirrorEngine engine;
  private final Watcher watcher;
  private final ArrayDeque<Queued> queue = new ArrayDeque<>();
  private final Map<Long, CommandAnswer> commands = new HashMap<>();
  private final Map<Long, MirrorBlocks.Answered> requests = new HashMap<>();
  private final CutDigest digest;
  private @Nullable Snapshots snapshots;
  private @Nullable Superblock newest;
  private @Nullable DataEdge data;
  private @Nullable MetaEdge meta;
  private @Nullable PeerPort peers;
  private @Nullable RecordPort record;
  private IoLoop.@Nullable Timer timer;
  private long timerAt;
  private long lastId;
  private int linksUp;
  private long judged;
  private boolean running;
  private boolean flushing;

  MirrorDriver(IoLoop loop, EngineConfig config, LongSupplier entropy, Watcher watcher) {
    this.loop = loop;
    this.engine = new MirrorEngine(config, entropy);
    this.watcher = watcher;
    this.digest =
        new CutDigest(
            config.geometry(),
            new CutDigest.Disk() {
              @Override
              public boolean hash(long start, int count, Consumer<@Nullable Hash> answer) {
                return there(data).hashAtLeisure(start, count, answer);
              }

              @Override
              public void whenFree(Runnable task) {
                there(data).whenFree(task);
              }
            },
            (cutId, hash) -> {
              there(snapshots).digested(cutId);
              event(new Event.DigestComputed(cutId, hash));
            });
  }

  /** Gives it its edges, before the first event. */
  void edges(
      DataEdge dataEdge,
      Snapshots store,
      MetaEdge metaEdge,
      PeerPort peerPort,
      RecordPort recordPort) {
    data = dataEdge;
    snapshots = store;
    store.verdicts(this::verdictMayCome);
    meta = metaEdge;
    peers = peerPort;
    record = recordPort;
  }

  MirrorStatus status() {
    return engine.status();
  }

  boolean imageWaits() {
    return engine.imageWaits();
  }

  FollowView following(long now) {
    return engine.following(now);
  }

  Role role() {
    return engine.role();
  }

  // ---- events in

  void event(Event event) {
    event(event, null);
  }

  private void event(Event event, @Nullable Buffer buffer) {
    if (buffer != null) {
      buffer.keep();
    }
    queue.addLast(new Queued(event, buffer));
    if (running) {
      return;
    }
    running = true;
    Queued next = queue.poll();
    while (next != null) {
      if (next.event instanceof Event.Received r
          && r.frame().body() instanceof Message.CutVerdict v) {
        judged = v.cutId();
      }
      engine.step(loop.nanos(), next.event, this);
      if (judged != 0) {
        judge();
      }
      if (next.buffer != null) {
        next.buffer.drop();
      }
      next = queue.poll();
    }
    running = false;
    if (!flushing) {
      flushing = true;
      loop.post(this::flushPeers);
    }
    watcher.stepped();
  }

  /** A verdict was given or has come: what the engine has made of it stands in its record. */
  private void judge() {
    CutRecord cut = engine.status().cut();
    if (cut.cutId() == judged) {
      there(snapshots).judged(cut);
    }
    judged = 0;
  }

  /** Only the active of a cut judges it, as long as it is that; it tells those who follow. */
  private boolean verdictMayCome(boolean ledHere) {
    return switch (engine.role()) {
      case ACTIVE, DEMOTING -> ledHere;
      case STANDBY -> !ledHere && linksUp != 0;
      case PROMOTING, DETACHED, FAILED -> false;
    };
  }

  /**
   * Once for all events of a round of the loop, before it gives the kernel anything: what they said
   * leaves as one message, and the peer answers as one.
   */
  private void flushPeers() {
    flushing = false;
    PeerPort port = peers;
    if (port != null) {
      port.flush();
    }
  }

  /** An id for a command or request; never used twice in this life. */
  long nextId() {
    return ++lastId;
  }

  /** Gives a command whose id was drawn with {@link #nextId}. */
  void command(long id, Event event, CommandAnswer answer) {
    commands.put(id, answer);
    event(event);
  }

  /** Gives a request of a front end. */
  void request(long id, Event event, @Nullable Buffer buffer, MirrorBlocks.Answered answer) {
    requests.put(id, answer);
    event(event, buffer);
  }

  /** Requests of front ends that are not answered. */
  int requestsOpen() {
    return requests.size();
  }

  @Override
  public void linkUp(int peer) {
    linksUp |= 1 << peer;
    event(new Event.LinkUp(peer));
  }

  @Override
  public void linkDown(int peer) {
    linksUp &= ~(1 << peer);
    event(new Event.LinkDown(peer));
  }

  @Override
  public void received(int peer, Frame frame) {
    event(
        new Event.Received(peer, frame),
        frame.body().payloadOrNull() instanceof Buffer b ? b : null);
  }

  @Override
  public void lineage(long group, List<Long> former) {
    event(new Event.Lineage(group, former));
  }

  @Override
  public void recordSeen(SetRecord seen) {
    event(new Event.RecordSeen(seen));
  }

  @Override
  public void proposed(long proposalId, Event.Outcome outcome, @Nullable SetRecord after) {
    event(new Event.Proposed(proposalId, outcome, after));
  }

  @Override
  public void ended(long op, boolean ok, @Nullable Buffer bytes, @Nullable Hash hash) {
    event(new Event.DiskDone(op, ok, bytes, hash), bytes);
  }

  @Override
  public void failed(String call, long offset, int errno) {
    watcher.diskFailed("data", call, offset, errno);
  }

  // ---- effects out

  @Override
  public void accept(Effect effect) {
    switch (effect) {
      case Effect.DiskWrite e -> write(e);
      case Effect.DiskRead e -> there(data).read(e);
      case Effect.DiskZero e -> zero(e);
      case Effect.DiskFlush e -> there(data).flush(e);
      case Effect.WriteSuperblock e -> {
        newest = e.superblock();
        there(meta).superblock(e);
      }
      case Effect.WriteLog e -> there(meta).log(e);
      case Effect.WriteMapPage e -> there(meta).page(e);
      case Effect.Send e -> there(peers).send(e.peer(), e.frame());
      case Effect.CloseLink e -> there(peers).close(e.peer(), e.why());
      case Effect.Propose e -> there(record).propose(e.proposalId(), e.next());
      case Effect.Reply e -> reply(e);
      case Effect.CommandDone e -> {
        CommandAnswer answer = commands.remove(e.command());
        Invariant.check(answer != null, "a command is answered once", e.command());
        if (answer != null) {
          answer.done(e);
        }
      }
      case Effect.Tell e -> watcher.tell(e);
      case Effect.HoldChanged e -> watcher.hold(e);
      case Effect.CutKnown e -> {
        judged = e.cutId();
        watcher.cut(e);
      }
      case Effect.Wake e -> wake(e.atNanos());
      case Effect.TakeSnapshot e -> snapshot(e.cutId());
      case Effect.ComputeDigest e -> digest(e.cutId(), e.chunks());
      case Effect.KeepConsistentCopy e -> event(new Event.DiskDone(e.op(), false, null, null));
      case Effect.DropConsistentCopy _ -> {
        // None is ever kept.
      }
      // There is no history either: an asynchronous peer falls back to its dirty map.
      case Effect.HistoryAppend e -> event(new Event.DiskDone(e.op(), false, null, null));
      case Effect.HistoryRead e -> event(new Event.DiskDone(e.op(), false, null, null));
      case Effect.HistoryTrim _ -> {
        // Nothing is in it.
      }
    }
  }

  private void write(Effect.DiskWrite e) {
    digest.changes();
    DataEdge disk = there(data);
    Snapshots passed = there(snapshots);
    if (passed.none()) {
      disk.write(e);
      return;
    }
    Buffer bytes = (Buffer) e.payload();
    bytes.keep();
    passed.write(
        e.start(),
        e.count(),
        () -> {
          disk.write(e);
          bytes.drop();
        });
  }

  private void zero(Effect.DiskZero e) {
    digest.changes();
    there(snapshots).write(e.start(), e.count(), () -> there(data).zero(e));
  }

  /**
   * At a cut of backup mode the disk stands still by itself until the hold ends, and the image is
   * taken by others: there is nothing to keep. At any other cut a snapshot is taken.
   */
  private void snapshot(long cutId) {
    there(snapshots).overtaken();
    BackupRecord backup = engine.backup();
    if (backup.flagOn() && backup.cutId() == cutId) {
      digest.stands(cutId);
      event(new Event.SnapshotTaken(cutId, true));
      return;
    }
    Superblock cut = newest;
    if (cut == null || cut.cut().cutId() != cutId || there(data).changing() > 0) {
      // The engine promises both; without them there would be no snapshot of this cut.
      there(snapshots).refuse();
      event(new Event.SnapshotTaken(cutId, false));
      return;
    }
    there(snapshots)
        .take(cut, engine.role() == Role.ACTIVE, ok -> event(new Event.SnapshotTaken(cutId, ok)));
  }

  private void digest(long cutId, long[] chunks) {
    Snapshots store = there(snapshots);
    if (!store.readable(cutId)) {
      digest.begin(cutId, chunks);
      return;
    }
    store.digesting(cutId);
    digest.begin(
        cutId,
        chunks,
        new CutDigest.Disk() {
          @Override
          public boolean hash(long start, int count, Consumer<@Nullable Hash> answer) {
            return store.read(
                cutId,
                start,
                count,
                (errno, bytes) -> {
                  if (bytes == null) {
                    answer.accept(null);
                    return;
                  }
                  bytes.keep();
                  there(data)
                      .hash(
                          bytes,
                          hash -> {
                            bytes.drop();
                            answer.accept(hash);
                          });
                });
          }

          @Override
          public void whenFree(Runnable task) {
            store.whenFree(task);
          }
        });
  }

  private static <T> T there(@Nullable T edge) {
    if (edge == null) {
      throw new IllegalStateException("the engine asks for an edge before there is one");
    }
    return edge;
  }

  private void reply(Effect.Reply e) {
    MirrorBlocks.Answered answer = requests.remove(e.request());
    Invariant.check(answer != null, "a request is answered once", e.request());
    if (answer != null) {
      answer.done(e.status(), e.payload() instanceof Buffer b ? b : null);
    }
  }

  /** One timer: the earliest instant counts, and one that is due fires in any case. */
  private void wake(long at) {
    IoLoop.Timer armed = timer;
    if (armed != null) {
      if (at >= timerAt) {
        return;
      }
      armed.cancel();
    }
    timerAt = at;
    timer =
        loop.at(
            at,
            () -> {
              timer = null;
              event(new Event.Tick());
            });
  }

  /** Gives no more ticks. */
  void close() {
    IoLoop.Timer armed = timer;
    if (armed != null) {
      armed.cancel();
    }
    timer = null;
  }
}
