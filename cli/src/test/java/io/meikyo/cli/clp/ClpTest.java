// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the operator sees, and the exit status. */
class ClpTest {
  private final FakeCluster cluster = new FakeCluster();
  private final List<String> agent = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String input = "";
  private boolean silent;
  private int agentStatus;
  private int pauses;

  private int run(String... words) {
    return Clp.run(
        words,
        new ClpContext(
            r -> {
              if (silent) {
                throw new IOException("Connection refused");
              }
              return cluster.handle(r);
            },
            (order, errors) -> {
              agent.add(String.join(" ", order));
              if (agentStatus != 0) {
                errors.add("error: refused.");
              }
              return agentStatus;
            },
            new PrintWriter(out),
            new PrintWriter(err),
            new BufferedReader(new StringReader(input)),
            "en",
            java.nio.file.Path.of("/nowhere"),
            () -> ++pauses < 5));
  }

  private void says(int status, String wanted, String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    int is = run(words);
    assertThat(out.toString()).isEqualTo(wanted);
    assertThat(is).isEqualTo(status);
  }

  // ---- clpmdstat: the runbook's shape

  @Test
  void bothGreen() {
    says(
        0,
        """

          Mirror Status: Normal

          md1                 server1             server2
          ------------------------------------------------------------
          Mirror Color        GREEN               GREEN

        """,
        "clpmdstat",
        "--mirror",
        "md1");
  }

  /** The record is from before the disk was replaced. */
  @Test
  void aRestoredImageThatWaitsIsNotGreen() {
    cluster.otherCondition = "RESTORED";
    run("clpmdstat", "--mirror", "md1");
    assertThat(out.toString())
        .contains("Mirror Status: Abnormal")
        .contains("  Mirror Color        GREEN               RED\n");
  }

  @Test
  void oneIsBeingRecovered() {
    cluster.inSync.remove("server2");
    says(
        0,
        """

          Mirror Status: Recovering

          md1                 server1             server2
          ------------------------------------------------------------
          Mirror Color        GREEN               YELLOW
          Left To Copy        -                   16 x 64 KiB

        """,
        "clpmdstat",
        "-m",
        "md1");
  }

  @Test
  void oneIsBehind() {
    cluster.inSync.remove("server2");
    cluster.peerMode = "NONE";
    cluster.peerConnected = false;
    run("clpmdstat", "--mirror", "md1");
    assertThat(out.toString())
        .contains("Mirror Status: Abnormal")
        .contains("  Mirror Color        GREEN               RED\n");
  }

  @Test
  void oneIsDown() {
    cluster.inSync.remove("server2");
    cluster.health.put("server2", "DOWN");
    run("clpmdstat", "--mirror", "md1");
    assertThat(out.toString())
        .contains("Mirror Status: Abnormal")
        .contains("  Mirror Color        GREEN               GRAY\n");
  }

  @Test
  void bothActive() {
    cluster.otherRole = "ACTIVE";
    run("clpmdstat", "--mirror", "md1");
    assertThat(out.toString())
        .contains("Mirror Status: Abnormal")
        .contains("  Mirror Color        BLUE                BLUE\n");
  }

  @Test
  void neverBuilt() {
    cluster.inSync.clear();
    run("clpmdstat", "--mirror", "md1");
    assertThat(out.toString()).contains("Mirror Status: No Construction");
  }

  @Test
  void nobodyKnows() {
    cluster.activeRole = "DETACHED";
    cluster.otherRole = "DETACHED";
    run("clpmdstat", "--mirror", "md1");
    assertThat(out.toString())
        .contains("Mirror Status: Uncertain")
        .contains("  Mirror Color        GRAY                GRAY\n");
  }

  @Test
  void names() {
    says(0, "<md1>\n", "clpmdstat", "--list");
  }

  @Test
  void anUnknownMirror() {
    says(1, "", "clpmdstat", "--mirror", "md9");
    assertThat(err.toString()).isEqualTo("There is no mirror disk md9.\nCommand failed.\n");
  }

  @Test
  void detail() {
    run("clpmdstat", "--detail", "md1");
    assertThat(out.toString()).contains("  Role                ACTIVE              STANDBY\n");
  }

  // ---- clpstat

