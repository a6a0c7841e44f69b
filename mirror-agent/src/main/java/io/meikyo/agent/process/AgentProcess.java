// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.process;

import io.meikyo.agent.config.Addresses;
import io.meikyo.agent.config.AgentConfig;
import io.meikyo.agent.control.MirrorCommands;
import io.meikyo.agent.control.MirrorHandle;
import io.meikyo.agent.front.DeviceFront;
import io.meikyo.agent.front.FrontChoice;
import io.meikyo.agent.front.FrontKeeper;
import io.meikyo.agent.front.FrontKind;
import io.meikyo.agent.front.FrontSpec;
import io.meikyo.agent.front.FuseTimeout;
import io.meikyo.agent.front.NbdDevice;
import io.meikyo.agent.front.ServedDevice;
import io.meikyo.agent.keeper.KeeperClient;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.memory.OwnMemory;
import io.meikyo.agent.mirror.MemoryPlan;
import io.meikyo.agent.mirror.MirrorDisk;
import io.meikyo.agent.partition.OpenReplica;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.agent.snapshot.SnapshotExport;
import io.meikyo.agent.snapshot.SnapshotNotice;
import io.meikyo.agent.still.StillFront;
import io.meikyo.agent.still.StillPoint;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import io.meikyo.linux.BootTime;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.tls.Tls;
import io.meikyo.tls.TlsFiles;
import io.meikyo.tls.TlsProblem;
import io.meikyo.tls.TlsWatch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs the mirror disks of one server until it is told to stop. */
public final class AgentProcess {
  /** Exit status after a failure that a restart may mend. */
  public static final int BROKEN = 70;

  /** How long an orderly stop may take, s. Less than a service manager's patience. */
  private static final long STOP_SECONDS = 10;

  private static final long LAST_WORDS_NANOS = 50_000_000L;

  /** A loop that is silent so long is killed by the keeper: fenced, not waited for. */
  private static final long HEARTBEAT_NANOS = 10_000_000_000L;

  /** How long users of a device wait for the next agent before they get errors. */
  private static final long SUCCESSOR_NANOS = 60_000_000_000L;

  /** The longest hold where no kernel waits with the users, s. */
  private static final long CLIENTS_HOLD_SECONDS = 300;

  private static final Duration TLS_LOOK = Duration.ofSeconds(2);
  private static final int KEEPER_ATTEMPTS = 100;
  private static final long KEEPER_PAUSE_MILLIS = 50;

  private final AgentConfig config;
  private final Consumer<Notice> notices;
  private final Map<String, MirrorHandle> mirrors = new LinkedHashMap<>();
  private final List<Running> running = new ArrayList<>();
  private final List<Supplier<@Nullable Path>> devices = new CopyOnWriteArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean inOrder;

  /** A mirror disk with what must be stopped before it. */
  private record Running(
      String name, MirrorDisk disk, IoLoop loop, List<Front> fronts, SnapshotExport snapshots) {}

  /**
   * An agent that does nothing yet.
   *
   * @param notices takes sentences for the log; any thread
   */
  public AgentProcess(AgentConfig config, Consumer<Notice> notices) {
    this.config = config;
    this.notices = notices;
  }

  /** A problem that keeps the agent from starting. */
  public static final class CannotStart extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Notice notice;

    CannotStart(Notice notice) {
      super(notice.toString());
      this.notice = notice;
    }

