// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The keeper of the deciding record goes away, and comes back. */
@Timeout(180)
class RecordTest extends WithPair {

  @Test
  void withoutTheKeeperWritesGoOn() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    pair.keeper().kill();
    one.await(10, "recordHeard", "false");
    ledger.more(500, 30, "without the keeper");
    assertThat(one.ask("status").text()).contains("DOES NOT ANSWER");
    pair.startKeeper();
    one.await(10, "recordHeard", "true");
    ledger.more(100, 30, "with the keeper");
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void aPeerLostWithoutTheKeeperMakesWritesWaitUntilItIsBack() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    pair.keeper().kill();
    one.await(10, "recordHeard", "false");
    two.agent().kill();
    Await.that(
        20,
        "all writers wait",
        one::words,
        () -> {
          long before = ledger.acknowledged();
          Await.pause(1500);
          return ledger.acknowledged() == before;
        });
    Server.Said status = one.ask("status");
    assertThat(status.text()).contains("DOES NOT ANSWER").contains("requests waiting");
    assertThat(status.facts().get("waitingFor")).isNotEqualTo("NOTHING");
    pair.startKeeper();
    ledger.more(100, 30, "with the keeper");
    one.await(10, "inSync", "server1");
    two.start();
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void anAgentThatStartsBeforeTheKeeperTakesItsRoleUpWhenItHearsOfIt() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    pair.keeper().kill();
    one.agent().kill();
    one.start();
    Await.that(
        20,
        "it says that the keeper is missing",
        one::words,
        () -> one.words().contains("does not answer at"));
    assertThat(one.ask("activate", "wait=5").status()).isEqualTo(1);
    pair.startKeeper();
    one.await(30, "role", "ACTIVE");
    ledger.more(100, 30, "with the keeper");
    settle(one);
  }

  @Test
  void aKeeperThatHangsIsNoAnswer() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    pair.keeper().pause();
    two.agent().kill();
    one.await(20, "recordHeard", "false");
    pair.keeper().resume();
    ledger.more(100, 30, "when it goes on");
    one.await(10, "inSync", "server1");
    two.start();
    settle(one);
    assertThat(ledger.refused()).isZero();
  }
}