  @Test
  void theStatus() {
    says(
        0,
        """
         =========================  CLUSTER STATUS  ==========================
          Cluster         : 01234567-89ab-cdef-0011-223344556677
          <server>
           *server1 .........: Online
            server2 .........: Online
            witness1 ........: Online
          <group>
            failover1 .......: Online
              current         : server1
              fip1            : Online
              md1             : Online
          <monitor>
            fipw1           : Normal
            mdnw1           : Normal
            mdw1            : Normal
         =====================================================================
        """,
        "clpstat");
  }

  @Test
  void theMapOfGroups() {
    cluster.health.put("server2", "DOWN");
    says(
        0,
        """
         ==========================  GROUP STATUS  ===========================
          ------------------------------------------------------------------
          server1 [o] : failover1[o]
          server2 [x] :
         =====================================================================
        """,
        "clpstat",
        "-g");
  }

  @Test
  void monitorsPerServer() {
    cluster.peerConnected = false;
    cluster.health.put("server2", "DOWN");
    run("clpstat", "-m");
    assertThat(out.toString())
        .contains("  <server1>\n    fipw1           : Normal\n")
        .contains("    mdnw1           : Error  error: mdnw1: md1 is not connected to server2.\n")
        .contains("  <server2>\n    -               : Unknown\n");
  }

  @Test
  void suspendedIsSeen() {
    cluster.suspended = true;
    run("clpstat");
    assertThat(out.toString())
        .contains("server1 .........: Suspend\n")
        .contains("fipw1           : Suspend\n");
  }

  @Test
  void noService() {
    silent = true;
    says(1, "", "clpstat");
    assertThat(err.toString())
        .contains("The cluster service of this server does not answer: Connection refused")
        .endsWith("Command failed.\n");
  }

  // ---- clpcl

  @Test
  void suspend() {
    says(
        0,
        "Suspend server1 : Command succeeded.\nSuspend server2 : Command succeeded.\n",
        "clpcl",
        "--suspend");
    assertThat(cluster.orders).containsExactly("POST /v1/cluster/suspend");
  }

  @Test
  void resumeWhileOneIsDown() {
    cluster.health.put("server2", "DOWN");
    says(1, "Resume server1 : Command succeeded.\n", "clpcl", "--resume");
    assertThat(err.toString()).startsWith("Resume server2 : Command failed.\n");
  }

  @Test
  void whoOwnsAGroupStopsLast() {
    says(
        0,
        "Stop server2 : Command succeeded.\nStop server1 : Command succeeded.\n",
        "clpcl",
        "-t",
        "-a");
  }

  @Test
  void startHereAndThere() {
    says(0, "Start server1 : Command succeeded.\n", "clpcl", "-s");
    says(0, "Start server2 : Command succeeded.\n", "clpcl", "-s", "-h", "server2");
    says(
        0,
        "Stop server2 : Command succeeded.\nStart server2 : Command succeeded.\n",
        "clpcl",
        "-r",
        "-h",
        "server2");
  }

  @Test
  void refused() {
    cluster.refuses = true;
    says(1, "", "clpcl", "-s");
    assertThat(err.toString())
        .isEqualTo("Start server1 : Command failed.\n  error: no.\n    do: look.\n");
  }

  // ---- clpgrp

  @Test
  void groups() {
    says(0, "server1\n", "clpgrp", "-n", "failover1");
    says(0, "Command succeeded.\n", "clpgrp", "-m", "failover1");
    assertThat(cluster.owner).isEqualTo("server2");
    says(0, "Command succeeded.\n", "clpgrp", "-m", "failover1", "-a", "server1");
    says(0, "Command succeeded.\n", "clpgrp", "-t", "failover1");
    says(1, "", "clpgrp", "-n", "failover1");
    says(0, "Command succeeded.\n", "clpgrp", "-s", "failover1", "-h", "server2");
    assertThat(cluster.orders.getLast())
        .isEqualTo("POST /v1/groups/failover1/start {server=server2}");
    says(1, "", "clpgrp", "-t", "failover1", "-h", "server1");
    says(1, "", "clpgrp", "-s", "failover9");
  }

  @Test
  void whatDoesNotHappenIsNoSuccess() {
    cluster.owner = "server2";
    cluster.phase = "STARTING";
    cluster.stands = true;
    says(1, "", "clpgrp", "-s", "failover1", "-h", "server1");
    assertThat(pauses).isPositive();
  }

  // ---- clpmdctrl