    /** What is wrong. */
    public Notice notice() {
      return notice;
    }
  }

  /**
   * Opens everything and serves; returns after {@link #stop}.
   *
   * @throws CannotStart if something cannot be opened; nothing is left open then but by a process
   *     that is about to end
   */
  public void run() throws CannotStart, InterruptedException {
    OwnMemory.protect(System.getenv(), new MemoryWords(notices));
    try {
      long bootId = BootTime.bootId();
      Tls tls = tls();
      StillPoint still = new StillPoint(config.control().resolveSibling("frozen"), bootId, notices);
      if (RestoreMark.stands(config.state())) {
        notices.accept(Notice.of(AgentNotice.RESTORE_PENDING, config.state()));
      } else {
        for (AgentConfig.Mirror mirror : config.mirrors()) {
          add(mirror, bootId, tls, still);
        }
      }
      AutoCloseable control = MirrorCommands.serve(config.control(), mirrors, still, this::say);
      try (TlsWatch _ = watch(tls)) {
        end.await();
        notices.accept(Notice.of(AgentNotice.STOPPING));
        still.close();
        stopAll();
        inOrder = true;
      } finally {
        control.close();
      }
    } catch (InterruptedException | CannotStart e) {
      throw e;
    } catch (PartitionProblem e) {
      throw new CannotStart(e.notice());
    } catch (TlsProblem e) {
      throw new CannotStart(e.notice());
    } catch (IOException e) {
      throw new CannotStart(
          Notice.of(AgentNotice.CANNOT_LISTEN, config.control(), String.valueOf(e.getMessage())));
    } catch (Exception e) {
      throw new CannotStart(Notice.of(AgentNotice.FAILED, String.valueOf(e)));
    } finally {
      ended.countDown();
    }
  }

  /**
   * Stops every mirror disk in good order, all at once and for a limited time: a hold, front ends,
   * then the replica, then its links. What is not done by then is what a kill would have left
   * undone, and the next start can live with it.
   */
  private void stopAll() throws InterruptedException {
    CountDownLatch open = new CountDownLatch(running.size());
    for (Running r : running) {
      r.loop.post(() -> r.disk.breakHold(() -> stopFronts(r, new ArrayDeque<>(r.fronts), open)));
    }
    if (!open.await(STOP_SECONDS, TimeUnit.SECONDS)) {
      notices.accept(Notice.of(AgentNotice.STOPPED_EARLY, STOP_SECONDS));
    }
  }

  private void stopFronts(Running r, ArrayDeque<Front> left, CountDownLatch open) {
    Front next = left.poll();
    if (next != null) {
      next.stop(() -> r.loop.post(() -> stopFronts(r, left, open)));
      return;
    }
    r.snapshots.stop(() -> stopDisk(r, open));
  }

  private void stopDisk(Running r, CountDownLatch open) {
    r.disk.stop(ok ->
        r.loop.post(() -> {
          notices.accept(Notice.of(ok ? AgentNotice.STOPPED : AgentNotice.NOT_FLUSHED, r.name));
          try {
            r.disk.close();
          } catch (IOException e) {
            say(r.name + ": " + e.getMessage());
          }
          // What was said last to the peers is on its way a moment later.
          r.loop.at(r.loop.nanos() + LAST_WORDS_NANOS, open::countDown);
        }));
  }

  private void say(String text) {
    notices.accept(Notice.of(AgentNotice.FAILED, text));
  }

  /** Key and certificates, tried out; null: all links are trusted. */
  private @Nullable Tls tls() throws TlsProblem {
    TlsFiles files = config.tls();
    if (files == null) {
      return null;
    }
    Tls tls = Tls.open(files, InstantSource.system());
    tls.rehearse();
    return tls;
  }

  /** Takes certificates that change; ends connections whose other side is believed no more. */
  private @Nullable TlsWatch watch(@Nullable Tls tls) {
    return tls == null
        ? null
        : TlsWatch.begin(
            tls,
            TLS_LOOK,
            notices,
            () -> running.forEach(r -> r.loop.post(r.disk.links()::judgeAgain)));
  }

  private void add(AgentConfig.Mirror mirror, long bootId, @Nullable Tls tls, StillPoint still)
      throws PartitionProblem, CannotStart, LinuxException, IOException, InterruptedException {
    String name = mirror.spec().name();
    if (mirror.trusted()) {
      notices.accept(Notice.of(AgentNotice.NOT_ENCRYPTED, name));
    }
    IoLoop loop =
        Loops.best(reason -> notices.accept(Notice.of(AgentNotice.THREADS, name, reason)));
    OpenReplica replica =
        OpenReplica.open(mirror.spec().data(), mirror.spec().cluster(), mirror.spec().identity());
    SecureRandom random = new SecureRandom();
    LongSupplier entropy = random::nextLong;
    MirrorDisk disk;
    try {
      disk =
          new MirrorDisk(
              loop,
              mirror.spec(),
              replica,
              mirror.frontEnd() == AgentConfig.FrontEnd.NBD
                  ? MemoryPlan.forClients()
                  : MemoryPlan.forDevice(),
              mirror.place(),
              mirror.snapshots(),
              devices,
              bootId,
              entropy,
              mirror.trusted() ? null : tls,
              notices);
    } catch (LinuxException e) {
      throw new CannotStart(
          Notice.of(
              AgentNotice.CANNOT_LISTEN,
              Addresses.text(mirror.spec().listen()),
              Errno.sentence(e.errno())));
    } catch (IOException e) {
      throw new CannotStart(
          Notice.of(AgentNotice.CANNOT_KEEP_RECORD, name, String.valueOf(e.getMessage())));
    }
    Thread.ofPlatform().name(name).start(() -> loop(name, loop));
    List<Front> fronts = fronts(loop, mirror);
    StillFront device = stillFront(fronts);
    devices.add(device.device());
    running.add(new Running(name, disk, loop, fronts, snapshots(loop, disk)));
    mirrors.put(
        name,
        new MirrorHandle(
            disk,
            loop,
            () -> {
              Map<String, String> shown = new LinkedHashMap<>();
              fronts.forEach(f -> shown.put(f.name(), f.state()));
              return shown;
            },
            () -> drop(fronts)));
    still.add(disk, loop, device);
    notices.accept(
        Notice.of(
            AgentNotice.STARTED,
            name,
            loop.kind(),
            disk.geometry().blocks() * disk.geometry().blockSize()));
    onLoop(
        loop,
        () -> {
          fronts.forEach(disk::listener);
          disk.listener(still.roles(name));
          disk.begin();
        });
  }

  /** Clients find the snapshots of each mirror disk at a socket of its own, whoever is active. */
  private SnapshotExport snapshots(IoLoop loop, MirrorDisk disk) throws InterruptedException {
    Path socket = config.control().resolveSibling(disk.spec().name() + ".snapshots.nbd");
    SnapshotExport export = new SnapshotExport(loop, Arena.ofAuto(), notices);
    try {
      onLoop(
          loop,
          () -> {
            Addresses.makeFree(socket);
            export.listen(socket);
            disk.snapshots().listener(export, socket);
          });
    } catch (IOException e) {
      // No reason not to serve the mirror disk.
      String name = disk.spec().name();
      notices.accept(
          Notice.of(SnapshotNotice.NOT_EXPORTED, name, socket, String.valueOf(e.getMessage())));
    }
    return export;
  }

  private static StillFront stillFront(List<Front> fronts) {
    for (Front front : fronts) {
      StillFront still = front.still();
      if (still != null) {
        return still;
      }
    }
    return new StillFront(false, () -> null, CLIENTS_HOLD_SECONDS, "NBD", null);
  }

  private static CompletableFuture<Void> drop(List<Front> fronts) {
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (Front front : fronts) {
      CompletableFuture<Void> end = new CompletableFuture<>();
      ends.add(end);
      front.drop(() -> end.complete(null));
    }
    return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
  }

  private List<Front> fronts(IoLoop loop, AgentConfig.Mirror mirror)
      throws CannotStart, InterruptedException {
    List<Front> fronts = new ArrayList<>();
    SocketAddress nbd = mirror.nbd();
    if (nbd != null) {
      try {
        onLoop(
            loop,
            () -> {
              NbdFront front = new NbdFront(loop, mirror.spec().name(), nbd, notices);
              front.listen();
              fronts.add(front);
            });
      } catch (IOException e) {
        throw new CannotStart(
            Notice.of(
                AgentNotice.CANNOT_LISTEN, Addresses.text(nbd), String.valueOf(e.getMessage())));
      }
    }
    if (mirror.frontEnd() != AgentConfig.FrontEnd.NBD) {
      fronts.add(device(loop, mirror));
    }
    return fronts;
  }

  private BlockFront device(IoLoop loop, AgentConfig.Mirror mirror)
      throws CannotStart, InterruptedException {
    FrontChoice choice;
    try {
      choice =
          FrontChoice.here(
              switch (mirror.frontEnd()) {
                case FUSE -> FrontKind.FUSE_LOOP;
                case KERNEL_NBD -> FrontKind.KERNEL_NBD;
                default -> null;
              });
    } catch (IOException e) {
      throw new CannotStart(Notice.of(AgentNotice.FAILED, String.valueOf(e.getMessage())));
    }
    Notice why = choice.why();
    if (why != null) {
      throw new CannotStart(why);
    }
    boolean nbd = choice.kind() == FrontKind.KERNEL_NBD;
    KeeperClient keeper = keeper(loop);
    long patience = TimeUnit.NANOSECONDS.toSeconds(SUCCESSOR_NANOS);
    return new BlockFront(
        nbd ? kernelNbd(loop, mirror) : fuse(loop, mirror, keeper),
        mirror.device(),
        nbd ? patience : FuseTimeout.holdSeconds(FuseTimeout.SETTINGS, patience),
        keeper);
  }

  private ServedDevice fuse(IoLoop loop, AgentConfig.Mirror mirror, @Nullable KeeperClient keeper) {
    String name = mirror.spec().name();
    if (keeper == null) {
      notices.accept(Notice.of(AgentNotice.NO_KEEPER, name));
    }
    Path run = config.control().resolveSibling("fuse").resolve(name);
    return new DeviceFront(
        loop,
        new FrontSpec(name, run, mirror.device()),
        keeper == null ? FrontKeeper.NONE : keeper,
        notices);
  }

  /** The kernel keeps this kind of device; the keeper only watches whether the loop beats. */
  private ServedDevice kernelNbd(IoLoop loop, AgentConfig.Mirror mirror) {
    Identity identity = mirror.spec().identity();
    String backend = "meikyo:" + identity.diskId() + ":" + identity.replica();
    return new NbdDevice(
        loop,
        new NbdDevice.Spec(
            mirror.spec().name(),
            backend,
            mirror.device(),
            TimeUnit.NANOSECONDS.toSeconds(SUCCESSOR_NANOS)),
        notices);
  }

  /** The keeper that is configured; it may be starting beside us. Null if none is. */
  private @Nullable KeeperClient keeper(IoLoop loop) throws CannotStart, InterruptedException {
    Path socket = config.keeper();
    if (socket == null) {
      return null;
    }
    CountDownLatch never = new CountDownLatch(1);
    for (int attempt = 0; ; attempt++) {
      try {
        KeeperClient client =
            new KeeperClient(
                loop,
                socket,
                why -> notices.accept(Notice.of(AgentNotice.KEEPER_LOST, socket, why)));
        loop.post(() -> client.beats(HEARTBEAT_NANOS, SUCCESSOR_NANOS));
        return client;
      } catch (LinuxException e) {
        if (attempt == KEEPER_ATTEMPTS) {
          throw new CannotStart(
              Notice.of(AgentNotice.KEEPER_SILENT, socket, Errno.sentence(e.errno())));
        }
        boolean _ = never.await(KEEPER_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Work on a loop's thread that may not succeed. */
  private interface LoopWork {
    void run() throws IOException;
  }

  private static void onLoop(IoLoop loop, LoopWork work) throws IOException, InterruptedException {
    CompletableFuture<Optional<IOException>> end = new CompletableFuture<>();
    loop.post(() -> {
      try {
        work.run();
        end.complete(Optional.empty());
      } catch (IOException e) {
        end.complete(Optional.of(e));
      }
    });
    try {
      Optional<IOException> problem = end.get();
      if (problem.isPresent()) {
        throw problem.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private void loop(String name, IoLoop loop) {
    try {
      loop.run();
    } catch (Throwable t) {
      // Whatever it was: the state in memory is not to be trusted any more. The partitions are.
      notices.accept(
          Notice.of(AgentNotice.LOOP_FAILED, name, t + " at " + List.of(t.getStackTrace())));
      Runtime.getRuntime().halt(BROKEN);
    }
  }

  /**
   * Stops in good order and waits until that is done. Any thread but that of {@link #run}.
   *
   * @return false if it was not running, or is stuck
   */
  public boolean stop() throws InterruptedException {
    end.countDown();
    return ended.await(STOP_SECONDS + 2, TimeUnit.SECONDS) && inOrder;
  }
}
