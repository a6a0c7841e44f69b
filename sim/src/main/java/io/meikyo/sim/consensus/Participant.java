// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.sim.Prng;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One life of one member in one group, by the rules of Raft: terms, votes, a log that only grows
 * where a majority has it, voters that change one at a time. A leader never steps down for want of
 * answers: it goes on believing until it hears of a newer term.
 */
final class Participant {
  private static final int ENTRIES_A_MESSAGE = 16;
  private static final long FIRST_ELECTION_MIN = 40_000_000L;
  private static final long FIRST_ELECTION_MAX = 80_000_000L;

  private static final String UNDER_WAY = "another change is under way";
  private static final String NO_PROGRESS = "the one to be added makes no progress";

  /** What a participant needs and does not do itself. */
  interface Around {
    void send(String to, Message message);

    void after(long nanos, Runnable task);

    long now();

    /** The log is committed up to here. */
    void committed(long index);

    /** A leader gave a state in place of log entries; it is on the disk. */
    void installed();

    /** It is now known who leads, or that this member does. */
    void leaderKnown();
  }

  private enum Role {
    FOLLOWER,
    CANDIDATE,
    LEADER
  }

  /** A member on its way to be a voter: it gets the log first. */
  private record Staging(Membership next, Consumer<@Nullable String> told, long until) {}

  private record Waiting(long index, Consumer<@Nullable String> told) {}

  private final String self;
  private final Files files;
  private final SimFaults faults;
  private final Prng prng;
  private final Around around;
  private final Set<Bug> bugs;
  private Role role = Role.FOLLOWER;
  private @Nullable String leader;
  private long commit;
  private long heardAt = Long.MIN_VALUE / 2;
  private boolean everHeard;
  private long timer;
  private final Set<String> votes = new HashSet<>();
  private final Map<String, Long> next = new HashMap<>();
  private final Map<String, Long> match = new HashMap<>();
  private @Nullable Staging staging;
  private @Nullable Waiting waiting;

  /** A member that is told the last words before it is left out. */
  private @Nullable Voter leaving;

  Participant(String self, Files files, SimFaults faults, Prng prng, Around around, Set<Bug> bugs) {
    this.self = self;
    this.files = files;
    this.faults = faults;
    this.prng = prng;
    this.around = around;
    this.bugs = bugs;
    this.commit = files.saved.at().index();
  }

  void start() {
    armElection();
  }

  boolean leads() {
    return role == Role.LEADER;
  }

  @Nullable String leader() {
    return leader;
  }

  long term() {
    return files.term;
  }

  // Elections.

  private void armElection() {
    long mine = ++timer;
    long wait =
        everHeard
            ? prng.between(faults.electionMin(), faults.electionMax())
            : prng.between(FIRST_ELECTION_MIN, FIRST_ELECTION_MAX);
    around.after(
        wait,
        () -> {
          if (mine == timer && role != Role.LEADER) {
            if (files.voters().has(self) && around.now() - heardAt >= faults.electionMin()) {
              everHeard = true;
              stand(true);
            }
            if (role != Role.LEADER) {
              armElection();
            }
          }
        });
  }

  private void stand(boolean trial) {
    votes.clear();
    votes.add(self);
    leader = null;
    role = trial ? Role.FOLLOWER : Role.CANDIDATE;
    if (!trial) {
      files.term++;
      files.votedFor = self;
    }
    for (Voter v : files.voters().voters()) {
      if (!v.id().equals(self)) {
        around.send(
            v.id(), new Message.Stand(trial ? files.term + 1 : files.term, files.last(), trial));
      }
    }
    counted(trial);
  }

  private void counted(boolean trial) {
    if (!isMajority(votes)) {
      return;
    }
    if (trial) {
      stand(false);
    } else if (role == Role.CANDIDATE) {
      lead();
    }
  }

  private boolean isMajority(Set<String> of) {
    List<Voter> voters = files.voters().voters();
    long yes = voters.stream().filter(v -> of.contains(v.id())).count();
    return yes * 2 > voters.size();
  }

  private void lead() {
    role = Role.LEADER;
    leader = self;
    next.clear();
    match.clear();
    append(null, null, files.voters());
    around.leaderKnown();
    beat(++timer);
  }

  private void beat(long mine) {
    if (mine != timer || role != Role.LEADER) {
      return;
    }
    if (staging != null && around.now() > staging.until) {
      staged(NO_PROGRESS);
    }
    replicate();
    around.after(faults.heartbeat(), () -> beat(mine));
  }

