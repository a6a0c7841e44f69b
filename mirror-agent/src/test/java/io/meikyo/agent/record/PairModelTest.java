// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.RestoredPair;
import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two sides with real rules and books in memory, joined by a connection that breaks anywhere, and
 * crashing between any two writes. As long as not both were told that the other is off, there is
 * one line of decisions: what was answered with COMMITTED stays, on both.
 */
final class PairModelTest {
  private static final int STEPS = 400;
  private static final List<PairState> ENDS = List.of(PairState.TOGETHER, PairState.APART);

  /** A power cut in the middle of a write: what was written so far stays. */
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class MemoryBook implements PairBook {
    private final NavigableMap<Long, SetRecord> chain = new TreeMap<>();
    private @Nullable SetRecord pending;
    private @Nullable Word alone;

    /** Writes until the crash; -1: none. */
    private int writesLeft = -1;

    MemoryBook() {
      SetRecord first = SetRecord.initial(7);
      chain.put(first.version(), first);
    }

    private void write(Runnable change) {
      if (writesLeft == 0) {
        writesLeft = -1;
        throw new Crash();
      }
      change.run();
      if (writesLeft > 0 && --writesLeft == 0) {
        writesLeft = -1;
        throw new Crash();
      }
    }

    @Override
    public SetRecord newest() {
      return chain.lastEntry().getValue();
    }

    @Override
    public @Nullable SetRecord at(long version) {
      return chain.get(version);
    }

    @Override
    public List<SetRecord> from(long version) {
      return List.copyOf(chain.tailMap(version, true).values());
    }

    @Override
    public void append(SetRecord next) {
      assertThat(next.version()).isEqualTo(newest().version() + 1);
      write(() -> chain.put(next.version(), next));
    }

    @Override
    public void replace(List<SetRecord> all) {
      write(() -> alone = null);
      write(() -> {
        chain.clear();
        all.forEach(r -> chain.put(r.version(), r));
      });
      write(() -> pending = null);
    }

    @Override
    public @Nullable SetRecord pending() {
      return pending;
    }

    @Override
    public void pending(@Nullable SetRecord record) {
      write(() -> pending = record);
    }

    @Override
    public @Nullable Word alone() {
      return alone;
    }

    @Override
    public void alone(@Nullable Word word) {
      write(() -> alone = word);
    }

    @Override
    public void close() {}
  }

  private final class Side implements PairRules.Out {
    final int number;
    final MemoryBook book = new MemoryBook();
    final ArrayDeque<PairMessage> in = new ArrayDeque<>();
    final Map<Long, SetRecord> asked = new HashMap<>();
    PairRules rules;
    SetRecord told = SetRecord.initial(7);
    @Nullable SetRecord wanted;

    /** Pairs that its replica has asked for, in any life. */
    final Set<SetRecord> words = new HashSet<>();

    Side(int number) {
      this.number = number;
      this.rules = start();
    }

    private PairRules start() {
      return new PairRules(
          number, number == 0, book.newest().epoch() > 0, book, random::nextLong, this);
    }

    /** What it has sent before is on its way and arrives. */
    void crash() throws IOException {
      joined = false;
      cutWanted = false;
      in.clear();
      told = book.newest();
      wanted = null;
      asked.clear();
      rules = start();
      try {
        rules.start();
      } catch (Crash e) {
        crash();
      }
    }

    @Override
    public void send(PairMessage message) {
      if (joined) {
        sides.get(1 - number).in.add(message);
      }
    }

    @Override
    public void hangUp() {
      cutWanted = true;
    }

    @Override
    public void answer(long proposalId, Outcome outcome, SetRecord newest) {
      neverBack(newest);
      SetRecord p = asked.get(proposalId);
      if (outcome == Outcome.COMMITTED && p != null) {
        committed(p);
      }
      if (outcome != Outcome.UNKNOWN && wanted != null && wanted.proposalId() == proposalId) {
        wanted = null;
      }
    }

    @Override
    public void decided(SetRecord newest) {
      assertThat(newest).isEqualTo(book.newest());
      neverBack(newest);
    }

    /** The engine takes nothing older than what it knows. */
    private void neverBack(SetRecord now) {
      assertThat(now.version()).isGreaterThanOrEqualTo(told.version());
      assertThat(now.epoch()).isGreaterThanOrEqualTo(told.epoch());
      assertThat(now.version() > told.version() || now.equals(told)).as("one more").isTrue();
      told = now;
    }

