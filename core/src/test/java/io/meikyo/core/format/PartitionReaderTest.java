// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PartitionReaderTest {
  private static final long A = PartitionLayout.superblockOffset(1);
  private static final long B = PartitionLayout.superblockOffset(2);
  private static final PartitionLayout LAYOUT = Image.LAYOUT;

  private static int ones(long[] words) {
    int n = 0;
    for (long w : words) {
      n += Long.bitCount(w);
    }
    return n;
  }

  @Test
  void aNewPartitionIsBlank() {
    PartitionReading.Loaded loaded = Image.fresh().loaded();

    assertThat(loaded.findings()).isEmpty();
    assertThat(loaded.partition().superblock().condition()).isEqualTo(Condition.BLANK);
    assertThat(loaded.partition().superblock().sequence()).isEqualTo(2);
    assertThat(loaded.partition().log()).isEqualTo(LogTransaction.EMPTY);
    for (int map = 0; map < MapPage.MAPS; map++) {
      if (LAYOUT.hasMap(map)) {
        assertThat(loaded.partition().maps().get(map)).hasSize(30).containsOnly(0);
      } else {
        assertThat(loaded.partition().maps().get(map)).isNull();
      }
    }
  }

  @Test
  void theNewerSuperblockAndTransactionCount() {
    PartitionReading.Loaded loaded = Image.used().loaded();

    assertThat(loaded.findings()).isEmpty();
    assertThat(loaded.partition().superblock()).isEqualTo(Image.usedSuperblock(7).superblock());
    assertThat(loaded.partition().log()).isEqualTo(new LogTransaction(20, new int[] {20, 21}));
  }

  // ---- superblocks

  @Test
  void aSuperblockThatWasCutOffIsAsIfNeverWritten() {
    for (int sectors = 1; sectors < 8; sectors++) {
      Image image = Image.used();
      byte[] next = Blocks.of(Image.usedSuperblock(8));
      image.put(B, Blocks.torn(image.block(B), next, sectors));

      assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_TORN);
      assertThat(image.loaded().partition().superblock())
          .isEqualTo(Image.usedSuperblock(7).superblock());
    }
  }

  /** Cut off twice, with different contents under one sequence: no old sector is left. */
  @Test
  void aSuperblockThatWasCutOffTwiceIsAsIfNeverWritten() {
    Image image = Image.used();
    byte[] first = Blocks.of(Image.usedSuperblock(8));
    Superblock other = FreshPartition.withSequence(Image.blank(77).superblock(), 8);
    byte[] second = Blocks.of(Image.blank(77).with(other));
    image.put(B, Blocks.torn(first, second, 1));

    assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_TORN);
    assertThat(image.loaded().superblocks().newestLost()).isFalse();
  }

  @Test
  void damageOfTheOlderSuperblockIsHarmless() {
    Image image = Image.used();
    for (int bit = 0; bit < 4096 * 8; bit += 7) {
      image.flip(B, bit);

      assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_OLD_DAMAGED);
      assertThat(image.loaded().partition().superblock())
          .isEqualTo(Image.usedSuperblock(7).superblock());
      image.flip(B, bit);
    }
  }

  @Test
  void damageOfTheNewerSuperblockIsTakenForTheWorst() {
    Image image = Image.used();
    for (int bit = 0; bit < 4096 * 8; bit += 7) {
      image.flip(A, bit);

      assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_NEWEST_LOST);
      Superblock s = image.loaded().partition().superblock();
      assertThat(s.sequence()).isEqualTo(6);
      assertThat(s.condition()).isEqualTo(Condition.INCONSISTENT);
      assertThat(s.stamp()).isEqualTo(Stamp.NONE);
      assertThat(s.wasActive()).isTrue();
      assertThat(s.clean()).isFalse();
      image.flip(A, bit);
    }
  }

  @Test
  void anUnreadableSuperblockIsTakenForTheNewerOne() {
    for (long place : new long[] {A, B}) {
      Image image = Image.used();
      image.unreadable.add(place);
      assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_NEWEST_LOST);
    }
  }

  @Test
  void withoutSuperblockThePartitionIsRefused() {
    Image both = Image.used();
    both.flip(A, 999);
    both.flip(B, 12345);
    assertThat(both.found()).containsExactly(FormatNotice.SUPERBLOCKS_LOST);

    assertThat(Image.empty().found()).containsExactly(FormatNotice.NOT_MADE);

    Image garbage = Image.empty();
    new SplittableRandom(1).nextBytes(garbage.bytes);
    assertThat(garbage.found()).containsExactly(FormatNotice.NOT_OURS);

    assertThat(new Image(new byte[4096]).found()).containsExactly(FormatNotice.SUPERBLOCKS_LOST);
  }

  /** A new partition has two superblocks that say the same: either is enough. */
  @Test
  void damageOfANewPartitionIsHarmless() {
    Image image = Image.fresh();
    image.flip(B, 777);
    assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_OLD_DAMAGED);
    assertThat(image.loaded().partition().superblock().condition()).isEqualTo(Condition.BLANK);
    RepairPlan.of(image.loaded(), image).apply(image);
    assertThat(image.found()).isEmpty();

    image.flip(A, 777);
    assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_OLD_DAMAGED);
    image.put(A, new byte[4096]);
    assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCK_NEWEST_LOST);
  }

  @Test
  void superblocksOfTwoPartitionsAreRefused() {
    Image image = Image.used();
    image.putSuperblock(Image.blank(78).with(Image.usedSuperblock(8).superblock()));

    assertThat(image.found()).containsExactly(FormatNotice.SUPERBLOCKS_DISAGREE);
  }

  // ---- log

  @Test
  void aTransactionThatWasCutOffIsAsIfNeverWritten() {
    for (long next = 21; next < 40; next++) {
      for (int sectors = 1; sectors < 8; sectors++) {
        Image image = Image.used();
        for (long s = 21; s < next; s++) {
          image.putLog(new LogTransaction(s, new int[] {1}));
        }
        long offset = LAYOUT.logOffset(LAYOUT.logSlot(next));
        byte[] after = Blocks.of(new LogTransaction(next, new int[] {7}), Image.blank(77).key());
        image.put(offset, Blocks.torn(image.block(offset), after, sectors));

        assertThat(image.found()).containsExactly(FormatNotice.LOG_TORN);
        assertThat(image.loaded().partition().log().sequence()).isEqualTo(next - 1);
        assertThat(image.loaded().log().everythingMayDiffer()).isFalse();
      }
    }
  }

  @Test
  void inTheFirstRoundATransactionCutOffIsAsIfNeverWritten() {
    for (int sectors = 1; sectors < 8; sectors++) {
      Image image = Image.fresh();
      byte[] after = Blocks.of(new LogTransaction(1, new int[] {7}), Image.blank(77).key());
      image.put(LAYOUT.logOffset(1), Blocks.torn(new byte[4096], after, sectors));

      assertThat(image.found()).containsExactly(FormatNotice.LOG_TORN);
      assertThat(image.loaded().partition().log()).isEqualTo(LogTransaction.EMPTY);
    }
  }

  @Test
  void damageOfTheNewestTransactionMakesEverythingSuspect() {
    Image image = Image.used();
    for (int bit = 0; bit < 4096 * 8; bit += 5) {
      image.flip(LAYOUT.logOffset(LAYOUT.logSlot(20)), bit);

      assertThat(image.found()).containsExactly(FormatNotice.LOG_NEWEST_LOST);
      PartitionReading.Loaded loaded = image.loaded();
      assertThat(loaded.partition().log().sequence()).isEqualTo(19);
      assertThat(loaded.mapsMustBeWritten()).isTrue();
      assertThat(ones(loaded.partition().maps().get(0))).isEqualTo(Image.GEOMETRY.chunks());
      image.flip(LAYOUT.logOffset(LAYOUT.logSlot(20)), bit);
    }
  }

  @Test
  void damageOfAnOldTransactionIsHarmless() {
    Image image = Image.used();
    for (int behind = 1; behind < LAYOUT.logSlots(); behind++) {
      for (int bit = 0; bit < 4096 * 8; bit += 997) {
        image.flip(LAYOUT.logOffset(LAYOUT.logSlot(20 - behind)), bit);

        assertThat(image.found()).containsExactly(FormatNotice.LOG_OLD_DAMAGED);
        assertThat(image.loaded().partition().log().sequence()).isEqualTo(20);
        assertThat(image.loaded().log().everythingMayDiffer()).isFalse();
        image.flip(LAYOUT.logOffset(LAYOUT.logSlot(20 - behind)), bit);
      }
    }
  }

  @Test
  void aWipedLogMakesEverythingSuspect() {
    Image image = Image.used();
    image.put(LAYOUT.logOffset(0), new byte[LAYOUT.logSlots() * 4096]);

    assertThat(image.found()).containsExactly(FormatNotice.LOG_LOST);
    assertThat(ones(image.loaded().partition().maps().get(MapPage.CHANGE_MAP)))
        .isEqualTo(Image.GEOMETRY.chunks());
  }

  /** A slot of zeros behind the newest transaction is not "never written" after the first round. */
  @Test
  void aWipedSlotMayHaveBeenTheNewest() {
    Image image = Image.used();
    image.put(LAYOUT.logOffset(LAYOUT.logSlot(20)), new byte[4096]);

    assertThat(image.found()).containsExactly(FormatNotice.LOG_NEWEST_LOST);
  }

  @Test
  void transactionsOfAnEarlierLifeDoNotCount() {
    Image image = Image.fresh();
    for (long s = 100; s < 107; s++) {
      image.put(
          LAYOUT.logOffset(LAYOUT.logSlot(s)),
          Blocks.of(new LogTransaction(s, new int[] {3}), Image.blank(76).key()));
    }
    image.putLog(LogTransaction.EMPTY);

    assertThat(image.loaded().partition().log()).isEqualTo(LogTransaction.EMPTY);
    assertThat(image.loaded().log().everythingMayDiffer()).isFalse();
  }

  @Test
  void aLogOlderThanTheLastCutMakesEverythingSuspect() {
    Image image = Image.used();
    Superblock s = Image.usedSuperblock(8).superblock();
    CutRecord cut = new CutRecord(5, 4, 55, 8, new Stamp(8, 1), 21, CutStatus.PROVEN, 1, 2);
    image.putSuperblock(
        Image.blank(77)
            .with(
                new Superblock(
                    8,
                    s.identity(),
                    s.geometry(),
                    9,
                    8,
                    3,
                    1,
                    s.generations(),
                    s.condition(),
                    true,
                    false,
                    4,
                    s.stamp(),
                    s.stampPending(),
                    s.peers(),
                    cut,
                    s.backup(),
                    false)));

    assertThat(image.found()).containsExactly(FormatNotice.LOG_OLDER_THAN_CUT);
    assertThat(image.loaded().log().everythingMayDiffer()).isTrue();
    assertThat(image.loaded().partition().log().sequence()).isGreaterThan(21);
  }

  // ---- maps and configuration

  @Test
  void aDamagedPageCountsAsAllOnes() {
    for (int page = 0; page < 3; page++) {
      Image image = Image.used();
      image.putPage(new MapPage(0, 0, new long[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
      image.flip(LAYOUT.pageOffset(0, page), 5555);
      long[] words = image.loaded().partition().maps().get(0);

      assertThat(image.found()).containsExactly(FormatNotice.MAP_DAMAGED);
      int bits = Math.min(640, Image.GEOMETRY.chunks() - page * 640);
      assertThat(ones(words)).isEqualTo(bits + (page == 0 ? 0 : 1));
    }
  }

  @Test
  void aMissingOrStrayPageCountsAsAllOnes() {
    Image image = Image.used();
    image.put(LAYOUT.pageOffset(0, 0), new byte[4096]);
    image.put(LAYOUT.pageOffset(0, 1), image.block(LAYOUT.pageOffset(1, 1)));
    image.unreadable.add(LAYOUT.pageOffset(0, 2));

    assertThat(image.loaded().damagedPages()).containsExactly(0L, 1L, 2L);
    assertThat(ones(image.loaded().partition().maps().get(0))).isEqualTo(Image.GEOMETRY.chunks());
    assertThat(ones(image.loaded().partition().maps().get(1))).isZero();
  }

  @Test
  void theOtherCopyOfTheConfigurationIsTaken() {
    Image image = Image.used();
    assertThat(PartitionReader.config(image, Image.blank(77))).isEqualTo(Image.config(2));

    image.flip(PartitionLayout.configOffset(2) + 5000, 3);
    assertThat(image.found()).containsExactly(FormatNotice.CONFIG_DAMAGED);
    assertThat(PartitionReader.config(image, Image.blank(77))).isEqualTo(Image.config(1));

    image.flip(PartitionLayout.configOffset(1), 100);
    assertThat(image.found()).containsExactly(FormatNotice.CONFIG_LOST);
    assertThat(PartitionReader.config(image, Image.blank(77))).isNull();
  }

  /** Whatever is on the partition, there is an answer; and a repaired partition has no findings. */
  @Test
  void randomDamageGivesAnAnswerAndCanBeRepaired() {
    SplittableRandom random = new SplittableRandom(11);
    Image used = Image.used();
    for (int i = 0; i < 2000; i++) {
      Image image = used.copy();
      for (int k = 0; k <= random.nextInt(6); k++) {
        long block = spot(random);
        switch (random.nextInt(4)) {
          case 0 -> image.put(block, new byte[4096]);
          case 1 -> image.put(block, image.block(spot(random)));
          case 2 -> image.unreadable.add(block);
          default -> image.flip(block, random.nextInt(4096 * 8));
        }
      }
      if (image.read() instanceof PartitionReading.Loaded loaded) {
        RepairPlan.of(loaded, image).apply(image);
        assertThat(image.found()).isEmpty();
        assertThat(image.loaded().partition().maps())
            .usingRecursiveComparison()
            .isEqualTo(loaded.partition().maps());
      }
    }
  }

  private static long spot(SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> A;
      case 1 -> B;
      case 2 -> LAYOUT.logOffset(random.nextInt(LAYOUT.logSlots()));
      case 3 -> PartitionLayout.configOffset(random.nextInt(2));
      default -> LAYOUT.mapOffset(MapPage.CHANGE_MAP) + 4096L * random.nextInt(9);
    };
  }
}
