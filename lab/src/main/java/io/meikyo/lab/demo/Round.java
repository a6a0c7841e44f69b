// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/**
 * One round of the long demo, drawn before it begins.
 *
 * @param before an agent that is killed first
 * @param main the loss of power that the round is about
 * @param during what strikes again while the recovery from it is under way
 * @param beforeMillis load before the first blow
 * @param mainMillis load between the two
 * @param duringMillis from the begin of the recovery to the third
 * @param darkMillis how long a server stays without power
 * @param flip which of two servers comes first where that is open
 */
record Round(
    Optional<Blow> before,
    Blow main,
    Optional<Blow> during,
    long beforeMillis,
    long mainMillis,
    long duringMillis,
    long darkMillis,
    boolean flip) {

  private static final List<Optional<Blow>> BEFORE =
      List.of(
          Optional.empty(),
          Optional.empty(),
          Optional.of(Blow.AGENT_OF_ACTIVE),
          Optional.of(Blow.AGENT_OF_STANDBY));
  private static final List<Blow> MAIN =
      List.of(Blow.POWER_OF_ACTIVE, Blow.POWER_OF_STANDBY, Blow.POWER_OF_BOTH);
  private static final List<Optional<Blow>> DURING =
      List.of(
          Optional.empty(),
          Optional.of(Blow.AGENT_OF_ACTIVE),
          Optional.of(Blow.AGENT_OF_STANDBY),
          Optional.of(Blow.POWER_OF_ACTIVE),
          Optional.of(Blow.POWER_OF_STANDBY),
          Optional.of(Blow.POWER_OF_BOTH));

  /**
   * Draws rounds: the same ones for the same random numbers. Each kind of blow comes once before
   * one of its like comes again, so that a long run has all of them.
   */
  static List<Round> draw(int rounds, Random random) {
    Supplier<Optional<Blow>> before = bag(BEFORE, random);
    Supplier<Blow> main = bag(MAIN, random);
    Supplier<Optional<Blow>> during = bag(DURING, random);
    List<Round> all = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      all.add(
          new Round(
              before.get(),
              main.get(),
              during.get(),
              200 + random.nextInt(2800),
              random.nextInt(2000),
              random.nextInt(1500),
              random.nextInt(4000),
              random.nextBoolean()));
    }
    return all;
  }

  private static <T> Supplier<T> bag(List<T> kinds, Random random) {
    List<T> left = new ArrayList<>();
    return () -> {
      if (left.isEmpty()) {
        left.addAll(kinds);
        Collections.shuffle(left, random);
      }
      return left.removeLast();
    };
  }

  /** For people. */
  String words() {
    StringBuilder s = new StringBuilder();
    before.ifPresent(b -> s.append(b.words()).append(", then "));
    s.append(main.words());
    during.ifPresent(d -> s.append(", and in the recovery ").append(d.words()));
    return s.toString();
  }
}
