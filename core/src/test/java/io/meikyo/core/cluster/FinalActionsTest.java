// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Hooks;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import io.meikyo.core.cluster.config.Ports;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.notice.Notice;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is done last when nothing has helped, on one node with a cluster around it. */
class FinalActionsTest {
  private static final long MS = 1_000_000;
  private static final Notice ILL = Notice.of(NodeNotice.MONITOR_ILL, "m");

  private final OneNode one = new OneNode();
  private final Sample cluster = one.cluster;

  private void configured(FinalAction resource, FinalAction stop, FinalAction monitor) {
    Resource app =
        new Resource(
            "app",
            new ResourceSettings.Service("app.service"),
            List.of(),
            Sample.SECOND,
            Sample.SECOND,
            0,
            0,
            0,
            resource,
            stop);
    Group group =
        new Group(
            "g",
            Mode.AUTO,
            Mode.AUTO,
            Mode.MANUAL,
            List.of("server1"),
            0,
            3600 * Sample.SECOND,
            List.of(),
            Sample.SECOND,
            List.of(),
            List.of(app));
    Monitor watch =
        new Monitor(
            "m",
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
            new Monitor.Ladder(null, 0, 0, 0, 0, monitor, MS, MS, Sample.SECOND));
    ClusterConfig config =
        new ClusterConfig(
            "c",
            false,
            List.of(),
            new Witness.None(),
            new Arbitration.None(),
            new Timing(
                Timing.Profile.FAST,
                200 * MS,
                600 * MS,
                2000 * MS,
                100 * MS,
                100 * MS,
                200 * MS,
                1000 * MS),
            OneNode.FENCING,
            new Ports(1, 2, 3, 4),
            List.of(),
            List.of(group),
            List.of(watch),
            new Hooks(null, null, Sample.SECOND));
    tell(new NodeEvent.Configured(1, config, new TreeSet<>()));
    pass(1000);
  }

  private void tell(NodeEvent event) {
    one.tell(event);
  }

  private void pass(long millis) {
    one.pass(millis);
  }

  private List<FinalAction> acts() {
    return one.acts();
  }

  private boolean said(NodeNotice notice) {
    return one.said(notice);
  }

  @Test
  void aMonitorsLastRungIsTakenOnce() {
    one.other = true;
    configured(FinalAction.NONE, FinalAction.NONE, FinalAction.REBOOT);
    for (int i = 0; i < 5; i++) {
      tell(new NodeEvent.Looked("m", false, ILL));
      pass(200);
    }
    assertThat(acts()).containsExactly(FinalAction.REBOOT);
  }

  @Test
  void theLastHealthyServerStaysUp() {
    configured(FinalAction.NONE, FinalAction.NONE, FinalAction.RESET);
    tell(new NodeEvent.Looked("m", false, ILL));
    assertThat(acts()).isEmpty();
    assertThat(said(NodeNotice.LAST_HEALTHY)).isTrue();
  }

  @Test
  void aGroupThatItStopsIsNotWantedAnyMore() {
    one.other = true;
    configured(FinalAction.NONE, FinalAction.NONE, FinalAction.STOP_GROUP);
    assertThat(cluster.g().owner()).isEqualTo("server1");
    tell(new NodeEvent.Looked("m", false, ILL));
    pass(1000);
    assertThat(acts()).isEmpty();
    assertThat(cluster.g().owner()).isNull();
    assertThat(cluster.g().wanted()).isFalse();
  }

  @Test
  void theClusterServiceStopsHere() {
    one.other = true;
    configured(FinalAction.NONE, FinalAction.NONE, FinalAction.STOP_SERVICE);
    tell(new NodeEvent.Looked("m", false, ILL));
    pass(2000);
    assertThat(cluster.state.server("server1").running()).isFalse();
    assertThat(cluster.g().owner()).isNull();
  }

  @Test
  void aResourceThatCannotBeStartedAnywhere() {
    one.other = true;
    one.startsWell = false;
    configured(FinalAction.POWER_OFF, FinalAction.NONE, FinalAction.NONE);
    pass(2000);
    assertThat(acts()).containsExactly(FinalAction.POWER_OFF);
    assertThat(said(NodeNotice.FINAL_ACTION)).isTrue();
  }

  @Test
  void aResourceThatCannotBeStopped() {
    one.other = true;
    configured(FinalAction.NONE, FinalAction.RESET, FinalAction.NONE);
    one.stopsWell = false;
    cluster.by("server1", new Command.Want("g", false, null, "me"));
    tell(new NodeEvent.Applied(new LogPosition(1, 3), null, cluster.state, cluster.last));
    pass(2000);
    assertThat(acts()).containsExactly(FinalAction.RESET);
  }
}
