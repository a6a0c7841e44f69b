// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two servers without a keeper of the record: they decide together, and one of them alone only by
 * the operator's word that the other is off.
 */
@Timeout(300)
class StandaloneTest {
  private static final long ONES = 60L << 20;
  private static final long TWOS = 61L << 20;

  private Pair pair;
  private Server one;
  private Server two;
  private Ledger ledger;

  @BeforeEach
  void start() throws Exception {
    pair = new Pair(false);
    one = pair.one;
    two = pair.two;
    pair.start().first(one);
    ledger = new Ledger(4, one.nbd, 1);
    ledger.start();
    ledger.more(100, 30, "before");
  }

  @AfterEach
  void stop() throws Exception {
    try {
      if (ledger != null) {
        ledger.close();
      }
    } finally {
      if (pair != null) {
        pair.close();
      }
    }
  }

  private void settle(Server active) throws Exception {
    ledger.finish();
    ledger.check(active.nbd);
    pair.awaitInSync(active);
    pair.verify(active);
    for (Server s : new Server[] {one, two}) {
      assertThat(s.fact("recordMode")).isEqualTo("TOGETHER");
      assertThat(s.fact("recordVersion")).isEqualTo(active.fact("recordVersion"));
    }
  }

  private void allWait(Server active) throws Exception {
    Await.that(
        20,
        "all writers wait",
        active::words,
        () -> {
          long before = ledger.acknowledged();
          Await.pause(1500);
          return ledger.acknowledged() == before;
        });
  }

  private static void fill(Server s, long offset, char what) throws IOException {
    byte[] bytes = new byte[4096];
    Arrays.fill(bytes, (byte) what);
    try (Nbd nbd = new Nbd(s.nbd, 30)) {
      nbd.write(offset, bytes, true);
    }
  }

