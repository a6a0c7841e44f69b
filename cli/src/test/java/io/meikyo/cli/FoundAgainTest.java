// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.partition.PartitionFile;
import io.meikyo.agent.process.RestoreMark;
import io.meikyo.cluster.config.CarriedConfig;
import io.meikyo.cluster.process.MemberJournal;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.RepairPlan;
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
import io.meikyo.tls.Credentials;
import io.meikyo.tls.PeerIdentity;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code meikyo cluster init --from-partition}, on partitions as images have them. */
class FoundAgainTest {
  private static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  private static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");
  private static final PartitionLayout LAYOUT =
      PartitionLayout.of(PartitionLayout.standardGeometry(4096, 4096), 3);
  private static final Path EXAMPLE =
      Path.of(System.getProperty("meikyo.root"), "docs/examples/meikyo.toml");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path partition;
  private Path state;
  private String toml;

  @BeforeEach
  void places() throws Exception {
    partition = folder.resolve("cluster");
    state = folder.resolve("state");
    toml = Files.readString(EXAMPLE);
    Files.write(partition, new byte[(int) LAYOUT.requiredBytes()]);
  }

  private int run(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.commandLine(Map.of())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(words);
  }

  private int again(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "cluster",
                "init",
                "--from-partition",
                partition.toString(),
                "--state",
                state.toString()));
    words.addAll(List.of(more));
    if (!words.contains("--server")) {
      words.addAll(List.of("--server", "server1"));
    }
    return run(words.toArray(String[]::new));
  }

  private static WrittenSuperblock superblock(boolean flag) {
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
            new CutRecord(0xabc, 3, 30, 2, stamp, 0, CutStatus.PROVEN, 1, 2),
            flag ? new BackupRecord(true, 3, 0xabc, 1_700_000_000_000L) : BackupRecord.OFF,
            false);
    return new WrittenSuperblock(s, 6, LAYOUT);
  }

  /** The image of a partition that carries these texts, one after the other. */
  private void image(boolean flag, UUID cluster, String... texts) throws Exception {
    try (PartitionFile file = PartitionFile.open(partition, PartitionFile.Mode.WRITE)) {
      WrittenSuperblock written = superblock(flag);
      FreshPartition.write(written, null, file, done -> {});
      for (int i = 0; i < texts.length; i++) {
        byte[] bytes = texts[i].getBytes(StandardCharsets.UTF_8);
        ConfigCopy copy = new ConfigCopy(i + 1, cluster, 1, 2, 3, 40 + i, bytes);
        RepairPlan.writeConfig(copy, written.key(), file);
      }
      file.flush();
    }
  }

  private String carried(String text) {
    return new CarriedConfig(CLUSTER, Map.of("md1", DISK), text).encode();
  }

  private void flip(long offset) throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(partition.toFile(), "rw")) {
      f.seek(offset);
      int b = f.read();
      f.seek(offset);
      f.write(b ^ 0x10);
    }
  }

  /** Refused with these words; nothing is founded, nor prepared. */
  private void refused(String words, String... more) {
    assertThat(again(more)).as(out.toString()).isEqualTo(1);
    assertThat(err.toString()).contains(words, "why", "do");
    assertThat(state).doesNotExist();
  }

  @Test
  void whatItCarriesIsShownAndNothingChanged() throws Exception {
    image(true, CLUSTER, carried("of before"), carried(toml));
    assertThat(again("--dry-run")).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("cluster1", CLUSTER.toString(), "version 41", "server1, server2", "failover1")
        .contains("md1", DISK.toString(), "cut abc", "PROVEN", "2023-11-14")
        .contains("All servers of cluster1 must be lost");
    assertThat(state).doesNotExist();
    assertThat(run("partition", "inspect", "--configuration", partition.toString())).isZero();
    assertThat(out.toString()).isEqualTo(toml);
  }

  @Test
  void theClusterIsFoundedWithItsFormerIds() throws Exception {
    image(true, CLUSTER, carried(toml));
    assertThat(again()).as(err.toString()).isZero();
    assertThat(out.toString()).contains("clprestore.sh --post --skip-copy");
    MemberJournal journal = MemberJournal.read(state.resolve("member.journal"));
    assertThat(journal.clusterId()).isEqualTo(CLUSTER);
    assertThat(journal.name()).isEqualTo("server1");
    assertThat(journal.founder()).isTrue();
    assertThat(state.resolve("first.toml")).hasContent(toml);
    assertThat(state.resolve("disk-ids")).hasContent("md1=" + DISK + "\n");
    assertThat(RestoreMark.stands(state)).isTrue();
    PeerIdentity own = Credentials.read(StateFolder.keys(state).tls(), Instant.now()).identity();
    assertThat(own.cluster()).isEqualTo(CLUSTER);

    assertThat(again()).as("there is a cluster on this server").isEqualTo(1);
    assertThat(err.toString()).contains("is that of server1 in cluster " + CLUSTER);
    assertThat(MemberJournal.read(state.resolve("member.journal"))).isEqualTo(journal);
  }

  @Test
  void aFoundingThatWasInterruptedIsRunAgain() throws Exception {
    image(true, CLUSTER, carried(toml));
    assertThat(again()).isZero();
    Files.delete(state.resolve("member.journal"));
    assertThat(again()).as(err.toString()).isZero();
    assertThat(MemberJournal.read(state.resolve("member.journal")).clusterId()).isEqualTo(CLUSTER);
  }

  @Test
  void aCorrectedConfigurationTakesItsPlace() throws Exception {
    image(true, CLUSTER, carried(toml));
    Path corrected = folder.resolve("corrected.toml");
    String moved = toml.replace("/dev/sdb1", "/dev/sdc1");
    Files.writeString(corrected, moved);
    assertThat(again("--config", corrected.toString())).as(err.toString()).isZero();
    assertThat(state.resolve("first.toml")).hasContent(moved);
    assertThat(state.resolve("disk-ids")).hasContent("md1=" + DISK + "\n");
  }

  @Test
  void withoutACopyThereIsNothingToFoundFrom() throws Exception {
    refused("There is no cluster partition here");
    image(true, CLUSTER);
    refused("carries no configuration");
    assertThat(run("partition", "inspect", "--configuration", partition.toString())).isEqualTo(1);
  }

  @Test
  void aDamagedCopyIsNotGuessed() throws Exception {
    image(true, CLUSTER, carried(toml), carried(toml));
    flip(PartitionLayout.configOffset(2) + PartitionLayout.BLOCK_BYTES + 100);
    assertThat(again("--dry-run")).as(err.toString()).isZero();
    assertThat(out.toString()).as("the other copy counts").contains("version 40", "cannot be read");
    flip(PartitionLayout.configOffset(1) + 50);
    refused("cannot be used");
  }

  @Test
  void whatDoesNotBelongTogetherIsRefused() throws Exception {
    UUID other = new UUID(7, 7);
    String foreign = new CarriedConfig(other, Map.of("md1", DISK), toml).encode();
    image(true, CLUSTER, foreign);
    refused("carries the configuration of cluster " + other);
    image(true, other, carried(toml));
    refused("carries the configuration of cluster");
    image(true, CLUSTER, carried(toml));
    refused("not of " + other, "--cluster-id", other.toString());
    image(true, CLUSTER, toml);
    refused("cannot read");
    String wrong = toml.replace("10.77.0.1/24", "nowhere");
    image(true, CLUSTER, carried(wrong));
    refused("has errors");
    assertThat(run("partition", "inspect", "--configuration", partition.toString())).isZero();
    assertThat(out.toString()).as("to be corrected").isEqualTo(wrong);
  }

  @Test
  void aServerThatIsNotInItIsRefused() throws Exception {
    image(true, CLUSTER, carried(toml));
    refused("server9", "--server", "server9");
  }

  @Test
  void aFolderThatWasPreparedForOthersIsRefused() throws Exception {
    image(true, CLUSTER, carried(toml));
    Files.createDirectories(state);
    Files.writeString(state.resolve("disk-ids"), "md1=" + CLUSTER + "\n");
    assertThat(again()).isEqualTo(1);
    assertThat(err.toString()).contains("disk-ids is there already");
    assertThat(state.resolve("pki")).doesNotExist();
    assertThat(RestoreMark.stands(state)).isFalse();
  }

  @Test
  void keysOfAnotherClusterAreKept() throws Exception {
    int other =
        run(
            "cluster",
            "init",
            "--config",
            EXAMPLE.toString(),
            "--state",
            state.toString(),
            "--server",
            "server1");
    assertThat(other).isZero();
    Files.delete(state.resolve("member.journal"));
    byte[] key = Files.readAllBytes(state.resolve("pki/node.key"));
    image(true, CLUSTER, carried(toml));
    assertThat(again()).isEqualTo(1);
    assertThat(Files.readAllBytes(state.resolve("pki/node.key"))).isEqualTo(key);
    assertThat(state.resolve("disk-ids")).doesNotExist();
    assertThat(RestoreMark.stands(state)).isFalse();
  }

  @Test
  void onePartitionThatIsNoImageIsTakenWithAWarning() throws Exception {
    image(false, CLUSTER, carried(toml));
    assertThat(again()).as(err.toString()).isZero();
    assertThat(out.toString()).contains("its backup flag is off");
  }
}
