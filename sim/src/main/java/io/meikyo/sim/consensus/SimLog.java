// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Hint;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import io.meikyo.core.consensus.StateMachine;
import io.meikyo.sim.Prng;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One group as one life of one member sees it. */
final class SimLog implements ConsensusLog, Participant.Around, Applier.Listener {
  private static final long AGAIN_NANOS = 25_000_000L;
  private static final long ATTEMPT_NANOS = 1_000_000_000L;

  private static final class Asked {
    final long number;
    final Consumer<Outcome> answer;

    /** Brings it to a leader; null if it is a change of the voters. */
    final byte @Nullable [] command;

    final @Nullable Membership expected;
    final @Nullable Membership next;
    boolean answered;

    /** Attempts that may have put it into a log. */
    int open;

    int attempt;
    boolean waits;
    boolean confirmed;
    String why = "no leader was found";

    Asked(
        long number,
        byte @Nullable [] command,
        @Nullable Membership expected,
        @Nullable Membership next,
        Consumer<Outcome> answer) {
      this.number = number;
      this.command = command;
      this.expected = expected;
      this.next = next;
      this.answer = answer;
    }
  }

  private final UUID group;
  private final String self;
  private final long life;
  private final SimConsensus world;
  private final SimFaults faults;
  private final Prng prng;
  private final Set<Bug> bugs;
  private final Files files;
  private final Participant participant;
  private final Applier applier;
  private final Supplier<Sealed> sealing;
  private final Map<Long, Asked> asked = new TreeMap<>();
  private long numbers;
  private long committed = -1;
  private boolean applying;
  private LogPosition votersAt = LogPosition.NONE;
  private @Nullable String stopped;

  SimLog(
      UUID group,
      String self,
      long life,
      SimConsensus world,
      Files files,
      StateMachine machine,
      Prng prng,
      Supplier<Sealed> sealing) {
    this.group = group;
    this.self = self;
    this.life = life;
    this.world = world;
    this.faults = world.faults();
    this.bugs = world.bugs();
    this.files = files;
    this.prng = prng;
    this.sealing = sealing;
    this.applier = new Applier(files, machine, this, bugs);
    this.participant = new Participant(self, files, faults, prng.fork(), this, bugs);
    participant.start();
  }

  long life() {
    return life;
  }

  String member() {
    return self;
  }

  // What users call.

  @Override
  public UUID groupId() {
    return group;
  }

  @Override
  public void propose(byte[] command, long timeoutNanos, Consumer<Outcome> answer) {
    byte[] own = command.clone();
    ask(new Asked(numbers++, own, null, null, answer), null, timeoutNanos);
  }

  @Override
  public void reconfigure(
      Membership expected, Membership next, long timeoutNanos, Consumer<Outcome> answer) {
    ask(
        new Asked(numbers++, null, expected, next, answer),
        expected.whyNotNext(next),
        timeoutNanos);
  }

  private void ask(Asked a, @Nullable String wrong, long timeoutNanos) {
    String why = stopped != null ? stopped : wrong;
    if (why != null) {
      world.after(this, 0, () -> answer(a, new Outcome.Refused(why)));
      return;
    }
    asked.put(a.number, a);
    if (faults.unknownTold() > 0 && prng.chance(faults.unknownTold())) {
      long goesOn = (long) (timeoutNanos * faults.goesOn());
      after(
          prng.between(0, timeoutNanos),
          () -> answer(a, new Outcome.Unknown("nobody says what became of it")));
      after(goesOn, () -> giveUp(a, a.why));
    } else {
      after(timeoutNanos, () -> giveUp(a, a.why));
    }
    after(0, () -> attempt(a));
  }

  @Override
  public Membership membership() {
    return applier.voters();
  }

  @Override
  public void moveLeader(String id) {
    participant.moveLeader(id);
  }

  @Override
  public Hint hint() {
    if (stopped != null || (faults.hintEmpty() > 0 && prng.chance(faults.hintEmpty()))) {
      return new Hint(false, participant.term(), null);
    }
    return new Hint(participant.leads(), participant.term(), participant.leader());
  }

  @Override
  public Sealed seal() {
    return sealing.get();
  }

  // Proposals and changes under way.

  private void attempt(Asked a) {
    if (asked.get(a.number) != a || a.confirmed) {
      return;
    }
    String leader = participant.leads() ? self : participant.leader();
    if (leader == null) {
      again(a, AGAIN_NANOS);
      return;
    }
    a.open++;
    a.waits = true;
    Message m =
        a.command != null
            ? new Message.Forward(new Entry.Key(life, a.number), a.command)
            : change(a);
    if (leader.equals(self)) {
      take(self, m);
    } else {
      boolean stalled = prng.chance(faults.forwardStalled());
      world.send(this, leader, m, stalled ? prng.exponential(faults.stallMean()) : 0);
    }
    again(a, ATTEMPT_NANOS);
  }

  private static Message change(Asked a) {
    Membership expected = a.expected;
    Membership next = a.next;
    if (expected == null || next == null) {
      throw new IllegalStateException("neither a command nor a change");
    }
    return new Message.Change(a.number, expected, next);
  }

  private void again(Asked a, long nanos) {
    int attempt = ++a.attempt;
    after(
        nanos,
        () -> {
          if (attempt == a.attempt) {
            attempt(a);
          }
        });
  }

