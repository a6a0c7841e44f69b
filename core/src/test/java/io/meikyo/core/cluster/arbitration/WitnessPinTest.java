// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Law 1 where a witness has forgotten: a group is not given to one server by each of two tables.
 */
class WitnessPinTest {
  private static final UUID OLD = new UUID(1, 1);
  private static final UUID NEW = new UUID(2, 2);
  private static final UUID GROUP = new UUID(3, 3);

  private final WitnessPin pin = new WitnessPin(OLD);

  private static Hello hello(UUID group, boolean rests) {
    return new Hello(new UUID(9, 9), "server2", group, List.of(), 5, true, rests);
  }

  @Test
  void anotherIncarnationIsBelievedByAnAnswerToALaterQuestionOnly() {
    pin.seen(NEW, 100);
    assertThat(pin.answered(hello(GROUP, true), GROUP, 99)).isFalse();
    assertThat(pin.pin()).isEqualTo(OLD);
    assertThat(pin.waits()).isTrue();
    assertThat(pin.answered(hello(GROUP, true), GROUP, 100)).isTrue();
    assertThat(pin.pin()).isEqualTo(NEW);
    assertThat(pin.waits()).isFalse();
  }

  @Test
  void whoAsksTheWitnessOrMayHaveWonProvesNothing() {
    pin.seen(NEW, 100);
    assertThat(pin.answered(hello(GROUP, false), GROUP, 101)).isFalse();
    assertThat(pin.pin()).isEqualTo(OLD);
  }

  @Test
  void whoWorksInAnotherGroupHasGoneOn() {
    pin.seen(NEW, 100);
    assertThat(pin.answered(hello(new UUID(4, 4), true), GROUP, 101)).isFalse();
    assertThat(pin.pin()).isEqualTo(OLD);
  }

  @Test
  void anAnswerCountsForTheLastIncarnationThatWasSeen() {
    UUID third = new UUID(5, 5);
    pin.seen(NEW, 100);
    pin.seen(third, 200);
    assertThat(pin.answered(hello(GROUP, true), GROUP, 150)).isFalse();
    assertThat(pin.answered(hello(GROUP, true), GROUP, 200)).isTrue();
    assertThat(pin.pin()).isEqualTo(third);
  }

  @Test
  void seenAgainItWaitsFromTheFirstTime() {
    pin.seen(NEW, 100);
    pin.seen(NEW, 200);
    assertThat(pin.answered(hello(GROUP, true), GROUP, 150)).isTrue();
  }

  @Test
  void theFormerOneComesBackAndNothingChanges() {
    pin.seen(NEW, 100);
    pin.seen(OLD, 200);
    assertThat(pin.waits()).isFalse();
    assertThat(pin.answered(hello(GROUP, true), GROUP, 300)).isFalse();
    assertThat(pin.pin()).isEqualTo(OLD);
  }

  @Test
  void theFirstWitnessIsBelievedInTheSameWay() {
    WitnessPin none = new WitnessPin(null);
    none.seen(NEW, 100);
    assertThat(none.pin()).isNull();
    assertThat(none.answered(hello(GROUP, true), GROUP, 101)).isTrue();
    assertThat(none.pin()).isEqualTo(NEW);
  }
}