  @Test
  void steering() {
    says(0, "Command succeeded.\n", "clpmdctrl", "--break", "md1");
    says(0, "Command succeeded.\n", "clpmdctrl", "--recovery", "md1");
    says(0, "Command succeeded.\n", "clpmdctrl", "--cancel", "md1");
    says(0, "Command succeeded.\n", "clpmdctrl", "--active", "md1");
    says(0, "Command succeeded.\n", "clpmdctrl", "--deactive", "md1");
    says(0, "Command succeeded.\n", "clpmdctrl", "--rwait", "md1", "-timeout", "3");
    assertThat(agent)
        .containsExactly(
            "mirror.disconnect md1",
            "mirror.connect md1",
            "mirror.recover md1",
            "mirror.cancel md1",
            "mirror.activate md1",
            "mirror.standby md1");
    agentStatus = 1;
    says(1, "", "clpmdctrl", "--active", "md1");
    assertThat(err.toString()).isEqualTo("error: refused.\nCommand failed.\n");
  }

  /** What was restored there alone is an image; that of any other replica is not given up. */
  @Test
  void aRestoredReplicaIsFilledByWord() {
    cluster.outcome = "PEER_RESTORED";
    says(0, "Command succeeded.\n", "clpmdctrl", "--recovery", "md1");
    cluster.outcome = "DIVERGED";
    says(0, "Command succeeded.\n", "clpmdctrl", "--recovery", "md1");
    assertThat(agent)
        .containsExactly(
            "mirror.connect md1",
            "mirror.recover md1 from=server1",
            "mirror.connect md1",
            "mirror.recover md1");
  }

  @Test
  void theWaitIsOver() {
    cluster.inSync.remove("server2");
    says(1, "", "clpmdctrl", "--rwait", "md1", "-timeout", "0", "-rcancel");
    assertThat(agent).containsExactly("mirror.cancel md1");
  }

  @Test
  void forceAsksFirst() {
    cluster.activeRole = "STANDBY";
    input = "no\n";
    assertThat(run("clpmdctrl", "--force", "md1")).isEqualTo(1);
    assertThat(cluster.orders).isEmpty();
    assertThat(agent).isEmpty();
    input = "yes\n";
    assertThat(run("clpmdctrl", "--force", "server1", "md1")).isZero();
    assertThat(cluster.orders).containsExactly("POST /v1/mirrors/md1/force {server=server1}");
    assertThat(agent).containsExactly("mirror.activate md1 force", "mirror.standby md1");
  }

  /** It would be deposed, and what it has acknowledged be lost. */
  @Test
  void forceIsRefusedBesideAnActive() {
    cluster.activeRole = "STANDBY";
    cluster.otherRole = "ACTIVE";
    says(1, "", "clpmdctrl", "--force", "-y", "md1");
    assertThat(err.toString()).contains("md1 is active on server2.").contains("clpgrp -t");
    says(1, "", "clpmdctrl", "--force", "-y", "server2", "md1");
    assertThat(err.toString()).contains("Type this there.");
    assertThat(cluster.orders).isEmpty();
    assertThat(agent).isEmpty();
  }

  @Test
  void forceWhereItIsActiveIsTheWordAlone() {
    says(0, "Command succeeded.\n", "clpmdctrl", "--force", "-y", "md1");
    assertThat(cluster.orders).containsExactly("POST /v1/mirrors/md1/force {server=server1}");
    assertThat(agent).isEmpty();
  }

  @Test
  void forceWithoutTheClustersWordDoesNothing() {
    cluster.activeRole = "STANDBY";
    cluster.refuses = true;
    says(1, "", "clpmdctrl", "--force", "-y", "md1");
    assertThat(agent).isEmpty();
    cluster.refuses = false;
    agentStatus = 1;
    says(1, "", "clpmdctrl", "--force", "-y", "md1");
    assertThat(agent).containsExactly("mirror.activate md1 force");
  }

  // ---- clprsc

  @Test
  void oneResource() {
    says(0, "Command succeeded.\n", "clprsc", "-t", "fip1");
    assertThat(cluster.orders).containsExactly("POST /v1/groups/failover1/resources/fip1/stop");
    assertThat(cluster.off).containsExactly("fip1");
    says(0, "Command succeeded.\n", "clprsc", "-s", "fip1", "-h", "server1");
    assertThat(cluster.off).isEmpty();
    says(0, "Command succeeded.\n", "clprsc", "-t", "fip1", "-f");
    assertThat(cluster.orders.getLast())
        .isEqualTo("POST /v1/groups/failover1/resources/fip1/stop {force=true}");
  }

