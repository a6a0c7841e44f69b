// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.consensus.FreePort;
import io.meikyo.cluster.consensus.MemberSetup;
import io.meikyo.cluster.consensus.RatisStore;
import io.meikyo.cluster.consensus.Timing;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.node.World;
import io.meikyo.core.cluster.ClusterNode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.ProposalCodec;
import io.meikyo.core.cluster.Pulse;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.StateCodec;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.cluster.arbitration.Passage;
import io.meikyo.core.cluster.arbitration.Passenger;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A succession on the real log and its real files, broken off after each step and gone on with by
 * the next life of the service.
 */
class LogHostTest {
  private static final UUID CLUSTER = new UUID(1, 1);
  private static final UUID PARENT = new UUID(2, 2);
  private static final UUID NEXT = new UUID(3, 3);
  private static final Passage SUCCEED =
      new Passage(Passage.Kind.SUCCEED, PARENT, NEXT, "operator ann");
  private static final int STEPS = 6;
  private static final long SECONDS = 60;

  @TempDir private Path folder;

  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** One life of a member. */
  private static final class Life implements AutoCloseable {
    final RatisStore store;
    final LogHost host;
    final PassageFile file;
    final NodeDriver driver;

    Life(Path folder, int port, UUID first) throws Exception {
      Path file = folder.resolve("member.journal");
      if (!file.toFile().exists()) {
        new MemberJournal(
                CLUSTER,
                "server1",
                MemberRole.SERVER,
                1,
                0,
                first,
                true,
                "127.0.0.1:" + port,
                "127.0.0.1:1",
                StartMode.AUTO,
                true,
                0)
            .write(file);
      }
      MemberJournal[] now = {MemberJournal.read(file).reborn()};
      now[0].write(file);
      store =
          new RatisStore(
              new MemberSetup(
                  new Voter("server1#1", "127.0.0.1:" + port),
                  folder.resolve("consensus"),
                  Timing.CALM,
                  null,
                  true,
                  line -> {}));
      World world =
          (World)
              Proxy.newProxyInstance(
                  World.class.getClassLoader(), new Class<?>[] {World.class}, (p, m, a) -> null);
      driver =
          new NodeDriver(
              new ClusterNode(
                  "server1",
                  MemberRole.SERVER,
                  now[0].group(),
                  new Pulse.Times(500, 1500, 2000, 3000, 1000),
                  Defaults.selfFencing(null),
                  true,
                  0),
              world,
              "server1",
              now[0].life(),
              () -> 0);
      this.file = new PassageFile(folder);
      LogHost.Books books =
          new LogHost.Books(
              () -> now[0],
              group -> {
                now[0] = now[0].movedTo(group);
                try {
                  now[0].write(file);
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      host = new LogHost(store, driver, books, this.file, log -> {});
    }

    Verdict decide(long number, Command command) throws Exception {
      byte[] bytes = ProposalCodec.encode(new Proposal("server1", 1, number, 0, command));
      for (int i = 0; i < SECONDS; i++) {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        ConsensusLog log = host.log();
        assertThat(log).isNotNull();
        log.propose(bytes, 1_000_000_000L, answer::complete);
        if (answer.get(SECONDS, TimeUnit.SECONDS) instanceof Outcome.Applied a) {
          return ProposalCodec.verdict(a.result());
        }
      }
      throw new AssertionError("nothing was decided");
    }

    @Override
    public void close() {
      driver.close();
      store.close();
    }
  }

  /** The host, up to a step. */
  private record Until(LogHost host, int[] left) implements Passenger.Steps {
    private void step() {
      if (left[0]-- == 0) {
        throw new Crash();
      }
    }

    @Override
    public void begun(Passage passage) {
      host.begun(passage);
      step();
    }

    @Override
    public Sealed seal(UUID group) {
      Sealed s = host.seal(group);
      step();
      return s;
    }

    @Override
    public void putAside(UUID group) {
      host.putAside(group);
      step();
    }

    @Override
    public void create(UUID group) {
      host.create(group);
      step();
    }

    @Override
    public void join(UUID group) {
      host.join(group);
      step();
    }

    @Override
    public Verdict propose(UUID group, Command.Import command) {
      Verdict verdict = host.propose(group, command);
      step();
      return verdict;
    }

    @Override
    public void done(Passage passage) {
      host.done(passage);
      step();
    }

    @Override
    public void activate(UUID group) {
      host.activate(group);
      step();
    }
  }

  @Test
  void aSuccessionBrokenOffAfterEachStepIsGoneOnWith() throws Exception {
    for (int crash = 0; crash < STEPS; crash++) {
      int port = FreePort.take();
      Path disk = folder.resolve("crash" + crash);
      assertThat(disk.toFile().mkdir()).isTrue();
      try (Life life = new Life(disk, port, PARENT)) {
        life.host.open();
        assertThat(life.decide(1, new Command.Found(CLUSTER, "server1", 1)).taken()).isTrue();
        assertThat(life.decide(2, new Command.Suspend(true, "crash" + crash)).taken()).isTrue();
        boolean crashed = false;
        try {
          new Passenger("server1", new Until(life.host, new int[] {crash})).begin(SUCCEED);
        } catch (Crash e) {
          crashed = true;
        }
        assertThat(crashed).as("crash %s", crash).isTrue();
      }
      try (Life life = new Life(disk, port, PARENT)) {
        Passage open = life.file.read();
        if (crash < 4) {
          assertThat(open).as("crash %s", crash).isEqualTo(SUCCEED);
          new Passenger("server1", life.host).resume(SUCCEED);
        } else {
          assertThat(open).as("crash %s: it was done", crash).isNull();
          life.host.open();
        }
        assertThat(life.store.local()).containsExactly(NEXT);
        assertThat(MemberJournal.read(disk.resolve("member.journal")).group()).isEqualTo(NEXT);
        assertThat(life.file.read()).isNull();
        assertThat(life.decide(99, new Command.Suspend(false, "after")).taken()).isTrue();
        ClusterState state = stateOf(life, NEXT);
        assertThat(state).isNotNull();
        assertThat(state.lineage()).as("imported once").hasSize(1);
        assertThat(state.clusterId()).isEqualTo(CLUSTER);
        assertThat(state.servers()).containsOnlyKeys("server1");
        assertThat(state.suspension().on()).as("it decides in the new group").isFalse();
      }
    }
  }

  private static @Nullable ClusterState stateOf(Life life, UUID group) {
    ConsensusLog log = life.host.log();
    assertThat(log).isNotNull();
    assertThat(log.groupId()).isEqualTo(group);
    return StateCodec.decode(log.seal().snapshot());
  }
}
