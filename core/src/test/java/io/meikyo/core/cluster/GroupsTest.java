// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What one node does with its groups between two plans, with a cluster around it. */
class GroupsTest {
  private static final long MS = OneNode.MS;

  private final OneNode one = new OneNode();

  private static Monitor monitor(String name, int failovers) {
    return new Monitor(
        name,
        false,
        new MonitorSettings.Nic("eth0"),
        List.of("server1"),
        100 * MS,
        Sample.SECOND,
        0,
        0,
        Monitor.When.ALWAYS,
        null,
        "g",
        new Monitor.Ladder(
            null, 0, 0, 0, failovers, FinalAction.NONE, MS, MS, 3600 * Sample.SECOND));
  }

  private static ClusterConfig config(List<Monitor> monitors, Group... groups) {
    ClusterConfig c = Sample.config(groups);
    return new ClusterConfig(
        c.name(),
        c.trustedLinks(),
        c.servers(),
        c.witness(),
        c.arbitration(),
        c.timing(),
        OneNode.FENCING,
        c.ports(),
        c.mirrors(),
        c.groups(),
        monitors,
        c.hooks());
  }

  private void runs(Resource... resources) {
    one.configured(1, config(List.of(), Sample.group(resources)));
    assertThat(one.cluster.g().phase()).isEqualTo(Phase.ONLINE);
    one.seen.clear();
  }

  // ---- monitors that ask for a failover

  @Test
  void aMonitorThatIsWellAgainTakesBackWhatItAskedFor() {
    one.configured(1, config(List.of(monitor("m", 1)), Sample.group(Sample.resource("app"))));
    one.looked("m", false);
    assertThat(one.why()).isEqualTo(PlanNotice.FAILED_STAYS.key());
    assertThat(one.cluster.g().phase()).isEqualTo(Phase.FAILED);
    one.looked("m", true);
    assertThat(one.said(NodeNotice.MONITOR_TAKES_BACK)).isTrue();
    assertThat(one.why()).isEqualTo(PlanNotice.RUNS_HERE.key());
    one.pass(1000);
    assertThat(one.cluster.g().phase()).isEqualTo(Phase.ONLINE);
    one.other = true;
    one.pass(2000);
    assertThat(one.cluster.g().owner()).isEqualTo("server1");
  }

  @Test
  void withoutThatItGoesAsSoonAsItCan() {
    one.configured(1, config(List.of(monitor("m", 1)), Sample.group(Sample.resource("app"))));
    one.looked("m", false);
    one.other = true;
    one.pass(2000);
    assertThat(one.cluster.g().failovers()).hasSize(1);
    assertThat(one.cluster.g().owner()).isNull();
    assertThat(one.cluster.g().target()).isEqualTo("server2");
  }

  @Test
  void whatHasBegunIsNotTakenBack() {
    one.other = true;
    one.configured(1, config(List.of(monitor("m", 1)), Sample.group(Sample.resource("app"))));
    one.slow = true;
    one.looked("m", false);
    assertThat(one.why()).isEqualTo(PlanNotice.FAILED_GOES.key());
    one.looked("m", true);
    assertThat(one.said(NodeNotice.MONITOR_TAKES_BACK)).isFalse();
    one.endTasks();
    one.pass(1000);
    assertThat(one.cluster.g().target()).isEqualTo("server2");
  }

  @Test
  void theOtherMonitorStillAsks() {
    one.configured(
        1, config(List.of(monitor("m", 1), monitor("n", 1)), Sample.group(Sample.resource("app"))));
    one.looked("m", false);
    one.looked("n", false);
    one.looked("m", true);
    assertThat(one.why()).isEqualTo(PlanNotice.FAILED_STAYS.key());
    assertThat(one.node.decisions().get("g").because().args().get(1).value()).isEqualTo("n");
    one.looked("n", true);
    assertThat(one.why()).isEqualTo(PlanNotice.RUNS_HERE.key());
  }