  private void follow(long term, @Nullable String of) {
    if (term > files.term) {
      files.term = term;
      files.votedFor = null;
    }
    if (role == Role.LEADER) {
      staged("the leader has changed");
      waiting = null;
    }
    leaving = null;
    boolean news = of != null && !of.equals(leader);
    role = Role.FOLLOWER;
    leader = of;
    armElection();
    if (news) {
      around.leaderKnown();
    }
  }

  void hear(String from, Message message) {
    switch (message) {
      case Message.Stand m -> asked(from, m);
      case Message.Vote m -> voted(from, m);
      case Message.Append m -> appended(from, m);
      case Message.Appended m -> confirmed(from, m);
      case Message.Install m -> install(from, m);
      case Message.TakeLead m -> {
        if (m.term() == files.term && files.voters().has(self) && role != Role.LEADER) {
          stand(false);
        }
      }
      default -> throw new IllegalArgumentException("not for the log: " + message);
    }
  }

  private void asked(String from, Message.Stand m) {
    boolean upToDate =
        m.last().term() > files.last().term()
            || (m.last().term() == files.last().term() && m.last().index() >= files.last().index());
    if (m.trial()) {
      boolean quiet = role != Role.LEADER && around.now() - heardAt >= faults.electionMin();
      around.send(
          from, new Message.Vote(m.term(), quiet && upToDate && m.term() > files.term, true));
      return;
    }
    if (m.term() > files.term) {
      follow(m.term(), null);
    }
    boolean give =
        m.term() == files.term
            && role == Role.FOLLOWER
            && upToDate
            && (files.votedFor == null || files.votedFor.equals(from));
    if (give) {
      files.votedFor = from;
    }
    around.send(from, new Message.Vote(files.term, give, false));
  }

  private void voted(String from, Message.Vote m) {
    if (!m.trial() && m.term() > files.term) {
      follow(m.term(), null);
      return;
    }
    boolean current =
        m.trial()
            ? m.term() == files.term + 1 && role == Role.FOLLOWER && leader == null
            : m.term() == files.term && role == Role.CANDIDATE;
    if (current && m.given()) {
      votes.add(from);
      counted(m.trial());
    }
  }

  // The log of the leader.

  /** Puts an entry into the log of this member, which leads. */
  LogPosition append(
      Entry.@Nullable Key key, byte @Nullable [] command, @Nullable Membership voters) {
    LogPosition at = new LogPosition(files.term, files.last().index() + 1);
    files.entries.add(new Entry(at, key, command, voters));
    match.put(self, at.index());
    replicate();
    count();
    return at;
  }

  /** True if the log already has a proposal behind what is committed. */
  boolean holds(Entry.Key key) {
    return files.entries.stream().anyMatch(e -> key.equals(e.key()));
  }

  private void replicate() {
    for (Voter v : files.voters().voters()) {
      send(v.id());
    }
    if (staging != null) {
      for (Voter v : staging.next.voters()) {
        if (!files.voters().has(v.id())) {
          send(v.id());
        }
      }
    }
    if (leaving != null) {
      send(leaving.id());
    }
  }

  private void send(String to) {
    if (to.equals(self)) {
      return;
    }
    long from = next.computeIfAbsent(to, t -> files.last().index() + 1);
    long before = from - 1;
    if (before < files.saved.at().index()) {
      around.send(to, new Message.Install(files.term, files.saved));
      return;
    }
    long term = files.term(before);
    List<Entry> some =
        files.entries.stream()
            .filter(e -> e.at().index() >= from)
            .limit(ENTRIES_A_MESSAGE)
            .toList();
    around.send(to, new Message.Append(files.term, new LogPosition(term, before), some, commit));
  }

  private void confirmed(String from, Message.Appended m) {
    if (m.term() > files.term) {
      follow(m.term(), null);
      return;
    }
    if (role != Role.LEADER || m.term() != files.term || !isServed(from)) {
      return;
    }
    if (!m.ok()) {
      long back = Math.max(0, Math.min(m.have() + 1, files.last().index() + 1));
      Long before = next.put(from, back);
      if (before == null || before != back) {
        send(from);
      }
      return;
    }
    long known = match.getOrDefault(from, -1L);
    if (m.have() > known) {
      match.put(from, m.have());
    }
    next.put(from, match.getOrDefault(from, -1L) + 1);
    if (staging != null && match.getOrDefault(from, -1L) >= commit) {
      Staging ready = staging;
      if (ready.next.has(from) && !files.voters().has(from)) {
        staging = null;
        change(ready.next, ready.told);
      }
    }
    count();
    if (m.have() > known && m.have() < files.last().index()) {
      send(from);
    }
  }

