// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.partition.PartitionFile;
import io.meikyo.agent.process.RestoreMark;
import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code clprestore.sh}: the runbook's words and exit statuses, on real partitions. */
class ClpRestoreTest {
  private static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  private static final UUID DISK = new UUID(3, 4);
  private static final int DATA_BYTES = 16 << 20;
  private static final PartitionLayout LAYOUT =
      PartitionLayout.of(PartitionLayout.standardGeometry(4096, DATA_BYTES / 4096), 3);

  @TempDir private Path folder;
  private final FakeCluster cluster = new FakeCluster();
  private final List<String> agent = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private int agentStatus;
  private boolean agentSilent;
  private Path state;

  @BeforeEach
  void lab() throws IOException {
    state = Files.createDirectories(folder.resolve("state"));
    Path data = folder.resolve("data");
    Path own = folder.resolve("cluster");
    Files.write(data, new byte[DATA_BYTES]);
    Files.write(own, new byte[32 << 20]);
    cluster.config =
        Files.readString(Path.of(System.getProperty("meikyo.root"), "docs/examples/meikyo.toml"))
            .replaceFirst("data = \"[^\"]*\"", "data = \"" + data + "\"")
            .replaceFirst("cluster = \"[^\"]*\"", "cluster = \"" + own + "\"");
    construction(false);
    cluster.activeRole = "DETACHED";
    cluster.owner = "";
    cluster.phase = "OFFLINE";
  }

  private void construction(boolean on) {
    String without = cluster.config.replaceAll("initial-construction = \\w+\n", "");
    cluster.config =
        without.replaceFirst("\\[\\[mirror]]\n", "[[mirror]]\ninitial-construction = " + on + "\n");
  }

