// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The sentences of docs/reconnect.md, "What always holds", on random pairs. The code here shares
 * nothing with {@link ReconnectTable}: it looks at the pair as it was made.
 */
class ReconnectLawsTest {

  private static final Set<FollowMode> STAYS = EnumSet.of(FollowMode.RESUME, FollowMode.RECONCILE);

  private static final int PAIRS = 60_000;

  /** Every kind of difference, each rare enough that pairs without it are common. */
  private static Meeting random(Random random) {
    Meeting m = new Meeting();
    m.here.role = pick(random, Role.ACTIVE, Role.ACTIVE, Role.ACTIVE, Role.STANDBY, Role.DEMOTING);
    m.here.generations = pick(random, Generations.of(30, 20, 10), Generations.of(30));
    m.here.cut = Meeting.cut(12, new Stamp(8, 8), pick(random, CutStatus.values()), 1);
    m.here.condition = pick(random, Condition.CONSISTENT, Condition.RESTORED);
    m.there.cut = Meeting.cut(pick(random, 0L, 12L, 13L), new Stamp(8, 8), CutStatus.PROVEN, 1);
    m.there.cluster = rarely(random) ? new UUID(9, 9) : Meeting.CLUSTER;
    m.there.number = rarely(random) ? pick(random, 0, 2) : 1;
    m.there.shape = rarely(random) ? new Geometry(4096, 64, 4, 8, 3, 64) : Meeting.SHAPE;
    m.there.group = rarely(random) ? pick(random, 0L, 8L) : 7;
    m.there.epoch = rarely(random) ? 6 : pick(random, 4L, 5L);
    m.there.role = rarely(random) ? pick(random, Role.values()) : Role.STANDBY;
    m.there.generations =
        pick(
            random,
            Generations.of(30, 20, 10),
            Generations.of(20, 10),
            Generations.of(31, 20, 10),
            Generations.of(40, 30),
            Generations.of(77, 66),
            Generations.NONE);
    m.there.stamp =
        pick(
            random,
            Meeting.EXPECTED,
            Meeting.EXPECTED,
            Meeting.NEXT,
            new Stamp(8, 8),
            new Stamp(9, 9),
            new Stamp(10, 99),
            new Stamp(20, 20),
            Stamp.NONE);
    m.there.condition =
        random.nextInt(3) == 0 ? pick(random, Condition.values()) : Condition.CONSISTENT;
    m.there.cacheLost = random.nextInt(4) == 0;
    m.there.wasActive = random.nextInt(4) == 0;
    m.there.forgetful = random.nextInt(4) == 0;
    m.there.rolledBack = rarely(random);
    m.there.suspects = random.nextBoolean();
    m.slot =
        pick(
            random,
            PeerSlot.UNKNOWN,
            new PeerSlot(Meeting.EXPECTED, Stamp.NONE, random.nextBoolean(), false, 0),
            new PeerSlot(Meeting.EXPECTED, Meeting.NEXT, random.nextBoolean(), false, 0));
    m.inSync = random.nextBoolean();
    m.dirty = random.nextBoolean();
    m.async = random.nextInt(4) == 0;
    m.discard = rarely(random);
    return m;
  }

  private static boolean rarely(Random random) {
    return random.nextInt(10) == 0;
  }

  @SafeVarargs
  private static <T> T pick(Random random, T... of) {
    return of[random.nextInt(of.length)];
  }

  // ---- what a pair is, said a second time

  private static boolean showsWhatWeExpect(Meeting m) {
    List<Stamp> good = List.of(m.slot.base(), m.slot.baseNext());
    return !m.there.stamp.equals(Stamp.NONE) && good.contains(m.there.stamp) && !m.there.rolledBack;
  }

  private static boolean ourLineHas(Meeting m, long generation) {
    Generations g = m.here.generations;
    return LongStream.concat(
            LongStream.of(g.current()), LongStream.range(0, g.size()).map(i -> g.ancestor((int) i)))
        .anyMatch(known -> known == generation);
  }

  /** The pair may never exchange anything. */
  private static boolean strangers(Meeting m) {
    return !m.there.cluster.equals(m.here.cluster)
        || m.there.number != m.peerNumber
        || m.there.shape.blockSize() != m.here.shape.blockSize()
        || (m.there.group != 0 && m.there.group != m.here.group);
  }

