// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.agent.record.RecordServer;
import io.meikyo.cluster.api.ApiRoutes;
import io.meikyo.cluster.api.HelidonServer;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.cluster.consensus.MemberSetup;
import io.meikyo.cluster.consensus.RatisStore;
import io.meikyo.cluster.mirror.AgentWatch;
import io.meikyo.cluster.mirror.RecordDesk;
import io.meikyo.cluster.monitor.MonitorMaker;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.resource.ControlMirror;
import io.meikyo.cluster.systemd.Systemctl;
import io.meikyo.core.cluster.ClusterNode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.Pulse;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.BootTime;
import io.meikyo.tls.TlsProblem;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs the cluster service of one member, a server or a witness, until it is told to stop. Its end
 * stops no group: whoever starts it again finds what runs, and goes on with it (law 11).
 */
public final class ClusterProcess {
  private static final long VOTERS_MILLIS = 500;
  private static final long GO_DOWN_MILLIS = 500;

  private final ServiceFolder folder;
  private final boolean mayForget;
  private final Pulse.Times times;
  private final Consumer<Notice> log;
  private final CountDownLatch end = new CountDownLatch(1);
  private final EventLog events;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("cluster-timer").factory());

  private volatile MemberJournal journal;
  private final NodeDriver driver;
  private final ServerWorld world;
  private final MemberLinks links;
  private final MonitorDesk monitors;
  private final AgentFile agentFile;
  private final BackupParts backups;
  private final RouteSite site;
  private final Downfall downfall;
  private final Timing timing;
  private final FormerConfig former;
  private final NewestConfig newest;
  private volatile @Nullable ClusterConfig config;
  private volatile @Nullable Notice needsRestart;
  private volatile long configRead = -1;
  private volatile boolean wasBackup = true;
  private volatile Set<String> votersTold = Set.of();
  private volatile @Nullable Throwable broken;
  private @Nullable AgentWatch agent;
  private @Nullable RecordServer records;

  /** A problem that keeps the service from starting. */
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
   * A service that does nothing yet.
   *
   * @param log takes what it says, on any thread
   * @param powerOff line for /bin/sh that takes the server down instead of what is configured;
   *     null: as configured
   * @param agentUnit the mirror agent's systemd unit, which is restarted when that is due; null:
   *     somebody else does it
   * @param mayForget the state folder may be one that a restart of the server empties: only to try
   *     things out
   */
  public ClusterProcess(
      ServiceFolder folder,
      Consumer<Notice> log,
      @Nullable String powerOff,
      @Nullable String agentUnit,
      boolean mayForget)
      throws CannotStart {
    this.folder = folder;
    this.mayForget = mayForget;
    this.log = log;
    this.events = new EventLog(folder.events(), InstantSource.system());
    boolean toldForThisBoot;
    if (!Files.exists(folder.journal())) {
      throw new CannotStart(Notice.of(ServiceNotice.NOT_A_MEMBER, folder.state()));
    }
    try {
      Files.createDirectories(folder.run());
      journal = MemberJournal.read(folder.journal()).reborn();
      boolean sameBoot = journal.bootId() == BootTime.bootId();
      toldForThisBoot = !sameBoot && NextStart.given(folder.state());
      StartMode decided = journal.startMode();
      StartMode mode = sameBoot ? decided : NextStart.read(folder.state(), decided);
      boolean runs = sameBoot ? journal.running() : mode == StartMode.AUTO;
      journal = journal.in(mode, runs, BootTime.bootId());
      journal.write(folder.journal());
      if (!sameBoot) {
        NextStart.used(folder.state());
      }
    } catch (IOException e) {
      throw new CannotStart(
          Notice.of(ServiceNotice.JOURNAL_BAD, folder.journal(), String.valueOf(e.getMessage())));
    }
    ResourceShelf shelf = new ResourceShelf(journal.name(), folder.agent(), folder.run(), timer);
    MonitorMaker maker = new MonitorMaker(new ControlMirror(folder.agent(), "en"), new Systemctl());
    monitors = new ConfiguredMonitors(journal.name(), maker);
    ClusterConfig last = lastConfig();
    former = new FormerConfig(folder, last);
    newest = NewestConfig.after(folder);
    ClusterConfig known = last == null ? read(folder.firstConfig()) : last;
    SelfFencing fencing = Defaults.selfFencing(known);
    timing = Defaults.timing(known);
    times = Pulse.Times.of(timing, fencing);
    downfall = Downfall.of(fencing, powerOff, this::say);
    world =
        new ServerWorld(
            journal.name(), shelf, monitors, this::say, this::changed, downfall, this::broken);
    ClusterNode node =
        new ClusterNode(
            journal.name(),
            journal.role(),
            journal.group(),
            times,
            fencing,
            journal.running() || journal.role() == MemberRole.WITNESS,
            BootTime.nanos());
    node.life(journal.life());
    if (!journal.running() && journal.startMode() == StartMode.HELD) {
      node.heldByBackup();
    }
    if (toldForThisBoot) {
      node.toldToRun();
    }
    driver = new NodeDriver(node, world, journal.name(), journal.life(), System::currentTimeMillis);
    try {
      links =
          new MemberLinks(
              folder.pki(),
              journal,
              last != null && last.trustedLinks(),
              world.callers(),
              answer -> driver.post(new NodeEvent.BeatAnswered(answer)),
              this::say);
    } catch (TlsProblem e) {
      throw new CannotStart(e.notice());
    }
    backups = BackupParts.of(journal.name(), folder, () -> config, this::say);
    agentFile =
        new AgentFile(folder, journal.name(), links.files(), agentUnit, new Systemctl(), this::say);
    site =
        new RouteSite(
            new RouteSite.Parts(
                folder,
                driver,
                links,
                world.callers(),
                agentFile,
                backups.holds(),
                backups::images,
                this::agentFacts,
                () -> pairs.join(),
                () -> former.fromNextStart(config),
                () -> needsRestart,
                this::goDown,
                events::last));
  }

  /** What the last life worked with; null before the first. */
  private @Nullable ClusterConfig lastConfig() {
    return read(folder.config());
  }

  private static @Nullable ClusterConfig read(Path file) {
    return Files.exists(file) ? ConfigReader.read(file).config().orElse(null) : null;
  }

  /**
   * Runs; returns after {@link #stop}.
   *
   * @throws IllegalStateException after a fault of ours; it may be started again
   */
  public void run() throws CannotStart, InterruptedException {
    try (FileChannel channel =
            FileChannel.open(
                folder.state().resolve("lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw new CannotStart(Notice.of(ServiceNotice.SECOND_SERVICE, folder.state()));
      }
      serve();
      Throwable why = broken;
      if (why != null) {
        throw new IllegalStateException(why);
      }
    } catch (IOException e) {
      throw new CannotStart(Notice.of(ServiceNotice.FAILED, String.valueOf(e.getMessage())));
    }
  }

  private void serve() throws CannotStart, IOException, InterruptedException {
    MemberSetup setup =
        new MemberSetup(
            new Voter(journal.voterId(), journal.consensus()),
            folder.consensus(),
            Defaults.consensus(timing),
            links.forLog(),
            mayForget,
            line -> say(Notice.of(ServiceNotice.LOG_LINE, line)),
            links::memberAt);
    try (RatisStore store = new RatisStore(setup);
        MemberLinks _ = links;
        ServerWorld _ = world) {
      links.listen(new Callers(driver, world, pairs, calls, this::lastConfig, this::say));
      PairKeeper pair = pairKeeper(store);
      driver.begin();
      if (journal.role() == MemberRole.SERVER) {
        ClusterConfig known = lastConfig();
        boolean runs = known != null && !world.running(known).isEmpty();
        downfall.guard(runs, () -> driver.mayFeed(timing.suspect()), timer);
      }
      links.begin(store::keysChanged);
      ClusterConfig last = lastConfig();
      if (last != null) {
        links.call(last);
      }
      say(Notice.of(ServiceNotice.STARTED, journal.name(), journal.clusterId()));
      if (journal.founder()) {
        found();
      }
      VoterKeeper keeper = new VoterKeeper(this::say);
      var _ =
          timer.scheduleWithFixedDelay(
              () -> voters(keeper), 0, VOTERS_MILLIS, TimeUnit.MILLISECONDS);
      try (PairKeeper _ = pair;
          AutoCloseable _ = local()) {
        end.await();
        say(Notice.of(ServiceNotice.STOPPING, journal.name()));
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      } finally {
        timer.shutdownNow();
        driver.close();
        backups.images().close();
        if (broken == null) {
          downfall.disarm();
        }
      }
    } catch (TlsProblem e) {
      throw new CannotStart(e.notice());
    }
  }

  /** What only a server has: the API, the desk of records, the watch of its mirror agent. */
  private AutoCloseable local() throws IOException {
    boolean witness = journal.role() == MemberRole.WITNESS;
    AgentWatch watch =
        witness
            ? null
            : new AgentWatch(
                folder.agent(),
                this::myDisks,
                driver::post,
                timing.agentView(),
                () -> driver.view().isCalm());
    agent = watch;
    ApiRoutes routes = new ApiRoutes(journal.name(), driver, site);
    HelidonServer api = new HelidonServer(folder.api(), routes);
    calls.complete(routes);
    if (watch == null) {
      return api;
    }
    RecordServer desk =
        new RecordServer(
            UnixDomainSocketAddress.of(folder.record()),
            new RecordDesk(driver),
            line -> say(Notice.of(ServiceNotice.LOG_LINE, line)));
    records = desk;
    Thread.ofPlatform()
        .daemon()
        .name("records")
        .start(() -> {
          try {
            desk.run();
          } catch (IOException e) {
            say(Notice.of(ServiceNotice.FAILED, String.valueOf(e.getMessage())));
            stop();
          }
        });
    return () -> {
      watch.close();
      desk.close();
      api.close();
    };
  }

  /** A moment from now, so that whoever asked for it has the answer. */
  private void goDown(boolean again) {
    var _ = timer.schedule(() -> downfall.inOrder(again), GO_DOWN_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A fault of ours. What runs here goes on and is found by the next life of this service. */
  private void broken(Throwable why) {
    broken = why;
    StringWriter trace = new StringWriter();
    why.printStackTrace(new PrintWriter(trace));
    say(Notice.of(ServiceNotice.BROKEN, trace));
    stop();
  }

  /** Stops this process; groups go on. Any thread. */
  public void stop() {
    end.countDown();
  }

  // ---- founding

  private void found() {
    var founded =
        driver.ask(new Command.Found(journal.clusterId(), journal.name(), journal.incarnation()));
    var _ =
        founded.thenAccept(verdict -> {
          update(MemberJournal::settled);
          firstConfig();
        });
  }

  private synchronized void update(UnaryOperator<MemberJournal> change) {
    StartMode before = journal.startMode();
    try {
      journal = change.apply(journal);
      journal.write(folder.journal());
      if (before != journal.startMode()) {
        NextStart.used(folder.state()); // a word from before this decision
      }
    } catch (IOException e) {
      say(Notice.of(ServiceNotice.JOURNAL_BAD, folder.journal(), String.valueOf(e.getMessage())));
    }
  }

  private void firstConfig() {
    if (!Files.exists(folder.firstConfig())) {
      return;
    }
    ConfigReading reading = ConfigReader.read(folder.firstConfig());
    if (reading.hasErrors()) {
      say(Notice.of(ServiceNotice.FIRST_CONFIG_BAD, folder.firstConfig(), reading.errors()));
      return;
    }
    ConfigState next =
        ConfigFacts.of(reading, driver.view().state(), journal.name(), folder.state());
    var _ = driver.ask(new Command.PutConfig(next.version() - 1, next));
  }

  // ---- what changes

  private void changed(NodeDriver.View view) {
    ClusterState state = view.state();
    RecordServer desk = records;
    if (desk != null) {
      state.disks().values().forEach(d -> desk.changed(d.diskId(), d.record()));
    }
    site.changed();
    if (!state.backup().on() && wasBackup) {
      Thread.ofPlatform().daemon().name("after-backup").start(backups.holds()::settle);
    }
    wasBackup = state.backup().on();
    if (newest.isNews(state.config(), view.fresh())) {
      timer.execute(() -> readConfig(state.config()));
    }
    ServerState me = state.server(journal.name());
    if (me == null) {
      return;
    }
    // Admitted and silent yet is not stopped; and what ran before a boot may not be to run now.
    boolean runs = (me.running() && driver.serves()) || (me.left() && journal.running());
    if (me.startMode() != journal.startMode() || runs != journal.running()) {
      timer.execute(() -> update(j -> j.in(me.startMode(), runs, j.bootId())));
    }
  }

  private void readConfig(ConfigState state) {
    if (!newest.is(state)) {
      return; // another one has come meanwhile
    }
    boolean sure = newest.isSure();
    ConfigReading reading = ConfigReader.read("meikyo.toml", state.text());
    ClusterConfig now = reading.config().orElse(null);
    if (now == null) {
      say(Notice.of(ServiceNotice.CONFIG_UNREADABLE, state.version(), reading.notices()));
      return;
    }
    boolean first = config == null;
    if (sure) {
      configRead = state.version();
      write(state, now);
    }
    Pulse.Times next = Pulse.Times.of(now.timing(), now.selfFencing());
    if (journal.role() == MemberRole.SERVER && !times.agree(next)) {
      // The others wait for us by the new times: by ours nothing may be started any more.
      if (sure) {
        Notice why = Notice.of(ServiceNotice.TIMES_NEED_RESTART, state.version());
        needsRestart = why;
        say(why);
      }
      return;
    }
    needsRestart = null;
    config = now;
    world.config(now);
    links.call(now);
    links.takeJoiners(now, new Admission(journal.name(), driver, () -> config));
    ClusterConfig was = first ? former.runsBy(now) : now;
    Set<String> found =
        first && journal.role() == MemberRole.SERVER ? world.running(was) : Set.of();
    if (!found.isEmpty()) {
      // What still runs may be ours by our agent's word alone: a new life has no lease yet, and
      // must not take down what it finds before it has asked.
      driver.post(AgentWatch.look(folder.agent(), myDisks()));
    }
    if (!was.equals(now)) {
      // What was found goes by the former one, until it is started anew.
      driver.post(new NodeEvent.Configured(state.version() - 1, was, found));
    }
    driver.post(new NodeEvent.Configured(state.version(), now, found));
    if (sure) {
      say(Notice.of(ServiceNotice.CONFIG_IN_FORCE, state.version()));
    }
  }

  /** Keeps it for the next life, and gives the mirror agent its part. */
  private void write(ConfigState state, ClusterConfig now) {
    try {
      former.keep();
      WholeFile.write(folder.state().resolve("meikyo.toml"), state.text());
      if (journal.role() == MemberRole.SERVER) {
        agentFile.write(now, journal.clusterId(), state);
      }
    } catch (IOException e) {
      say(
          Notice.of(
              ServiceNotice.CONFIG_UNREADABLE, state.version(), String.valueOf(e.getMessage())));
    }
  }

  private void voters(VoterKeeper keeper) {
    PairKeeper pair = pairs.getNow(null);
    ConsensusLog log = pair == null ? null : pair.log();
    if (pair == null || log == null) {
      return;
    }
    tellVoters(log);
    NodeDriver.View view = driver.view();
    keeper.look(
        log,
        view.state(),
        config,
        name -> view.health().get(name) == Health.UP && pair.ready(name));
    links.spreadRevoked();
    if (journal.role() == MemberRole.SERVER) {
      agentFile.look(agentFacts());
      former.look(view, configRead);
    }
  }

  private synchronized void tellVoters(ConsensusLog log) {
    Set<String> names = new HashSet<>();
    log.membership().voters().forEach(v -> names.add(MemberJournal.nameOf(v.id())));
    if (!names.equals(votersTold)) {
      votersTold = names;
      driver.post(new NodeEvent.Voters(names));
    }
  }

  // ---- two voters

  private final CompletableFuture<PairKeeper> pairs = new CompletableFuture<>();

  private PairKeeper pairKeeper(RatisStore store) {
    PassageFile file = new PassageFile(folder.state());
    LogHost.Books books = new LogHost.Books(() -> journal, this::movedTo);
    LogHost host = new LogHost(store, driver, books, file, this::tellVoters);
    PairKeeper made =
        new PairKeeper(
            driver,
            host,
            books,
            file,
            timing,
            this::configNow,
            new Meeting(world.callers()),
            this::say);
    made.begin();
    pairs.complete(made);
    return made;
  }

  private @Nullable ClusterConfig configNow() {
    ClusterConfig now = config;
    return now == null ? lastConfig() : now;
  }

  private synchronized void movedTo(UUID group) {
    try {
      MemberJournal next = journal.movedTo(group);
      next.write(folder.journal());
      journal = next;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> myDisks() {
    List<String> mine = new ArrayList<>();
    driver
        .view()
        .state()
        .config()
        .disks()
        .forEach((name, d) -> {
          if (d.replicaOf(journal.name()) >= 0) {
            mine.add(name);
          }
        });
    return mine;
  }

  private Map<String, Map<String, String>> agentFacts() {
    AgentWatch watch = agent;
    return watch == null ? Map.of() : watch.facts();
  }

  // ---- other members

  private final CompletableFuture<HttpSeam> calls = new CompletableFuture<>();

  private void say(Notice notice) {
    events.add(notice);
    log.accept(notice);
  }
}
