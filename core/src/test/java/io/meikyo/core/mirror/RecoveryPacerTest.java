// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecoveryPacerTest {

  private static final long SECOND = 1_000_000_000L;

  private final RecoveryPacer pacer = new RecoveryPacer();

  /** Chunks begun in this time by one who begins whenever it is allowed, looking each ms. */
  private int begunIn(long from, long to) {
    int begun = 0;
    for (long now = from; now < to; now += SECOND / 1000) {
      while (begun < 1_000_000 && pacer.allows(now)) {
        pacer.begun(now);
        begun++;
      }
    }
    return begun;
  }

  @Test
  void withoutACeilingItAlwaysAllows() {
    for (int i = 0; i < 1000; i++) {
      assertThat(pacer.allows(5)).isTrue();
      pacer.begun(5);
    }
    assertThat(pacer.nextAllowed(5)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aCeilingIsKeptWithABurstOfATenthOfASecondAtMost() {
    pacer.limit(100);

    assertThat(begunIn(SECOND, 11 * SECOND)).isBetween(1000, 1000 + 100 / 10 + 1);
  }

  @Test
  void idleTimeIsNotSavedUp() {
    pacer.limit(100);
    begunIn(SECOND, 2 * SECOND);

    assertThat(begunIn(100 * SECOND, 101 * SECOND)).isLessThanOrEqualTo(100 + 100 / 10 + 1);
  }

  @Test
  void whoeverWaitsUntilTheInstantItNamesMayBegin() {
    pacer.limit(7);
    for (long now = SECOND; now < 3 * SECOND; ) {
      while (pacer.allows(now)) {
        pacer.begun(now);
      }
      long next = pacer.nextAllowed(now);
      assertThat(next).isGreaterThan(now).isLessThanOrEqualTo(now + SECOND / 7);
      assertThat(pacer.allows(next)).isTrue();
      assertThat(pacer.allows(next - 1)).isFalse();
      now = next;
    }
  }

  @Test
  void aNewCeilingAppliesAtOnce() {
    pacer.limit(1);
    begunIn(SECOND, 2 * SECOND);
    pacer.limit(0);

    assertThat(pacer.allows(2 * SECOND)).isTrue();
    pacer.limit(1000);
    assertThat(begunIn(2 * SECOND, 3 * SECOND)).isBetween(1000, 1101);
  }
}
