// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static io.meikyo.agent.still.Waiting.within;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.mirror.MirrorBlocks;
import io.meikyo.agent.mirror.MirrorDisk;
import io.meikyo.agent.still.Backup.Held;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.linux.BootTime;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the mirror disks of this server to a still point together, and back (rules R10, R11).
 *
 * <pre>
 *  freeze:  look ▶ sync ▶ the deadline begins ▶ keeper and note ▶ sync ▶ freeze, inner ones first
 *           ▶ hold all ▶ cut all ▶ stands
 *  cut:     look ▶ … ▶ cut all ▶ release all ▶ thaw: nothing stands but the snapshots
 *  thaw:    release all ▶ thaw, outer ones first ▶ keeper, note
 *  a step fails, or a hold ends by itself:
 *           the others are ended as broken ▶ thaw ▶ keeper, note
 *  seal:    all are given back at the cut, with flag and cut; see {@link Sealing}
 * </pre>
 *
 * <p>All of it is done by one thread of its own, one after the other; it waits for children and
 * loops, each for a limited time. What a hold does by itself reaches it as a future that every wait
 * looks at. The public methods may be called by any thread and block until the end.
 */
public final class StillPoint implements AutoCloseable {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;
  private static final long MICRO = 1_000L;

  /** An agent that stops has 10 s in all. */
  private static final long STOP_NANOS = 4 * SECOND;

  /** Status: done. */
  public static final int OK = 0;

  /** Status: a step failed, what was done has been undone. */
  public static final int FAILED = 1;

  /** Status: the image is void. */
  public static final int VOIDED = 3;

  /** Status: refused, nothing was changed. */
  public static final int REFUSED = 4;

  /**
   * How a command ended.
   *
   * @param status exit status
   * @param said what is to be said, in this order
   * @param facts for programs
   */
  public record Result(int status, List<Notice> said, Map<String, Object> facts) {}

  private final FileSystems files;
  private final Frost frost;
  private final Consumer<Notice> log;
  private final LongSupplier clock;
  private final LongSupplier wallMillis;
  private final HeldDisks asks;
  private final LongSupplier random;
  private final Map<String, StillDisk> disks = new ConcurrentHashMap<>();