  private static boolean leads(Role role) {
    return role == Role.ACTIVE || role == Role.DEMOTING;
  }

  private static boolean flows(ReconnectRow row) {
    return row.mode() != FollowMode.NONE;
  }

  private static void law(boolean holds, String sentence, long seed, ReconnectRow row, Meeting m) {
    if (!holds) {
      throw new AssertionError(sentence + "\nseed " + seed + ", answered " + row + "\n" + m);
    }
  }

  @Test
  void theLawsHoldForManyPairs() {
    Map<ReconnectRow, Integer> reached = new EnumMap<>(ReconnectRow.class);
    for (long seed = 1; seed <= PAIRS; seed++) {
      Meeting m = random(new Random(seed * 0x9E3779B97F4A7C15L));
      ReconnectRow row = m.decide();
      law(row != ReconnectRow.NOT_CONNECTED, "the answer is a row", seed, row, m);
      check(seed, row, m);
      reached.merge(row, 1, Integer::sum);
    }

    assertThat(reached)
        .as("rows that random pairs reach")
        .hasSize(ReconnectRow.values().length - 1);
  }

  private static void check(long seed, ReconnectRow row, Meeting m) {
    boolean ours = ourLineHas(m, m.there.generations.current());
    boolean expected = showsWhatWeExpect(m);
    boolean half = m.there.condition == Condition.INCONSISTENT;

    if (STAYS.contains(row.mode())) {
      law(
          m.inSync
              && expected
              && (ours || m.there.generations.current() == 0)
              && !m.there.cacheLost
              && m.there.condition == Condition.CONSISTENT,
          "1: who stays in the set is a member, untouched, of our line and has lost nothing",
          seed,
          row,
          m);
      law(
          row.mode() == FollowMode.RECONCILE || !m.dirty,
          "1: who may differ in a chunk is compared",
          seed,
          row,
          m);
    }
    if (flows(row)) {
      boolean alien = m.there.generations.current() != 0 && !ours && !half;
      boolean blank = m.there.condition == Condition.BLANK;
      law(
          m.discard || (!alien || blank) && m.there.condition != Condition.RESTORED,
          "2: diverged, newer, unrelated or restored data is overwritten by word only",
          seed,
          row,
          m);
      law(m.there.condition != Condition.FAILED, "2: a failed disk is not used", seed, row, m);
      law(
          expected || row.mode() == FollowMode.FULL,
          "3: an unexpected stamp is not trusted with a dirty map",
          seed,
          row,
          m);
      law(
          row.mode() == FollowMode.FULL
              || !m.there.cacheLost
              || m.slot.tracked()
              || m.there.wasActive,
          "4: caches lost under somebody else mean a full compare",
          seed,
          row,
          m);
      law(
          row.mode() == FollowMode.FULL
              || !m.there.forgetful
              || m.inSync
              || m.slot.tracked()
              || m.there.wasActive,
          "4: writes that nobody can list mean a full compare",
          seed,
          row,
          m);
      law(m.here.role == Role.ACTIVE, "6: only an active makes data flow", seed, row, m);
      law(!leads(m.there.role), "6: never to another active", seed, row, m);
      law(m.there.epoch <= m.here.epoch, "6: never under an older epoch", seed, row, m);
      law(
          STAYS.contains(row.mode()) || row.leavesSet(),
          "7: who is copied to is not a member",
          seed,
          row,
          m);
    }
    law(row.closes() == strangers(m), "5: strangers, and only they, are sent away", seed, row, m);
    law(!row.closes() || !flows(row), "5: with strangers nothing is exchanged", seed, row, m);
    law(
        row.mode() != FollowMode.BEHIND || m.async && !m.inSync,
        "asynchronous mode is for asynchronous peers",
        seed,
        row,
        m);
    boolean theyLead = leads(m.there.role) && m.here.role == Role.ACTIVE && !strangers(m);
    law(
        (row == ReconnectRow.BOTH_ACTIVE_OLDER_HERE) == (theyLead && m.there.epoch > m.here.epoch),
        "an active steps down before a newer epoch, and only then",
        seed,
        row,
        m);
  }
}