  private boolean isServed(String id) {
    return files.voters().has(id)
        || (staging != null && staging.next.has(id))
        || (leaving != null && leaving.id().equals(id));
  }

  private void count() {
    for (long i = files.last().index(); i > commit; i--) {
      long index = i;
      if (files.term(index) != files.term && !bugs.contains(Bug.TOLD_TOO_EARLY)) {
        return;
      }
      Set<String> have = new HashSet<>();
      match.forEach((id, upTo) -> {
        if (upTo >= index) {
          have.add(id);
        }
      });
      if (isMajority(have) || bugs.contains(Bug.TOLD_TOO_EARLY)) {
        commitTo(index);
        return;
      }
    }
  }

  private void commitTo(long index) {
    if (index <= commit) {
      return;
    }
    commit = index;
    around.committed(commit);
    Waiting w = waiting;
    if (w != null && commit >= w.index) {
      waiting = null;
      w.told.accept(null);
      replicate();
      leaving = null;
      if (role == Role.LEADER && !files.voters().has(self)) {
        follow(files.term, null);
      }
    }
  }

  // The log of a follower.

  private boolean isLeaders(String from, long term) {
    if (term < files.term) {
      around.send(from, new Message.Appended(files.term, false, -1));
      return false;
    }
    if (term > files.term || role != Role.FOLLOWER || !from.equals(leader)) {
      follow(term, from);
    }
    heardAt = around.now();
    everHeard = true;
    armElection();
    return true;
  }

  private void appended(String from, Message.Append m) {
    if (!isLeaders(from, m.term())) {
      return;
    }
    long before = m.before().index();
    boolean known = before < files.saved.at().index();
    if (!known && before >= 0 && files.term(before) != m.before().term()) {
      around.send(
          from,
          new Message.Appended(files.term, false, Math.min(before - 1, files.last().index())));
      return;
    }
    long have = before;
    for (Entry e : m.entries()) {
      long index = e.at().index();
      have = index;
      if (index <= files.saved.at().index() || files.term(index) == e.at().term()) {
        continue;
      }
      files.truncate(index);
      files.entries.add(e);
    }
    around.send(from, new Message.Appended(files.term, true, have));
    commitTo(Math.min(m.commit(), have));
  }

  private void install(String from, Message.Install m) {
    if (!isLeaders(from, m.term())) {
      return;
    }
    long upTo = m.saved().at().index();
    if (upTo > commit) {
      files.entries.clear();
      files.saved = m.saved();
      commit = upTo;
      around.installed();
    }
    around.send(from, new Message.Appended(files.term, true, upTo));
  }

  // Changes of the voters.

  /**
   * Changes the voters; this member leads.
   *
   * @param told null when it is in force, else why it is in no log
   */
  void reconfigure(Membership expected, Membership wanted, Consumer<@Nullable String> told) {
    if (!files.voters().equals(expected) && !bugs.contains(Bug.EXPECTED_IGNORED)) {
      told.accept("the voters are others: " + files.voters());
      return;
    }
    if (staging != null || waiting != null || files.votersAt() > commit) {
      told.accept(UNDER_WAY);
      return;
    }
    boolean grows = wanted.voters().stream().anyMatch(v -> !files.voters().has(v.id()));
    if (grows) {
      staging = new Staging(wanted, told, around.now() + 3 * faults.electionMax());
      replicate();
    } else {
      change(wanted, told);
    }
  }

  /** True if a change that was refused for this may be in force a little later. */
  static boolean mayBeTriedAgain(@Nullable String why) {
    return UNDER_WAY.equals(why) || NO_PROGRESS.equals(why);
  }

  private void change(Membership wanted, Consumer<@Nullable String> told) {
    leaving =
        files.voters().voters().stream()
            .filter(v -> !wanted.has(v.id()) && !v.id().equals(self))
            .findFirst()
            .orElse(null);
    waiting = new Waiting(files.last().index() + 1, told);
    append(null, null, wanted);
  }

  private void staged(String why) {
    Staging s = staging;
    staging = null;
    if (s != null) {
      s.told.accept(why);
    }
  }

  void moveLeader(String to) {
    if (role == Role.LEADER
        && files.voters().has(to)
        && match.getOrDefault(to, -1L) == files.last().index()) {
      around.send(to, new Message.TakeLead(files.term));
    }
  }

  /** Nothing is sent any more. */
  void stop() {
    timer++;
    role = Role.FOLLOWER;
  }
}
