// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.backup.LocalHolds;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.node.World;
import io.meikyo.core.cluster.ClusterNode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.GroupRunner;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.ProposalCodec;
import io.meikyo.core.cluster.Pulse;
import io.meikyo.core.cluster.Rules;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Hint;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.BootTime;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * server1 of the documented cluster, the only voter, with its real thread and routes; the log
 * applies at once, and whatever is done with resources works.
 */
final class OneMember implements AutoCloseable {
  private static final long MS = 1_000_000;
  private static final long LIFE = 7;
  private static final UUID GROUP = new UUID(5, 6);
  static final Path EXAMPLE = Path.of("../docs/examples/meikyo.toml");

  private ClusterState state = ClusterState.empty(GROUP);
  private long number = 1_000_000;
  private final LinkedBlockingQueue<Boolean> changes = new LinkedBlockingQueue<>();
  final NodeDriver driver;
  final ApiRoutes routes;
  final List<Boolean> down = new CopyOnWriteArrayList<>();
  volatile Map<String, String> agentFacts = Map.of("role", "ACTIVE");
  final FakeHolds holds = new FakeHolds();
  final FakeImages images = new FakeImages();

  /** Other members. */
  volatile Function<HttpSeam.Request, CompletableFuture<HttpSeam.Response>> peers =
      r -> CompletableFuture.completedFuture(new HttpSeam.Response(200, "{}"));

  private long beats;
  final List<String> fromNextStart = new CopyOnWriteArrayList<>();
  volatile @Nullable Notice needsRestart;

  OneMember() {
    ClusterNode node =
        new ClusterNode(
            "server1",
            MemberRole.SERVER,
            GROUP,
            new Pulse.Times(20 * MS, 200 * MS, 60_000 * MS, 1000 * MS, 1000 * MS),
            new SelfFencing(1000 * MS, 1000 * MS, SelfFencing.LastResort.SYSRQ),
            true,
            BootTime.nanos());
    node.life(LIFE);
    driver = new NodeDriver(node, new Quiet(), "server1", LIFE, () -> 0);
    routes = new ApiRoutes("server1", driver, new Place());
    driver.log(new AtOnce());
    driver.begin();
    driver.post(new NodeEvent.Voters(Set.of("server1")));
    says(new Command.Found(new UUID(1, 2), "server1", 1));
    says(new Command.Admit("server2", MemberRole.SERVER, 1));
    ConfigReading reading = ConfigReader.read(EXAMPLE);
    says(new Command.PutConfig(0, facts(reading, state, "me")));
    driver.post(new NodeEvent.Configured(1, reading.config().orElseThrow(), new TreeSet<>()));
  }

  /** Somebody else's command. */
  synchronized void says(Command command) {
    puts("elsewhere", command);
  }

  /** A command of that server. */
  synchronized void puts(String server, Command command) {
    long life = server.equals("server1") ? LIFE : 1;
    Rules.Step step = apply(new Proposal(server, life, ++number, 0, command));
    if (!step.verdict().taken()) {
      throw new AssertionError(step.verdict());
    }
  }

  private synchronized Rules.Step apply(Proposal p) {
    Rules.Step step = Rules.apply(state, p);
    state = step.state();
    driver.post(new NodeEvent.Applied(new LogPosition(1, ++number), p, state, step.verdict()));
    return step;
  }

