// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agents that stop for a while and come back as if nothing had been (law 2). */
@Timeout(180)
class PauseTest extends WithPair {

  @Test
  void anActiveThatWasSucceededAcknowledgesNothingMore() throws Exception {
    ledger.start();
    ledger.more(200, 30, "before the pause");
    one.agent().pause();
    two.until(30, "activate");
    // These stay with the old one, whose requests are under way; new writers go to the new one.
    ledger.finish();
    long before = ledger.acknowledged();
    ledger.check(two.nbd);
    ledger.moveTo(two.nbd);
    try (Ledger.Stray stray = new Ledger.Stray(one.nbd)) {
      one.agent().resume();
      one.await(30, "role", "STANDBY");
      assertThat(stray.acknowledged()).as("the old one acknowledged a write").isZero();
    }
    assertThat(ledger.acknowledged()).isEqualTo(before);
    ledger.start();
    ledger.more(200, 30, "on the new one");
    pair.awaitInSync(two);
    settle(two);
  }

  @Test
  void aPausedStandbyIsLeftBehindAndRecovered() throws Exception {
    ledger.start();
    ledger.more(200, 30, "before the pause");
    two.agent().pause();
    ledger.more(200, 30, "while the standby sleeps");
    assertThat(ledger.longestStallMillis()).isLessThan(12_000);
    one.await(10, "inSync", "server1");
    two.agent().resume();
    pair.awaitInSync(one);
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void aShortPauseChangesNoRole() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before the pause");
    String epoch = one.fact("activeServer");
    one.agent().pause();
    Await.pause(700);
    one.agent().resume();
    ledger.more(100, 30, "after the pause");
    assertThat(one.fact("activeServer")).isEqualTo(epoch);
    settle(one);
    assertThat(ledger.refused()).isZero();
  }
}
