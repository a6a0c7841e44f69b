// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.Bench.Node;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a standby was given and a third replica perhaps not is remembered until the active says that
 * no member lacks anything, whatever the standby goes through meanwhile (law 8).
 */
class SuspectsTest {

  /** What happens to the standby between the write and its meeting the active again. */
  enum Between {
    NOTHING,
    AGENT_DIES,
    IS_CLOSED_IN_GOOD_ORDER,
    AGENT_DIES_AND_IS_CLOSED
  }

  private final Bench b = Bench.inSync(3);
  private final Node active = b.node(0);
  private final Node standby = b.node(1);
  private final Node third = b.node(2);

  /**
   * A write reaches the active and one standby, the third replica is not there; it is not answered.
   */
  private void writeReachesTwo() {
    // All get the same stamp, so that the two standbys know each other's.
    active.write(60, 1);
    b.run(11_000);
    b.cut(0, 2, true);
    b.cut(1, 2, true);
    long w = active.write(5, 11);
    b.run(5);
    assertThat(active.ok(w)).isFalse();
    assertThat(standby.disk[5]).isEqualTo(11);
    assertThat(third.disk[5]).isZero();
    active.kill();
  }

  private void happens(Between what) {
    if (what == Between.AGENT_DIES || what == Between.AGENT_DIES_AND_IS_CLOSED) {
      standby.kill();
      standby.start();
      b.run(5);
    }
    if (what == Between.IS_CLOSED_IN_GOOD_ORDER || what == Between.AGENT_DIES_AND_IS_CLOSED) {
      long d = standby.command(Event.Detach::new);
      b.run(5);
      assertThat(standby.done(d)).isTrue();
      standby.kill();
      standby.start();
      b.run(5);
    }
  }

  /** The active comes back, reconciles the standby wholly and the third replica not, and dies. */
  private void onlyTheStandbyIsReconciled() {
    b.nodes.forEach(n -> n.log_.clear());
    active.start();
    b.run(10);
    active.command(c -> new Event.Activate(c, false));
    b.run(200);
    assertThat(told(active, Say.PEER_RECOVERED, 1)).isTrue();
    active.command(c -> new Event.SetRecoveryRate(c, 1));
    b.cut(0, 2, false);
    b.run(200);
    assertThat(told(third, Say.FOLLOWS)).isTrue();
    assertThat(told(active, Say.PEER_RECOVERED, 2)).isFalse();
    assertThat(b.record.inSyncMask()).isEqualTo(0b111);
    active.kill();
    b.cut(1, 2, false);
  }

  private static boolean told(Node n, Say say, Object... args) {
    return n.log_.stream()
        .anyMatch(e ->
            e instanceof Effect.Tell t
                && t.say() == say
                && Stream.of(args).allMatch(t.args()::contains));
  }

  private void takesOver(Node next, Node other) {
    b.run(10);
    long a = next.command(c -> new Event.Activate(c, false));
    b.run(20_000);
    assertThat(next.done(a)).isTrue();
    assertThat(b.record.active()).isEqualTo(next.id);
    assertThat(b.record.inSync(other.id)).isTrue();
    assertThat(other.disk).isEqualTo(next.disk);
  }

  @ParameterizedTest
  @EnumSource(Between.class)
  void theStandbyThatHasTheWriteTakesOver(Between what) {
    writeReachesTwo();
    happens(what);
    onlyTheStandbyIsReconciled();
    takesOver(standby, third);
    assertThat(third.disk[5]).isEqualTo(11);
  }

  @ParameterizedTest
  @EnumSource(Between.class)
  void theThirdTakesOver(Between what) {
    writeReachesTwo();
    happens(what);
    onlyTheStandbyIsReconciled();
    takesOver(third, standby);
  }

  @ParameterizedTest
  @EnumSource(Between.class)
  void theStandbysAgentDiesOnceMore(Between what) {
    writeReachesTwo();
    happens(what);
    onlyTheStandbyIsReconciled();
    standby.kill();
    standby.start();
    takesOver(standby, third);
    assertThat(third.disk[5]).isEqualTo(11);
  }

  @ParameterizedTest
  @EnumSource(Between.class)
  void theActiveNeverComesBackAndTheThirdTakesOver(Between what) {
    writeReachesTwo();
    happens(what);
    b.cut(1, 2, false);
    takesOver(third, standby);
  }

  @ParameterizedTest
  @EnumSource(Between.class)
  void theActiveNeverComesBackAndTheStandbyTakesOver(Between what) {
    writeReachesTwo();
    happens(what);
    b.cut(1, 2, false);
    takesOver(standby, third);
  }

  /** The write reached nobody but the active: the repair tells the standby of it. */
  @Test
  void whatWasRepairedIsSuspectUntilAllHaveIt() {
    b.cut(0, 1, true);
    b.cut(0, 2, true);
    b.cut(1, 2, true);
    active.write(5, 11);
    b.run(5);
    active.kill();
    b.cut(0, 1, false);
    onlyTheStandbyIsReconciled();
    takesOver(standby, third);
    assertThat(third.disk[5]).isEqualTo(11);
  }

  /** The price is paid only while somebody may differ: a mere restart of an agent costs no copy. */
  @Test
  void aRestartedStandbyThatWentOnTakesTheRoleWithoutACompare() {
    active.write(5, 11);
    b.run(10);
    b.nodes.forEach(n -> n.log_.clear());
    standby.kill();
    standby.start();
    b.run(1000);
    assertThat(b.record.inSyncMask()).isEqualTo(0b111);
    long d = active.command(Event.Deactivate::new);
    b.run(100);
    assertThat(active.done(d)).isTrue();
    long a = standby.command(c -> new Event.Activate(c, false));
    b.run(500);
    assertThat(standby.done(a)).isTrue();
    assertThat(b.record.inSyncMask()).isEqualTo(0b111);
    assertThat(told(standby, Say.MET, ReconnectRow.STILL_IN_SYNC, 0)).isTrue();
    assertThat(told(standby, Say.MET, ReconnectRow.STILL_IN_SYNC, 2)).isTrue();
  }
}
