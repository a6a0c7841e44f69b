// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.SelfFencing;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When a server may act without a lease, and from when on its time for stopping counts. */
class GateTest {
  private static final long MS = 1_000_000;
  private static final long START = 100_000 * MS;
  private static final SelfFencing BUDGET =
      new SelfFencing(500 * MS, 1000 * MS, SelfFencing.LastResort.SYSRQ);
  private static final Pulse.Times TIMES =
      new Pulse.Times(200 * MS, 600 * MS, 1000 * MS, SelfFence.budget(BUDGET), 1000 * MS);

  private final Sample cluster = Sample.running();
  private final Pulse pulse = new Pulse("server1", TIMES, Sample.GROUP, START);
  private final Gate gate =
      new Gate("server1", BUDGET, pulse, ClusterState.empty(Sample.GROUP), 1000 * MS, START);
  private final GroupRunner runner = new GroupRunner(mirrored());

  private static io.meikyo.core.cluster.config.Group mirrored() {
    Resource plain = Sample.resource("md");
    return Sample.group(
        new Resource(
            "md",
            new ResourceSettings.Md("md"),
            List.of(),
            plain.startTimeout(),
            plain.stopTimeout(),
            0,
            0,
            1,
            plain.finalAction(),
            plain.stopFailure()),
        Sample.resource("app"));
  }

  private void runs() {
    runner.adopt("md");
    runner.adopt("app");
    tell();
  }

  private void tell() {
    pulse.state(cluster.state, Set.of("server1", "server2", "witness"), START);
    gate.state(cluster.state);
  }

  private void agent(boolean followed, long now) {
    var disk = new NodeEvent.Agent.DiskView(true, followed, NodeEvent.Agent.Still.NONE);
    gate.agent(new NodeEvent.Agent(now, true, 0, Set.of(), Map.of("md", disk)), now);
  }

  private boolean open(long now) {
    return gate.isOpen("g", runner, now);
  }

  @Test
  void ruleR5AFollowingAgentIsALeaseForAsLongAsItsWordIsYoung() {
    runs();
    assertThat(open(START)).isFalse();
    agent(true, START);
    assertThat(open(START + 999 * MS)).isTrue();
    assertThat(open(START + 1000 * MS)).isFalse();
    agent(false, START);
    assertThat(open(START)).isFalse();
  }

  @Test
  void whoIsAloneInTheSetNeedsNobody() {
    runs();
    pulse.fresh();
    agent(false, START);
    assertThat(open(START)).isFalse();
    cluster.by("server1", new Command.DecideSet("md", cluster.next(0, 1)));
    tell();
    assertThat(open(START)).isTrue();
  }

  @Test
  void whoHasAskedForAnotherMayNotBeAloneAnyMore() {
    cluster.by("server1", new Command.DecideSet("md", cluster.next(0, 1)));
    runs();
    pulse.fresh();
    agent(false, START);
    Command.DecideSet more = new Command.DecideSet("md", cluster.next(0, 3));
    gate.asked(more);
    assertThat(open(START)).isFalse();
    cluster.by("server1", more);
    cluster.by("server1", new Command.DecideSet("md", cluster.next(0, 1)));
    tell();
    assertThat(open(START)).isTrue();
  }

  @Test
  void whatIsKnownOfAFormerLifeMakesNobodyAlone() {
    cluster.by("server1", new Command.DecideSet("md", cluster.next(0, 1)));
    runs();
    agent(false, START);
    assertThat(open(START)).isFalse();
  }

  @Test
  void whatRunsHereAndIsNotOursIsTakenDownAndCounts() {
    runs();
    agent(true, START);
    cluster.by(
        "server2",
        new Command.TakeOver("g", cluster.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    tell();
    Map<String, GroupRunner> all = Map.of("g", runner);
    assertThat(gate.look(all, START)).isEqualTo(SelfFence.Stage.SUSPENDED);
    assertThat(gate.look(all, START + 500 * MS)).isEqualTo(SelfFence.Stage.FENCING);
    assertThat(gate.look(all, START + 1500 * MS)).isEqualTo(SelfFence.Stage.LAST_RESORT);
  }

  @Test
  void aMachineThatStoodStillHasNoMoreTimeThanOneThatDidNot() {
    runs();
    agent(true, START);
    Map<String, GroupRunner> all = Map.of("g", runner);
    assertThat(gate.look(all, START)).isEqualTo(SelfFence.Stage.WHOLE);
    // The agent's word was good until 1000 ms; then 500 ms and 1000 ms.
    assertThat(gate.look(all, START + 2499 * MS)).isEqualTo(SelfFence.Stage.FENCING);
    assertThat(gate.look(all, START + 2500 * MS)).isEqualTo(SelfFence.Stage.LAST_RESORT);
  }

  @Test
  void atRestNobodyTakesItOverAndItsTimeBeginsWhenItGoesOn() {
    cluster.by("server1", new Command.Suspend(true, "me"));
    runs();
    agent(true, START);
    Map<String, GroupRunner> all = Map.of("g", runner);
    gate.look(all, START);
    assertThat(gate.look(all, START + 60_000 * MS)).isEqualTo(SelfFence.Stage.SUSPENDED);
  }
}