    @Override
    public void tell(PairRules.PairSay say) {
      said.add(number + " " + say);
    }
  }

  private final List<String> said = new ArrayList<>();
  private final NavigableMap<Long, SetRecord> line = new TreeMap<>();
  private Random random = new Random(1);
  private List<Side> sides = List.of();
  private boolean joined;
  private boolean cutWanted;
  private boolean twoLines;
  private int pairs;

  /** Somebody was told that this is decided: there must be no other decision of this version. */
  private void committed(SetRecord r) {
    SetRecord other = line.putIfAbsent(r.version(), r);
    if (!twoLines) {
      assertThat(other == null || other.equals(r))
          .as("two decisions of version %s: %s and %s", r.version(), other, r)
          .isTrue();
    }
  }

  private void begin(long seed) {
    random = new Random(seed);
    line.clear();
    said.clear();
    twoLines = false;
    joined = false;
    sides = new ArrayList<>();
    sides.add(new Side(0));
    sides.add(new Side(1));
  }

  private Side side(int number) {
    return sides.get(number);
  }

  private void cut() {
    joined = false;
    cutWanted = false;
    for (Side s : sides) {
      s.in.clear();
      s.rules.disconnected();
    }
  }

  private void join() {
    joined = true;
    for (Side s : sides) {
      s.in.clear();
    }
    for (Side s : sides) {
      s.rules.connected();
    }
  }

  private void deliver(Side s) throws IOException {
    PairMessage m = s.in.poll();
    if (m != null) {
      s.rules.received(m);
    } else if (!joined) {
      s.rules.disconnected();
    }
    if (cutWanted) {
      cut();
    }
  }

  private void propose(Side s) throws IOException {
    SetRecord p = s.wanted;
    SetRecord now = s.book.newest();
    if (p != null && RestoredPair.is(now, p) && random.nextInt(4) == 0) {
      // The other image was taken away, or another one was put there.
      p = null;
    }
    if (p == null && random.nextInt(3) == 0) {
      p = pair(now, random.nextInt(2));
      s.wanted = p;
      s.words.add(p);
    }
    if (p == null) {
      p =
          new SetRecord(
              now.groupId(),
              now.version() + 1,
              now.epoch() + 1,
              s.number,
              random.nextInt(4),
              random.nextLong(),
              now.stamps(),
              random.nextLong() | 1,
              0,
              0,
              now.cutStatus());
      s.wanted = p;
      s.asked.put(p.proposalId(), p);
    }
    s.rules.propose(p);
  }

  /** What replicas ask for that are restored from one of two images. */
  private static SetRecord pair(SetRecord now, int image) {
    return new SetRecord(
        now.groupId(),
        now.version() + 1,
        now.epoch() + 1,
        -1,
        3,
        (now.version() + 1) * 2 + image,
        now.stamps(),
        (now.version() + 1) * 4 + 2 * image + 1,
        0,
        90 + image,
        now.cutStatus());
  }

  /** Law 4: no replica comes into the set without having asked for it itself. */
  private void bothHaveAsked() {
    SetRecord before = null;
    for (SetRecord r : side(0).book.chain.values()) {
      if (before != null && RestoredPair.is(before, r)) {
        assertThat(side(0).words).contains(r);
        assertThat(side(1).words).contains(r);
        pairs++;
      }
      before = r;
    }
  }

  private void word(Side s) throws IOException {
    twoLines |= side(1 - s.number).book.alone() != null;
    s.rules.peerIsOff(new PairBook.Word("somebody", 1), SetRecord.initial(7));
  }

  private void settle() throws IOException {
    for (int i = 0; i < 20; i++) {
      if (!joined) {
        join();
      }
      while (joined && !(side(0).in.isEmpty() && side(1).in.isEmpty())) {
        deliver(side(random.nextInt(2)));
      }
    }
  }

  private void mustAgree() {
    assertThat(side(0).rules.state()).isEqualTo(PairState.TOGETHER);
    assertThat(side(1).rules.state()).isEqualTo(PairState.TOGETHER);
    assertThat(side(0).book.chain).isEqualTo(side(1).book.chain);
    line.forEach((version, r) ->
        assertThat(side(0).book.at(version)).as("version %s", version).isEqualTo(r));
  }

