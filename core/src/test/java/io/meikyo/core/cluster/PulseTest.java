// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Leases by grants of a majority, and who is believed to be there. */
class PulseTest {
  private static final long MS = 1_000_000;
  private static final Pulse.Times TIMES =
      new Pulse.Times(200 * MS, 600 * MS, 1000 * MS, 300 * MS, 1000 * MS);
  private static final Set<String> THREE = Set.of("server1", "server2", "witness");

  private final Sample cluster = Sample.running();

  private Pulse member(String name, long now) {
    Pulse p = new Pulse(name, TIMES, Sample.GROUP, now);
    p.state(cluster.state, THREE, now);
    p.fresh();
    return p;
  }

  private static void talk(Pulse from, Pulse to, long sent, long arrives) {
    Heartbeat beat = from.beat(sent);
    if (beat != null) {
      from.answered(to.heard(beat, arrives), arrives);
    }
  }

  @Test
  void aLeaseNeedsAMajorityAndCountsFromTheSending() {
    Pulse one = member("server1", 0);
    Pulse witness = member("witness", 0);
    Heartbeat beat = one.beat(0);
    assertThat(one.leased(1)).isFalse();
    one.answered(witness.heard(beat, 400 * MS), 500 * MS);
    assertThat(one.leased(999 * MS)).isTrue();
    assertThat(one.leased(1000 * MS)).isFalse();
  }

