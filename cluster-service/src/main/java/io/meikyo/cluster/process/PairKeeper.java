// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.PairDesk;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.witness.Arbiters;
import io.meikyo.core.cluster.Ancestor;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.SelfFence;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.cluster.arbitration.Arbiter;
import io.meikyo.core.cluster.arbitration.Arbitration;
import io.meikyo.core.cluster.arbitration.ArbitrationNotice;
import io.meikyo.core.cluster.arbitration.Hello;
import io.meikyo.core.cluster.arbitration.Kinship;
import io.meikyo.core.cluster.arbitration.Passage;
import io.meikyo.core.cluster.arbitration.Passenger;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.BootTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks after two voters that lose and find each other: gives {@link Arbitration} its looks, asks
 * the arbiter, carries passages out, says hello to other members and judges what they say.
 *
 * <p>Two threads of its own: one looks five times a second, one carries passages out, which blocks.
 * What others call takes the lock for a moment only.
 */
final class PairKeeper implements PairDesk, HttpSeam, AutoCloseable {
  private static final long LOOK_MILLIS = 200;
  private static final long HELLO_MILLIS = 1000;
  private static final long PIN_MILLIS = 1000;

  /** Where members meet. */
  interface Links {
    Set<String> members();

    CompletableFuture<HttpSeam.Response> call(String member, HttpSeam.Request request);
  }

  /** A split brain as it is shown. */
  record Split(Hello theirs, List<UUID> onlyTheirs) {}

  private final NodeDriver driver;
  private final LogHost host;
  private final LogHost.Books books;
  private final PassageFile file;
  private final Supplier<@Nullable ClusterConfig> config;
  private final Links links;
  private final Consumer<Notice> say;
  private final Arbitration arbitration;
  private final WitnessWatch witness;
  private final ScheduledExecutorService looks;
  private final ScheduledExecutorService passages;

  private final Map<String, Hello> hellos = new HashMap<>();
  private final Map<String, Split> splits = new HashMap<>();
  private final Set<String> said = new HashSet<>();
  private Arbitration.Phase told = Arbitration.Phase.TOGETHER;
  private boolean moving;
  private @Nullable Notice broken;
  private boolean paired;

