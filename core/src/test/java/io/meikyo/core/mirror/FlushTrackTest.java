// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FlushTrackTest {

  private final FlushTrack track = new FlushTrack();

  @Test
  void theFirstWishBeginsAFlushThatCoversAllIssued() {
    assertThat(track.want(3, 5)).isTrue();
    assertThat(track.covering()).isEqualTo(5);
    assertThat(track.flushedThrough()).isZero();
  }

  @Test
  void wishesThatTheFlushUnderWayCoversBeginNoOther() {
    track.want(3, 5);

    assertThat(track.want(5, 9)).isFalse();
    assertThat(track.done(9)).isFalse();
    assertThat(track.flushedThrough()).isEqualTo(5);
  }

  @Test
  void wishesThatComeMeanwhileShareTheNextFlush() {
    track.want(3, 5);
    assertThat(track.want(6, 6)).isFalse();
    assertThat(track.want(8, 8)).isFalse();

    assertThat(track.done(10)).isTrue();
    assertThat(track.covering()).isEqualTo(10);
    assertThat(track.flushedThrough()).isEqualTo(5);
    assertThat(track.done(10)).isFalse();
    assertThat(track.flushedThrough()).isEqualTo(10);
  }

  @Test
  void whatIsDurableAlreadyIsNotFlushedAgain() {
    track.want(5, 5);
    track.done(5);

    assertThat(track.want(5, 9)).isFalse();
    assertThat(track.covering()).isNegative();
  }

  @Test
  void anInterruptedFlushCountsForNothingAndIsWantedAgain() {
    track.want(5, 5);
    track.interrupt();

    assertThat(track.covering()).isNegative();
    assertThat(track.flushedThrough()).isZero();
    assertThat(track.again(7)).isTrue();
    assertThat(track.covering()).isEqualTo(7);
  }

  @Test
  void withoutAnythingWantedThereIsNothingToDoAgain() {
    track.interrupt();

    assertThat(track.again(7)).isFalse();
  }

  @Test
  void resetForgetsWishesAndBelievesOnlyTheNumberGiven() {
    track.want(5, 5);
    track.want(9, 9);
    track.reset(2);

    assertThat(track.flushedThrough()).isEqualTo(2);
    assertThat(track.again(9)).isFalse();
  }

  /** Whatever happens: durable never exceeds what a flush that ended had covered when it began. */
  @Test
  void neverClaimsMoreThanAFlushThatEndedCovers() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      FlushTrack t = new FlushTrack();
      long issued = 1;
      long proven = 0;
      long underWay = -1;
      for (int step = 0; step < 100; step++) {
        boolean begins = false;
        switch (random.nextInt(5)) {
          case 0 -> issued += random.nextInt(3);
          case 1 -> begins = t.want(1 + random.nextLong(issued), issued);
          case 2 -> {
            if (underWay >= 0) {
              proven = Math.max(proven, underWay);
              underWay = -1;
              begins = t.done(issued);
            }
          }
          case 3 -> {
            if (random.nextInt(4) == 0) {
              t.interrupt();
              underWay = -1;
            }
          }
          default -> begins = t.again(issued);
        }
        if (begins) {
          assertThat(underWay).as("one flush at a time, seed " + seed).isNegative();
          underWay = issued;
        }
        assertThat(t.flushedThrough()).as("seed " + seed).isLessThanOrEqualTo(proven);
        assertThat(t.covering() >= 0).as("seed " + seed).isEqualTo(underWay >= 0);
      }
    }
  }
}
