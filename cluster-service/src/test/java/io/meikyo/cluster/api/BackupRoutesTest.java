// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.backup.Holds;
import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.Phase;
import io.meikyo.core.cluster.StartMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Begin and end of backup mode by the API: order of the steps, refusals, what is rolled back. */
class BackupRoutesTest {
  private final OneMember member = new OneMember();

  @BeforeEach
  void runs() throws Exception {
    member.await(v -> {
      GroupState g = v.state().groups().get("failover1");
      return g != null && g.phase() == Phase.ONLINE;
    });
    member.puts("server2", new Command.Running(true));
    active(0, 3);
    member.await(v -> v.state().server("server2").running());
  }

  @AfterEach
  void close() {
    member.close();
  }

  private void active(int replica, int mask) throws InterruptedException {
    member.active(replica, mask);
  }

  private void heard() throws InterruptedException {
    member.hears("server2");
  }

  /** Gives an order, and tells its steps and its end. */
  private String order(String path, String... query) throws Exception {
    heard();
    Map<String, @Nullable Object> job = JsonText.object(member.ask("POST", path, query).json());
    while (job.get("end") == null) {
      String number = String.valueOf(job.get("job"));
      job = JsonText.object(member.ask("GET", "/v1/backup", "job", number).json());
    }
    List<String> all = new ArrayList<>();
    if (job.get("steps") instanceof List<?> steps) {
      for (Object s : steps) {
        Map<?, ?> step = (Map<?, ?>) s;
        all.add((step.get("what") + " " + step.get("about")).strip());
      }
    }
    all.add(String.valueOf(job.get("end")));
    if (job.get("notices") instanceof List<?> notices) {
      notices.forEach(n -> all.add(String.valueOf(((Map<?, ?>) n).get("code"))));
    }
    return String.join("; ", all);
  }

  private BackupMode backup() {
    return member.driver.view().state().backup();
  }

  @Test
  void beginAndEnd() throws Exception {
    assertThat(order("/v1/backup/freeze", "max", "30"))
        .isEqualTo(
            "MODE_MANUAL; SUSPENDING; SUSPENDED server1; SUSPENDED server2; BEGINNING;"
                + " FROZEN md1; FLAGS_ON; DONE");
    assertThat(member.holds.asked).containsExactly("freeze md1 30");
    member.await(v -> v.state().backup().stage() == BackupMode.Stage.STANDS);
    assertThat(member.driver.view().state().server("server2").startMode())
        .isEqualTo(StartMode.HELD);
    assertThat(order("/v1/backup/freeze")).isEqualTo("REFUSED; cluster.backup-on");
    assertThat(order("/v1/backup/thaw"))
        .isEqualTo(
            "MODE_AUTO; ENDING; FLAGS_OFF; UNFROZEN md1; RESUMING; RESUMED server1;"
                + " RESUMED server2; DONE");
    member.await(v -> v.state().backup().equals(BackupMode.OFF));
    assertThat(order("/v1/backup/thaw")).isEqualTo("NOTHING; backup.not-on");
  }

  @Test
  void whatCannotBeHeldIsRolledBack() throws Exception {
    member.holds.freezeStatus = 1;
    assertThat(order("/v1/backup/freeze"))
        .isEqualTo(
            "MODE_MANUAL; SUSPENDING; SUSPENDED server1; SUSPENDED server2; BEGINNING;"
                + " ROLLED_BACK; FAILED; backup.freeze-failed");
    assertThat(member.holds.asked).containsExactly("freeze md1 60", "thaw md1");
    member.await(v -> v.state().backup().equals(BackupMode.OFF));
    assertThat(member.driver.view().state().server("server1").startMode())
        .isEqualTo(StartMode.AUTO);
  }

  @Test
  void whatTheAgentRefusesHasChangedNothingInTheEnd() throws Exception {
    member.holds.freezeStatus = Holds.REFUSED;
    assertThat(order("/v1/backup/freeze"))
        .endsWith("BEGINNING; ROLLED_BACK; REFUSED; backup.freeze-failed");
    member.await(v -> v.state().backup().equals(BackupMode.OFF));
  }

  @Test
  void endedByOthersWhileItIsHeldItIsRolledBack() throws Exception {
    member.holds.meanwhile =
        () -> member.says(new Command.EndBackup(backup().cutId(), BackupMode.Outcome.VOID));
    assertThat(order("/v1/backup/freeze"))
        .endsWith("BEGINNING; ROLLED_BACK; FAILED; cluster.backup-over");
    assertThat(member.holds.asked).containsExactly("freeze md1 60", "thaw md1");
  }

  @Test
  void aVoidImageIsSaidOnceMore() throws Exception {
    order("/v1/backup/freeze");
    member.holds.outcome = "VOID";
    assertThat(order("/v1/backup/thaw")).endsWith("RESUMED server2; VOID; backup.image-void");
    member.await(v -> v.state().backup().equals(BackupMode.OFF));
  }