  @Test
  void aMonitorThatRestsAsksForNothingAndDoesNotLook() {
    one.configured(1, config(List.of(monitor("m", 1)), Sample.group(Sample.resource("app"))));
    one.looked("m", false);
    one.says(new Command.RestMonitors(List.of("server1"), List.of("m"), true, "me"));
    assertThat(one.said(NodeNotice.MONITOR_TAKES_BACK)).isTrue();
    assertThat(one.node.monitors().getFirst().resting()).isTrue();
    assertThat(one.node.monitors().getFirst().watched()).isFalse();
    one.looked("m", false);
    assertThat(one.why()).isEqualTo(PlanNotice.RUNS_HERE.key());
    one.seen.clear();
    one.pass(1000);
    assertThat(one.seen).noneMatch(NodeEffect.Look.class::isInstance);
    one.says(new Command.RestMonitors(List.of("server1"), List.of("m"), false, "me"));
    assertThat(one.seen).anyMatch(NodeEffect.Look.class::isInstance);
  }

  // ---- one resource

  @Test
  void oneResourceIsStoppedByWordAndTheGroupGoesOn() {
    runs(Sample.resource("fip"), Sample.resource("app", "fip"), Sample.resource("log", "fip"));
    one.says(new Command.WantResource("g", "app", false, "me"));
    assertThat(one.tasks()).containsExactly("STOP app");
    one.pass(1000);
    assertThat(one.cluster.g().phase()).isEqualTo(Phase.ONLINE);
    assertThat(one.cluster.g().off()).containsExactly("app");
    assertThat(one.node.runner("g").resources()).containsEntry("app", "off");
    one.says(new Command.WantResource("g", "app", true, "me"));
    assertThat(one.tasks()).containsExactly("START app");
  }

  @Test
  void theWholeGroupByWordStartsThemAll() {
    runs(Sample.resource("fip"), Sample.resource("app", "fip"));
    one.says(new Command.WantResource("g", "app", false, "me"));
    one.seen.clear();
    one.says(new Command.Want("g", true, null, "me"));
    assertThat(one.tasks()).containsExactly("START app");
    assertThat(one.cluster.g().off()).isEmpty();
  }

  @Test
  void aGroupThatDoesNotRunHasNoSingleResources() {
    runs(Sample.resource("app"));
    one.says(new Command.Want("g", false, null, "me"));
    one.pass(1000);
    assertThat(one.cluster.g().owner()).isNull();
    Verdict said = one.says(new Command.WantResource("g", "app", false, "me"));
    assertThat(said.taken()).isFalse();
    assertThat(said.saying()).isEqualTo(ClusterNotice.GROUP_STOPPED);
  }

  // ---- another configuration

  private static Resource unit(String name, String unit) {
    Resource plain = Sample.resource(name);
    return new Resource(
        name,
        new ResourceSettings.Service(unit),
        plain.dependsOn(),
        plain.startTimeout(),
        plain.stopTimeout(),
        plain.startRetries(),
        plain.stopRetries(),
        plain.failovers(),
        plain.finalAction(),
        plain.stopFailure());
  }

  private List<String> started() {
    return one.seen.stream()
        .filter(NodeEffect.Run.class::isInstance)
        .map(e -> ((NodeEffect.Run) e).task())
        .map(t -> t.act() + " " + ((ResourceSettings.Service) t.definition().settings()).unit())
        .toList();
  }

  @Test
  void aNewDefinitionWaitsForTheRestartAndSaysSo() {
    runs(unit("app", "old"));
    one.configured(2, config(List.of(), Sample.group(unit("app", "new"), unit("log", "log"))));
    assertThat(one.said(NodeNotice.DEFINITION_WAITS)).isTrue();
    assertThat(one.node.waiting()).containsEntry("g", List.of("app", "log"));
    assertThat(started()).isEmpty();
    one.says(new Command.Want("g", false, null, "me"));
    one.pass(1000);
    assertThat(started()).containsExactly("STOP old");
    assertThat(one.node.waiting()).isEmpty();
    one.seen.clear();
    one.says(new Command.Want("g", true, null, "me"));
    one.pass(1000);
    assertThat(started()).containsExactly("START new", "START log");
    assertThat(one.cluster.g().phase()).isEqualTo(Phase.ONLINE);
  }

