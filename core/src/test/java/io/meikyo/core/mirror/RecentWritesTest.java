// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentWritesTest {

  private final RecentWrites recent = new RecentWrites(Meeting.SHAPE);

  private long[] chunks() {
    ChunkMap map = new ChunkMap(Meeting.SHAPE);
    recent.addTo(map);
    return java.util.stream.IntStream.range(0, Meeting.SHAPE.chunks())
        .filter(map::get)
        .asLongStream()
        .toArray();
  }

  @Test
  void whatIsNotSettledIsSuspect() {
    recent.add(1, 0, 4);
    recent.add(2, 6, 4);

    assertThat(chunks()).containsExactly(0, 1, 2);
  }

  @Test
  void whatIsSettledIsNot() {
    recent.add(1, 0, 4);
    recent.add(2, 40, 4);
    recent.settled(1);

    assertThat(chunks()).containsExactly(10);
    recent.settled(2);
    assertThat(recent.isEmpty()).isTrue();
  }

  @Test
  void theEndOfASessionKeepsWhatWasOpenUntilAllMembersAreWhole() {
    recent.add(5, 0, 4);
    recent.sessionEnded();
    recent.add(7, 40, 4);

    assertThat(chunks()).containsExactly(0, 10);
    recent.settled(6);
    assertThat(chunks()).containsExactly(10);
    recent.clear();
    assertThat(recent.isEmpty()).isTrue();
  }

  /** Others may still have what stood there before. */
  @Test
  void whatWasRepairedIsSuspectToo() {
    recent.addFormer(8, 4);

    assertThat(chunks()).containsExactly(2);
    recent.settled(1);
    assertThat(recent.isEmpty()).isTrue();
  }

  /** A map that is cleared because we are whole still says what a third replica may lack. */
  @Test
  void whatAMapSaidIsSuspectUntilAllMembersAreWhole() {
    ChunkMap map = new ChunkMap(Meeting.SHAPE);
    map.set(3);
    recent.addFormer(map);
    map.clearAll();
    recent.sessionEnded();

    assertThat(chunks()).containsExactly(3);
    recent.settled(1);
    assertThat(recent.isEmpty()).isTrue();
  }

  @Test
  void addsToWhatIsInAMapAlready() {
    ChunkMap map = new ChunkMap(Meeting.SHAPE);
    map.set(15);
    recent.add(1, 0, 1);
    recent.addTo(map);

    assertThat(map.count()).isEqualTo(2);
  }
}
