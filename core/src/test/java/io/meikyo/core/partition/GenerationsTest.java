// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class GenerationsTest {

  @Test
  void aNewGenerationStandsOnThoseBefore() {
    Generations g = Generations.NONE.then(10).then(20).then(30);

    assertThat(g).isEqualTo(Generations.of(30, 20, 10));
    assertThat(g.knows(30)).isTrue();
    assertThat(g.knows(10)).isTrue();
    assertThat(g.knows(40)).isFalse();
    assertThat(g.descendsFrom(20)).isTrue();
    assertThat(g.descendsFrom(30)).as("itself is no ancestor").isFalse();
  }

  @Test
  void theSameGenerationAgainIsNoNewOne() {
    Generations g = Generations.of(30, 20);

    assertThat(g.then(30)).isSameAs(g);
  }

  @Test
  void noneIsNobodysAncestor() {
    assertThat(Generations.of(30, 0).knows(0)).isFalse();
    assertThat(Generations.of(30, 0).descendsFrom(0)).isFalse();
    assertThat(Generations.NONE.related(Generations.NONE)).isFalse();
    assertThat(Generations.NONE.related(Generations.of(30))).isFalse();
  }

  @Test
  void linesAreRelatedIfTheyShareAny() {
    Generations left = Generations.of(31, 20, 10);
    Generations right = Generations.of(32, 20, 10);

    assertThat(left.related(right)).isTrue();
    assertThat(right.related(left)).isTrue();
    assertThat(left.related(Generations.of(77, 10))).isTrue();
    assertThat(left.related(Generations.of(77, 66))).isFalse();
  }

  @Test
  void theOldestFallOff() {
    Generations g = Generations.NONE;
    for (int i = 1; i <= Generations.HISTORY_MAX + 10; i++) {
      g = g.then(i);
    }

    assertThat(g.size()).isEqualTo(Generations.HISTORY_MAX);
    assertThat(g.current()).isEqualTo(Generations.HISTORY_MAX + 10);
    assertThat(g.ancestor(0)).isEqualTo(Generations.HISTORY_MAX + 9);
    assertThat(g.knows(10)).isTrue();
    assertThat(g.knows(9)).isFalse();
  }

  @Test
  void aLongerHistoryThanThereIsRoomForIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Generations.of(1, new long[Generations.HISTORY_MAX + 1]));
  }

  @Test
  void itDoesNotChangeWithTheArrayItWasMadeFrom() {
    long[] history = {20};
    Generations g = Generations.of(30, history);
    history[0] = 99;

    assertThat(g.ancestor(0)).isEqualTo(20);
    assertThat(g).hasSameHashCodeAs(Generations.of(30, 20)).hasToString("1e < 14");
  }
}