  private static int at(Server s, long offset) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(s.data.toFile(), "r")) {
      f.seek(offset);
      return f.read();
    }
  }

  @Test
  void aLostStandbyMakesWritesWaitUntilItIsBack() throws Exception {
    two.agent().kill();
    allWait(one);
    Server.Said status = one.ask("status");
    assertThat(status.text())
        .contains("server2 is not heard; what must be decided waits")
        .contains("--peer-is-off")
        .contains("requests waiting");
    assertThat(status.facts()).containsEntry("recordHeard", "false");
    assertThat(status.facts().get("waitingFor")).isNotEqualTo("NOTHING");
    two.start();
    ledger.more(200, 60, "with server2 again");
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void byTheOperatorsWordTheActiveGoesOnAloneAndTheOtherIsRecovered() throws Exception {
    final String generation = one.fact("generation");
    two.agent().kill();
    allWait(one);
    Server.Said said = one.command("activate", Server.MIRROR, "--peer-is-off");
    assertThat(said.status()).as(said.text()).isZero();
    ledger.more(500, 30, "alone");
    assertThat(one.fact("recordMode")).isEqualTo("ALONE");
    assertThat(one.fact("inSync")).isEqualTo("server1");
    assertThat(one.fact("generation")).isNotEqualTo(generation);
    String who = System.getenv().getOrDefault("SUDO_USER", System.getProperty("user.name"));
    assertThat(one.words()).contains("by the word of " + who + " that server2 is off");
    // It stays so over a restart of the agent, which needs a decision to take its role up.
    one.agent().kill();
    one.start();
    one.await(30, "role", "ACTIVE");
    ledger.more(200, 30, "alone, after a restart");
    two.start();
    settle(one);
    // The word is forgotten: the next loss makes writes wait again.
    ledger.start();
    ledger.more(100, 30, "together again");
    two.agent().kill();
    allWait(one);
    two.start();
    settle(one);
  }

  @Test
  void aStandbyTakesOverByTheOperatorsWordOnly() throws Exception {
    one.agent().kill();
    Await.that(20, "it notices", two::words, () -> two.fact("recordMode").equals("WAITING"));
    Server.Said refused = two.ask("activate");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.text()).contains("server1 is not heard").contains("--peer-is-off");
    assertThat(two.ask("activate", "force").status()).isEqualTo(1);
    assertThat(two.fact("role")).isEqualTo("STANDBY");
    final String generation = two.fact("generation");
    two.must("activate", "peer-is-off", "by=tester");
    ledger.moveTo(two.nbd);
    ledger.more(500, 30, "on server2");
    assertThat(two.fact("generation")).isNotEqualTo(generation);
    assertThat(two.words()).contains("by the word of tester that server1 is off");
    one.start();
    one.await(30, "role", "STANDBY");
    settle(two);
  }

  @Test
  void whoAnswersIsNotOff() throws Exception {
    Server.Said said = one.ask("activate", "peer-is-off", "by=tester");
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.text()).contains("server2 is not off");
    assertThat(one.fact("recordMode")).isEqualTo("TOGETHER");
    ledger.more(100, 30, "after it");
    settle(one);
  }

  @Test
  void bothAgentsAtOnceAndTheActiveTakesItsRoleUpAgain() throws Exception {
    Random random = new Random(5);
    for (int i = 0; i < 4; i++) {
      one.agent().killNow();
      two.agent().killNow();
      one.agent().exit();
      two.agent().exit();
      (random.nextBoolean() ? one : two).startNow();
      Await.pause(random.nextInt(1500));
      for (Server s : new Server[] {one, two}) {
        if (!s.agent().isAlive()) {
          s.startNow();
        }
      }
      one.await(60, "role", "ACTIVE");
      ledger.more(100, 60, "after both were killed");
    }
    settle(one);
  }

  @Test
  void agentsDieAtAnyMoment() throws Exception {
    Random random = new Random(11);
    for (int i = 0; i < 12; i++) {
      Await.pause(random.nextInt(1200));
      Server s = random.nextBoolean() ? one : two;
      s.agent().kill();
      Await.pause(random.nextInt(900));
      s.start();
    }
    one.await(60, "role", "ACTIVE");
    ledger.more(100, 60, "after all of it");
    settle(one);
  }

  @Test
  void aMoveInGoodOrder() throws Exception {
    one.must("standby");
    two.until(10, "activate");
    ledger.moveTo(two.nbd);
    ledger.more(100, 30, "there");
    settle(two);
  }

  /** Both were told that the other is off: found, shown, and nothing overwritten. */
  @Test
  void doubleSurvivalIsFoundAndTheOperatorChooses() throws Exception {
    two.agent().kill();
    one.must("activate", "peer-is-off", "by=tester");
    ledger.more(200, 30, "on server1 alone");
    ledger.finish();
    fill(one, ONES, 'A');
    one.agent().kill();
    two.start();
    two.must("activate", "peer-is-off", "by=tester");
    fill(two, TWOS, 'B');
    one.start();
    for (Server s : new Server[] {one, two}) {
      s.await(30, "recordMode", "APART");
      s.await(30, "role", "ACTIVE");
      assertThat(s.ask("status").text())
          .contains("have both decided alone")
          .contains("recover md1 --from");
      assertThat(s.fact("peers." + pair.other(s).name() + ".connected")).isEqualTo("false");
    }
    // Both go on, each with its own.
    fill(one, ONES, 'A');
    fill(two, TWOS, 'B');
    assertThat(at(one, TWOS)).isNotEqualTo('B');
    assertThat(at(two, ONES)).isNotEqualTo('A');

    Server.Said early = one.ask("recover", "from=server1", "by=tester");
    assertThat(early.status()).as(early.text()).isEqualTo(1);
    assertThat(early.text()).contains("server2 is active and was not touched");
    assertThat(two.fact("role")).isEqualTo("ACTIVE");
    two.must("standby");
    Await.that(
        30,
        "server1 is kept",
        pair::words,
        () -> one.ask("recover", "from=server1", "by=tester").ok());
    pair.awaitInSync(one);
    assertThat(at(two, ONES)).isEqualTo('A');
    assertThat(at(two, TWOS)).isNotEqualTo('B');
    assertThat(two.words()).contains("its decisions took the place");
    assertThat(one.words()).contains("tester has decided that this server is kept");
    ledger.check(one.nbd);
    pair.verify(one);
  }

  @Test
  void whoLostItsJournalWaitsForTheOther() throws Exception {
    ledger.finish();
    one.agent().kill();
    two.agent().kill();
    Path journal = two.folder.resolve("state").resolve(Pair.DISK + ".record");
    Path kept = two.folder.resolve("kept");
    Files.move(journal, kept);
    two.start();
    two.await(20, "recordMode", "LOST");
    assertThat(two.ask("status").text()).contains("the journal of decisions").contains("is gone");
    Server.Said refused = two.ask("activate", "peer-is-off", "by=tester");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.text()).contains("is gone");
    one.start();
    one.await(60, "role", "ACTIVE");
    ledger.start();
    ledger.more(100, 30, "after it");
    settle(one);
    assertThat(Files.size(journal)).isGreaterThanOrEqualTo(Files.size(kept));
  }

  @Test
  void aDamagedJournalKeepsTheAgentFromStarting() throws Exception {
    ledger.finish();
    two.agent().kill();
    Path journal = two.folder.resolve("state").resolve(Pair.DISK + ".record");
    byte[] bytes = Files.readAllBytes(journal);
    bytes[300] ^= 1;
    Files.write(journal, bytes);
    two.startNow();
    assertThat(two.agent().exit()).isEqualTo(1);
    assertThat(two.words()).contains("cannot be kept").contains("damaged");
  }
}