  /** One step of chance. */
  private void step(int wordFor) throws IOException {
    Side s = side(random.nextInt(2));
    try {
      switch (random.nextInt(12)) {
        case 0, 1 -> {
          if (!joined) {
            join();
          }
        }
        case 2 -> cut();
        case 3 -> s.crash();
        case 4 -> s.book.writesLeft = random.nextInt(3);
        case 5, 6 -> propose(s);
        case 7 -> {
          if (!joined && wordFor >= 0) {
            s = side(wordFor);
            word(s);
          }
        }
        default -> deliver(s);
      }
    } catch (Crash e) {
      s.crash();
    }
  }

  private void calm() {
    for (Side s : sides) {
      s.book.writesLeft = -1;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1})
  void thereIsOneLineOfDecisions(int wordFor) throws IOException {
    for (long seed = 0; seed < 2000; seed++) {
      begin(seed);
      for (int i = 0; i < STEPS; i++) {
        step(wordFor);
      }
      calm();
      settle();
      mustAgree();
      if (wordFor < 0) {
        bothHaveAsked();
      }
      assertThat(said).as("seed %s", seed).noneMatch(s -> s.endsWith("APART"));
    }
    assertThat(pairs > 0).as("pairs were decided").isEqualTo(wordFor < 0);
  }

  /** The word may wander: one side, then when both have met, the other. */
  @Test
  void theWordMayBeGivenToEitherInTurn() throws IOException {
    for (long seed = 0; seed < 2000; seed++) {
      begin(seed);
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < STEPS / 4; i++) {
          step(round % 2);
        }
        calm();
        settle();
        mustAgree();
      }
    }
  }

  /** Both were told that the other is off: found, nothing taken over, until one is kept. */
  @Test
  void twoLinesAreFoundAndOneIsKept() throws IOException {
    int found = 0;
    for (long seed = 0; seed < 2000; seed++) {
      begin(seed);
      for (int i = 0; i < STEPS; i++) {
        step(random.nextInt(2));
      }
      calm();
      for (Side s : sides) {
        s.wanted = null;
      }
      NavigableMap<Long, SetRecord> zero = new TreeMap<>(side(0).book.chain);
      NavigableMap<Long, SetRecord> one = new TreeMap<>(side(1).book.chain);
      settle();
      if (side(0).rules.state() == PairState.TOGETHER) {
        continue;
      }
      found++;
      assertThat(side(0).rules.state()).as("seed %s", seed).isEqualTo(PairState.APART);
      assertThat(side(1).rules.state()).isEqualTo(PairState.APART);
      assertThat(side(0).book.chain.headMap(zero.lastKey(), true)).isEqualTo(zero);
      assertThat(side(1).book.chain.headMap(one.lastKey(), true)).isEqualTo(one);
      keep(random.nextInt(2));
    }
    assertThat(found).as("seeds with two lines").isGreaterThan(100);
  }

  private static void rest(Side s) throws IOException {
    SetRecord now = s.book.newest();
    s.rules.propose(
        new SetRecord(
            now.groupId(),
            now.version() + 1,
            now.epoch() + 1,
            -1,
            now.inSyncMask(),
            now.generation(),
            now.stamps(),
            now.version() + 1000,
            0,
            0,
            now.cutStatus()));
  }

  private void keep(int number) throws IOException {
    Side kept = side(number);
    Side given = side(1 - number);
    final SetRecord before = kept.book.newest();
    boolean active = given.book.newest().active() == given.number;
    assertThat(kept.rules.keepThis(new PairBook.Word("somebody", 2))).isTrue();
    settle();
    if (active) {
      assertThat(said).contains(number + " STILL_ACTIVE_THERE");
      assertThat(given.rules.state()).isEqualTo(PairState.APART);
      // It gives the role back, as the operator is told to do; more than once, as it happens.
      rest(given);
      settle();
      if (given.book.alone() == null) {
        // It was never told to decide alone, and cannot: a state folder was put back, say.
        return;
      }
      rest(given);
      assertThat(kept.rules.keepThis(new PairBook.Word("somebody", 2))).isTrue();
      settle();
      assertThat(kept.rules.state()).as("what came last there was not above").isIn(ENDS);
      if (kept.rules.state() == PairState.APART) {
        assertThat(kept.rules.keepThis(new PairBook.Word("somebody", 2))).isTrue();
        settle();
      }
    }
    assertThat(kept.rules.state()).isEqualTo(PairState.TOGETHER);
    assertThat(side(0).book.chain).isEqualTo(side(1).book.chain);
    assertThat(kept.book.at(before.version())).isEqualTo(before);
    SetRecord now = kept.book.newest();
    assertThat(now.active()).isEqualTo(before.active());
    assertThat(now.inSyncMask()).isEqualTo(before.inSyncMask());
  }
}
