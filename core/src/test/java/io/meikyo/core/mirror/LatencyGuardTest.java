// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

class LatencyGuardTest {

  private static final long US = 1_000;
  private static final long MS = 1_000_000;
  private static final long SECOND = 1_000 * MS;
  private static final int MOST = 16;

  private final EngineConfig.Pace pace = EngineConfig.Pace.standard();
  private final LatencyGuard guard = new LatencyGuard(pace);
  private long now = SECOND;

  /** A disk on which each chunk under way makes a write slower; the application writes steadily. */
  private final class Model {
    long base = 2 * MS;
    long perChunk = MS;
    boolean writes = true;
    boolean recovers;
    final PriorityQueue<Long> chunks = new PriorityQueue<>();
    int begun;
    long latencies;
    long answers;

    void run(long nanos) {
      begun = 0;
      latencies = 0;
      answers = 0;
      long nextWrite = now;
      for (long end = now + nanos; now < end; now += 100 * US) {
        while (!chunks.isEmpty() && chunks.peek() <= now) {
          chunks.poll();
        }
        while (recovers && guard.allows(now, chunks.size(), MOST, writes)) {
          guard.begun(now);
          chunks.add(now + 5 * MS);
          begun++;
        }
        if (writes && now >= nextWrite) {
          long latency = base + perChunk * chunks.size();
          guard.answered(latency, recovers);
          latencies += latency;
          answers++;
          nextWrite = now + latency;
        }
      }
    }

    long mean() {
      return latencies / answers;
    }
  }

  private final Model model = new Model();

  @Test
  void withoutAnApplicationAllMayBeUnderWay() {
    model.writes = false;
    model.recovers = true;
    model.run(SECOND);

    assertThat(guard.width(MOST)).isEqualTo(MOST);
    assertThat(model.begun).isGreaterThan(2000);
  }

  @Test
  void aLatencyThatIsHardlyChangedIsNoReasonToWait() {
    model.perChunk = 100 * US;
    model.run(SECOND);
    model.recovers = true;
    model.run(SECOND);

    assertThat(guard.width(MOST)).isEqualTo(MOST);
    assertThat(model.begun).isGreaterThan(2000);
  }

  /** 2 ms alone, 18 ms under the full window: it is kept about where it is twice as long. */
  @Test
  void recoveryIsNarrowedUntilTheApplicationBearsIt() {
    model.run(SECOND);
    assertThat(model.mean()).isEqualTo(2 * MS);
    model.recovers = true;
    model.run(SECOND);
    model.run(10 * SECOND);

    assertThat(model.mean()).isLessThan(5 * MS);
    assertThat(model.begun).as("and no narrower than that").isGreaterThan(1500);
  }

  @Test
  void itOpensAgainWhenTheApplicationStops() {
    model.perChunk = 50 * MS;
    model.run(SECOND);
    model.recovers = true;
    model.run(5 * SECOND);
    assertThat(guard.width(MOST)).isEqualTo(1);

    model.writes = false;
    model.run(SECOND);
    model.run(SECOND);
    assertThat(guard.width(MOST)).isEqualTo(MOST);
    assertThat(model.begun).isGreaterThan(2000);
  }

  /** However much the application suffers, one chunk in each longest gap is begun. */
  @Test
  void itNeverStandsStill() {
    model.run(SECOND);
    model.recovers = true;
    for (int i = 0; i < 100; i++) {
      guard.answered(10 * SECOND, true);
      model.run(pace.gapMax() + MS);
      assertThat(model.begun).isPositive();
    }
  }

  /** Until just before it is so narrow that what is measured becomes the measure. */
  private void narrowWholly() {
    guard.answered(MS, false);
    for (int i = 0; i < 8; i++) {
      guard.answered(SECOND, true);
      now += pace.look();
      guard.allows(now, 0, MOST, true);
    }
    assertThat(guard.width(MOST)).isEqualTo(1);
  }

  @Test
  void aGapIsWaitedForAndNamed() {
    narrowWholly();
    guard.begun(now);
    long next = guard.nextAllowed(now);
    assertThat(next).isBetween(now + 1, now + pace.gapMax());
    assertThat(guard.allows(next - 1, 0, MOST, true)).isFalse();
    assertThat(guard.allows(next, 0, MOST, true)).isTrue();
    assertThat(guard.nextAllowed(next)).isEqualTo(Long.MAX_VALUE);
  }

  /**
   * Recovery began before the application did: it learns what is normal where it hardly disturbs.
   */
  @Test
  void anUnknownLatencyIsLearntAtTheSlowestPace() {
    model.recovers = true;
    model.run(10 * SECOND);
    model.run(10 * SECOND);

    assertThat(model.mean()).isLessThan(6 * MS);
    assertThat(model.begun).isGreaterThan(1000);
  }

  /** Ten times slower for a reason of its own: that becomes what is normal. */
  @Test
  void anApplicationThatBecameSlowerByItselfDoesNotHoldRecoveryBackForEver() {
    model.perChunk = 100 * US;
    model.run(SECOND);
    model.recovers = true;
    model.base = 20 * MS;
    model.run(700 * MS);
    assertThat(guard.width(MOST)).isEqualTo(1);
    model.run(10 * SECOND);
    model.run(10 * SECOND);

    assertThat(model.begun).isGreaterThan(10 * 1000);
  }

  /** Under a millisecond more is not looked at, be it ten times as long. */
  @Test
  void aMillisecondIsAlwaysAllowed() {
    model.base = 50 * US;
    model.perChunk = 50 * US;
    model.run(SECOND);
    model.recovers = true;
    model.run(SECOND);

    assertThat(guard.width(MOST)).isEqualTo(MOST);
  }

  /** Nothing is answered and nothing is idle: the application may be stuck behind recovery. */
  @Test
  void silenceIsNotIdleness() {
    narrowWholly();
    for (int i = 0; i < 40; i++) {
      now += pace.look();
      guard.allows(now, 0, MOST, true);
    }
    assertThat(guard.width(MOST)).isEqualTo(1);
  }
}