  /** Waits until the status is so; events of the node's thread wake it. */
  void await(Predicate<NodeDriver.View> wanted) throws InterruptedException {
    long end = System.nanoTime() + 60_000 * MS;
    while (!wanted.test(driver.view())) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not so: " + driver.view());
      }
      Boolean _ = changes.poll(20, TimeUnit.MILLISECONDS);
    }
  }

  /** md1 is active there; its in-sync set is this. */
  void active(int replica, int mask) throws InterruptedException {
    SetRecord now = driver.view().state().disks().get("md1").record();
    SetRecord next =
        new SetRecord(
            now.groupId(),
            now.version() + 1,
            now.epoch() + 1,
            replica,
            mask,
            5,
            now.stamps(),
            now.version() + 9,
            0,
            0,
            now.cutStatus());
    String server = replica == 1 ? "server2" : "server1";
    says(new Command.Force("md1", server, "me", now.version()));
    puts(server, new Command.DecideSet("md1", next));
    await(v -> v.state().disks().get("md1").record().version() == next.version());
  }

  /** That server is heard. */
  void hears(String server) throws InterruptedException {
    Heartbeat beat =
        new Heartbeat(
            server,
            driver.view().state().group(),
            ++beats,
            0,
            Set.of("server1"),
            Set.of(),
            new TreeMap<>(),
            0,
            true);
    driver.post(new NodeEvent.Beat(beat));
    await(v -> v.health().get(server) == Health.UP);
  }

  HttpSeam.Response ask(String method, String path, String... query) {
    return ask(method, path, "", query);
  }

  HttpSeam.Response ask(String method, String path, String body, String[] query) {
    return routes.handle(new HttpSeam.Request(method, path, ApiClient.query(query), body));
  }

  private static ConfigState facts(ConfigReading reading, ClusterState now, String by) {
    ClusterConfig config = reading.config().orElseThrow();
    TreeMap<String, ConfigState.GroupFacts> groups = new TreeMap<>();
    for (Group g : config.groups()) {
      groups.put(
          g.name(), new ConfigState.GroupFacts(g.servers(), g.mirrors(), g.startup() == Mode.AUTO));
    }
    TreeMap<String, ConfigState.DiskFacts> disks = new TreeMap<>();
    for (MirrorDisk m : config.mirrors()) {
      List<String> servers = m.replicas().stream().map(MirrorDisk.Replica::server).toList();
      disks.put(m.name(), new ConfigState.DiskFacts(new UUID(3, 4), servers));
    }
    return new ConfigState(now.config().version() + 1, reading.text(), groups, disks, by);
  }

  @Override
  public void close() {
    driver.close();
  }

  /** A log of one member that never fails. */
  private final class AtOnce implements ConsensusLog {
    @Override
    public UUID groupId() {
      return GROUP;
    }

    @Override
    public void propose(byte[] command, long timeoutNanos, Consumer<Outcome> answer) {
      Rules.Step step = apply(ProposalCodec.decode(command));
      byte[] said = ProposalCodec.encode(step.verdict());
      answer.accept(new Outcome.Applied(new LogPosition(1, 1), said));
    }

    @Override
    public void reconfigure(
        Membership expected, Membership next, long timeoutNanos, Consumer<Outcome> answer) {
      answer.accept(new Outcome.Refused("never"));
    }

    @Override
    public Membership membership() {
      return new Membership(List.of(new Membership.Voter("server1#1", "here:1")));
    }

    @Override
    public void moveLeader(String id) {}

    @Override
    public Hint hint() {
      return new Hint(true, 1, "server1#1");
    }

    @Override
    public Sealed seal() {
      throw new UnsupportedOperationException();
    }
  }

  /** Resources that do what they are told. */
  private final class Quiet implements World {
    @Override
    public void beat(Heartbeat beat) {}

    @Override
    public void answer(String to, Heartbeat.Answer answer) {}

    @Override
    public void run(String group, GroupRunner.Task task, Consumer<NodeEvent> end) {
      end.accept(new NodeEvent.TaskEnded(group, task.number(), true, null));
    }

    @Override
    public void look(Monitor monitor, Consumer<NodeEvent> end) {}

    @Override
    public void script(Monitor monitor, Consumer<NodeEvent> end) {}

    @Override
    public void act(FinalAction action, Notice because) {}

    @Override
    public void lastResort(Notice because) {}

    @Override
    public void broken(Throwable why) {
      throw new AssertionError(why);
    }

    @Override
    public void tell(Notice notice) {
      changes.add(true);
    }

    @Override
    public void changed(NodeDriver.View view) {
      changes.add(true);
    }
  }

  /** The process around it. */
  private final class Place implements ApiRoutes.Site {
    @Override
    public Map<String, Map<String, String>> agent() {
      return Map.of("md1", agentFacts);
    }

    @Override
    public CompletableFuture<HttpSeam.Response> peer(String server, HttpSeam.Request request) {
      return peers.apply(request);
    }

    @Override
    public ImageJobs images() {
      return images;
    }

    @Override
    public LocalHolds holds() {
      return holds;
    }

    @Override
    public boolean agentIsCurrent() {
      return true;
    }

    @Override
    public void awaitApplied(long version, Set<String> servers, long nanos) {}

    @Override
    public boolean trustedLinks() {
      return false;
    }

    @Override
    public void revoked(String list) {}

    @Override
    public ConfigState facts(ConfigReading reading, ClusterState now, String by) {
      return OneMember.facts(reading, now, by);
    }

    @Override
    public PairDesk pair() {
      return new PairDesk() {
        @Override
        public View view() {
          return new View("operator", true, "TOGETHER", List.of(), List.of());
        }

        @Override
        public Notice word(UUID group, long version, String by) {
          return Notice.of(ApiNotice.BROKEN, "not here");
        }

        @Override
        public CompletableFuture<io.meikyo.core.cluster.Verdict> giveUp(String server, String by) {
          return CompletableFuture.failedFuture(new IllegalStateException());
        }
      };
    }

    @Override
    public List<String> fromNextStart() {
      return fromNextStart;
    }

    @Override
    public @Nullable Notice needsRestart() {
      return needsRestart;
    }

    @Override
    public void goDown(boolean again) {
      down.add(again);
    }

    @Override
    public List<ApiRoutes.Event> events(int lines) {
      return List.of(
          new ApiRoutes.Event(java.time.Instant.EPOCH, Notice.of(ApiNotice.MISSING, "x")));
    }
  }
}
