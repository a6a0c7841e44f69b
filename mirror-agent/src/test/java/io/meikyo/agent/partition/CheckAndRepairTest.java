// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.format.FormatNotice;
import io.meikyo.core.format.LogCodec;
import io.meikyo.core.format.PartitionKey;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.RepairNotice;
import io.meikyo.core.format.SuperblockCodec;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckAndRepairTest {
  private static final long A = PartitionLayout.superblockOffset(1);
  private static final long B = PartitionLayout.superblockOffset(2);
  private static final PartitionKey KEY = PartitionKey.of(Lab.IDENTITY, 1);

  @TempDir private Path folder;
  private Lab lab;

  /** In use: superblocks 6 and 7, log transactions up to 70. */
  @BeforeEach
  void makePartition() throws Exception {
    lab = new Lab(folder).made();
    for (long s = 3; s <= 7; s++) {
      lab.put(lab.cluster, PartitionLayout.superblockOffset(s), superblock(s));
    }
    for (long s = 1; s <= 70; s++) {
      ByteBuffer block = ByteBuffer.allocate(4096);
      LogCodec.encode(new LogTransaction(s, new int[] {0}), KEY, block);
      lab.put(lab.cluster, logOffset(s), block.array());
    }
    assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
  }

  private static long logOffset(long sequence) {
    return Lab.LAYOUT.logOffset(Lab.LAYOUT.logSlot(sequence));
  }

  private static byte[] superblock(long sequence) {
    Superblock s = Superblock.blank(Lab.IDENTITY, Lab.LAYOUT.geometry());
    Superblock used =
        new Superblock(
            sequence,
            s.identity(),
            s.geometry(),
            9,
            sequence,
            3,
            0,
            s.generations().then(55),
            Condition.CONSISTENT,
            true,
            false,
            4,
            new Stamp(sequence, 5),
            Stamp.NONE,
            s.peers(),
            s.cut(),
            s.backup(),
            false);
    ByteBuffer block = ByteBuffer.allocate(4096);
    SuperblockCodec.encode(new WrittenSuperblock(used, 1, Lab.LAYOUT), block);
    return block.array();
  }

  private List<String> repair() throws PartitionProblem {
    return Lab.codes(new RepairPartition(lab.cluster, null, false).run());
  }

  private Superblock superblock() throws PartitionProblem {
    var r = CheckPartition.check(List.of(lab.cluster), CheckPartition.Expected.NOTHING);
    return ((PartitionReading.Loaded) r.getFirst().reading()).partition().superblock();
  }

  private void assertFoundAndRepaired(FormatNotice found, RepairNotice... steps) throws Exception {
    boolean harmless = found.severity() == io.meikyo.core.notice.Severity.INFO;
    assertThat(lab.check()).startsWith(found.key());
    byte[] before = Files.readAllBytes(lab.cluster);
    assertThat(Lab.codes(new RepairPartition(lab.cluster, null, true).run()))
        .contains(Lab.keys(steps))
        .endsWith(PartitionNotice.WOULD_REPAIR.key());
    assertThat(Files.readAllBytes(lab.cluster)).isEqualTo(before);
    assertThat(repair())
        .startsWith(found.key())
        .contains(Lab.keys(steps))
        .endsWith(PartitionNotice.REPAIRED.key());
    assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
    assertThat(repair()).containsExactly(PartitionNotice.NOTHING_TO_REPAIR.key());
    assertThat(harmless || found.severity() == io.meikyo.core.notice.Severity.WARNING).isTrue();
  }

  private void tear(long offset, byte[] after, int sectors) throws IOException {
    lab.put(lab.cluster, offset, java.util.Arrays.copyOf(after, sectors * 512));
  }

  @Test
  void aTornSuperblock() throws Exception {
    tear(B, superblock(8), 3);
    assertFoundAndRepaired(FormatNotice.SUPERBLOCK_TORN, RepairNotice.SUPERBLOCK);
    assertThat(superblock().condition()).isEqualTo(Condition.CONSISTENT);
    assertThat(superblock().epoch()).isEqualTo(7);

    tear(A, superblock(9), 5);
    assertThat(superblock().epoch()).isEqualTo(7);
  }

  @Test
  void theOlderSuperblockDamaged() throws Exception {
    lab.flip(B + 600);
    assertFoundAndRepaired(FormatNotice.SUPERBLOCK_OLD_DAMAGED, RepairNotice.SUPERBLOCK);
    assertThat(superblock().epoch()).isEqualTo(7);
  }

  @Test
  void theNewerSuperblockDamaged() throws Exception {
    lab.flip(A + 600);
    assertFoundAndRepaired(FormatNotice.SUPERBLOCK_NEWEST_LOST, RepairNotice.SUPERBLOCK_WORST);
    assertThat(superblock().condition()).isEqualTo(Condition.INCONSISTENT);
  }

  @Test
  void bothSuperblocksDamagedNeedACopy() throws Exception {
    Path copy = folder.resolve("copy");
    Files.copy(lab.cluster, copy);
    lab.flip(A + 600);
    lab.flip(B + 600);

    assertThat(lab.check()).containsExactly(FormatNotice.SUPERBLOCKS_LOST.key());
    assertThatThrownBy(this::repair).hasMessageContaining(FormatNotice.SUPERBLOCKS_LOST.key());
    assertThat(Lab.codes(new RepairPartition(lab.cluster, copy, false).run()))
        .contains(RepairNotice.SUPERBLOCKS_FROM_COPY.key());
    assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
    assertThat(superblock().condition()).isEqualTo(Condition.INCONSISTENT);
    assertThatThrownBy(() -> new RepairPartition(lab.cluster, copy, false).run())
        .hasMessageContaining(PartitionNotice.COPY_NOT_NEEDED.key());
  }

  @Test
  void aCopyOfAnotherReplicaIsRefused() throws Exception {
    Files.createDirectory(folder.resolve("peer"));
    Lab peer = new Lab(folder.resolve("peer")).withFiles();
    Lab.create(peer.request(new Identity(Lab.CLUSTER, Lab.DISK, 1), false)).run(9);
    lab.flip(A + 600);
    lab.flip(B + 600);
    byte[] before = Files.readAllBytes(lab.cluster);

    assertThatThrownBy(() -> new RepairPartition(lab.cluster, peer.cluster, false).run())
        .hasMessageContaining(PartitionNotice.COPY_OF_OTHER_REPLICA.key());
    assertThatThrownBy(() -> new RepairPartition(lab.cluster, lab.data, false).run())
        .hasMessageContaining(PartitionNotice.COPY_UNREADABLE.key());
    assertThat(Files.readAllBytes(lab.cluster)).isEqualTo(before);
  }

  @Test
  void aTornLogTransaction() throws Exception {
    ByteBuffer block = ByteBuffer.allocate(4096);
    LogCodec.encode(new LogTransaction(71, new int[] {0}), KEY, block);
    tear(logOffset(71), block.array(), 4);
    assertFoundAndRepaired(FormatNotice.LOG_TORN, RepairNotice.LOG_SLOTS);
  }

  @Test
  void anOldLogTransactionDamaged() throws Exception {
    lab.flip(logOffset(50) + 4000);
    assertFoundAndRepaired(FormatNotice.LOG_OLD_DAMAGED, RepairNotice.LOG_SLOTS);
  }

  @Test
  void theNewestLogTransactionDamaged() throws Exception {
    lab.flip(logOffset(70) + 40);
    assertFoundAndRepaired(
        FormatNotice.LOG_NEWEST_LOST, RepairNotice.MAPS_ALL_ONES, RepairNotice.LOG_SLOTS);
  }

  @Test
  void theWholeLogWiped() throws Exception {
    lab.put(lab.cluster, Lab.LAYOUT.logOffset(0), new byte[64 * 4096]);
    assertFoundAndRepaired(
        FormatNotice.LOG_LOST, RepairNotice.MAPS_ALL_ONES, RepairNotice.LOG_ANEW);
  }

  @Test
  void aMapPageDamaged() throws Exception {
    lab.flip(Lab.LAYOUT.pageOffset(1, 0) + 50);
    assertFoundAndRepaired(FormatNotice.MAP_DAMAGED, RepairNotice.PAGES_ALL_ONES);
  }

  @Test
  void aFileSystemMadeOverIt() throws Exception {
    lab.put(lab.cluster, 0, new byte[8192]);
    lab.put(lab.cluster, 1080, new byte[] {0x53, (byte) 0xef});

    assertThat(lab.check())
        .containsExactly(
            Lab.keys(
                FormatNotice.SUPERBLOCK_NEWEST_LOST, PartitionNotice.SUPERBLOCK_PLACE_OVERWRITTEN));
  }

  @Test
  void aDeviceCutShort() throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(lab.cluster.toFile(), "rw")) {
      f.setLength(Lab.LAYOUT.pageOffset(1, 0));
    }
    assertThat(lab.check())
        .containsExactly(Lab.keys(FormatNotice.MAP_DAMAGED, PartitionNotice.TRUNCATED));
    try (RandomAccessFile f = new RandomAccessFile(lab.cluster.toFile(), "rw")) {
      f.setLength(2 << 20);
    }
    assertThat(lab.check()).contains(PartitionNotice.TRUNCATED.key());
    try (RandomAccessFile f = new RandomAccessFile(lab.cluster.toFile(), "rw")) {
      f.setLength(100);
    }
    assertThat(lab.check()).containsExactly(FormatNotice.SUPERBLOCKS_LOST.key());
  }

  @Test
  void anotherPartitionThanExpected() throws Exception {
    UUID other = new UUID(1, 2);
    assertThat(lab.check(new CheckPartition.Expected(other, other, 1, null)))
        .containsExactly(
            Lab.keys(
                PartitionNotice.UNEXPECTED_CLUSTER,
                PartitionNotice.UNEXPECTED_DISK,
                PartitionNotice.UNEXPECTED_REPLICA));
    assertThat(lab.check(new CheckPartition.Expected(Lab.CLUSTER, Lab.DISK, 0, lab.data)))
        .containsExactly(PartitionNotice.CLEAN.key());
  }

  @Test
  void dataAndClusterPartitionSwapped() throws Exception {
    lab.put(lab.data, 1080, new byte[] {0x53, (byte) 0xef});
    var results =
        CheckPartition.check(
            List.of(lab.data), new CheckPartition.Expected(null, null, null, lab.cluster));
    assertThat(Lab.codes(results.getFirst().notices()))
        .containsExactly(Lab.keys(FormatNotice.NOT_OURS, PartitionNotice.LOOKS_LIKE_DATA));
    assertThat(lab.check(new CheckPartition.Expected(null, null, null, lab.cluster)))
        .contains(PartitionNotice.DATA_IS_CLUSTER.key());
  }

  @Test
  void aDataPartitionOfTheWrongSize() throws Exception {
    Files.write(lab.data, new byte[(int) Lab.DATA_BYTES - 512]);
    assertThat(lab.check(new CheckPartition.Expected(null, null, null, lab.data)))
        .containsExactly(PartitionNotice.DATA_TOO_SMALL.key());
  }

  @Test
  void twoOfOneIdentity() throws Exception {
    Path copy = folder.resolve("copy");
    Files.copy(lab.cluster, copy);
    var results = CheckPartition.check(List.of(lab.cluster, copy), CheckPartition.Expected.NOTHING);
    assertThat(results.getFirst().clean()).isTrue();
    assertThat(Lab.codes(results.getLast().notices()))
        .containsExactly(PartitionNotice.SAME_IDENTITY.key());
    assertThat(results.getLast().notices().getFirst().toString())
        .contains(lab.cluster.toString())
        .contains(copy.toString());
  }

  @Test
  void zerosAndGarbage() throws Exception {
    Files.write(lab.cluster, new byte[(int) Lab.LAYOUT.requiredBytes()]);
    assertThat(lab.check()).containsExactly(FormatNotice.NOT_MADE.key());
    byte[] garbage = new byte[(int) Lab.LAYOUT.requiredBytes()];
    new SplittableRandom(1).nextBytes(garbage);
    Files.write(lab.cluster, garbage);
    assertThat(lab.check()).containsExactly(FormatNotice.NOT_OURS.key());
    assertThatThrownBy(this::repair).hasMessageContaining(FormatNotice.NOT_OURS.key());
  }

  @Test
  void randomFlipsAreAllFoundAndRepaired() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    long[] places = {
      A,
      B,
      logOffset(70),
      logOffset(71),
      logOffset(60),
      Lab.LAYOUT.mapOffset(MapPage.CHANGE_MAP),
      Lab.LAYOUT.mapOffset(0)
    };
    byte[] before = Files.readAllBytes(lab.cluster);
    for (int i = 0; i < 40; i++) {
      Files.write(lab.cluster, before);
      lab.flip(places[random.nextInt(places.length)] + random.nextInt(4096));
      assertThat(lab.check()).isNotEqualTo(List.of(PartitionNotice.CLEAN.key()));
      repair();
      assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
    }
  }

  /** Killed between any two writes of the largest repair. */
  @Test
  void aRepairKilledAtAnyWriteCanBeDoneAgain() throws Exception {
    lab.flip(A + 600);
    lab.flip(logOffset(70) + 40);
    lab.flip(Lab.LAYOUT.pageOffset(1, 0) + 50);
    byte[] before = Files.readAllBytes(lab.cluster);
    int k = 0;
    for (boolean done = false; !done; k++) {
      Files.write(lab.cluster, before);
      int stopAfter = k;
      try {
        new RepairPartition(lab.cluster, null, false, sink -> new Lab.Stopping(sink, stopAfter))
            .run();
        done = true;
      } catch (Lab.Stopping.Killed e) {
        repair();
      }
      assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
      assertThat(superblock().condition()).isEqualTo(Condition.INCONSISTENT);
      var reading =
          CheckPartition.check(List.of(lab.cluster), CheckPartition.Expected.NOTHING)
              .getFirst()
              .reading();
      var loaded = ((PartitionReading.Loaded) reading).partition();
      assertThat(InspectPartition.bits(loaded.maps().get(1)))
          .isEqualTo(Lab.LAYOUT.geometry().chunks());
    }
    assertThat(k).isGreaterThan(3);
  }

  @Test
  void aDescriptionHasEverything() throws Exception {
    var description = InspectPartition.inspect(lab.cluster).description();
    assertThat(Lab.codes(description))
        .contains(
            Lab.keys(
                InspectNotice.IDENTITY,
                InspectNotice.CONSISTENT,
                InspectNotice.WAS_ACTIVE,
                InspectNotice.LOG,
                InspectNotice.DIRTY_MAP,
                InspectNotice.CHANGE_MAP));
    assertThat(InspectPartition.inspect(lab.data).description()).isEmpty();
  }
}