  @Test
  void whatIsTakenBackBeforeTheRestartWaitsNoMore() {
    runs(unit("app", "old"));
    one.configured(2, config(List.of(), Sample.group(unit("app", "new"))));
    one.configured(3, config(List.of(), Sample.group(unit("app", "old"))));
    assertThat(one.node.waiting()).isEmpty();
  }

  // ---- waiting for another group

  @Test
  void theWaitForAnotherGroupEndsAndBeginsAnewByWord() {
    OneNode two = new OneNode(Sample.twoGroups());
    Group g = Sample.group(Sample.resource("app"));
    Group late =
        new Group(
            "g",
            Mode.AUTO,
            Mode.AUTO,
            Mode.MANUAL,
            g.servers(),
            3,
            3600 * Sample.SECOND,
            List.of("h"),
            5 * Sample.SECOND,
            List.of(),
            g.resources());
    two.cluster.by("server1", new Command.Want("h", false, null, "me"));
    two.applied();
    two.configured(1, config(List.of(), late));
    assertThat(two.why()).isEqualTo(PlanNotice.WAITS_FOR_GROUP.key());
    two.pass(5000);
    assertThat(two.why()).isEqualTo(PlanNotice.WAITED_IN_VAIN.key());
    assertThat(two.cluster.g().phase()).isEqualTo(Phase.FAILED);
    assertThat(two.cluster.g().why()).isEqualTo(Reason.WAITED_IN_VAIN);
    two.says(new Command.Want("g", true, null, "me"));
    assertThat(two.why()).isEqualTo(PlanNotice.WAITS_FOR_GROUP.key());
    two.pass(6000);
    assertThat(two.why()).isEqualTo(PlanNotice.WAITED_IN_VAIN.key());
    two.cluster.by("server2", new Command.Want("h", true, null, "me"));
    two.cluster.by("server2", new Command.Take("h", 0, Reason.OPERATOR));
    two.cluster.by("server2", new Command.Report("h", 1, Phase.ONLINE, Reason.STARTED));
    two.applied();
    two.pass(1000);
    assertThat(two.why()).isEqualTo(PlanNotice.RUNS_HERE.key());
    assertThat(two.cluster.g().phase()).isEqualTo(Phase.ONLINE);
  }

  // ---- signs of life

  private static NodeEvent beat(Set<String> hears) {
    return new NodeEvent.Beat(
        new Heartbeat("server2", Sample.GROUP, 1, 0, hears, Set.of(), new TreeMap<>(), 0, true));
  }

  private boolean looksAroundAt(NodeEvent event) {
    one.tell(event);
    return one.node.lookedAround();
  }

  @Test
  void aSignOfLifeThatSaysNothingNewIsNoReasonToPlan() {
    runs(Sample.resource("app"));
    one.other = true;
    one.pass(1000);
    NodeEvent answer =
        new NodeEvent.BeatAnswered(new Heartbeat.Answer("server2", Sample.GROUP, 1, false));
    assertThat(looksAroundAt(beat(Set.of("server1")))).isFalse();
    assertThat(looksAroundAt(answer)).isFalse();
    assertThat(looksAroundAt(beat(Set.of()))).isTrue();
    assertThat(looksAroundAt(beat(Set.of()))).isFalse();
    assertThat(looksAroundAt(beat(Set.of("server1")))).isTrue();
    assertThat(looksAroundAt(NodeEvent.Agent.silent(0))).isTrue();

    one.other = false;
    one.pass(2000);
    // It is heard again, and that is news whatever it says.
    assertThat(looksAroundAt(beat(Set.of("server1")))).isTrue();
    assertThat(looksAroundAt(beat(Set.of("server1")))).isFalse();
  }
}