  @Test
  void aResourceThatCannotBe() {
    says(1, "", "clprsc", "-t", "fip9");
    assertThat(err.toString()).isEqualTo("There is no resource fip9.\nCommand failed.\n");
    says(1, "", "clprsc", "-t", "fip1", "-h", "server2");
    cluster.refuses = true;
    says(1, "", "clprsc", "-t", "fip1");
    assertThat(err.toString()).isEqualTo("error: no.\n  do: look.\nCommand failed.\n");
    cluster.refuses = false;
    cluster.stands = true;
    says(1, "", "clprsc", "-t", "fip1");
    assertThat(err.toString()).isEqualTo("fip1 is on.\nCommand failed.\n");
    cluster.owner = "";
    says(1, "", "clprsc", "-s", "fip1");
    assertThat(err.toString()).isEqualTo("failover1 is stopped.\nCommand failed.\n");
  }

  // ---- clpmonctrl

  @Test
  void monitorsRestHereThereAndEverywhere() {
    says(0, "Command succeeded.\n", "clpmonctrl", "-s");
    says(0, "Command succeeded.\n", "clpmonctrl", "-r", "-m", "fipw1", "-h", "server2");
    says(
        0,
        "Suspend server1 : Command succeeded.\nSuspend server2 : Command succeeded.\n",
        "clpmonctrl",
        "-s",
        "-a");
    assertThat(cluster.orders)
        .containsExactly(
            "POST /v1/monitors/suspend {servers=server1}",
            "POST /v1/monitors/resume {monitors=fipw1, servers=server2}",
            "POST /v1/monitors/suspend {servers=server1}",
            "POST /v1/monitors/suspend {servers=server2}");
    says(1, "", "clpmonctrl", "-s", "-h", "server9");
    cluster.refuses = true;
    says(1, "", "clpmonctrl", "-s", "-m", "w9");
  }

  @Test
  void whichMonitorsRest() {
    cluster.resting.put("server1", List.of("fipw1"));
    cluster.resting.put("server2", List.of("mdw1"));
    says(
        0, "<server1>\n  fipw1 : Suspend\n  mdnw1 : Normal\n  mdw1 : Normal\n", "clpmonctrl", "-v");
    cluster.health.put("server2", "DOWN");
    says(0, "<server2>\n  mdw1 : Suspend\n", "clpmonctrl", "-v", "-h", "server2");
    says(1, "<server1>\n", "clpmonctrl", "-v", "-m", "w9");
    run("clpstat");
    assertThat(out.toString()).contains("    fipw1           : Suspend\n");
  }

  // ---- clpdown

  @Test
  void down() {
    says(0, "Command succeeded.\n", "clpdown");
    says(0, "Command succeeded.\n", "clpdown", "-r", "-h", "server2");
    assertThat(cluster.orders)
        .containsExactly(
            "POST /v1/service/down {reboot=false}",
            "POST /v1/service/down {at=server2, reboot=true}");
    cluster.refuses = true;
    says(1, "", "clpdown");
    assertThat(err.toString()).endsWith("Command failed.\n");
  }

  // ---- usage

  @Test
  void wrongUsage() {
    assertThat(run("clpcl")).isEqualTo(2);
    assertThat(run("clpcl", "-s", "-t")).isEqualTo(2);
    assertThat(run("clpgrp", "failover1")).isEqualTo(2);
    assertThat(run("clpmdstat")).isEqualTo(2);
    assertThat(run("clpmdctrl", "--active")).isEqualTo(2);
    assertThat(run("clpstat", "--nothing")).isEqualTo(2);
    assertThat(run("clpnothing")).isEqualTo(2);
    assertThat(run("clprsc", "fip1")).isEqualTo(2);
    assertThat(run("clprsc", "-s", "-t", "fip1")).isEqualTo(2);
    assertThat(run("clprsc", "-s")).isEqualTo(2);
    assertThat(run("clpmonctrl", "-m", "fipw1")).isEqualTo(2);
    assertThat(run("clpdown", "--now")).isEqualTo(2);
    assertThat(run("clplogcc", "-t", "type1")).isEqualTo(2);
    assertThat(run("clpmdinit", "md1")).isEqualTo(2);
    assertThat(run("clpmdinit", "--create", "quick", "md1")).isEqualTo(2);
    assertThat(cluster.orders).isEmpty();
  }
}
