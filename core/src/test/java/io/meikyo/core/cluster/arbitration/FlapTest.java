// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.arbitration.Arbitration.Answer;
import io.meikyo.core.cluster.arbitration.Arbitration.Look;
import io.meikyo.core.cluster.arbitration.Arbitration.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A thousand flaps of the link in a row, in simulated time: two servers with the real decision and
 * the real kinship, and a model of the log, the witness and the hello. The witness is often away,
 * and answers are lost after it has decided.
 */
class FlapTest {
  private static final int FLAPS = 1000;
  private static final long MS = 1_000_000;
  private static final Arbitration.Times TIMES =
      new Arbitration.Times(1000 * MS, 2000 * MS, 10_000 * MS);

  private static final class Server {
    final String name;
    final Arbitration arbitration;
    UUID group = new UUID(1, 0);
    List<UUID> lineage = List.of();
    boolean pair = true;
    long heardAt = Arbitration.NEVER;
    Step.@Nullable Ask question;
    Answer answer = Answer.UNKNOWN;
    long answerAt;
    Step.@Nullable Succeed moving;
    long movedAt;

    Server(String name, Arbiter arbiter, long now) {
      this.name = name;
      this.arbitration = new Arbitration(TIMES, arbiter, false, now);
    }
  }

  private final Map<UUID, String> witness = new HashMap<>();
  private final Map<UUID, List<UUID>> successors = new HashMap<>();
  private long now = 1_000_000 * MS;
  private long groups = 1;
  private Random random = new Random(0);
  private boolean exclusive;
  private int succeeded;
  private int splits;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void withAWitnessOnlyOneGoesOnAndTheyAlwaysFindEachOther(long seed) {
    run(Arbiter.HTTP_WITNESS, seed);
    assertThat(splits).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void withAPingBothMayAndItIsFoundEachTime(long seed) {
    run(Arbiter.PING, seed);
    assertThat(splits).as("the flaps are long enough to make splits").isPositive();
  }

  private void run(Arbiter arbiter, long seed) {
    random = new Random(seed);
    exclusive = arbiter.exclusive();
    Server a = new Server("server1", arbiter, now);
    Server b = new Server("server2", arbiter, now);
    for (int flap = 0; flap < FLAPS; flap++) {
      pass(a, b, 100 + random.nextInt(8000), true);
      pass(a, b, 100 + random.nextInt(8000), false);
    }
    pass(a, b, 60_000, true);
    assertThat(a.group).as("seed %s: together at the end", seed).isEqualTo(b.group);
    assertThat(a.pair && b.pair).as("and both vote").isTrue();
    assertThat(a.arbitration.phase()).isEqualTo(Arbitration.Phase.TOGETHER);
    assertThat(succeeded).as("not all flaps were too short").isGreaterThan(FLAPS / 10);
  }

  private void pass(Server a, Server b, long millis, boolean link) {
    long end = now + millis * MS;
    while (now < end) {
      now += 100 * MS;
      if (link) {
        a.heardAt = now;
        b.heardAt = now;
        if (now / (100 * MS) % 10 == 0) {
          meet(a, b);
          meet(b, a);
        }
      }
      live(a, b, true);
      live(b, a, false);
    }
  }

  private void live(Server s, Server other, boolean owner) {
    Step.Succeed moving = s.moving;
    if (moving != null) {
      if (now >= s.movedAt) {
        List<UUID> all = new ArrayList<>(s.lineage);
        all.add(s.group);
        UUID next = new UUID(1, groups++);
        successors.computeIfAbsent(s.group, g -> new ArrayList<>()).add(next);
        if (exclusive) {
          assertThat(successors.get(s.group)).as("successors of one group").hasSize(1);
          assertThat(other.group.equals(s.group) || !other.lineage.contains(s.group)).isTrue();
        }
        s.lineage = all;
        s.group = next;
        s.pair = false;
        s.moving = null;
        succeeded++;
      }
      return;
    }
    Step step =
        s.arbitration.look(
            now, new Look(s.group, s.pair, other.name, s.heardAt, false, owner, true));
    if (step instanceof Step.Ask ask) {
      asked(s, ask);
    } else if (s.question != null && now >= s.answerAt) {
      Step.Ask question = s.question;
      s.question = null;
      step = s.arbitration.answered(now, question.number(), s.answer, "");
    }
    if (step instanceof Step.Succeed succeed) {
      s.moving = succeed;
      s.movedAt = now + (300 + random.nextInt(1500)) * MS;
    }
  }

  private void asked(Server s, Step.Ask ask) {
    s.question = ask;
    s.answerAt = now + (100 + random.nextInt(900)) * MS;
    if (!exclusive) {
      s.answer = random.nextInt(10) == 0 ? Answer.UNKNOWN : Answer.WON;
      return;
    }
    if (random.nextInt(4) == 0) {
      s.answer = Answer.UNKNOWN;
      return;
    }
    String winner =
        ask.claim()
            ? witness.computeIfAbsent(ask.group(), g -> s.name)
            : witness.getOrDefault(ask.group(), "");
    boolean lost = random.nextInt(4) == 0;
    s.answer = lost ? Answer.UNKNOWN : winner.equals(s.name) ? Answer.WON : Answer.LOST;
  }

  /** What one does that hears the other's hello. */
  private void meet(Server s, Server other) {
    if (s.moving != null || other.moving != null) {
      return;
    }
    switch (Kinship.of(s.group, s.lineage, other.group, other.lineage)) {
      case SAME -> s.pair = true;
      case PEER_STALE -> {}
      case WE_STALE -> {
        s.group = other.group;
        s.lineage = other.lineage;
        s.pair = false;
      }
      case SPLIT -> {
        assertThat(exclusive).as("a split with an exclusive arbiter").isFalse();
        splits++;
        List<UUID> all = new ArrayList<>(s.lineage);
        all.addAll(Kinship.onlyTheirs(s.group, s.lineage, other.group, other.lineage));
        s.lineage = all;
      }
      case FOREIGN -> throw new AssertionError("foreign");
    }
  }
}
