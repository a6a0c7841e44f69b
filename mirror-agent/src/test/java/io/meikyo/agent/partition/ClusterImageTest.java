// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The image of a cluster partition is what a restore takes with the data of the same cut. */
class ClusterImageTest {
  private static final long CUT = 0xc07;
  private static final long LOG_AT_CUT = 1234;
  private static final long TAKEN = 1_700_000_000_000L;
  private static final long BYTES = Lab.LAYOUT.requiredBytes() + (3 << 20);

  @TempDir private Path folder;
  private Path image;

  @BeforeEach
  void place() {
    image = folder.resolve("image");
  }

  /** As it stands at a cut that has no verdict yet, on the replica with this number. */
  private static Superblock atCut(int replica) {
    Stamp stamp = new Stamp(9, 99);
    return new Superblock(
        88,
        new Identity(Lab.CLUSTER, Lab.DISK, replica),
        Lab.LAYOUT.geometry(),
        4711,
        17,
        3,
        0,
        Generations.of(30, 20),
        Condition.CONSISTENT,
        replica == 0,
        false,
        5,
        stamp,
        Stamp.NONE,
        Collections.nCopies(Identity.REPLICAS_MAX, new PeerSlot(stamp, Stamp.NONE, true, true, 1)),
        new CutRecord(CUT, 3, 30, 17, stamp, LOG_AT_CUT, CutStatus.UNPROVEN, 0, 0),
        BackupRecord.OFF,
        false);
  }

  private void write(int replica, CutStatus status, ConfigCopy config) throws Exception {
    Superblock cut = atCut(replica);
    CutRecord known = cut.cut().withStatus(status).withDigest(5, 6);
    ClusterImage.write(
        Lab.LAYOUT, BYTES, config, ClusterImage.superblock(cut, known, TAKEN), image, 77);
  }

  private static PartitionReading.Loaded loaded(Path path) throws PartitionProblem {
    try (PartitionFile file = PartitionFile.open(path, PartitionFile.Mode.READ)) {
      return (PartitionReading.Loaded) PartitionReader.read(file);
    }
  }

  @Test
  void itReadsAsAPartitionInBackupModeAtTheCut() throws Exception {
    write(1, CutStatus.PROVEN, null);
    assertThat(Files.size(image)).isEqualTo(BYTES);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image)))
        .isEqualTo("rw-------");
    PartitionReading.Loaded read = loaded(image);
    assertThat(read.clean()).as("%s", read.findings()).isTrue();
    Superblock s = read.partition().superblock();
    assertThat(s.backup()).isEqualTo(new BackupRecord(true, 3, CUT, TAKEN));
    assertThat(s.cut().status()).isEqualTo(CutStatus.PROVEN);
    assertThat(s.cut().digestLow()).isEqualTo(6);
    assertThat(s.identity().replica()).isEqualTo(1);
    assertThat(s.generations()).isEqualTo(atCut(1).generations());
    assertThat(s.peers()).containsOnly(PeerSlot.UNKNOWN);
    assertThat(read.partition().log()).isEqualTo(new LogTransaction(LOG_AT_CUT, new int[0]));
    assertThatThrownBy(() -> write(1, CutStatus.PROVEN, null))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  /** The image of the active and that of the standby, on either server. */
  @ParameterizedTest
  @CsvSource({"0,0,PROVEN", "0,1,PROVEN", "1,0,PROVEN", "1,1,UNPROVEN"})
  void aRestoreTakesItWithTheDataOfTheCut(int of, int on, CutStatus status) throws Exception {
    ConfigCopy config =
        new ConfigCopy(
            3, Lab.CLUSTER, 4711, 17, 3, 8, "the configuration".getBytes(StandardCharsets.UTF_8));
    write(of, status, config);
    Lab lab = new Lab(folder).withFiles();
    Files.delete(lab.cluster);
    Files.copy(image, lab.cluster);
    Identity identity = new Identity(Lab.CLUSTER, Lab.DISK, on);
    RestorePartition.Result result =
        new RestorePartition(
                new RestorePartition.Request(lab.data, lab.cluster, identity, false, false),
                Progress.NONE)
            .run(4242, TAKEN + 1);
    assertThat(result.already()).isFalse();
    assertThat(result.cut().cutId()).isEqualTo(CUT);
    assertThat(result.cut().status()).isEqualTo(status);
    PartitionReading.Loaded read = loaded(lab.cluster);
    assertThat(read.clean()).as("%s", read.findings()).isTrue();
    assertThat(read.partition().superblock().condition()).isEqualTo(Condition.RESTORED);
    assertThat(read.partition().superblock().identity()).isEqualTo(identity);
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.READ)) {
      ConfigCopy kept = PartitionReader.config(file, read.written());
      assertThat(kept).isNotNull();
      assertThat(kept.configuration()).isEqualTo(config.configuration());
    }
  }

  @Test
  void oneOfReplicasThatDifferedIsRefused() throws Exception {
    write(0, CutStatus.UNEQUAL, null);
    Lab lab = new Lab(folder).withFiles();
    Files.delete(lab.cluster);
    Files.copy(image, lab.cluster);
    assertThatThrownBy(() ->
            new RestorePartition(
                    new RestorePartition.Request(lab.data, lab.cluster, Lab.IDENTITY, false, false),
                    Progress.NONE)
                .check())
        .isInstanceOf(PartitionProblem.class)
        .extracting(e -> ((PartitionProblem) e).notice().code())
        .isEqualTo(PartitionNotice.IMAGE_UNEQUAL.key());
  }

  @Test
  void aPlaceWithoutRoomLeavesNothing() {
    Path nowhere = folder.resolve("no/such/folder");
    image = nowhere;
    assertThatThrownBy(() -> write(0, CutStatus.PROVEN, null))
        .isInstanceOf(java.io.IOException.class);
    assertThat(nowhere).doesNotExist();
  }
}
