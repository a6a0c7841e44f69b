// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.sim.Prng;
import io.meikyo.sim.disk.DataDisk.Loss;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DataDiskTest {
  private final DataDisk disk = new DataDisk(8);
  private final Prng prng = new Prng(1);

  @Test
  void aWriteIsSeenAndIsLostWithThePower() {
    disk.write(3, 7);
    assertThat(disk.visible(3)).isEqualTo(7);
    disk.powerLoss(Loss.DROP_ALL, prng);
    assertThat(disk.visible(3)).isZero();
  }

  @Test
  void aFlushKeepsWhatHadEndedWhenItBegan() {
    disk.write(3, 7);
    long begun = disk.flushBegins();
    disk.write(3, 8);
    disk.write(4, 9);
    disk.flush(begun);
    disk.powerLoss(Loss.DROP_ALL, prng);
    assertThat(disk.visible(3)).isEqualTo(7);
    assertThat(disk.visible(4)).isZero();
  }

  @Test
  void aWriteThroughIsDurableAtOnce() {
    disk.write(3, 7);
    disk.writeThrough(3, 8);
    assertThat(disk.unflushedBlocks()).isZero();
    disk.powerLoss(Loss.DROP_ALL, prng);
    assertThat(disk.visible(3)).isEqualTo(8);
  }

  @Test
  void eachBlockKeepsAnyOfItsContents() {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      DataDisk d = new DataDisk(1);
      d.write(0, 1);
      d.write(0, 2);
      d.write(0, 3);
      d.powerLoss(Loss.EACH_BLOCK, prng);
      seen.add(d.visible(0));
    }
    assertThat(seen).containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
  }

  @Test
  void hiddenContentsAreTheDurableOneAndTheOlderOnes() {
    disk.write(3, 7);
    disk.write(3, 8);
    assertThat(disk.hidden(3)).containsExactly(0, 7);
    assertThat(disk.hidden(4)).isEmpty();
  }

  @Test
  void aVeryBusyBlockForgetsNothingThatASlowFlushCovers() {
    disk.write(3, 1);
    disk.write(3, 2);
    long begun = disk.flushBegins();
    for (int i = 3; i <= 100; i++) {
      disk.write(3, i);
    }
    disk.flush(begun);
    disk.powerLoss(Loss.DROP_ALL, prng);
    assertThat(disk.visible(3)).isEqualTo(2);
  }

  @Test
  void hashesTellContentAndPlace() {
    long[] a = {1, 2, 0, 0};
    long[] b = {2, 1, 0, 0};
    assertThat(TokenPayload.hash(a, 0, 2)).isNotEqualTo(TokenPayload.hash(b, 0, 2));
    assertThat(TokenPayload.hash(a, 2, 2)).isEqualTo(TokenPayload.hash(b, 2, 2));
    assertThat(TokenPayload.hashChunks(a, new long[] {2}, 2))
        .isEqualTo(TokenPayload.hashChunks(b, new long[] {2}, 2));
    assertThat(TokenPayload.hashChunks(a, new long[] {1}, 2))
        .isNotEqualTo(TokenPayload.hashChunks(b, new long[] {1}, 2));
  }
}
