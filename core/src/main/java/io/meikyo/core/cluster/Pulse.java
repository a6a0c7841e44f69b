// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Timing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Signs of life among the members, and the leases that go with them (control plane research, quorum
 * grants): a server holds a lease while a majority of the voters has granted it, each for {@link
 * Times#lease} from the moment that the question was <em>sent</em>. A voter that has applied the
 * deposition of a server grants it nothing more, and says when its last grant has surely run out.
 * The new owner of a group starts nothing before a majority has said so: the two majorities share a
 * voter, so the old lease is over.
 *
 * <p>A voter that was started again does not know what it granted: it grants nothing before a
 * command of its own was applied ({@link #fresh}), and counts from its start; one that was made a
 * voter since then counts from there.
 *
 * <p>Pure; times in ns of a clock that goes on while the machine sleeps. Protects what epochs
 * cannot stop: two applications, two floating IPs. Data is fenced by epochs (law 2).
 */
public final class Pulse {
  /**
   * Times, ns.
   *
   * @param beat interval of heartbeats
   * @param suspect nothing heard for so long: the member is suspected
   * @param lease how long a grant lasts
   * @param fence how long a server may take to stop what its lease allowed
   * @param view how long a server believes what its mirror agent has said
   */
  public record Times(long beat, long suspect, long lease, long fence, long view) {
    /** Those of a configuration. */
    public static Times of(Timing t, SelfFencing f) {
      return new Times(
          t.heartbeat(), t.suspect(), t.leaseTtl(), SelfFence.budget(f), t.agentView());
    }

    /**
     * True if whoever goes by one of both may be waited for by one that goes by the other. Else two
     * could act at once: such times may change only while nothing runs.
     */
    public boolean agree(Times other) {
      return lease == other.lease && fence == other.fence && view == other.view;
    }

    /** The longer ones of both. */
    Times longer(Times other) {
      return new Times(
          beat,
          suspect,
          Math.max(lease, other.lease),
          Math.max(fence, other.fence),
          Math.max(view, other.view));
    }

    /** Clocks may differ in rate by 2 percent, and timers be late by 20 ms. */
    long over() {
      return (lease + fence) / 50 * 51 + 20_000_000L;
    }

    /**
     * The same for a server that acts because a mirror agent follows its own, from where that one's
     * promise has ended: only the age of what it knows is left, and its time to stop.
     */
    long agentOver() {
      return (view + fence) / 50 * 51 + 20_000_000L;
    }
  }

  private static final int OPEN_MAX = 64;

  private record Granted(long leaseEpoch, long at) {}

  private final String self;
  private final Times times;

  /** What others may go by: ours, or longer ones of the configuration in force. */
  private Times waits;

  private final long startedAt;
  private Set<String> voters = Set.of();

  /**
   * Since when we vote, as far as this life knows; what others granted before that is not known.
   */
  private long votesSince;

  private ClusterState state;
  private boolean fresh;

  private long number;
  private long beatAt;
  private final LinkedHashMap<Long, Long> sent = new LinkedHashMap<>();
  private final Map<String, Long> grantedUntil = new HashMap<>();
  private long leaseEpoch = -1;
  private long carriedUntil;

  private final Map<String, Granted> granted = new HashMap<>();

  /** Per server, when a lease epoch before its present one was granted last. */
  private final Map<String, Long> grantedBefore = new HashMap<>();

  private final Map<String, Long> heardAt = new HashMap<>();
  private final Map<String, Heartbeat> last = new HashMap<>();
  private Set<String> hearsAgent = Set.of();

  /** When our mirror agent was asked last, and when its last promise ended; unknown: see there. */
  private long agentAskedAt = Long.MIN_VALUE / 2;

  private long promisedUntil;

  /** Per server, since when it has asked for a lease of this epoch. */
  private final Map<String, TreeMap<Long, Long>> asksSince = new HashMap<>();

  private boolean agentRuns;

  /** A member that has just started. */
  public Pulse(String self, Times times, UUID group, long now) {
    this.self = self;
    this.times = times;
    this.waits = times;
    this.startedAt = now;
    this.votesSince = now;
    this.beatAt = now;
    this.carriedUntil = now - 1;
    this.state = ClusterState.empty(group);
  }

  // ---- what is known

  /** Takes the newest applied state, and who votes. */
  public void state(ClusterState applied, Set<String> whoVotes, long now) {
    if (!applied.group().equals(state.group())) {
      // Grants of another group are none: questions under way are forgotten with it.
      sent.clear();
      grantedUntil.clear();
      last.clear();
      asksSince.clear();
      fresh = false;
      carriedUntil = startedAt - 1;
    }
    state = applied;
    if (whoVotes.contains(self) && !voters.contains(self)) {
      votesSince = now;
    }
    boolean joined = voters.equals(Set.of(self)) && whoVotes.size() == 2 && whoVotes.contains(self);
    if (joined) {
      // Who votes alone and takes in a second one keeps its lease for its time: without our word
      // the other one can take nothing over, and by arbitration only after this lease.
      carriedUntil = leaseUntil();
    } else if (!voters.equals(whoVotes)) {
      carriedUntil = startedAt - 1;
    }
    voters = Set.copyOf(whoVotes);
    ServerState me = state.server(self);
    long epoch = me == null ? -1 : me.leaseEpoch();
    if (epoch != leaseEpoch) {
      leaseEpoch = epoch;
      sent.clear();
      grantedUntil.clear();
      carriedUntil = startedAt - 1;
    }
  }

  /** The times of the configuration in force: those who go by them are waited for as well. */
  public void waits(Times inForce) {
    waits = times.longer(inForce);
  }

  /** A command of this life of ours was applied: what we know is not of a former life. */
  public void fresh() {
    fresh = true;
  }

  /** True if {@link #fresh()} was told. */
  public boolean isFresh() {
    return fresh;
  }

  /**
   * What our own mirror agent says: whether it runs, whom it hears, and when the last promise of
   * one of its replicas to an active elsewhere has ended.
   */
  public void agent(NodeEvent.Agent said, long now) {
    agentRuns = said.runs();
    hearsAgent = said.hears();
    if (said.runs()) {
      agentAskedAt = said.askedAt();
      promisedUntil = now - said.promisedAgo();
    } else {
      agentAskedAt = Long.MIN_VALUE / 2;
    }
  }

  // ---- messages

  /** When {@link #beat} has something to do, ns. */
  public long deadline() {
    return beatAt;
  }

  /** The heartbeat to send to every other member, if it is time. */
  public @Nullable Heartbeat beat(long now) {
    if (now < beatAt) {
      return null;
    }
    beatAt = now + times.beat();
    number++;
    sent.put(number, now);
    if (sent.size() > OPEN_MAX) {
      sent.pollFirstEntry();
    }
    if (voters.contains(self) && grants(self, leaseEpoch, now)) {
      lasts(self, now);
    }
    return new Heartbeat(
        self,
        state.group(),
        number,
        leaseEpoch,
        heard(now),
        hearsAgent,
        over(now),
        state.version(),
        agentRuns);
  }

  /** A heartbeat came: the answer to it. */
  public Heartbeat.Answer heard(Heartbeat h, long now) {
    heardAt.put(h.from(), now);
    boolean ours = h.group().equals(state.group());
    if (ours) {
      last.put(h.from(), h);
      asksSince.computeIfAbsent(h.from(), n -> new TreeMap<>()).putIfAbsent(h.leaseEpoch(), now);
    }
    boolean yes = ours && voters.contains(self) && grants(h.from(), h.leaseEpoch(), now);
    return new Heartbeat.Answer(self, state.group(), h.number(), yes);
  }

  /** An answer came. */
  public void answered(Heartbeat.Answer a, long now) {
    heardAt.put(a.from(), now);
    Long asked = sent.get(a.number());
    if (asked != null && a.granted() && a.group().equals(state.group())) {
      lasts(a.from(), asked);
    }
  }

  private void lasts(String voter, long from) {
    grantedUntil.merge(voter, from + times.lease(), Math::max);
  }

  private boolean grants(String server, long epoch, long now) {
    ServerState known = state.server(server);
    if (!fresh || known == null || epoch != known.leaseEpoch()) {
      return false;
    }
    Granted former = granted.put(server, new Granted(epoch, now));
    if (former != null && former.leaseEpoch() != epoch) {
      grantedBefore.put(server, former.at());
    }
    return true;
  }

  /** Per server, the last lease epoch of which nothing granted here can still be believed. */
  private SortedMap<String, Long> over(long now) {
    SortedMap<String, Long> gone = new TreeMap<>();
    if (!fresh) {
      return gone;
    }
    for (ServerState s : state.servers().values()) {
      if (s.leaseEpoch() > 0 && now - grantedLast(s) > waits.over()) {
        gone.put(s.name(), s.leaseEpoch() - 1);
      }
    }
    return gone;
  }

  /**
   * When a lease of a server that is void now may have been granted last, by us or by those in
   * whose stead we vote: the majority that says that it is over may be of voters who never granted
   * it.
   */
  private long grantedLast(ServerState s) {
    Granted g = granted.get(s.name());
    long ours =
        g != null && g.leaseEpoch() < s.leaseEpoch()
            ? g.at()
            : grantedBefore.getOrDefault(s.name(), startedAt);
    return Math.max(ours, votesSince);
  }

  /** When the next of the leases that are void now is over as far as we granted it, ns. */
  public long overAt(long now) {
    long next = Long.MAX_VALUE;
    for (ServerState s : state.servers().values()) {
      long at = grantedLast(s) + waits.over() + 1;
      if (s.leaseEpoch() > 0 && at > now) {
        next = Math.min(next, at);
      }
    }
    return next;
  }

  // ---- leases

  /** Until when we hold the lease, ns; a time that is past if we hold none. */
  public long leaseUntil() {
    List<Long> until = new ArrayList<>();
    for (String voter : voters) {
      Long t = grantedUntil.get(voter);
      if (t != null) {
        until.add(t);
      }
    }
    int majority = voters.size() / 2 + 1;
    if (voters.isEmpty() || until.size() < majority) {
      return carriedUntil;
    }
    until.sort(null);
    return Math.max(carriedUntil, until.get(until.size() - majority));
  }

  /** True if we hold the lease. */
  public boolean leased(long now) {
    return now < leaseUntil();
  }

  /** True if a majority says that this lease of a server, and all before it, are over. */
  public boolean over(String server, long epoch, long now) {
    Invariant.check(epoch >= 0, "a lease epoch");
    int agree = 0;
    for (String voter : voters) {
      SortedMap<String, Long> said;
      if (voter.equals(self)) {
        said = over(now);
      } else {
        Heartbeat h = last.get(voter);
        said = h == null ? new TreeMap<>() : h.over();
      }
      if (said.getOrDefault(server, -1L) >= epoch) {
        agree++;
      }
    }
    return agree > voters.size() / 2;
  }

  /**
   * True if a server that acted because our mirror agent followed its own has stopped by now (rule
   * R5): that needs no lease, and ends only when our agent has promised it nothing for so long, or
   * when it has learned that it is deposed. An agent that does not answer may still promise.
   *
   * @param epoch its last lease that is void now
   */
  public boolean agentOver(String server, long epoch, long now) {
    var knows = asksSince.getOrDefault(server, new TreeMap<>()).higherEntry(epoch);
    // From where it asks for a later lease it knows of all this, whatever the agents do.
    if (knows != null && now - knows.getValue() > waits.agentOver()) {
      return true;
    }
    boolean known = now - agentAskedAt < times.view();
    return known && agentAskedAt - promisedUntil > waits.agentOver();
  }

  // ---- who is there

  /** When each member was heard last, ns. */
  public Map<String, Long> heardAt() {
    return Map.copyOf(heardAt);
  }

  /** Members heard within the time of suspicion. */
  public Set<String> heard(long now) {
    Set<String> there = new TreeSet<>();
    heardAt.forEach((name, at) -> {
      if (now - at < times.suspect()) {
        there.add(name);
      }
    });
    return there;
  }

  /** What is believed of a member. Ourselves: up. */
  public Health health(String member, long now) {
    if (member.equals(self)) {
      return Health.UP;
    }
    ServerState known = state.server(member);
    Long at = heardAt.get(member);
    if (at != null && now - at < times.suspect()) {
      return Health.UP;
    }
    if (known != null && known.left()) {
      return Health.LEFT;
    }
    if (now - startedAt < times.suspect()) {
      return Health.UNKNOWN;
    }
    return at == null ? Health.NEVER_SEEN : elsewhere(member, now);
  }

  /** Nobody is called down as long as somebody whom we hear still hears him. */
  private Health elsewhere(String member, long now) {
    if (hearsAgent.contains(member)) {
      return Health.SERVICE_SILENT;
    }
    for (String other : heard(now)) {
      Heartbeat h = last.get(other);
      if (h != null && (h.hears().contains(member) || h.hearsAgent().contains(member))) {
        return Health.CUT_OFF;
      }
    }
    return Health.DOWN;
  }

  /** True if nothing was heard of any other member within the time of suspicion. */
  public boolean alone(long now) {
    return heard(now).isEmpty() && now - startedAt >= times.suspect();
  }

  /** The last heartbeat of a member; null if there was none in this group. */
  public @Nullable Heartbeat last(String member) {
    return last.get(member);
  }
}
