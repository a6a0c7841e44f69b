// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.cluster.ClusterMachine;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.ProposalCodec;
import io.meikyo.core.cluster.StateCodec;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Sealed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every step of a passage, broken off before and after what it does, and gone on with. */
class PassengerTest {
  private static final UUID CLUSTER = new UUID(9, 9);
  private static final UUID PARENT = new UUID(1, 1);
  private static final UUID NEXT = new UUID(2, 2);
  private static final Passage SUCCEED =
      new Passage(Passage.Kind.SUCCEED, PARENT, NEXT, "operator ann");
  private static final Passage REJOIN =
      new Passage(Passage.Kind.REJOIN, PARENT, NEXT, "joins server2");

  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** What survives a crash, and one life on it. */
  private static class World implements Passenger.Steps {
    final Set<UUID> sealed = new HashSet<>();
    final Set<UUID> aside = new HashSet<>();
    final Set<UUID> joined = new HashSet<>();
    final Map<UUID, ClusterMachine> made = new HashMap<>();
    final List<Verdict> imports = new ArrayList<>();
    final List<String> story = new ArrayList<>();
    @Nullable Passage journal;
    UUID worksIn = PARENT;
    @Nullable UUID active;
    int crashAt = -1;
    int points;
    long index = 5;

    private void point() {
      if (points++ == crashAt) {
        throw new Crash();
      }
    }

    private void step(String name, Runnable effect) {
      point();
      story.add(name);
      effect.run();
      point();
    }

    @Override
    public void begun(Passage passage) {
      step("begun", () -> journal = passage);
    }

    @Override
    public Sealed seal(UUID group) {
      assertThat(journal).as("nothing is sealed before the journal says why").isNotNull();
      step("seal", () -> sealed.add(group));
      return new Sealed(new LogPosition(3, 17), StateCodec.encode(parentState()));
    }

    @Override
    public void putAside(UUID group) {
      assertThat(sealed).contains(group);
      step("aside", () -> aside.add(group));
    }

    @Override
    public void create(UUID group) {
      assertThat(sealed).contains(PARENT);
      step("create", () -> made.putIfAbsent(group, machine(group)));
    }

    private static ClusterMachine machine(UUID group) {
      return new ClusterMachine(group, (at, proposal, state, verdict) -> {});
    }

    @Override
    public void join(UUID group) {
      step("join", () -> joined.add(group));
    }

    @Override
    public Verdict propose(UUID group, Command.Import command) {
      point();
      byte[] bytes = ProposalCodec.encode(new Proposal("server1", 4, 0, 0, command));
      ClusterMachine machine = made.get(group);
      assertThat(machine).isNotNull();
      Verdict verdict = ProposalCodec.verdict(machine.apply(new LogPosition(1, index++), bytes));
      imports.add(verdict);
      story.add("import");
      point();
      return verdict;
    }

    @Override
    public void done(Passage passage) {
      step(
          "done",
          () -> {
            worksIn = passage.to();
            journal = null;
          });
    }

    @Override
    public void activate(UUID group) {
      assertThat(worksIn).isEqualTo(group);
      step("activate", () -> active = group);
    }
  }

  private static ClusterState parentState() {
    ClusterMachine m = World.machine(PARENT);
    long number = 0;
    for (Command c :
        List.of(
            new Command.Found(CLUSTER, "server1", 1),
            new Command.Admit("server2", MemberRole.SERVER, 1))) {
      m.apply(
          new LogPosition(1, ++number),
          ProposalCodec.encode(new Proposal("server1", 3, number, 0, c)));
    }
    return m.state();
  }

  @Test
  void theStepsOfASuccessionInTheirOrder() {
    World w = new World();
    new Passenger("server1", w).begin(SUCCEED);
    assertThat(w.story).containsExactly("begun", "seal", "create", "import", "done", "activate");
    ClusterMachine made = w.made.get(NEXT);
    assertThat(made).isNotNull();
    ClusterState state = made.state();
    assertThat(state.clusterId()).isEqualTo(CLUSTER);
    assertThat(state.group()).isEqualTo(NEXT);
    assertThat(state.servers()).containsOnlyKeys("server1", "server2");
    assertThat(state.lineage()).hasSize(1);
    assertThat(state.lineage().getFirst().group()).isEqualTo(PARENT);
    assertThat(state.lineage().getFirst().end()).isEqualTo(new LogPosition(3, 17));
    assertThat(state.lineage().getFirst().evidence()).isEqualTo("operator ann");
    assertThat(state.done()).as("what the parent remembers of proposals").containsKey("server1");
  }

  @ParameterizedTest
  @EnumSource(Passage.Kind.class)
  void aCrashAtAnyPointIsGoneOnWith(Passage.Kind kind) {
    Passage passage = kind == Passage.Kind.SUCCEED ? SUCCEED : REJOIN;
    World calm = new World();
    new Passenger("server1", calm).begin(passage);
    assertThat(calm.points).isGreaterThanOrEqualTo(12);
    for (int first = 0; first < calm.points; first++) {
      for (int second = -1; second < calm.points; second++) {
        crashTwice(passage, first, second);
      }
    }
  }

  private static void crashTwice(Passage passage, int first, int second) {
    World w = new World();
    w.crashAt = first;
    assertThatThrownBy(() -> new Passenger("server1", w).begin(passage)).isInstanceOf(Crash.class);
    if (w.journal == null && w.worksIn.equals(PARENT)) {
      assertThat(w.sealed).as("crash %s: nothing was begun", first).isEmpty();
      return;
    }
    w.points = 0;
    w.crashAt = second;
    for (int life = 0; life < 2 && w.journal != null; life++) {
      try {
        new Passenger("server1", w).resume(w.journal);
      } catch (Crash e) {
        w.points = 0;
        w.crashAt = -1;
      }
    }
    assertThat(w.journal).as("crashes %s, %s", first, second).isNull();
    assertThat(w.worksIn).isEqualTo(NEXT);
    assertThat(w.sealed).containsExactly(PARENT);
    if (passage.kind() == Passage.Kind.REJOIN) {
      assertThat(w.aside).containsExactly(PARENT);
      assertThat(w.joined).containsExactly(NEXT);
      return;
    }
    ClusterMachine made = w.made.get(NEXT);
    assertThat(made).isNotNull();
    assertThat(made.state().lineage()).as("imported once").hasSize(1);
    assertThat(made.state().version()).isEqualTo(parentState().version() + 1);
    assertThat(w.imports).isNotEmpty().allMatch(Verdict::taken);
  }

  @Test
  void aRefusedImportIsFatal() {
    World w =
        new World() {
          @Override
          public Sealed seal(UUID group) {
            Sealed s = super.seal(group);
            return new Sealed(s.at(), StateCodec.encode(ClusterState.empty(PARENT)));
          }
        };
    assertThatThrownBy(() -> new Passenger("server1", w).begin(SUCCEED))
        .isInstanceOf(Passenger.ImportRefused.class);
    assertThat(w.active).isNull();
    assertThat(w.worksIn).isEqualTo(PARENT);
    assertThat(w.journal).as("and it stays so").isEqualTo(SUCCEED);
  }
}
