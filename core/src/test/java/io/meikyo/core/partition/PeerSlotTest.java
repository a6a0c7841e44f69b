// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerSlotTest {

  private static final Stamp OLD = new Stamp(4, 0xA);
  private static final Stamp NEW = new Stamp(5, 0xB);

  @Test
  void nothingKnownAcceptsNobody() {
    assertThat(PeerSlot.UNKNOWN.accepts(Stamp.NONE)).isFalse();
    assertThat(PeerSlot.UNKNOWN.accepts(NEW)).isFalse();
  }

  @Test
  void whileAStampIsOnItsWayBothAreGood() {
    PeerSlot slot = PeerSlot.UNKNOWN.withStamps(OLD, NEW, true);

    assertThat(slot.accepts(OLD)).isTrue();
    assertThat(slot.accepts(NEW)).isTrue();
    assertThat(slot.withStamps(NEW, Stamp.NONE, true).accepts(OLD)).isFalse();
  }

  @Test
  void theSameCounterFromAnotherHistoryIsAnotherStamp() {
    PeerSlot slot = PeerSlot.UNKNOWN.withStamps(OLD, Stamp.NONE, true);

    assertThat(slot.accepts(new Stamp(4, 0xC))).isFalse();
    assertThat(slot.accepts(new Stamp(3, 0xA))).isFalse();
    assertThat(slot.accepts(Stamp.NONE)).isFalse();
  }

  @Test
  void stampsAndProofAreChangedApart() {
    PeerSlot slot = PeerSlot.UNKNOWN.withStamps(OLD, NEW, true).withProof(true, 77);

    assertThat(slot).isEqualTo(new PeerSlot(OLD, NEW, true, true, 77));
    assertThat(slot.withStamps(NEW, Stamp.NONE, false))
        .isEqualTo(new PeerSlot(NEW, Stamp.NONE, false, true, 77));
  }
}