  @Test
  void theOldLeaseIsOverBeforeAnybodySaysSo() {
    Pulse one = member("server1", 0);
    Pulse two = member("server2", 0);
    Pulse witness = member("witness", 0);
    talk(one, witness, 0, 100 * MS);
    Heartbeat of2 = two.beat(0);
    two.answered(witness.heard(of2, 10), 10);

    cluster.by(
        "server2",
        new Command.TakeOver("g", cluster.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    two.state(cluster.state, THREE, 200 * MS);
    witness.state(cluster.state, THREE, 200 * MS);
    boolean over = false;
    for (long t = 200 * MS; t < 3000 * MS && !over; t += 10 * MS) {
      Heartbeat w = witness.beat(t);
      if (w != null) {
        two.heard(w, t);
      }
      over = two.over("server1", 0, t);
      if (over) {
        // Granted at 100 ms by the witness: 1000 ms and 300 ms to stop, 2 percent, 20 ms.
        assertThat(t).isGreaterThan(100 * MS + 1346 * MS);
        assertThat(one.leased(t)).isFalse();
      }
    }
    assertThat(over).isTrue();
  }

  @Test
  void whenAVoidLeaseIsOverIsKnownBefore() {
    Pulse one = member("server1", 0);
    Pulse witness = member("witness", 0);
    talk(one, witness, 0, 100 * MS);
    cluster.by(
        "server2",
        new Command.TakeOver("g", cluster.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    witness.state(cluster.state, THREE, 200 * MS);
    long due = witness.overAt(200 * MS);
    assertThat(due).isEqualTo(100 * MS + 1346 * MS + 1);
    assertThat(witness.beat(due - 1).over()).doesNotContainKey("server1");
    assertThat(witness.overAt(due)).isGreaterThan(due);
  }

  @Test
  void aGrantForTheNewLeaseDoesNotHideTheOldOne() {
    Pulse witness = member("witness", 0);
    Pulse one = member("server1", 0);
    long late = 5000 * MS;
    talk(one, witness, late, late);
    cluster.by(
        "server2",
        new Command.TakeOver("g", cluster.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    witness.state(cluster.state, THREE, 200 * MS);
    one.state(cluster.state, THREE, 200 * MS);
    // The deposed server asks for its next lease at once, and gets it.
    talk(one, witness, late + 250 * MS, late + 250 * MS);
    Heartbeat soon = witness.beat(late + 300 * MS);
    assertThat(soon.over()).doesNotContainKey("server1");
    Heartbeat later = witness.beat(late + 1400 * MS);
    assertThat(later.over()).containsEntry("server1", 0L);
  }

  @Test
  void law2AMemberThatIsMadeAVoterCountsAVoidLeaseFromThen() {
    Pulse joiner = new Pulse("witness", TIMES, Sample.GROUP, 0);
    joiner.state(cluster.state, Set.of("server1", "server2"), 0);
    joiner.fresh();
    cluster.by(
        "server2",
        new Command.TakeOver("g", cluster.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    long made = 5000 * MS;
    joiner.state(cluster.state, THREE, made);
    // Those who voted before may have granted it until just now.
    assertThat(joiner.overAt(made)).isEqualTo(made + 1346 * MS + 1);
    assertThat(joiner.beat(made + 1346 * MS).over()).doesNotContainKey("server1");
    // The next state with the same voters changes nothing.
    joiner.state(cluster.state, THREE, made + 1000 * MS);
    assertThat(joiner.beat(made + 1346 * MS + 201 * MS).over()).containsEntry("server1", 0L);
  }

  @Test
  void aVoterThatWasStartedAgainGrantsNothingBeforeItIsUpToDate() {
    Pulse one = member("server1", 0);
    Pulse born = new Pulse("witness", TIMES, Sample.GROUP, 0);
    born.state(cluster.state, THREE, 0);
    assertThat(born.heard(one.beat(0), 0).granted()).isFalse();
    born.fresh();
    assertThat(born.heard(one.beat(300 * MS), 300 * MS).granted()).isTrue();
  }

  @Test
  void nobodyIsDownWhileSomebodyElseHearsHim() {
    Pulse two = member("server2", 0);
    Pulse one = member("server1", 0);
    Pulse witness = member("witness", 0);
    two.heard(one.beat(0), 0);
    long t = 900 * MS;
    witness.heard(one.beat(t), t);
    two.heard(witness.beat(t), t);
    assertThat(two.health("server1", t)).isEqualTo(Health.CUT_OFF);
    long much = 3000 * MS;
    two.heard(witness.beat(much), much);
    assertThat(two.health("server1", much)).isEqualTo(Health.DOWN);
    two.agent(agent(much, -1), much);
    assertThat(two.health("server1", much)).isEqualTo(Health.SERVICE_SILENT);
  }

  @Test
  void grantsOfAnotherConsensusGroupAreNone() {
    Pulse one = member("server1", 0);
    Pulse witness = member("witness", 0);
    Heartbeat beat = one.beat(0);
    Heartbeat.Answer yes = witness.heard(beat, 0);
    Heartbeat.Answer foreign =
        new Heartbeat.Answer(yes.from(), new java.util.UUID(0, 9), yes.number(), true);
    one.answered(foreign, 1);
    assertThat(one.leased(2)).isFalse();
    one.answered(yes, 3);
    assertThat(one.leased(4)).isTrue();
  }

  private static NodeEvent.Agent agent(long askedAt, long promisedAgo) {
    return new NodeEvent.Agent(askedAt, true, promisedAgo, Set.of("server1"), Map.of());
  }

  @Test
  void ruleR5WhomOurAgentPromisedMayActForAsLongAsThatIsBelieved() {
    Pulse two = member("server2", 0);
    long over = TIMES.agentOver();
    // Nobody was asked yet; then a promise holds; then it has just ended, however young the news.
    assertThat(two.agentOver("server1", 0, 60_000 * MS)).isFalse();
    two.agent(agent(60_000 * MS, -1), 60_000 * MS);
    assertThat(two.agentOver("server1", 0, 60_001 * MS)).isFalse();
    two.agent(agent(60_000 * MS, over), 60_000 * MS);
    assertThat(two.agentOver("server1", 0, 60_000 * MS)).isFalse();
    two.agent(agent(60_000 * MS, over + 1), 60_000 * MS);
    assertThat(two.agentOver("server1", 0, 60_000 * MS)).isTrue();
  }

  @Test
  void whoMayGoByLongerTimesOfTheConfigurationInForceIsWaitedFor() {
    Pulse two = member("server2", 0);
    long over = TIMES.agentOver();
    Pulse.Times longer = new Pulse.Times(200 * MS, 600 * MS, 1000 * MS, 300 * MS, 1500 * MS);
    assertThat(TIMES.agree(longer)).isFalse();
    two.agent(agent(60_000 * MS, over + 1), 60_000 * MS);
    two.waits(longer);
    assertThat(two.agentOver("server1", 0, 60_000 * MS)).isFalse();
    two.agent(agent(60_000 * MS, longer.agentOver() + 1), 60_000 * MS);
    assertThat(two.agentOver("server1", 0, 60_000 * MS)).isTrue();
    // Shorter ones in force make nobody act sooner who goes by his own.
    two.waits(new Pulse.Times(200 * MS, 600 * MS, 500 * MS, 100 * MS, 100 * MS));
    two.agent(agent(60_000 * MS, over), 60_000 * MS);
    assertThat(two.agentOver("server1", 0, 60_000 * MS)).isFalse();
  }

  @Test
  void ruleR5WhatWasAskedLongAgoSaysNothingOfPromisesGivenSince() {
    Pulse two = member("server2", 0);
    long over = TIMES.agentOver();
    // The answer was under way for a while: the promise may be as young as the answer is.
    two.agent(agent(60_000 * MS, over + 1), 60_002 * MS);
    assertThat(two.agentOver("server1", 0, 60_002 * MS)).isFalse();
    two.agent(agent(60_000 * MS, over + 3 * MS), 60_002 * MS);
    assertThat(two.agentOver("server1", 0, 60_002 * MS)).isTrue();
    assertThat(two.agentOver("server1", 0, 60_999 * MS)).isTrue();
    assertThat(two.agentOver("server1", 0, 61_000 * MS)).isFalse();
    two.agent(agent(62_000 * MS, over + 3 * MS), 62_002 * MS);
    two.agent(NodeEvent.Agent.silent(62_100 * MS), 62_100 * MS);
    assertThat(two.agentOver("server1", 0, 62_100 * MS)).isFalse();
  }

  @Test
  void ruleR5WhoKnowsThatItIsDeposedHasItsTimeToStopWhateverTheAgentsDo() {
    Pulse two = member("server2", 0);
    two.agent(agent(29_999 * MS, -1), 29_999 * MS);
    assertThat(two.agentOver("server1", 0, 30_000 * MS)).isFalse();
    Pulse one = member("server1", 0);
    cluster.by(
        "server2",
        new Command.TakeOver("g", cluster.g().epoch(), "server1", 0, Reason.SERVER_DOWN));
    one.state(cluster.state, THREE, 200 * MS);
    two.heard(one.beat(21_000 * MS), 21_000 * MS);
    assertThat(two.agentOver("server1", 0, 30_000 * MS)).isTrue();
  }
}