  /** A request for the leader. */
  private void take(String from, Message m) {
    switch (m) {
      case Message.Forward f -> {
        if (!participant.leads()) {
          tell(from, new Message.Told(f.key().number(), false, "not the leader", true));
        } else if (!participant.holds(f.key()) || bugs.contains(Bug.APPLIED_TWICE)) {
          participant.append(f.key(), f.command(), null);
        }
      }
      case Message.Change c -> {
        if (!participant.leads()) {
          tell(from, new Message.Told(c.number(), true, "not the leader", true));
        } else {
          participant.reconfigure(
              c.expected(),
              c.next(),
              why ->
                  tell(
                      from,
                      new Message.Told(c.number(), true, why, Participant.mayBeTriedAgain(why))));
        }
      }
      default -> throw new IllegalArgumentException("not for a leader: " + m);
    }
  }

  private void tell(String to, Message.Told told) {
    if (to.equals(self)) {
      after(0, () -> told(told));
    } else {
      world.send(this, to, told, 0);
    }
  }

  private void told(Message.Told m) {
    Asked a = asked.get(m.number());
    if (a == null) {
      return;
    }
    String refused = m.refused();
    if (refused == null) {
      a.confirmed = true;
      settle(a);
      return;
    }
    if (a.open > 0) {
      a.open--;
    }
    a.why = refused;
    a.waits = false;
    if (!m.again() && a.open == 0) {
      answer(a, new Outcome.Refused(refused));
    } else {
      again(a, AGAIN_NANOS);
    }
  }

  private void settle(Asked a) {
    Membership wanted = a.next;
    if (wanted == null) {
      return;
    }
    if (applier.voters().equals(wanted) && (a.confirmed || a.open > 0)) {
      answer(a, new Outcome.Applied(votersAt, new byte[0]));
    } else if (a.confirmed && !wanted.has(self)) {
      answer(a, new Outcome.Applied(LogPosition.NONE, new byte[0]));
    }
  }

  private void giveUp(Asked a, String why) {
    if (asked.get(a.number) == a) {
      boolean certain = a.open == 0 || bugs.contains(Bug.FALSE_REFUSAL);
      answer(a, certain ? new Outcome.Refused(why) : new Outcome.Unknown(why));
      asked.remove(a.number);
    }
  }

  private void answer(Asked a, Outcome outcome) {
    if (!(outcome instanceof Outcome.Unknown)) {
      asked.remove(a.number);
    }
    if (!a.answered || bugs.contains(Bug.ANSWERED_TWICE)) {
      a.answered = true;
      a.answer.accept(outcome);
    }
  }

  // What the participant tells and needs.

  void hear(String from, Message m) {
    switch (m) {
      case Message.Told t -> told(t);
      case Message.Forward f -> take(from, f);
      case Message.Change c -> take(from, c);
      default -> participant.hear(from, m);
    }
  }

  @Override
  public void send(String to, Message message) {
    world.send(this, to, message, 0);
  }

  @Override
  public void after(long nanos, Runnable task) {
    world.after(this, nanos, task);
  }

  @Override
  public long now() {
    return world.now();
  }

  @Override
  public void committed(long index) {
    committed = Math.max(committed, index);
    if (!applying) {
      applying = true;
      boolean late = faults.lags() > 0 && prng.chance(faults.lags());
      after(late ? prng.exponential(faults.lagMean()) : 0, this::apply);
    }
  }

  private void apply() {
    applying = false;
    applier.applyTo(committed);
    if (applier.at().index() - files.saved.at().index() >= faults.snapshotEvery()) {
      files.shorten(applier.save());
    }
  }

  @Override
  public void installed() {
    committed = Math.max(committed, files.saved.at().index());
    applier.load();
  }

  @Override
  public void leaderKnown() {
    for (Asked a : List.copyOf(asked.values())) {
      if (!a.waits) {
        after(0, () -> attempt(a));
      }
    }
  }

  // What the applier tells.

  @Override
  public void applied(Entry.Key key, LogPosition at, byte[] result) {
    Asked a = key.proposer() == life ? asked.get(key.number()) : null;
    if (a != null && stopped == null) {
      after(0, () -> answer(a, new Outcome.Applied(at, result)));
    }
  }

  @Override
  public void votersChanged(LogPosition at, Membership voters) {
    votersAt = at;
    for (Asked a : List.copyOf(asked.values())) {
      after(0, () -> settle(a));
    }
  }

  // The end.

  /** Answers what is under way, and refuses all that comes. */
  void stop(String why) {
    if (stopped == null) {
      stopped = why;
      participant.stop();
      for (Asked a : new ArrayList<>(asked.values())) {
        boolean certain = a.open == 0 || bugs.contains(Bug.FALSE_REFUSAL);
        asked.remove(a.number);
        world.after(
            this,
            0,
            () -> answer(a, certain ? new Outcome.Refused(why) : new Outcome.Unknown(why)));
      }
    }
  }

  /** The last state: what was applied and every entry of the own log after it. */
  Sealed last() {
    applier.load();
    if (!bugs.contains(Bug.TAIL_FORGOTTEN)) {
      applier.applyTo(Long.MAX_VALUE);
    }
    return new Sealed(files.last(), applier.snapshot());
  }
}