  @Test
  void anImageThatBecameVoidByItselfIsSaidByTheEnd() throws Exception {
    order("/v1/backup/freeze");
    member.says(new Command.EndBackup(backup().cutId(), BackupMode.Outcome.VOID));
    member.await(v -> v.state().backup().stage() == BackupMode.Stage.VOID);
    assertThat(order("/v1/backup/thaw")).isEqualTo("VOID; backup.image-void");
    assertThat(order("/v1/backup/thaw")).isEqualTo("NOTHING; backup.not-on");
  }

  @Test
  void refusalsChangeNothing() throws Exception {
    member.agentFacts = Map.of("hold", "HELD");
    assertThat(order("/v1/backup/freeze")).isEqualTo("REFUSED; backup.held-already");
    member.agentFacts =
        Map.of(
            "peers.server2.connected", "true",
            "peers.server2.inSync", "true",
            "peers.server2.dirtyChunks", "3");
    assertThat(order("/v1/backup/freeze")).isEqualTo("REFUSED; backup.recovering");
    member.agentFacts = Map.of();
    active(0, 1);
    assertThat(order("/v1/backup/freeze")).isEqualTo("REFUSED; cluster.backup-not-in-sync");
    active(0, 3);
    active(-1, 3);
    assertThat(order("/v1/backup/freeze")).isEqualTo("REFUSED; backup.inactive");
    active(0, 3);
    member.puts("server2", new Command.Running(false));
    assertThat(order("/v1/backup/freeze")).isEqualTo("REFUSED; cluster.server-not-running");
    assertThat(member.ask("POST", "/v1/backup/freeze", "max", "900").status()).isEqualTo(400);
    assertThat(member.holds.asked).isEmpty();
    assertThat(backup()).isEqualTo(BackupMode.OFF);
  }

  @Test
  void serversThatAreShutDownForItHaveTheirOwnEnds() throws Exception {
    heard();
    assertThat(member.ask("POST", "/v1/backup/offline", "cut", "nonsense").status()).isEqualTo(400);
    assertThat(member.ask("POST", "/v1/backup/offline", "cut", "abc").json())
        .contains("cluster.backup-server-runs");
    member.puts("server2", new Command.Running(false));
    assertThat(member.ask("POST", "/v1/service/stop").status()).isEqualTo(200);
    active(-1, 3);
    assertThat(member.ask("POST", "/v1/backup/offline", "cut", "abc").status()).isEqualTo(200);
    member.await(v -> v.state().backup().offline());
    assertThat(backup().cutId()).isEqualTo(0xabc);
    assertThat(JsonText.object(member.ask("GET", "/v1/status").json()).get("backupMode"))
        .asString()
        .contains("stage=OFFLINE", "servers=[server1, server2]");
    assertThat(order("/v1/backup/thaw")).isEqualTo("NOTHING; backup.not-on");
    assertThat(member.ask("POST", "/v1/backup/offline-end", "servers", "server1").status())
        .isEqualTo(200);
    member.await(v -> v.state().server("server1").startMode() == StartMode.AUTO);
    assertThat(backup().modes()).containsOnlyKeys("server2");
    assertThat(member.ask("POST", "/v1/backup/offline-end").status()).isEqualTo(200);
    member.await(v -> v.state().backup().equals(BackupMode.OFF));
  }

  @Test
  void aServerThatIsNotHeardIsNamed() throws Exception {
    heard();
    member.await(v -> v.health().get("server2") != Health.UP);
    Map<String, @Nullable Object> job =
        JsonText.object(member.ask("POST", "/v1/backup/freeze").json());
    while (job.get("end") == null) {
      String number = String.valueOf(job.get("job"));
      job = JsonText.object(member.ask("GET", "/v1/backup", "job", number).json());
    }
    assertThat(String.valueOf(job)).contains("backup.server-away");
  }

  @Test
  void whatAnotherMemberAsksForIsDoneHere() {
    HttpSeam.Response held =
        member.ask("POST", "/v1/agent/hold", "disks", "md1,md2", "cut", "ff", "max", "5");
    assertThat(JsonText.object(held.json()).get("status")).isEqualTo(0L);
    member.holds.outcome = "VOID";
    HttpSeam.Response let = member.ask("POST", "/v1/agent/release", "disks", "md1,md2");
    assertThat(JsonText.object(let.json()).get("status")).isEqualTo((long) Holds.VOID);
    assertThat(member.holds.asked).containsExactly("freeze md1,md2 5", "thaw md1,md2");
    assertThat(member.ask("POST", "/v1/agent/hold", "disks", "md1", "cut", "x").status())
        .isEqualTo(400);
  }
}
