// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** kill -9 of real agents under load: what was acknowledged is there (law 1). */
@Timeout(180)
class KillTest extends WithPair {
  @Test
  void theActiveIsKilledAndTheStandbyTakesOver() throws Exception {
    ledger.start();
    ledger.more(300, 30, "before the kill");
    one.agent().kill();
    ledger.moveTo(two.nbd);
    two.until(30, "activate");
    ledger.more(300, 30, "on the other server");
    one.start();
    pair.awaitInSync(two);
    ledger.more(100, 30, "in sync again");
    settle(two);
  }

  @Test
  void theStandbyIsKilledAndWritesGoOn() throws Exception {
    ledger.start();
    ledger.more(300, 30, "before the kill");
    two.agent().kill();
    ledger.more(300, 30, "alone");
    assertThat(ledger.longestStallMillis()).as("the writers' longest wait, ms").isLessThan(8000);
    assertThat(ledger.refused()).isZero();
    assertThat(one.fact("inSync")).isEqualTo("server1");
    two.start();
    pair.awaitInSync(one);
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void bothAreKilledAtOnce() throws Exception {
    ledger.start();
    ledger.more(300, 30, "before the kill");
    one.agent().killNow();
    two.agent().killNow();
    one.agent().exit();
    two.agent().exit();
    one.startNow();
    two.startNow();
    ledger.more(300, 60, "after the restart");
    settle(one);
  }

  @Test
  void theActiveIsRestartedAndTakesItsRoleUpAgain() throws Exception {
    ledger.start();
    ledger.more(300, 30, "before the kill");
    for (int i = 0; i < 3; i++) {
      one.agent().kill();
      one.startNow();
      ledger.more(200, 60, "after restart " + i);
    }
    settle(one);
  }

  @Test
  void theTargetOfARecoveryIsKilledInItsMiddle() throws Exception {
    recoveryInTheMiddle();
    two.agent().kill();
    two.start();
    two.await(30, "condition", "INCONSISTENT");
    assertThat(two.ask("activate").status()).as("a half recovered one leads").isEqualTo(1);
    ledger.more(100, 30, "after the kill of the target");
    one.must("recover", "rate=0");
    pair.awaitInSync(one);
    settle(one);
  }

  @Test
  void theSourceOfARecoveryIsKilledInItsMiddle() throws Exception {
    recoveryInTheMiddle();
    one.agent().kill();
    assertThat(two.ask("activate", "wait=10").status())
        .as("a half recovered one leads")
        .isEqualTo(1);
    one.startNow();
    ledger.more(100, 60, "after the kill of the source");
    pair.awaitInSync(one);
    settle(one);
  }

  /** The standby has missed writes and is being recovered, slowly, under load. */
  private void recoveryInTheMiddle() throws Exception {
    one.must("recover", "rate=10");
    ledger.start();
    ledger.more(100, 30, "before the recovery");
    two.agent().kill();
    ledger.more(500, 30, "alone");
    two.startNow();
    two.await(30, "condition", "INCONSISTENT");
    Await.that(
        30,
        "the recovery goes on",
        one::words,
        () -> !one.fact("peers.server2.dirtyChunks").equals("0"));
  }
}
