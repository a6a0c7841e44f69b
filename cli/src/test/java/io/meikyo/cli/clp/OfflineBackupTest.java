// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.api.HttpSeam;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code clpbackup.sh} for servers that are shut down: words, order of the steps, exit statuses.
 */
class OfflineBackupTest {
  @TempDir private Path state;
  private final FakeCluster cluster = new FakeCluster();
  private final List<String> agent = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** What the agent refuses, and what the service does. */
  private String agentRefuses = "none";

  private String serviceRefuses = "none";

  /** Another call has begun when this path is asked for. */
  private String another = "none";

  @BeforeEach
  void green() {
    cluster.dirty = "0";
  }

  private int run(String... options) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> words = new ArrayList<>(List.of("clpbackup.sh"));
    words.addAll(List.of(options));
    return Clp.run(
        words.toArray(String[]::new),
        new ClpContext(
            r -> {
              HttpSeam.Response answer = cluster.handle(r);
              if (r.path().equals(another)) {
                cluster.offline.addAll(List.of("server1", "server2"));
                cluster.cut = "abc";
              }
              return r.path().equals(serviceRefuses)
                  ? new HttpSeam.Response(
                      409, "{\"ok\":false,\"notices\":[{\"text\":[\"error: not now.\"]}]}")
                  : answer;
            },
            (order, errors) -> {
              if (agentRefuses.equals("silent")) {
                throw new IOException("Connection refused");
              }
              agent.add(String.join(" ", order).replaceFirst("cut=[0-9a-f]+", "cut=CUT"));
              boolean refused = order.getFirst().equals(agentRefuses);
              if (refused) {
                errors.add("error: refused.");
              }
              return refused ? 1 : 0;
            },
            new PrintWriter(out),
            new PrintWriter(err),
            new BufferedReader(new StringReader("")),
            "en",
            state,
            () -> false));
  }

  private void says(int status, String wanted, String... options) {
    int is = run(options);
    assertThat(out.toString()).as(err.toString()).isEqualTo(wanted);
    assertThat(is).isEqualTo(status);
    if (status == 0) {
      assertThat(out.toString() + err).doesNotContainIgnoringCase("failed");
    } else {
      assertThat(err.toString()).endsWith("clpbackup.sh : Command failed.\n");
    }
  }

  private static final String STOPPED =
      """
      clpbackup.sh : Stopping Cluster Service.
      Stop server2 : Command succeeded.
      Stop server1 : Command succeeded.
      """;
  private static final String MARKED =
      """
      clpbackup.sh : Changing the setting of cluster services to Manual Startup.
      clpbackup.sh : Beginning backup-mode.
      All backup flags have set to <ON>.
      """;
  private static final String DOWN =
      """
      clpbackup.sh : Shutting down...
      Command succeeded.
      clpbackup.sh : Command succeeded.
      """;
  private static final String BACK =
      """
      Start server1 : Command succeeded.
      Start server2 : Command succeeded.
      clpbackup.sh : What was done has been rolled back.
      """;

  private List<String> orders() {
    return cluster.orders.stream().map(o -> o.replaceFirst("cut=[0-9a-f]+", "cut=CUT")).toList();
  }

  // ---- begin

  @Test
  void theFirstServer() {
    says(0, STOPPED + MARKED + DOWN, "--pre");
    assertThat(orders())
        .containsExactly(
            "POST /v1/service/stop {at=server2}",
            "POST /v1/service/stop {at=server1}",
            "POST /v1/backup/offline {cut=CUT}",
            "POST /v1/service/down {reboot=false}");
    assertThat(agent)
        .containsExactly(
            "mirror.activate md1",
            "backup.freeze disks=md1 max=60 cut=CUT by=clpbackup.sh",
            "backup.seal disks=md1");
  }

  @Test
  void theOtherServer() {
    cluster.offline.addAll(List.of("server1", "server2"));
    cluster.flag = "true";
    says(0, MARKED + DOWN, "--pre");
    assertThat(orders()).containsExactly("POST /v1/service/down {reboot=false}");
    assertThat(agent).isEmpty();
    cluster.flag = "false";
    says(3, "", "--pre");
    assertThat(err.toString()).contains("md1 was used since");
  }

  @Test
  void inTwoParts() {
    says(0, STOPPED + MARKED + "clpbackup.sh : Command succeeded.\n", "--pre", "--no-shutdown");
    assertThat(orders()).doesNotContain("POST /v1/service/down {reboot=false}");
    cluster.orders.clear();
    says(0, DOWN, "--pre", "--only-shutdown");
    assertThat(orders()).containsExactly("POST /v1/service/down {reboot=false}");
  }

  @Test
  void whatSpeaksAgainstItIsFoundBeforeAnythingIsDone() {
    cluster.health.put("server2", "DOWN");
    says(4, "", "--pre");
    assertThat(err.toString()).contains("server2 is not heard");
    cluster.health.put("server2", "UP");
    cluster.dirty = "3";
    says(4, "", "--pre");
    assertThat(err.toString()).contains("md1 is not GREEN on server2");
    cluster.dirty = "0";
    cluster.inSync.remove("server2");
    says(4, "", "--pre");
    assertThat(err.toString()).contains("md1 is not GREEN on server2");
    cluster.inSync.add("server2");
    cluster.offline.add("server2");
    says(4, "", "--pre");
    assertThat(err.toString()).contains("Backup mode is on already");
    assertThat(cluster.orders).isEmpty();
    assertThat(agent).isEmpty();
  }

  @Test
  void aStepThatFailsTakesThoseBeforeItBack() {
    agentRefuses = "backup.seal";
    String manual = MARKED.lines().findFirst().orElseThrow() + "\n";
    says(1, STOPPED + manual + BACK, "--pre");
    assertThat(err.toString()).contains("error: refused.");
    assertThat(agent)
        .endsWith("backup.seal disks=md1", "mirror.standby md1", "backup.flag-off md1");
    assertThat(orders())
        .endsWith(
            "POST /v1/backup/offline-end",
            "POST /v1/service/start {at=server1}",
            "POST /v1/service/start {at=server2}");

    agentRefuses = "none";
    serviceRefuses = "/v1/backup/offline";
    agent.clear();
    says(1, STOPPED + manual + BACK, "--pre");
    assertThat(err.toString()).contains("error: not now.");
    assertThat(agent).containsExactly("mirror.standby md1", "backup.flag-off md1");

    serviceRefuses = "/v1/service/stop";
    says(
        1,
        "clpbackup.sh : Stopping Cluster Service.\n"
            + "Start server2 : Command succeeded.\n"
            + "clpbackup.sh : What was done has been rolled back.\n",
        "--pre");
    assertThat(err.toString()).contains("Stop server2 : Command failed.");
  }

  /** Its flags and start modes are not this call's to take back, and nothing is to start. */
  @Test
  void whereAnotherCallWasFasterNothingIsTakenBack() {
    another = "/v1/backup/offline";
    serviceRefuses = another;
    says(1, STOPPED + MARKED.lines().findFirst().orElseThrow() + "\n", "--pre");
    assertThat(err.toString()).contains("Another clpbackup.sh --pre has begun meanwhile");
    assertThat(agent).isEmpty();
    assertThat(orders()).endsWith("POST /v1/backup/offline {cut=CUT}");
  }

  // ---- end

  private static final String ENDED =
      """
      clpbackup.sh : Ending backup-mode.
      All backup flags have set to <OFF>.
      clpbackup.sh : Changing the setting of cluster services to Auto Startup.
      """;
  private static final String REBOOTED =
      """
      clpbackup.sh : Rebooting...
      Reboot server1 : Command succeeded.
      """;

  @Test
  void theEnd() {
    cluster.offline.addAll(List.of("server1", "server2"));
    cluster.owner = "";
    cluster.activeRole = "STANDBY";
    says(0, ENDED + REBOOTED, "--post");
    assertThat(agent).containsExactly("backup.flag-off md1");
    assertThat(orders())
        .containsExactly(
            "POST /v1/backup/offline-end {servers=server1}", "POST /v1/service/down {reboot=true}");
    assertThat(state.resolve("next-start")).as("what is decided counts").doesNotExist();
  }

  @Test
  void theEndInTwoParts() {
    cluster.offline.add("server1");
    cluster.owner = "";
    says(0, ENDED + "clpbackup.sh : Command succeeded.\n", "--post", "--no-reboot");
    cluster.orders.clear();
    says(0, REBOOTED, "--post", "--only-reboot");
    assertThat(orders()).containsExactly("POST /v1/service/down {reboot=true}");
  }

  /** The begin was killed before the cut: a group could start nowhere else. */
  @Test
  void aReplicaThatLeadsForNobodyRestsFirst() {
    cluster.offline.add("server1");
    cluster.owner = "";
    says(0, ENDED + "clpbackup.sh : Command succeeded.\n", "--post", "--no-reboot");
    assertThat(agent).containsExactly("mirror.standby md1", "backup.flag-off md1");
    agent.clear();
    cluster.owner = "server1";
    says(0, ENDED + "clpbackup.sh : Command succeeded.\n", "--post", "--no-reboot");
    assertThat(agent).as("a group runs with it").containsExactly("backup.flag-off md1");
  }

  @Test
  void whereThereIsNothingToEndNothingIsRebooted() {
    says(
        0,
        "This server was not shut down for a backup: there is nothing to end.\n"
            + "clpbackup.sh : Command succeeded.\n",
        "--post");
    cluster.offline.add("server1");
    says(4, "", "--post");
    assertThat(err.toString()).contains("failover1 runs on server1");
    assertThat(cluster.orders).isEmpty();
    assertThat(agent).isEmpty();
  }

  @Test
  void whatCannotBeReachedIsSaid() {
    cluster.offline.add("server1");
    cluster.owner = "";
    agentRefuses = "silent";
    says(5, "clpbackup.sh : Ending backup-mode.\n", "--post");
    assertThat(err.toString()).contains("Again, when the other servers are up");
    agentRefuses = "none";
    serviceRefuses = "/v1/backup/offline-end";
    says(5, ENDED, "--post");
    assertThat(err.toString()).contains("error: not now.").contains("To be done here");
  }

  @Test
  void optionsThatDoNotGoTogether() {
    assertThat(run("--pre", "--no-reboot")).isEqualTo(2);
    assertThat(run("--post", "--no-shutdown")).isEqualTo(2);
    assertThat(run("--pre", "--no-shutdown", "--only-shutdown")).isEqualTo(2);
    assertThat(run("--pre", "--max-freeze", "5")).isEqualTo(2);
    assertThat(run("--pre", "--online", "--no-shutdown")).isEqualTo(2);
    assertThat(cluster.orders).isEmpty();
  }
}