  private int run(String... options) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> words = new ArrayList<>(List.of("clprestore.sh"));
    words.addAll(List.of(options));
    return Clp.run(
        words.toArray(String[]::new),
        new ClpContext(
            cluster::handle,
            (order, errors) -> {
              if (agentSilent) {
                throw new IOException("Connection refused");
              }
              agent.add(String.join(" ", order));
              if (agentStatus != 0) {
                errors.add("error: refused.");
              }
              return agentStatus;
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
      assertThat(err.toString()).endsWith("Command failed.\n");
    }
  }

  private void image(CutStatus worth, boolean flag) throws Exception {
    Stamp stamp = new Stamp(9, 99);
    Superblock s =
        new Superblock(
            1,
            new Identity(CLUSTER, DISK, 1),
            LAYOUT.geometry(),
            1,
            2,
            3,
            1,
            Generations.of(30),
            Condition.CONSISTENT,
            true,
            false,
            5,
            stamp,
            Stamp.NONE,
            Collections.nCopies(Identity.REPLICAS_MAX, PeerSlot.UNKNOWN),
            new CutRecord(0xabc, 3, 30, 2, stamp, 7, worth, 1, 2),
            flag ? new BackupRecord(true, 3, 0xabc, 0) : BackupRecord.OFF,
            false);
    try (PartitionFile file =
        PartitionFile.open(folder.resolve("cluster"), PartitionFile.Mode.WRITE)) {
      FreshPartition.write(new WrittenSuperblock(s, 6, LAYOUT), null, file, done -> {});
    }
  }

  private Superblock superblock() throws Exception {
    try (PartitionFile file =
        PartitionFile.open(folder.resolve("cluster"), PartitionFile.Mode.READ)) {
      WrittenSuperblock written = PartitionReader.superblocks(file).written();
      assertThat(written).isNotNull();
      return written.superblock();
    }
  }

  private String nextStart() throws IOException {
    Path file = state.resolve("next-start");
    return Files.exists(file) ? Files.readString(file).strip() : "";
  }

  // ---- step 2 of the runbook

  @Test
  void beforeTheDiskIsReplaced() throws Exception {
    says(
        0,
        """
        clprestore.sh : Changing the setting of cluster services to Manual Startup.
        clprestore.sh : Shutting down...
        Command succeeded.
        clprestore.sh : Command succeeded.
        """,
        "--pre");
    assertThat(cluster.orders)
        .containsExactly(
            "POST /v1/cluster/start-mode {mode=manual, servers=server1}",
            "POST /v1/service/down {reboot=false}");
    assertThat(nextStart()).isEqualTo("MANUAL");
    assertThat(RestoreMark.stands(state)).isTrue();
  }

  @Test
  void inTwoParts() throws Exception {
    says(
        0,
        """
        clprestore.sh : Changing the setting of cluster services to Manual Startup.
        clprestore.sh : Command succeeded.
        """,
        "--pre",
        "--no-shutdown");
    cluster.orders.clear();
    says(
        0,
        """
        clprestore.sh : Shutting down...
        Command succeeded.
        clprestore.sh : Command succeeded.
        """,
        "--pre",
        "--only-shutdown");
    assertThat(cluster.orders).containsExactly("POST /v1/service/down {reboot=false}");
  }

  @Test
  void notWhileAGroupRunsHere() throws Exception {
    cluster.owner = "server1";
    cluster.phase = "ONLINE";
    says(4, "", "--pre");
    assertThat(err.toString()).contains("clpgrp -t failover1");
    assertThat(cluster.orders).isEmpty();
    assertThat(RestoreMark.stands(state)).isFalse();
    assertThat(nextStart()).isEmpty();
  }

  @Test
  void aShutdownThatIsRefusedIsRolledBack() throws Exception {
    cluster.refuses = true;
    assertThat(run("--pre")).isEqualTo(1);
    assertThat(RestoreMark.stands(state)).isFalse();
    assertThat(nextStart()).isEqualTo("AUTO");
    assertThat(out.toString()).endsWith("to Auto Startup.\n" + stateSilent());
  }

  private static String stateSilent() {
    return "  The cluster does not decide now; it holds for the next boot here.\n";
  }

  // ---- step 5

  @Test
  void afterTheDiskWasReplaced() throws Exception {
    image(CutStatus.PROVEN, true);
    RestoreMark.set(state);
    says(
        0,
        """
        Mirror info will be set as default.
        Initializing mirror disk complete.
        clprestore.sh : Changing the setting of cluster services to Auto Startup.
        clprestore.sh : Rebooting...
        Reboot server1 : Command succeeded.
        """,
        "--post",
        "--skip-copy");
    assertThat(superblock().condition()).isEqualTo(Condition.RESTORED);
    assertThat(superblock().identity()).isEqualTo(new Identity(CLUSTER, DISK, 0));
    assertThat(superblock().cut().cutId()).isEqualTo(0xabc);
    assertThat(cluster.orders)
        .containsExactly(
            "POST /v1/cluster/start-mode {mode=auto, servers=server1}",
            "POST /v1/service/down {reboot=true}");
    assertThat(nextStart()).isEqualTo("AUTO");
    assertThat(RestoreMark.stands(state)).isFalse();
  }

  @Test
  void withoutTheRebootAndTheRebootAlone() throws Exception {
    image(CutStatus.PROVEN, true);
    assertThat(run("--post", "--skip-copy", "--no-reboot")).isZero();
    assertThat(out.toString()).endsWith("Startup.\nclprestore.sh : Command succeeded.\n");
    cluster.orders.clear();
    says(
        0,
        "clprestore.sh : Rebooting...\nReboot server1 : Command succeeded.\n",
        "--post",
        "--skip-copy",
        "--only-reboot");
    assertThat(cluster.orders).containsExactly("POST /v1/service/down {reboot=true}");
  }

  private void refusedUnchanged(int status, String why, String... options) throws Exception {
    byte[] before = Files.readAllBytes(folder.resolve("cluster"));
    RestoreMark.set(state);
    says(status, "", options);
    assertThat(err.toString()).contains(why);
    assertThat(Files.readAllBytes(folder.resolve("cluster"))).isEqualTo(before);
    assertThat(cluster.orders).isEmpty();
    assertThat(RestoreMark.stands(state)).isTrue();
    assertThat(nextStart()).isEmpty();
  }

  @Test
  void initialMirrorConstructionMustBeOff() throws Exception {
    image(CutStatus.PROVEN, true);
    construction(true);
    refusedUnchanged(4, "Initial mirror construction is on for md1.", "--post", "--skip-copy");
  }

  @Test
  void theMirrorAgentMustNotRun() throws Exception {
    image(CutStatus.PROVEN, true);
    cluster.activeRole = "STANDBY";
    refusedUnchanged(4, "The mirror agent of server1 is running", "--post", "--skip-copy");
  }

  @Test
  void aVoidImageHasAStatusOfItsOwn() throws Exception {
    image(CutStatus.VOID, true);
    refusedUnchanged(3, "cut abc is void", "--post", "--skip-copy");
  }

  @Test
  void whatIsNoImageIsRefusedAndTakenByForce() throws Exception {
    image(CutStatus.PROVEN, false);
    refusedUnchanged(4, "was not taken in backup mode", "--post", "--skip-copy");
    assertThat(run("--post", "--skip-copy", "--force", "--no-reboot")).isZero();
    assertThat(superblock().cut()).isEqualTo(CutRecord.NONE);
    assertThat(out.toString()).contains("by the operator's word");
  }

  @Test
  void theOtherServerHoldsAnotherImage() throws Exception {
    image(CutStatus.PROVEN, true);
    cluster.otherCondition = "RESTORED";
    cluster.otherCut = "def";
    refusedUnchanged(4, "server2 holds the image of cut def", "--post", "--skip-copy");
    cluster.otherCut = "abc";
    assertThat(run("--post", "--skip-copy")).as(err.toString()).isZero();
  }

  @Test
  void withoutSkipCopyTheOperatorNamesTheSide() throws Exception {
    image(CutStatus.PROVEN, true);
    assertThat(run("--post", "--no-reboot")).isZero();
    assertThat(out.toString())
        .contains("clpmdctrl --force md1, then clpgrp -s")
        .contains("clpmdctrl --recovery md1");
    assertThat(superblock().cut()).isEqualTo(CutRecord.NONE);
  }

  // ---- step 7

  @Test
  void theBackupModeThatCameWithTheImageEnds() {
    says(
        0,
        """
        clprestore.sh : Changing the setting of cluster services to Auto Startup.
        clprestore.sh : Ending backup-mode.
        All backup flags have set to <OFF>.
        clprestore.sh : Command succeeded.
        """,
        "--post",
        "--online",
        "--skip-copy");
    assertThat(agent).containsExactly("backup.flag-off md1");
  }

  @Test
  void theGroupOfTheRestoredDiskStartsAndWhatWasStoppedOtherwiseDoesNot() {
    cluster.wanted = false;
    cluster.flag = "false";
    assertThat(run("--post", "--online", "--skip-copy")).isZero();
    assertThat(cluster.orders).noneMatch(o -> o.contains("/start "));
    assertThat(cluster.orders).noneMatch(o -> o.endsWith("/start"));
    cluster.flag = "true";
    assertThat(run("--post", "--online", "--skip-copy")).isZero();
    assertThat(cluster.orders).contains("POST /v1/groups/failover1/start");
  }

  @Test
  void aFlagThatStaysAndAnAgentThatIsSilent() {
    agentStatus = 1;
    assertThat(run("--post", "--online", "--skip-copy")).isEqualTo(1);
    assertThat(err.toString()).isEqualTo("md1:\nerror: refused.\nCommand failed.\n");
    agentSilent = true;
    assertThat(run("--post", "--online", "--skip-copy")).isEqualTo(5);
    assertThat(err.toString()).contains("To be done here");
  }

  @Test
  void wrongUsage() {
    for (String[] options :
        List.of(
            new String[] {},
            new String[] {"--pre", "--post"},
            new String[] {"--pre", "--online"},
            new String[] {"--pre", "--no-shutdown", "--only-shutdown"},
            new String[] {"--pre", "--no-reboot"},
            new String[] {"--post", "--no-shutdown"},
            new String[] {"--post", "--online", "--no-reboot"},
            new String[] {"--post", "--now"})) {
      assertThat(run(options)).as(String.join(" ", options)).isEqualTo(2);
    }
    assertThat(cluster.orders).isEmpty();
  }
}