  PairKeeper(
      NodeDriver driver,
      LogHost host,
      LogHost.Books books,
      PassageFile file,
      Timing timing,
      Supplier<@Nullable ClusterConfig> config,
      Links links,
      Consumer<Notice> say) {
    this.driver = driver;
    this.host = host;
    this.books = books;
    this.file = file;
    this.config = config;
    this.links = links;
    this.say = say;
    this.arbitration =
        new Arbitration(
            new Arbitration.Times(timing.suspect(), timing.leaseTtl(), timing.startWait()),
            Arbiter.NONE,
            file.asked(books.journal().group()),
            BootTime.nanos());
    this.witness = new WitnessWatch(books, file, say);
    looks =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("pair-look").factory());
    passages =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("pair-passage").factory());
  }

  /** Opens the group of the journal, or goes on with the passage that stands there; then looks. */
  void begin() {
    Passage open = file.read();
    if (open == null) {
      host.open();
    } else {
      moving = true;
      passages.execute(() -> carryOut(open, false));
    }
    every(looks, LOOK_MILLIS, this::look);
    every(looks, HELLO_MILLIS, this::greet);
    every(passages, PIN_MILLIS, this::witness);
  }

  private void every(ScheduledExecutorService on, long millis, Runnable task) {
    var _ =
        on.scheduleWithFixedDelay(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                sayOnce("failed" + e, Notice.of(ServiceNotice.FAILED, String.valueOf(e)));
              }
            },
            millis,
            millis,
            TimeUnit.MILLISECONDS);
  }

  /** The log that is worked in; null while a passage is under way. */
  @Nullable ConsensusLog log() {
    return host.log();
  }

  // ---- arbitration

  private void look() {
    NodeDriver.View view = driver.view();
    ConsensusLog log = host.log();
    ClusterConfig c = config.get();
    ClusterState state = view.state();
    if (log == null || c == null || !log.groupId().equals(state.group())) {
      return;
    }
    Set<String> voters = new HashSet<>();
    log.membership().voters().forEach(v -> voters.add(MemberJournal.nameOf(v.id())));
    String self = books.journal().name();
    boolean two = voters.size() == 2 && voters.remove(self);
    String peer = two ? voters.iterator().next() : "";
    boolean pair = two && c.server(self).isPresent() && c.server(peer).isPresent();
    boolean owns = state.groups().values().stream().anyMatch(g -> g.ownedBy(self));
    boolean open =
        view.fence() == SelfFence.Stage.WHOLE || view.fence() == SelfFence.Stage.SUSPENDED;
    Arbitration.Look look =
        new Arbitration.Look(
            state.group(),
            pair,
            peer,
            view.heardAt().getOrDefault(peer, Arbitration.NEVER),
            view.agentHears().contains(peer),
            owns && open && view.fresh(),
            inSync(state, self));
    Arbitration.Step step;
    synchronized (this) {
      arbitration.arbiter(Arbiter.of(c.arbitration()));
      step = arbitration.look(BootTime.nanos(), look);
      paired = pair;
      if (!pair || arbitration.phase() != Arbitration.Phase.TOGETHER) {
        witness.apart();
      }
      if (arbitration.phase() != told) {
        told = arbitration.phase();
        say.accept(arbitration.because());
      }
    }
    carryOut(step, c);
  }

  /** Of no group with mirror disks would anything run here: going on alone gains nothing. */
  static boolean inSync(ClusterState state, String self) {
    boolean any = false;
    for (Map.Entry<String, ConfigState.GroupFacts> g : state.config().groups().entrySet()) {
      if (g.getValue().servers().contains(self) && !g.getValue().disks().isEmpty()) {
        any = true;
        if (state.inSync(g.getKey(), self)) {
          return true;
        }
      }
    }
    return !any;
  }

  private void carryOut(Arbitration.Step step, ClusterConfig c) {
    switch (step) {
      case Arbitration.Step.Rest _ -> {}
      case Arbitration.Step.Ask a -> Thread.ofVirtual().name("pair-ask").start(() -> ask(a, c));
      case Arbitration.Step.Succeed s -> succeed(s);
    }
  }

  private void ask(Arbitration.Step.Ask a, ClusterConfig c) {
    Arbiters.Said answer;
    try {
      if (a.claim() && Arbiter.of(c.arbitration()) == Arbiter.HTTP_WITNESS) {
        file.asking(a.group());
      }
      MemberJournal me = books.journal();
      answer =
          Arbiters.ask(
              c,
              new Arbiters.Question(
                  me.clusterId(),
                  a.group(),
                  me.name(),
                  a.peer(),
                  file.pin(),
                  a.claim(),
                  sure(a.group())));
    } catch (InterruptedException e) {
      return;
    } catch (RuntimeException e) {
      answer = new Arbiters.Said(Arbitration.Answer.UNKNOWN, String.valueOf(e));
    }
    Arbitration.Step step;
    synchronized (this) {
      Notice before = arbitration.because();
      step = arbitration.answered(BootTime.nanos(), a.number(), answer.answer(), answer.words());
      if (!arbitration.because().equals(before)) {
        told = arbitration.phase();
        say.accept(arbitration.because());
      }
    }
    carryOut(step, c);
  }

  /** What was decided in this group is known here up to now: not only what a former life knew. */
  private boolean sure(UUID group) {
    NodeDriver.View view = driver.view();
    return view.fresh() && view.state().group().equals(group);
  }

  @Override
  public Notice word(UUID group, long version, String by) {
    Notice taken;
    Arbitration.Step step;
    ClusterConfig c = config.get();
    synchronized (this) {
      taken = arbitration.word(group, version, driver.view().state().version(), by);
      step = arbitration.succession();
    }
    say.accept(taken);
    if (c != null) {
      carryOut(step, c);
    }
    return taken;
  }

  private void succeed(Arbitration.Step.Succeed s) {
    // Who has won may act until the new group has a lease of its own.
    driver.post(new NodeEvent.Sovereign());
    pass(new Passage(Passage.Kind.SUCCEED, s.group(), UUID.randomUUID(), s.evidence()));
  }

  // ---- passages

  private void pass(Passage passage) {
    synchronized (this) {
      if (moving) {
        return;
      }
      moving = true;
    }
    passages.execute(() -> carryOut(passage, true));
  }

  private void carryOut(Passage p, boolean anew) {
    MemberJournal me = books.journal();
    Passenger passenger = new Passenger(me.name(), host);
    try {
      if (anew) {
        passenger.begin(p);
      } else {
        passenger.resume(p);
      }
      synchronized (this) {
        moving = false;
        broken = null;
        paired = false;
        witness.apart();
        hellos.clear();
        splits.clear();
        said.clear();
      }
      say.accept(
          p.kind() == Passage.Kind.SUCCEED
              ? Notice.of(ArbitrationNotice.SUCCEEDED, p.from(), p.to(), p.evidence())
              : Notice.of(ArbitrationNotice.REJOINED, p.to(), p.from()));
    } catch (Passenger.ImportRefused e) {
      stuck(Notice.of(ArbitrationNotice.IMPORT_REFUSED, String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      stuck(Notice.of(ArbitrationNotice.SUCCESSION_BROKEN, String.valueOf(e)));
      if (file.read() != null) {
        retry(p);
      } else {
        synchronized (this) {
          moving = false;
        }
      }
    }
  }

  /** The former group is left for ever: there is no way but on. */
  private void retry(Passage p) {
    var _ = passages.schedule(() -> carryOut(p, false), HELLO_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void stuck(Notice why) {
    synchronized (this) {
      broken = why;
    }
    sayOnce("broken " + why, why);
  }

  // ---- other members

  /** What we say of ourselves. */
  Hello hello() {
    MemberJournal me = books.journal();
    ClusterState state = driver.view().state();
    ConsensusLog log = host.log();
    UUID group = log == null ? me.group() : log.groupId();
    boolean whole = state.founded() && state.group().equals(group) && log != null;
    return new Hello(
        me.clusterId(),
        me.name(),
        group,
        whole ? state.lineage().stream().map(Ancestor::group).toList() : List.of(),
        host.applied(),
        whole,
        rests());
  }

  private synchronized boolean rests() {
    return arbitration.rests() && !moving;
  }

  private void greet() {
    long askedAt = BootTime.nanos();
    HttpSeam.Request request =
        new HttpSeam.Request("POST", HelloText.PATH, Map.of(), HelloText.of(hello()));
    for (String member : links.members()) {
      var _ =
          links
              .call(member, request)
              .orTimeout(2 * HELLO_MILLIS, TimeUnit.MILLISECONDS)
              .thenAccept(answer -> {
                if (answer.status() == 200) {
                  Hello theirs = HelloText.read(answer.json());
                  judge(theirs);
                  passages.execute(() -> answered(theirs, askedAt));
                }
              })
              .exceptionally(_ -> null);
    }
  }

  /** A member says hello: what we answer. */
  @Override
  public HttpSeam.Response handle(HttpSeam.Request request) {
    try {
      Hello theirs = HelloText.read(request.body());
      looks.execute(() -> judge(theirs));
      return new HttpSeam.Response(200, HelloText.of(hello()));
    } catch (IllegalArgumentException e) {
      return new HttpSeam.Response(400, "{}");
    }
  }

  private void judge(Hello theirs) {
    Hello ours = hello();
    if (!theirs.cluster().equals(ours.cluster())) {
      return;
    }
    Kinship kin = null;
    synchronized (this) {
      hellos.put(theirs.member(), theirs);
      // One that has applied nothing yet knows its group, and that is enough to be found stale.
      boolean stale = theirs.lineage().contains(ours.group());
      boolean sure = (ours.whole() || stale) && theirs.whole() && !moving;
      if (ours.group().equals(theirs.group()) || sure) {
        kin = Kinship.of(ours.group(), ours.lineage(), theirs.group(), theirs.lineage());
      }
      if (kin == Kinship.SPLIT) {
        List<UUID> only =
            Kinship.onlyTheirs(ours.group(), ours.lineage(), theirs.group(), theirs.lineage());
        splits.put(theirs.member(), new Split(theirs, only));
      } else if (kin != null) {
        splits.remove(theirs.member());
      }
    }
    if (kin == Kinship.WE_STALE) {
      say.accept(
          Notice.of(ArbitrationNotice.REJOINING, theirs.member(), ours.group(), theirs.group()));
      pass(
          new Passage(
              Passage.Kind.REJOIN, ours.group(), theirs.group(), "joins " + theirs.member()));
    } else if (kin == Kinship.SPLIT) {
      sayOnce("split " + theirs.group(), splitNotice(ours, theirs));
    } else if (kin == Kinship.FOREIGN) {
      sayOnce(
          "foreign " + theirs.group(),
          Notice.of(ArbitrationNotice.FOREIGN, theirs.member(), theirs.group()));
    }
  }

  private static Notice splitNotice(Hello ours, Hello theirs) {
    return Notice.of(
        ArbitrationNotice.SPLIT_BRAIN,
        theirs.member(),
        ours.group(),
        theirs.group(),
        ours.last(),
        theirs.last());
  }

  private void sayOnce(String key, Notice notice) {
    synchronized (this) {
      if (!said.add(key)) {
        return;
      }
    }
    say.accept(notice);
  }

  /** True if a member may be made a voter: it is known to be in our group, empty or not. */
  synchronized boolean ready(String member) {
    Hello theirs = hellos.get(member);
    ConsensusLog log = host.log();
    return log != null
        && (driver.view().state().lineage().isEmpty()
            || (theirs != null && theirs.group().equals(log.groupId())));
  }

  @Override
  public CompletableFuture<Verdict> giveUp(String server, String by) {
    Split split;
    synchronized (this) {
      split = splits.get(server);
    }
    if (split == null) {
      throw new IllegalStateException("no split brain with " + server);
    }
    return driver
        .ask(new Command.GiveUp(server, split.onlyTheirs(), by))
        .whenComplete((verdict, failure) -> {
          if (verdict != null && verdict.taken()) {
            say.accept(Notice.of(ArbitrationNotice.SPLIT_RESOLVED, server, by));
          }
        });
  }

  // ---- the witness while all is well

  private void witness() {
    ClusterConfig c = config.get();
    NodeDriver.View view = driver.view();
    if (c == null
        || !(c.witness() instanceof Witness.Http http)
        || !view.leased()
        || !view.fresh()
        || host.log() == null) {
      return;
    }
    synchronized (this) {
      if (!paired || !arbitration.rests() || moving || !splits.isEmpty()) {
        return;
      }
    }
    try {
      witness.ask(http, view.state());
      if (witness.waits()) {
        greet();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answered(Hello theirs, long askedAt) {
    ConsensusLog log = host.log();
    ClusterConfig c = config.get();
    synchronized (this) {
      if (log == null || !paired || !arbitration.rests() || moving || !splits.isEmpty()) {
        return;
      }
    }
    if (c != null && c.witness() instanceof Witness.Http http) {
      witness.answered(theirs, log.groupId(), askedAt, http.url());
    }
  }

  /** True if the witness would not let each of the two go on alone, and that will pass. */
  private boolean settling() {
    ClusterConfig c = config.get();
    return paired
        && arbitration.phase() == Arbitration.Phase.TOGETHER
        && c != null
        && c.witness() instanceof Witness.Http
        && arbitration.arbiter() == Arbiter.HTTP_WITNESS
        && !witness.settled()
        && WitnessWatch.allInSync(driver.view().state());
  }

  // ---- for status

  /** How things stand, best explained first. */
  private List<Notice> notices() {
    List<Notice> all = new ArrayList<>();
    Notice stuck = broken;
    if (stuck != null) {
      all.add(stuck);
    }
    Hello ours = hello();
    splits.values().forEach(s -> all.add(splitNotice(ours, s.theirs())));
    all.add(
        settling()
            ? Notice.of(ArbitrationNotice.SETTLING, arbitration.peer())
            : arbitration.because());
    return all;
  }

  @Override
  public synchronized View view() {
    Arbiter arbiter = arbitration.arbiter();
    return new View(
        arbiter.word(),
        arbiter.exclusive(),
        moving ? "MOVING" : settling() ? "SETTLING" : arbitration.phase().name(),
        splits.keySet().stream().sorted().toList(),
        notices());
  }

  @Override
  public void close() {
    looks.shutdownNow();
    passages.shutdownNow();
  }
}
