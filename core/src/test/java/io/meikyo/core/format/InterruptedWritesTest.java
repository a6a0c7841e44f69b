// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.LogTransaction;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Power loss before each single write of making and repairing a partition. */
class InterruptedWritesTest {
  private final SplittableRandom random = new SplittableRandom(5);

  private interface Work {
    void on(Image image);
  }

  /**
   * Runs the work with power for k writes, for all k; returns the number of writes of a whole run.
   */
  private int forAllCuts(Image before, Work work, Work check) {
    Image whole = before.copy();
    work.on(whole);
    for (int k = 0; k < whole.writes; k++) {
      for (int i = 0; i < 4; i++) {
        Image image = before.copy().withPowerFor(k);
        image.unreadable.addAll(before.unreadable);
        try {
          work.on(image);
        } catch (Image.PowerLoss e) {
          image.settle(random);
        }
        check.on(image);
      }
    }
    return whole.writes;
  }

  private static void create(Image image) {
    FreshPartition.write(
        Image.blank(78), PartitionReader.superblocks(image).written(), image, done -> {});
  }

  @Test
  void anInterruptedCreationIsRefusedUntilItIsDoneAgain() {
    int writes =
        forAllCuts(
            Image.empty(),
            InterruptedWritesTest::create,
            image -> {
              assertThat(image.read()).isInstanceOf(PartitionReading.Refused.class);
              assertThat(image.found()).doesNotContain(FormatNotice.SUPERBLOCKS_DISAGREE);
              create(image);
              assertThat(image.read().findings()).isEmpty();
            });
    assertThat(writes).isGreaterThan(10);
  }

  @Test
  void anInterruptedCreationOverAnOldPartitionLeavesTheOldOneOrIsRefused() {
    Image used = Image.used();
    var old = used.loaded().partition().superblock();
    forAllCuts(
        used,
        InterruptedWritesTest::create,
        image -> {
          if (image.read() instanceof PartitionReading.Loaded loaded) {
            assertThat(loaded.partition().superblock())
                .satisfiesAnyOf(
                    s -> assertThat(s).isEqualTo(old),
                    s -> assertThat(s.condition()).isEqualTo(Condition.INCONSISTENT),
                    s -> assertThat(s.condition()).isEqualTo(Condition.BLANK));
          } else {
            assertThat(image.found())
                .hasSize(1)
                .first()
                .isIn(FormatNotice.SUPERBLOCKS_DISAGREE, FormatNotice.NOT_FINISHED);
          }
          create(image);
          assertThat(image.read().findings()).isEmpty();
          assertThat(image.loaded().partition().log()).isEqualTo(LogTransaction.EMPTY);
        });
  }

  /** After any interruption the partition says at least as much doubt as after the whole repair. */
  @Test
  void anInterruptedRepairKeepsTheDoubt() {
    Image[] damaged = {newestLogLost(), newestSuperblockLost(), everyLogLost(), pagesLost()};
    for (Image before : damaged) {
      PartitionReading.Loaded meant = before.loaded();
      forAllCuts(
          before,
          image -> RepairPlan.of(image.loaded(), image).apply(image),
          image -> {
            PartitionReading.Loaded now = image.loaded();
            assertThat(now.partition().superblock().condition())
                .isEqualTo(meant.partition().superblock().condition());
            for (int map = 0; map < 2; map++) {
              assertCovers(now.partition().maps().get(map), meant.partition().maps().get(map));
            }
            RepairPlan.of(now, image).apply(image);
            assertThat(image.read().findings()).isEmpty();
          });
    }
  }

  private static void assertCovers(long[] now, long[] meant) {
    for (int i = 0; i < meant.length; i++) {
      assertThat(meant[i] & ~now[i]).isZero();
    }
  }

  private static Image newestLogLost() {
    Image image = Image.used();
    image.flip(Image.LAYOUT.logOffset(Image.LAYOUT.logSlot(20)), 77);
    return image;
  }

  private static Image newestSuperblockLost() {
    Image image = Image.used();
    image.flip(PartitionLayout.superblockOffset(7), 77);
    image.flip(PartitionLayout.configOffset(7), 77);
    return image;
  }

  private static Image everyLogLost() {
    Image image = Image.used();
    image.put(Image.LAYOUT.logOffset(0), new byte[Image.LAYOUT.logSlots() * 4096]);
    return image;
  }

  private static Image pagesLost() {
    Image image = Image.used();
    image.flip(Image.LAYOUT.pageOffset(0, 1), 77);
    image.unreadable.add(Image.LAYOUT.pageOffset(1, 2));
    return image;
  }

  @Test
  void superblocksFromACopyAreTheWorstCase() {
    WrittenSuperblock copy = Image.usedSuperblock(4);
    Image before = Image.used();
    before.put(PartitionLayout.superblockOffset(1), new byte[4096]);
    before.put(PartitionLayout.superblockOffset(2), new byte[4096]);
    forAllCuts(
        before,
        image -> RepairPlan.fromCopy(copy, RepairPlan.logUnder(copy, image), image).apply(image),
        image -> {
          if (image.read() instanceof PartitionReading.Loaded loaded) {
            assertThat(loaded.partition().superblock().condition())
                .isEqualTo(Condition.INCONSISTENT);
          }
          RepairPlan.fromCopy(copy, RepairPlan.logUnder(copy, image), image).apply(image);
          assertThat(image.found()).isEmpty();
          assertThat(image.loaded().partition().superblock().condition())
              .isEqualTo(Condition.INCONSISTENT);
        });
  }
}
