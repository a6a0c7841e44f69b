// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** SIGTERM: a standby is closed in good order, an active pauses. */
@Timeout(180)
class StopTest extends WithPair {

  @Test
  void aStandbyThatIsStoppedIsClosedCleanAndComesBackWithoutALongCompare() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    assertThat(two.agent().terminate()).as(two.words()).isZero();
    assertThat(two.words()).contains("md1 is closed").doesNotContain("could not be closed");
    ledger.more(300, 30, "alone");
    assertThat(ledger.longestStallMillis()).isLessThan(5000);
    two.start();
    pair.awaitInSync(one);
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void anActiveThatIsStoppedPausesAndKeepsItsRole() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    String epoch = one.fact("epoch");
    for (int i = 0; i < 4; i++) {
      assertThat(one.agent().terminate()).as(one.words()).isZero();
      assertThat(two.fact("role")).isEqualTo("STANDBY");
      one.startNow();
      ledger.more(20, 30, "after the start");
    }
    assertThat(one.words()).contains("md1 is closed");
    assertThat(one.fact("role")).isEqualTo("ACTIVE");
    assertThat(Long.parseLong(one.fact("epoch"))).isGreaterThanOrEqualTo(Long.parseLong(epoch));
    settle(one);
    assertThat(ledger.refused()).as("requests answered with an error").isZero();
  }

  @Test
  void bothAreStoppedAndStartedInTheOtherOrder() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    one.agent().terminateNow();
    two.agent().terminateNow();
    assertThat(one.agent().exit()).isZero();
    assertThat(two.agent().exit()).isZero();
    two.start();
    one.start();
    ledger.more(100, 60, "after the start");
    settle(one);
  }

  @Test
  void anActiveWhoseWritesWaitIsStoppedInTheEnd() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    pair.keeper().kill();
    two.agent().kill();
    one.await(10, "waitingFor", "WAITS_FOR_AUTHORITY");
    assertThat(one.agent().terminate()).isZero();
    assertThat(one.words()).contains("before everything was closed in good order");
    pair.startKeeper();
    one.start();
    two.start();
    ledger.more(100, 60, "after the start");
    settle(one);
  }

  @Test
  void anActiveInAHoldReleasesTheWritesFirst() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    one.must("hold", "max=60");
    Await.that(
        10, "writes wait", one::words, () -> Integer.parseInt(one.fact("requestsWaiting")) > 0);
    assertThat(one.agent().terminate()).isZero();
    assertThat(one.words())
        .contains("The hold ended because the mirror agent is being stopped")
        .contains("md1 is closed")
        .doesNotContain("before everything was closed in good order");
    one.start();
    ledger.more(100, 60, "after the start");
    settle(one);
    assertThat(ledger.refused()).as("requests answered with an error").isZero();
  }

  @Test
  void aCommandWhoseAgentDiesSaysSo() throws Exception {
    one.must("hold", "max=30");
    Child verify = one.begin("hold", Server.MIRROR, "--max", "30");
    Child status = one.begin("standby", Server.MIRROR);
    Await.that(
        10,
        "the role is being given back",
        one::words,
        () -> !one.fact("role").equals("ACTIVE") || !status.isAlive());
    verify.exit();
    one.agent().pause();
    Child silent = one.begin("status");
    assertThat(silent.exit()).isEqualTo(1);
    assertThat(silent.words()).contains("says nothing for 5 s");
    Child dead = one.begin("verify", Server.MIRROR);
    Await.pause(1500);
    one.agent().kill();
    assertThat(dead.exit()).isEqualTo(1);
    assertThat(dead.words()).contains("ended before it answered");
    Server.Said none = one.command("status");
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.text()).contains("No mirror agent answers on");
  }
}
