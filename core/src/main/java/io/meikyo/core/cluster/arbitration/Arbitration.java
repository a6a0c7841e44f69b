// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import io.meikyo.core.notice.Notice;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One of two voters that have lost each other: may it go on alone? Looked at several times a
 * second; it says when the arbiter is to be asked, and when a succession is to begin. Nothing is
 * sealed here: that comes after {@link Step.Succeed}, which is given once for each group.
 *
 * <p>Times are ns of a clock that goes on while the machine sleeps. If two looks lie further apart
 * than the time of suspicion, the process was stopped or the machine asleep, and what is known of
 * the other server counts as old until it is heard again ({@link Situation#STALE}).
 *
 * <p>For one thread.
 */
public final class Arbitration {
  /** No time. */
  public static final long NEVER = Long.MIN_VALUE;

  private static final long SECOND = 1_000_000_000L;

  /**
   * Times, ns.
   *
   * @param suspect nothing heard for so long: the other server is suspected
   * @param lease how long a grant lasts
   * @param startWait how long a starting server waits for the others
   */
  public record Times(long suspect, long lease, long startWait) {
    /** When a standby may ask, from the last contact. */
    long afterLease() {
      return Math.max(suspect, lease + SECOND);
    }

    /** What is older is not fresh any more. */
    long fresh() {
      return afterLease() + 2 * suspect;
    }
  }

  /**
   * How things stand.
   *
   * @param group the consensus group that we work in
   * @param pair this server and one other vote in it, and nobody else
   * @param peer name of the other one; empty without a pair
   * @param heardAt when its service was heard last in this life of ours, or {@link #NEVER}
   * @param agentHears our mirror agent hears its mirror agent (rule R5)
   * @param runs groups run here, and their gate is not closed
   * @param inSync we hold every acknowledged write of all mirror disks that we have
   */
  public record Look(
      UUID group,
      boolean pair,
      String peer,
      long heardAt,
      boolean agentHears,
      boolean runs,
      boolean inSync) {}

  /** What is to be done. */
  public sealed interface Step {
    /** Nothing. */
    record Rest() implements Step {}

    /**
     * Ask the arbiter; the answer comes back under this number.
     *
     * @param claim false: only ask whether the group was given to us, and do not take it
     */
    record Ask(long number, UUID group, String peer, Situation situation, boolean claim)
        implements Step {}

    /** Begin the succession of this group. */
    record Succeed(UUID group, String evidence) implements Step {}
  }

  /** What an arbiter says. */
  public enum Answer {
    /** We go on. */
    WON,
    /** The other one goes on, or we are the one that is cut off. */
    LOST,
    /** It did not answer, or cannot say; it is asked again. */
    UNKNOWN
  }

  /** How far it has come. */
  public enum Phase {
    /** No two voters, or they hear each other. */
    TOGETHER,
    /** The other one's service is silent, its mirror agent is not: that is no server failure. */
    SERVICE_SILENT,
    /** Alone; the time has not come. */
    WAITING,
    /** Alone, and the arbiter is asked. */
    ASKING,
    /** Alone, and nothing is decided without the operator. */
    BARRED,
    /** We go on. */
    WON,
    /** The other one does. */
    LOST
  }

  private static final Step REST = new Step.Rest();

  private final Times times;
  private final long startedAt;
  private Arbiter arbiter;

  private @Nullable UUID group;
  private String peer = "";
  private Phase phase = Phase.TOGETHER;
  private Notice because = Notice.of(ArbitrationNotice.NOT_NEEDED);
  private Look last = new Look(new UUID(0, 0), false, "", NEVER, false, false, false);
  private long lookedAt = NEVER;
  private long gapAt = NEVER;
  private long number;
  private boolean asked;
  private boolean perhapsGranted;
  private long askAgainAt;
  private boolean told;
  private String evidence = "";

  /**
   * For a service that has just started.
   *
   * @param perhapsGranted a former life has asked the witness for this group, and nobody knows what
   *     became of it
   */
  public Arbitration(Times times, Arbiter arbiter, boolean perhapsGranted, long now) {
    this.times = times;
    this.arbiter = arbiter;
    this.perhapsGranted = perhapsGranted;
    this.startedAt = now;
  }

  /** The arbiter that the configuration in force names. */
  public void arbiter(Arbiter now) {
    arbiter = now;
  }

  /** The arbiter. */
  public Arbiter arbiter() {
    return arbiter;
  }

  /** Name of the other voter; empty if there is not just one. */
  public String peer() {
    return peer;
  }

  /** How far it has come. */
  public Phase phase() {
    return phase;
  }

  /** True if both are there, and no question to the witness is open, of this life or another. */
  public boolean rests() {
    return phase == Phase.TOGETHER && !asked && !perhapsGranted;
  }

  /** The sentence that explains it. */
  public Notice because() {
    return because;
  }

  /** The group in which arbitration is going on; null before the first look. */
  public @Nullable UUID group() {
    return group;
  }

  /** Looks, and says what is to be done. */
  public Step look(long now, Look look) {
    if (!look.group().equals(group)) {
      boolean first = group == null;
      group = look.group();
      enter(Phase.TOGETHER, Notice.of(ArbitrationNotice.NOT_NEEDED));
      told = false;
      asked = false;
      perhapsGranted &= first;
    }
    if (lookedAt != NEVER && now - lookedAt > times.suspect()) {
      gapAt = now;
    }
    lookedAt = now;
    last = look;
    peer = look.peer();
    if (phase == Phase.WON) {
      return succeed();
    }
    if (!look.pair()) {
      enter(Phase.TOGETHER, Notice.of(ArbitrationNotice.NOT_NEEDED));
      return REST;
    }
    if (look.heardAt() != NEVER && now - look.heardAt() < times.suspect()) {
      boolean weak = !arbiter.exclusive();
      enter(
          Phase.TOGETHER,
          Notice.of(
              weak ? ArbitrationNotice.TOGETHER_WEAK : ArbitrationNotice.TOGETHER, look.peer()));
      return settle(now, look);
    }
    if (look.agentHears()) {
      enter(Phase.SERVICE_SILENT, Notice.of(ArbitrationNotice.AGENT_HEARD, peer));
      return REST;
    }
    return alone(now, look);
  }

  /**
   * A witness that was asked may have given us the group though we never heard it. Then the other
   * server could never win it: so we ask until we know, and go on in a group of our own if we won.
   */
  private Step settle(long now, Look look) {
    return perhapsGranted && !asked && now >= askAgainAt
        ? ask(look, Situation.STANDBY_FRESH, false)
        : REST;
  }

  private Step alone(long now, Look look) {
    if (phase == Phase.LOST) {
      return REST;
    }
    Situation situation = situation(now, look);
    long due =
        switch (ArbitrationTable.decide(arbiter, situation)) {
          case AT_ONCE -> look.heardAt() + times.suspect();
          case AFTER_LEASE -> since(look) + times.afterLease();
          case AFTER_START_WAIT -> startedAt + Math.max(times.startWait(), times.afterLease());
          case WAITS -> {
            enter(Phase.BARRED, Notice.of(ArbitrationNotice.WAITS, peer));
            yield Long.MAX_VALUE;
          }
          case OPERATOR_ONLY -> {
            enter(
                Phase.BARRED,
                Notice.of(ArbitrationNotice.OPERATOR_ONLY, peer, arbiter.word(), situation));
            yield Long.MAX_VALUE;
          }
        };
    if (due == Long.MAX_VALUE) {
      return REST;
    }
    if (now < due) {
      long seconds = (due - now + SECOND - 1) / SECOND;
      enter(Phase.WAITING, Notice.of(ArbitrationNotice.WAITING, peer, arbiter.word(), seconds));
      return REST;
    }
    if (!look.inSync()) {
      enter(Phase.BARRED, Notice.of(ArbitrationNotice.NOT_NEWEST, peer));
      return REST;
    }
    if (asked || now < askAgainAt) {
      return REST;
    }
    if (phase != Phase.ASKING) {
      enter(Phase.ASKING, Notice.of(ArbitrationNotice.ASKING, peer, arbiter.word()));
    }
    perhapsGranted = arbiter == Arbiter.HTTP_WITNESS;
    return ask(look, situation, true);
  }

  private Step ask(Look look, Situation situation, boolean claim) {
    asked = true;
    number++;
    return new Step.Ask(number, look.group(), peer, situation, claim);
  }

  /** In what state we are. */
  private Situation situation(long now, Look look) {
    if (look.heardAt() == NEVER) {
      return Situation.COLD_START;
    }
    boolean gap = gapAt != NEVER && look.heardAt() <= gapAt;
    if (gap || now - look.heardAt() > times.fresh()) {
      return Situation.STALE;
    }
    return look.runs() ? Situation.RUNNING_OWNER : Situation.STANDBY_FRESH;
  }

  /** After a gap the other one's lease may count from as late as the end of the gap. */
  private long since(Look look) {
    long contact = look.heardAt() == NEVER ? startedAt : look.heardAt();
    return gapAt != NEVER && gapAt > contact ? gapAt : contact;
  }

  /** The arbiter's answer; one to an older question is of no use. */
  public Step answered(long now, long question, Answer answer, String saying) {
    if (question != number || !asked) {
      return REST;
    }
    asked = false;
    askAgainAt = now + SECOND;
    perhapsGranted &= answer == Answer.UNKNOWN;
    boolean alone = phase == Phase.ASKING;
    if (!alone && (answer != Answer.WON || !arbiter.exclusive() || phase == Phase.WON)) {
      return REST;
    }
    switch (answer) {
      case WON -> {
        evidence = arbiter.word() + ": " + saying;
        enter(Phase.WON, Notice.of(ArbitrationNotice.WON, peer, evidence));
      }
      case LOST -> enter(Phase.LOST, Notice.of(ArbitrationNotice.LOST, arbiter.word(), saying));
      case UNKNOWN ->
          enter(Phase.ASKING, Notice.of(ArbitrationNotice.UNDECIDED, arbiter.word(), saying));
    }
    return succeed();
  }

  /**
   * The operator says that the other server is off and this one goes on.
   *
   * @param saw the group and the version of the state that he saw
   * @param version of the state now
   * @return what became of it: {@link ArbitrationNotice#WORD_TAKEN} if it was taken
   */
  public Notice word(UUID saw, long sawVersion, long version, String by) {
    if (group == null || !saw.equals(group) || sawVersion != version) {
      return Notice.of(ArbitrationNotice.WORD_OUTDATED, String.valueOf(group), version);
    }
    if (!last.pair() || phase == Phase.WON) {
      return Notice.of(ArbitrationNotice.WORD_NOT_NEEDED);
    }
    if (phase == Phase.TOGETHER || phase == Phase.SERVICE_SILENT) {
      return Notice.of(ArbitrationNotice.WORD_PEER_THERE, peer);
    }
    evidence = "operator " + by;
    enter(Phase.WON, Notice.of(ArbitrationNotice.WON, peer, evidence));
    return Notice.of(ArbitrationNotice.WORD_TAKEN, by, peer);
  }

  /** What {@link #word} has set going, given once. */
  public Step succession() {
    return succeed();
  }

  private Step succeed() {
    if (phase != Phase.WON || told || group == null) {
      return REST;
    }
    told = true;
    return new Step.Succeed(group, evidence);
  }

  private void enter(Phase next, Notice why) {
    phase = next;
    because = why;
  }
}
