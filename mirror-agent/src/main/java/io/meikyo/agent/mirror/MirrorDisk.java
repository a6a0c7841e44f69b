// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.channel.Channels;
import io.meikyo.agent.link.PeerLinks;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.agent.partition.CarriedCopy;
import io.meikyo.agent.partition.ClusterImage;
import io.meikyo.agent.partition.OpenReplica;
import io.meikyo.agent.record.PairRecord;
import io.meikyo.agent.record.RecordClient;
import io.meikyo.agent.record.RecordSource;
import io.meikyo.agent.snapshot.Origin;
import io.meikyo.agent.snapshot.ProviderSpec;
import io.meikyo.agent.snapshot.SnapshotPlace;
import io.meikyo.agent.snapshot.SnapshotSource;
import io.meikyo.agent.snapshot.SnapshotView;
import io.meikyo.agent.snapshot.Snapshots;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.FollowView;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.MirrorNotices;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Geometry;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.tls.Tls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One mirror disk of this server, put together: partitions, engine, link, record, memory. Front
 * ends register as {@link RoleListener} and get {@link #blocks} while this replica is active. For
 * the loop's thread.
 */
public final class MirrorDisk implements AutoCloseable {
  /** Is told when this replica begins and ceases to serve. */
  public interface RoleListener {
    /** It is active: requests are taken. */
    void serves(MirrorBlocks blocks);

    /** It is not active any more: what is asked now fails. */
    void ceases();

    /** This life began without the role: whatever a former life served has ended for good. */
    default void idle() {}
  }

  /**
   * Is told of holds and cuts. Called in the middle of a step, on the loop's thread: only note it.
   */
  public interface StillListener {
    /** The hold changed. */
    void hold(Effect.HoldChanged hold);

    /** What a cut is worth has become known. */
    void cut(Effect.CutKnown cut);
  }

  /** How a command ended. */
  public record Answer(boolean ok, Notice notice, long number) {}

  /** How long attaching waits for the record's keeper, ns. Later it comes as news. */
  private static final long RECORD_NANOS = 1_000_000_000L;

  private static final long ROLE_AGAIN_NANOS = 200_000_000L;

  private final IoLoop loop;
  private final MirrorSpec spec;
  private final OpenReplica replica;
  private final Arena arena = Arena.ofShared();
  private final Consumer<Notice> notices;
  private final MirrorDriver driver;
  private final MirrorBlocks blocks;
  private final Hasher hasher;
  private final Snapshots snapshots;
  private final Channels channels;
  private final PeerLinks links;
  private final RecordSource record;
  private final Geometry geometry;
  private final long bootId;
  private final List<RoleListener> listeners = new ArrayList<>();
  private final List<Consumer<Effect.Tell>> tells = new ArrayList<>();
  private final List<StillListener> stills = new ArrayList<>();
  private boolean attached;
  private boolean judged;
  private boolean stopping;
  private boolean serving;
  private boolean wantsRole;
  private boolean asksForRole;
  private boolean announcing;
  private boolean closed;

  /**
   * Puts it together; nothing happens before {@link #begin}.
   *
   * @param replica the open partitions; closed with this
   * @param place where snapshots are kept
   * @param provider who takes them
   * @param devices block devices of all mirror disks of this server, while they have one; any
   *     thread
   * @param bootId boot of this server
   * @param entropy random numbers
   * @param tls who this server is and whom it believes; null: the link is trusted, not encrypted
   * @param notices takes sentences for the log
   * @throws LinuxException if the address for the peers cannot be had
   * @throws IOException if the record here cannot be opened
   */
  public MirrorDisk(
      IoLoop loop,
      MirrorSpec spec,
      OpenReplica replica,
      MemoryPlan memory,
      SnapshotPlace place,
      ProviderSpec provider,
      List<Supplier<@Nullable Path>> devices,
      long bootId,
      LongSupplier entropy,
      @Nullable Tls tls,
      Consumer<Notice> notices)
      throws IOException {
    this.loop = loop;
    this.spec = spec;
    this.replica = replica;
    this.notices = notices;
    this.bootId = bootId;
    this.geometry = replica.loaded().partition().superblock().geometry();
    BufferPool writes = memory.writes(arena, loop::post);
    BufferPool reads = memory.reads(arena, loop::post);
    BufferPool received = memory.received(arena, loop::post);
    EngineConfig config =
        new EngineConfig(
            spec.identity(),
            geometry,
            spec.peers().keySet().stream().mapToInt(r -> 1 << r).sum(),
            0,
            spec.times(),
            EngineConfig.Limits.standard());
    this.driver = new MirrorDriver(loop, config, entropy, new Watcher());
    this.hasher = new Hasher(loop::post, spec.name());
    this.record = record(entropy);
    this.channels = Channels.of(loop, tls, spec.name());
    this.links =
        new PeerLinks(
            loop,
            spec.identity(),
            geometry.blockSize(),
            spec.listen(),
            spec.peers(),
            spec::serverName,
            channels,
            received,
            driver,
            notices);
    // A hold and a verify end with the connection; both are over sooner than a path matters.
    links.movesOnlyWhen(() -> {
      MirrorStatus now = driver.status();
      return now.hold() == HoldState.NONE && now.verified() < 0;
    });
    DataEdge data =
        new DataEdge(
            loop,
            replica.dataFd(),
            geometry.blockSize(),
            replica.zeroesFast(),
            reads,
            hasher,
            arena,
            driver);
    MetaEdge meta =
        new MetaEdge(loop, replica.clusterFd(), replica.loaded().written(), arena, driver);
    this.snapshots =
        new Snapshots(
            loop,
            new SnapshotSource(
                spec.name(),
                spec.identity().replica(),
                spec.data(),
                spec.cluster(),
                new Origin(replica.dataFd(), geometry.blockSize(), geometry.blocks()),
                place,
                provider,
                devices),
            arena,
            InstantSource.system(),
            notices);
    driver.edges(data, snapshots, meta, links, record);
    this.blocks =
        new MirrorBlocks(driver, geometry, writes, replica.zeroBlocks() * geometry.blockSize());
  }

  private RecordSource record(LongSupplier entropy) throws IOException {
    PairPlace pair = spec.pair();
    SocketAddress keeper = spec.record();
    if (pair == null && keeper != null) {
      return new RecordClient(loop, keeper, spec.identity(), driver);
    }
    if (pair == null) {
      throw new IllegalStateException("nobody keeps the record of " + spec.name());
    }
    int other = spec.peers().keySet().iterator().next();
    return new PairRecord(
        loop,
        pair,
        new PairRecord.Names(spec.name(), spec.identity(), other, spec.serverName(other)),
        replica.loaded().partition().superblock(),
        entropy,
        driver,
        notices);
  }

  /** Adds a front end; before {@link #begin}. */
  public void listener(RoleListener listener) {
    listeners.add(listener);
  }

  /** Adds one who is told of holds and cuts; before {@link #begin}. */
  public void listen(StillListener listener) {
    stills.add(listener);
  }

  /** Who else hears what the engine says. */
  public List<Consumer<Effect.Tell>> tells() {
    return tells;
  }

  /** Asks for the record, then attaches, then meets the peers. */
  public void begin() {
    replica.notices().forEach(notices);
    snapshots.begin();
    record.watch(this::meetOrNot);
    meetOrNot();
    record.begin();
    attachWhenHeard(loop.nanos() + RECORD_NANOS);
  }

  /** Replicas whose decisions may be two lines do not meet before that is known. */
  private void meetOrNot() {
    links.hold(!record.mayMeet());
  }

  private void attachWhenHeard(long deadline) {
    if (closed || stopping) {
      return;
    }
    if (record.newest() == null && loop.nanos() < deadline) {
      loop.at(loop.nanos() + RECORD_NANOS / 100, () -> attachWhenHeard(deadline));
      return;
    }
    if (foreignRecord()) {
      notices.accept(Notice.of(MirrorAgentNotice.RECORD_FOREIGN, spec.name(), record.where()));
    } else if (record.newest() == null && spec.record() != null) {
      notices.accept(Notice.of(MirrorAgentNotice.RECORD_SILENT, spec.name(), record.where()));
    }
    // One of another lineage says nothing about us: without a record the replica waits for ours.
    SetRecord now = foreignRecord() ? null : record.newest();
    attached = true;
    driver.event(new Event.Attach(replica.loaded().partition(), bootId, replica.zeroBlocks(), now));
    links.begin();
    judgeRole();
  }

  /**
   * The first record that is heard says that we are the active: a former life was. It may be heard
   * long after the start, when the keeper was away.
   */
  private void judgeRole() {
    SetRecord now = record.newest();
    if (attached && !judged && now != null && !foreignRecord()) {
      judged = true;
      wantsRole = now.active() == spec.identity().replica();
      if (!wantsRole) {
        listeners.forEach(RoleListener::idle);
      }
      askForRole();
    }
  }

  /** The keeper's record is of another lineage than this replica: it was set up anew. */
  public boolean foreignRecord() {
    SetRecord now = record.newest();
    long group = replica.loaded().partition().superblock().groupId();
    return now != null && group != 0 && now.groupId() != group && !record.former().contains(group);
  }

  /** Takes the role up again. */
  private void askForRole() {
    SetRecord now = record.newest();
    if (closed || stopping || !wantsRole || asksForRole) {
      return;
    }
    if (serving || (now != null && now.active() != spec.identity().replica())) {
      wantsRole = false;
      if (!serving) {
        listeners.forEach(RoleListener::idle);
      }
      return;
    }
    asksForRole = true;
    long id = driver.nextId();
    driver.command(
        id,
        new Event.Activate(id, false),
        done -> {
          asksForRole = false;
          if (done.ok() || done.why() == Say.ACTIVE_ALREADY) {
            wantsRole = false;
          } else {
            loop.at(loop.nanos() + ROLE_AGAIN_NANOS, this::askForRole);
          }
        });
  }

  // ---- for commands and status

  /** What it is told. */
  public MirrorSpec spec() {
    return spec;
  }

  /** Shape of the disk. */
  public Geometry geometry() {
    return geometry;
  }

  /** The engine's view. */
  public MirrorStatus status() {
    return driver.status();
  }

  /** A restored image waits here, or may be one. */
  public boolean imageWaits() {
    return driver.imageWaits();
  }

  /** Who may rely on whom now. */
  public FollowView following() {
    return driver.following(loop.nanos());
  }

  /** The connections. */
  public PeerLinks links() {
    return links;
  }

  /** The way to the deciding record. */
  public RecordSource record() {
    return record;
  }

  /** Its snapshots. */
  public Snapshots snapshots() {
    return snapshots;
  }

  /**
   * Writes the image of the cluster partition that belongs to a snapshot, as {@code clprestore.sh}
   * takes it together with the snapshot's bytes. Any thread but the loop's: it blocks.
   *
   * @param to a file that is not there yet
   * @param life random number for the life of the partition in the image
   * @throws IOException if it is there already, or cannot be written; nothing is left then
   */
  public void writeClusterImage(SnapshotView snapshot, Path to, long life) throws IOException {
    ClusterImage.write(replica, snapshot.atCut(), snapshot.cut(), snapshot.takenMillis(), to, life);
  }

  /** The copy of the cluster's configuration on the cluster partition. Any thread. */
  public CarriedCopy carried() {
    return replica.carried();
  }

  /** Requests of front ends that are not answered. */
  public int requestsOpen() {
    return driver.requestsOpen();
  }

  /** An id for a command. */
  public long nextId() {
    return driver.nextId();
  }

  /**
   * Gives the engine a command.
   *
   * @param id drawn with {@link #nextId}; the command of the event
   */
  public void command(long id, Event event, Consumer<Answer> answer) {
    if (!attached) {
      answer.accept(
          new Answer(false, Notice.of(MirrorAgentNotice.NOT_ATTACHED_YET, spec.name()), 0));
      return;
    }
    driver.command(
        id,
        event,
        done -> {
          Answer a = new Answer(done.ok(), MirrorNotices.of(done), done.number());
          loop.post(() -> answer.accept(a));
        });
  }

  // ---- what the driver says

  private final class Watcher implements MirrorDriver.Watcher {
    private Effect.@Nullable Tell lastUnknown;

    @Override
    public void tell(Effect.Tell tell) {
      if (tell.say() == Say.EXTENTS_EVICTED) {
        // The ordinary course of writing, many times a second: a counter's matter, not the log's.
        tells.forEach(t -> t.accept(tell));
        return;
      }
      // As long as nobody decides, the engine asks again and again; said once it is enough.
      if (tell.say() != Say.SET_CHANGE_UNKNOWN || !tell.equals(lastUnknown)) {
        notices.accept(MirrorNotices.of(tell, spec::serverName).about("mirror", spec.name()));
      }
      lastUnknown = tell.say() == Say.SET_CHANGE_UNKNOWN ? tell : lastUnknown;
      tells.forEach(t -> t.accept(tell));
    }

    @Override
    public void hold(Effect.HoldChanged hold) {
      notices.accept(MirrorNotices.of(hold).about("mirror", spec.name()));
      stills.forEach(each -> each.hold(hold));
    }

    @Override
    public void cut(Effect.CutKnown cut) {
      stills.forEach(each -> each.cut(cut));
    }

    @Override
    public void diskFailed(String partition, String call, long offset, int errno) {
      notices.accept(
          Notice.of(
                  MirrorAgentNotice.DISK_ERROR,
                  partition,
                  call,
                  offset,
                  errno == 0 ? "short" : Errno.sentence(errno))
              .about("mirror", spec.name()));
    }

    @Override
    public void stepped() {
      if (!judged && record.newest() != null && !foreignRecord()) {
        loop.post(MirrorDisk.this::judgeRole);
      }
      boolean active = driver.role() == Role.ACTIVE;
      if (active != serving && !announcing) {
        announcing = true;
        loop.post(MirrorDisk.this::announce);
      }
    }
  }

  private void announce() {
    announcing = false;
    boolean active = !closed && !stopping && driver.role() == Role.ACTIVE;
    if (active == serving) {
      return;
    }
    serving = active;
    for (RoleListener l : listeners) {
      if (active) {
        l.serves(blocks);
      } else {
        l.ceases();
      }
    }
  }

  /**
   * Ends a hold, so that front ends that are to stop get the answers that they wait for.
   *
   * @param then run once, soon
   */
  public void breakHold(Runnable then) {
    if (!attached || driver.status().hold() == HoldState.NONE) {
      then.run();
      return;
    }
    long id = driver.nextId();
    driver.command(id, new Event.BreakHold(id), _ -> loop.post(then));
  }

  /**
   * Prepares the end of the process, when the front ends have stopped. A standby is closed in good
   * order: flushed, and marked so on its partition. An active keeps its role, since whoever starts
   * the agent again expects a pause and no change: everything that was answered is made durable,
   * and the next life takes the role up again and compares what was hot.
   *
   * @param done told once; false if it could not be done
   */
  public void stop(Consumer<Boolean> done) {
    stopping = true;
    links.leave();
    if (!attached) {
      done.accept(true);
      return;
    }
    switch (driver.role()) {
      case ACTIVE, PROMOTING, DEMOTING -> {
        long id = driver.nextId();
        driver.request(
            id,
            new Event.Flush(id),
            null,
            (status, bytes) -> done.accept(status == Effect.Status.OK));
      }
      case STANDBY, FAILED -> {
        long id = driver.nextId();
        driver.command(id, new Event.Detach(id), answer -> done.accept(answer.ok()));
      }
      case DETACHED -> done.accept(true);
    }
  }

  /** Memory and descriptors are given back when the loop has ended. */
  public void free() {
    hasher.close();
    channels.close();
    replica.close();
    arena.close();
  }

  /** Stops taking part: closes links and record. What the disks still do is waited for. */
  @Override
  public void close() throws IOException {
    closed = true;
    snapshots.close();
    driver.close();
    links.close();
    record.close();
  }
}
