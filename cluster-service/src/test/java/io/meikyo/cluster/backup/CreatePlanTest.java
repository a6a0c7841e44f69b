// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.SelfFence;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.Suspension;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who creates a backup, and why nobody does: three servers, mirror disks on two or three. */
class CreatePlanTest {
  private static final UUID GROUP = new UUID(5, 6);

  private final TreeMap<String, ServerState> servers = new TreeMap<>();
  private final TreeMap<String, DiskState> disks = new TreeMap<>();
  private final TreeMap<String, ConfigState.DiskFacts> facts = new TreeMap<>();
  private final TreeMap<String, Health> health = new TreeMap<>();
  private BackupMode backup = BackupMode.OFF;
  private boolean fresh = true;

  CreatePlanTest() {
    for (String name : List.of("server1", "server2", "server3")) {
      server(name, true);
      health.put(name, Health.UP);
    }
  }

  private void server(String name, boolean runs) {
    servers.put(
        name,
        new ServerState(
            name, MemberRole.SERVER, 1, StartMode.AUTO, runs, 0, 1, false, new TreeSet<>()));
  }

  /** A mirror disk on these servers; active on the first of them if its number is 0. */
  private void disk(String name, int active, int inSync, String... on) {
    SetRecord first = SetRecord.initial(ClusterState.authority(GROUP));
    SetRecord record =
        new SetRecord(
            first.groupId(), 2, 1, active, inSync, 5, first.stamps(), 9, 0, 0, first.cutStatus());
    UUID id = new UUID(3, name.hashCode());
    facts.put(name, new ConfigState.DiskFacts(id, List.of(on)));
    disks.put(name, new DiskState(name, id, record, null, null));
  }

  private CreatePlan plan(String on, String... wanted) {
    ClusterState state =
        new ClusterState(
            new UUID(1, 2),
            GROUP,
            List.of(),
            1,
            servers,
            new ConfigState(1, "", new TreeMap<>(), facts, "me"),
            Suspension.OFF,
            backup,
            new TreeMap<>(),
            disks,
            new TreeMap<>());
    NodeDriver.View view =
        new NodeDriver.View(
            state,
            health,
            true,
            fresh,
            SelfFence.Stage.WHOLE,
            Map.of(),
            Map.of(),
            Map.of(),
            new ArrayList<>(),
            1,
            Map.of(),
            Set.of());
    return CreatePlan.of("server1", view, List.of(wanted), on);
  }

  private String told(String on, String... wanted) {
    CreatePlan plan = plan(on, wanted);
    CreatePlan.Chosen chosen = plan.chosen();
    if (chosen != null) {
      assertThat(plan.against()).isEmpty();
      return chosen.disks() + " " + chosen.active() + " " + chosen.writer() + " " + chosen.all();
    }
    return String.join(" ", plan.against().stream().map(Notice::code).toList());
  }

  @Test
  void aStandbyWritesSoThatTheActiveReadsNothing() {
    disk("md1", 0, 3, "server1", "server2");
    assertThat(told("")).isEqualTo("[md1] server1 server2 [server1, server2]");
    disk("md1", 1, 3, "server1", "server2");
    assertThat(told("")).isEqualTo("[md1] server2 server1 [server1, server2]");
    assertThat(told("server2")).isEqualTo("[md1] server2 server2 [server1, server2]");
    assertThat(told("server3")).isEqualTo("create.no-replica");
  }

  @Test
  void severalDisksShareOneActiveAndOneWriter() {
    disk("md1", 0, 7, "server1", "server2", "server3");
    disk("md2", 1, 3, "server3", "server1");
    assertThat(told("")).isEqualTo("[md1, md2] server1 server3 [server1, server2, server3]");
    assertThat(told("", "md1")).isEqualTo("[md1] server1 server2 [server1, server2, server3]");
    assertThat(told("server2")).as("md2 is not there").isEqualTo("create.no-replica");
    disk("md2", 0, 3, "server3", "server1");
    assertThat(told("")).isEqualTo("create.two-actives");
    assertThat(told("", "md2")).isEqualTo("[md2] server3 server1 [server3, server1]");
    disk("md1", 0, 3, "server1", "server2");
    disk("md2", 0, 3, "server1", "server3");
    assertThat(told("")).as("no standby has both").isEqualTo("create.no-writer");
    assertThat(told("server1")).startsWith("[md1, md2] server1 server1");
  }

  @Test
  void law6EveryReplicaIsInSyncAndEveryServerIsThere() {
    disk("md1", 0, 5, "server1", "server2", "server3");
    assertThat(told("")).isEqualTo("create.not-in-sync");
    disk("md1", -1, 3, "server1", "server2");
    assertThat(told("")).isEqualTo("create.inactive");
    disk("md1", 0, 3, "server1", "server2");
    disk("md2", -1, 1, "server1", "server2");
    assertThat(told("")).isEqualTo("create.inactive create.not-in-sync");
    assertThat(told("", "md1")).startsWith("[md1]");
    for (Health ill : Health.values()) {
      health.put("server2", ill);
      assertThat(told("", "md1").equals("create.away")).as("%s", ill).isEqualTo(ill != Health.UP);
      assertThat(told("server1", "md1").equals("create.away"))
          .as("the other replica proves it")
          .isEqualTo(ill != Health.UP);
    }
    health.put("server2", Health.UP);
    health.put("server3", Health.DOWN);
    assertThat(told("", "md1")).as("it has no replica of it").startsWith("[md1]");
  }

  @Test
  void whoseServiceDoesNotRunOrIsBehindDecidesNothing() {
    disk("md1", 0, 3, "server1", "server2");
    fresh = false;
    assertThat(told("")).isEqualTo("create.not-ready");
    fresh = true;
    server("server1", false);
    assertThat(told("")).isEqualTo("create.not-ready");
    servers.remove("server1");
    assertThat(told("")).isEqualTo("create.not-ready");
  }

  @Test
  void inBackupModeAndWithoutSuchADiskItIsRefused() {
    assertThat(told("")).as("none at all").isEqualTo("create.no-mirror");
    disk("md1", 0, 3, "server1", "server2");
    assertThat(told("", "md1", "md7")).isEqualTo("create.no-mirror");
    for (BackupMode.Stage stage : List.of(BackupMode.Stage.BEGINNING, BackupMode.Stage.STANDS)) {
      backup = new BackupMode(stage, "me", 1, "server1", 1, 7, 1, new TreeMap<>(), new TreeMap<>());
      assertThat(told("")).isEqualTo("create.backup-mode");
    }
  }
}