  /** It comes and goes with the work: there is none most of the time. */
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform().daemon().name("still").factory());

  /** Disks whose last backup was void; until the next freeze. */
  private final Map<String, Boolean> voided = new ConcurrentHashMap<>();

  private volatile @Nullable Backup current;
  private volatile boolean closed;

  /**
   * A still point without disks.
   *
   * @param file where it notes what it froze; on nothing that can be frozen
   * @param bootId boot of this server
   * @param log takes what nobody has asked for; any thread
   */
  public StillPoint(Path file, long bootId, Consumer<Notice> log) {
    this(
        new MountedFileSystems(),
        new FrozenNote(file, bootId),
        log,
        BootTime::nanos,
        System::currentTimeMillis,
        new SecureRandom()::nextLong);
  }

  StillPoint(
      FileSystems files,
      FrozenNote note,
      Consumer<Notice> log,
      LongSupplier clock,
      LongSupplier wallMillis,
      LongSupplier random) {
    this.files = files;
    this.log = log;
    this.clock = clock;
    this.wallMillis = wallMillis;
    this.random = random;
    this.asks = new HeldDisks(clock, wallMillis);
    thread.allowCoreThreadTimeOut(true);
    this.frost = new Frost(files, note, this::keeper, clock, thread, log);
  }

  private @Nullable FreezeKeeper keeper(String mirror) {
    StillDisk disk = disks.get(mirror);
    return disk == null ? null : disk.keeper();
  }

  /**
   * Adds a mirror disk, before it begins.
   *
   * @param front what its users have
   */
  public void add(MirrorDisk disk, IoLoop loop, StillFront front) {
    add(new MirrorStill(disk, loop, front));
  }

  /** Is to be told of the mirror disk's role, after whatever serves its users. */
  public MirrorDisk.RoleListener roles(String mirror) {
    return new MirrorDisk.RoleListener() {
      @Override
      public void serves(MirrorBlocks blocks) {
        goesOn(mirror);
      }

      @Override
      public void ceases() {
        // Its hold has ended with the role, and that is heard.
      }

      @Override
      public void idle() {
        goesOn(mirror);
      }
    };
  }

  void add(StillDisk disk) {
    disks.put(disk.name(), disk);
    disk.listen(
        new StillDisk.Listener() {
          @Override
          public void hold(long holdId, HoldState state, Notice why) {
            Backup now = current;
            if (now != null) {
              now.heard(disk, holdId, state, why, clock.getAsLong());
            }
          }

          @Override
          public void cut(long cutId, CutStatus status) {
            Backup now = current;
            if (now != null) {
              now.judged(disk, cutId, status);
            }
          }
        });
  }

  // ---- commands

  /**
   * Freezes, holds and cuts.
   *
   * @param names of mirror disks of this server
   * @param seconds after so long all of it ends by itself
   * @param by who wants it
   */
  public Result freeze(List<String> names, long seconds, long cutId, String by)
      throws InterruptedException {
    return inTurn(() -> still(names, seconds * SECOND, cutId, by, false));
  }

  /**
   * Freezes, holds, cuts with snapshots on every replica, and lets go at once, outside of any
   * backup mode. Nothing stands afterwards but the snapshots; if a step fails, not those of this
   * server either.
   *
   * @param names of mirror disks of this server
   * @param millis what is not done by then is undone
   * @param by who wants it
   */
  public Result cut(List<String> names, long millis, long cutId, String by)
      throws InterruptedException {
    return inTurn(() -> still(names, millis * MILLI, cutId, by, true));
  }

  /** Ends the backup that has any of these disks; all of its disks. */
  public Result thaw(List<String> names) throws InterruptedException {
    Backup now = current;
    if (now != null && !now.standing) {
      now.broken.complete(List.of(Notice.of(StillNotice.CANCELLED)));
    }
    return inTurn(() -> thawNow(names));
  }

  /** Gives back all disks of the backup that stands, for a shutdown: their flags stay. */
  public Result seal(List<String> names) throws InterruptedException {
    return inTurn(() -> {
      Backup b = current;
      if (b == null || !b.standing || b.broken.isDone() || !names.stream().allMatch(b::has)) {
        return new Result(REFUSED, List.of(Notice.of(StillNotice.NONE_TO_SEAL)), Map.of());
      }
      Result result = Sealing.of(b, left(b.deadline));
      if (result.status() == FAILED) {
        end(b, List.of(), Say.HOLD_GIVEN_UP);
      } else if (result.status() == OK) {
        current = null;
      }
      return result;
    });
  }

  /** Why a freeze of these is refused at once; null if it is not. Of no moment but this one. */
  public @Nullable Notice standing() {
    Backup now = current;
    return now == null
        ? null
        : Notice.of(StillNotice.STANDS, now.names(), now.by, left(now.deadline) / SECOND);
  }

  /**
   * It is known what this life does with a mirror disk, and its users' requests end: what a former
   * life froze on it is thawed. Any thread; returns at once.
   */
  void goesOn(String mirror) {
    thread.execute(() -> frost.thawFormer(mirror));
  }

  /** Ends what stands, since the process is about to end; blocks a few seconds at most. */
  @Override
  public void close() {
    closed = true;
    Backup now = current;
    if (now != null && !now.standing) {
      now.broken.complete(List.of(Notice.of(StillNotice.CANCELLED)));
    }
    CompletableFuture<?> end =
        CompletableFuture.runAsync(
            () -> {
              Backup last = current;
              if (last != null) {
                end(last, List.of(Notice.of(StillNotice.CANCELLED)), Say.HOLD_AGENT_STOPS);
              }
            },
            thread);
    var _ = within(end, STOP_NANOS);
  }

  /** Work for the thread. */
  private interface Work {
    Result run();
  }

  private Result inTurn(Work work) throws InterruptedException {
    CompletableFuture<Result> end = new CompletableFuture<>();
    thread.execute(() -> {
      try {
        end.complete(work.run());
      } catch (RuntimeException e) {
        end.completeExceptionally(e);
      }
    });
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  // ---- there

  private Result still(List<String> names, long nanos, long cutId, String by, boolean brief) {
    List<Notice> said = new ArrayList<>();
    List<Held> held = new ArrayList<>();
    Map<String, Path> devices = new LinkedHashMap<>();
    Notice stands = standing();
    if (closed) {
      stands = Notice.of(StillNotice.CANCELLED);
    }
    if (stands != null) {
      return new Result(REFUSED, List.of(stands), Map.of());
    }
    frost.retry();
    for (StillMount m : frost.left()) {
      said.add(Notice.of(StillNotice.LEFT, m.mirror(), m.at()));
    }
    String missing = files.missing();
    for (String name : names) {
      StillDisk disk = disks.get(name);
      if (disk == null) {
        throw new IllegalArgumentException("no mirror disk " + name);
      }
      Notice obstacle = obstacle(disk, nanos);
      if (obstacle != null) {
        said.add(obstacle);
      }
      Path device = disk.device();
      if (device != null) {
        devices.put(name, device);
      }
      held.add(new Held(disk, random.getAsLong() | 1));
    }
    if (missing != null && !devices.isEmpty()) {
      said.add(Notice.of(StillNotice.NO_PROGRAM, missing));
    }
    if (!said.isEmpty()) {
      return new Result(REFUSED, said, Map.of());
    }
    Backup b = new Backup(cutId, by, nanos, brief, held);
    current = b;
    names.forEach(voided::remove);
    try {
      Map<String, List<String>> frozen = bring(b, devices, said);
      if (brief) {
        Map<String, Object> facts = letGoAtOnce(b, frozen, said);
        current = null;
        return new Result(OK, said, facts);
      }
      asks.awaitProof(b);
      Map<String, Object> facts = stands(b, frozen, said);
      b.standing = true;
      // Whatever breaks it from now on breaks it behind this task: nobody waits for it any more.
      var _ = b.broken.whenCompleteAsync((why, _) -> breaks(b, why), thread);
      log.accept(
          Notice.of(
              StillNotice.STANDING,
              b.names(),
              Long.toHexString(cutId),
              left(b.deadline) / SECOND,
              by));
      return new Result(OK, said, facts);
    } catch (Backup.Failure f) {
      said.addAll(f.notices());
      undo(b, said);
      return new Result(FAILED, said, Map.of());
    } catch (RuntimeException e) {
      // A defect of ours: nothing stays frozen for it.
      undo(b, said);
      said.forEach(log);
      throw e;
    } finally {
      files.restNow();
    }
  }

  private void undo(Backup b, List<Notice> said) {
    b.ending = true;
    asks.breakAll(b, Say.HOLD_GIVEN_UP, said);
    frost.thaw(b.frozen, said);
    frost.forgetAnnounced(b);
    if (b.brief) {
      b.held.stream().filter(h -> h.asked).forEach(h -> h.disk.forget(b.cutId));
    }
    current = null;
  }

  private @Nullable Notice obstacle(StillDisk disk, long nanos) {
    if (nanos > disk.secondsMax() * SECOND) {
      return Notice.of(
          StillNotice.TOO_LONG, Backup.seconds(nanos), disk.name(), disk.secondsMax(), disk.kind());
    }
    StillDisk.View view = asks.view(disk);
    return view == null ? Notice.of(StillNotice.LOOP_SILENT, disk.name()) : view.obstacle();
  }

  /** What was frozen, by name of the mirror disk: the cut stands on all, at one point. */
  private Map<String, List<String>> bring(Backup b, Map<String, Path> devices, List<Notice> said)
      throws Backup.Failure {
    FileSystems.Found found;
    try {
      found = files.find(devices);
    } catch (IOException e) {
      throw new Backup.Failure(Notice.of(StillNotice.LOOK_FAILED, String.valueOf(e.getMessage())));
    }
    said.addAll(found.remarks());
    List<StillMount> inner = found.mounts().reversed();
    for (StillMount m : inner) {
      frost.sync(b, m);
    }
    files.ready(inner);
    b.deadline = clock.getAsLong() + b.nanos;
    for (StillMount m : inner) {
      frost.announce(b, m, said);
    }
    for (StillMount m : inner) {
      frost.syncAgain(b, m);
    }
    Map<String, List<String>> frozen = new LinkedHashMap<>();
    for (StillMount m : inner) {
      frost.freeze(b, m, said);
      frozen.computeIfAbsent(m.mirror(), _ -> new ArrayList<>()).add(m.at().toString());
    }
    asks.hold(b);
    asks.cut(b);
    return frozen;
  }

  private Map<String, Object> stands(
      Backup b, Map<String, List<String>> frozen, List<Notice> said) {
    Map<String, Object> facts = new LinkedHashMap<>();
    for (Held h : b.held) {
      String name = h.disk.name();
      List<String> mounts = frozen.getOrDefault(name, List.of());
      facts.put("hold." + name, Long.toHexString(h.holdId));
      facts.put("frozen." + name, !mounts.isEmpty());
      facts.put("mounts." + name, String.join(",", mounts));
      facts.put("cutStatus." + name, h.judged.getNow(CutStatus.UNPROVEN).name());
      said.add(
          mounts.isEmpty()
              ? Notice.of(StillNotice.NOT_MOUNTED, name)
              : Notice.of(StillNotice.FROZEN, name, String.join(", ", mounts)));
    }
    facts.put("cut", Long.toHexString(b.cutId));
    facts.put("millisLeft", left(b.deadline) / MILLI);
    return facts;
  }

  // ---- back

  /** The cut stands: writes go on before anything else is looked at. */
  private Map<String, Object> letGoAtOnce(
      Backup b, Map<String, List<String>> frozen, List<Notice> said) throws Backup.Failure {
    b.ending = true;
    // A hold that has ended by itself since is no harm: all stood still together before.
    var _ = asks.release(b, new ArrayList<>());
    List<Notice> thaws = new ArrayList<>();
    long thawed = frost.thaw(b.frozen, thaws);
    b.frozen.clear();
    boolean bad = !frost.left().isEmpty();
    for (Held h : b.held) {
      bad |= h.goesOnAt == 0;
    }
    if (bad) {
      throw new Backup.Failure(thaws);
    }
    said.stream().filter(n -> n.severity() != Severity.INFO).forEach(log);
    Map<String, Object> facts = new LinkedHashMap<>();
    for (Held h : b.held) {
      String name = h.disk.name();
      List<String> mounts = frozen.getOrDefault(name, List.of());
      long stalled = h.freezesAt == 0 ? h.goesOnAt - h.heldAt : thawed - h.freezesAt;
      facts.put("frozen." + name, !mounts.isEmpty());
      facts.put("mounts." + name, String.join(",", mounts));
      facts.put("held." + name, (h.goesOnAt - h.heldAt) / MICRO);
      facts.put("stalled." + name, stalled / MICRO);
      Notice stands =
          Notice.of(
              StillNotice.CUT_STANDS,
              name,
              Long.toHexString(b.cutId),
              b.by,
              stalled / MILLI,
              (h.goesOnAt - h.heldAt) / MILLI);
      said.add(stands);
      log.accept(stands);
    }
    facts.put("cut", Long.toHexString(b.cutId));
    facts.put("wallMillis", wallMillis.getAsLong());
    return facts;
  }

  private Result thawNow(List<String> names) {
    List<Notice> said = new ArrayList<>();
    Map<String, Object> facts = new LinkedHashMap<>();
    Backup b = current;
    boolean ended = b != null && names.stream().anyMatch(b::has);
    if (b != null && ended) {
      if (b.broken.isDone()) {
        end(b, b.broken.join(), Say.HOLD_GIVEN_UP);
      } else {
        letGo(b, said);
      }
    } else {
      frost.retry();
    }
    boolean isVoid = false;
    for (String name : names) {
      boolean wasIn = b != null && b.has(name);
      boolean bad = voided.containsKey(name) || (!wasIn && voidedOnDisk(name));
      isVoid |= bad;
      facts.put("outcome." + name, bad ? "VOID" : wasIn ? "GOOD" : "NONE");
      StillNotice good = wasIn ? StillNotice.GOOD : StillNotice.NOTHING_STANDS;
      said.add(Notice.of(bad ? StillNotice.VOID : good, name));
    }
    List<StillMount> left = frost.left();
    left.forEach(m -> facts.put("frozen." + m.mirror(), true));
    int status = isVoid ? VOIDED : left.isEmpty() ? OK : FAILED;
    return new Result(status, said, facts);
  }

  /** The cut on its partition is void: also one that a former life of this process has made. */
  private boolean voidedOnDisk(String name) {
    StillDisk disk = disks.get(name);
    StillDisk.View view = disk == null ? null : asks.view(disk);
    return view != null && view.voided();
  }

  /** Releases all, then thaws. */
  private void letGo(Backup b, List<Notice> said) {
    b.ending = true;
    boolean good = asks.release(b, said);
    if (!good) {
      // Images of the same moment are of use together only.
      b.held.forEach(h -> voided.put(h.disk.name(), true));
    }
    frost.thaw(b.frozen, said);
    current = null;
  }

  /** A hold has ended by itself, or must: the others end too, then all is thawed at once. */
  private void breaks(Backup b, List<Notice> why) {
    if (current == b) {
      end(b, why, Say.HOLD_GIVEN_UP);
    }
  }

  private void end(Backup b, List<Notice> why, Say reason) {
    b.ending = true;
    b.held.forEach(h -> voided.put(h.disk.name(), true));
    List<Notice> said = new ArrayList<>(why.stream().filter(this::isOurs).toList());
    asks.breakAll(b, reason, said);
    frost.thaw(b.frozen, said);
    current = null;
    b.held.forEach(h -> said.add(Notice.of(StillNotice.VOID, h.disk.name())));
    said.forEach(log);
  }

  /** What the engine says stands in the log already. */
  private boolean isOurs(Notice notice) {
    return notice.code().startsWith("still.");
  }

  // ---- waiting

  private long left(long deadline) {
    return Math.max(0, deadline - clock.getAsLong());
  }
}
