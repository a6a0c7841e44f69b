// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator does by hand, under load. */
@Timeout(180)
class OperatorTest extends WithPair {

  @Test
  void theDiskIsMovedWithoutWaitingForALease() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    long began = System.nanoTime();
    one.must("standby");
    two.until(10, "activate");
    assertThat((System.nanoTime() - began) / 1_000_000)
        .as("a move in good order waits for no lease, ms")
        .isLessThan(3000);
    ledger.moveTo(two.nbd);
    ledger.more(100, 30, "there");
    pair.awaitInSync(two);
    two.must("standby");
    one.until(10, "activate");
    ledger.moveTo(one.nbd);
    ledger.more(100, 30, "back");
    settle(one);
  }

  @Test
  void disconnectedServersAreConnectedAgain() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    for (Server s : new Server[] {one, two}) {
      s.must("disconnect");
      one.await(20, "inSync", "server1");
      assertThat(s.must("status").text()).contains("NOT CONNECTED");
      ledger.more(200, 30, "alone");
      s.must("connect");
      pair.awaitInSync(one);
    }
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void aHoldKeepsWritesBackAndReadsGoOn() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    String id = one.must("hold", "max=60").facts().get("hold");
    assertThat(one.fact("hold")).isEqualTo("HELD");
    long before = ledger.acknowledged();
    try (Nbd reader = new Nbd(one.nbd, 10)) {
      for (int i = 0; i < 200; i++) {
        reader.read(i * 4096L, 4096);
      }
    }
    assertThat(ledger.acknowledged()).as("a write was let through").isEqualTo(before);
    assertThat(one.must("status").text()).contains("hold");
    one.must("release", "hold=" + id);
    ledger.more(100, 30, "after the release");

    one.must("hold", "max=1");
    ledger.more(100, 10, "after the deadline");
    assertThat(one.fact("hold")).isEqualTo("NONE");
    assertThat(one.ask("release", "hold=" + id).status()).isEqualTo(1);
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void aHoldEndsWhenItsStandbyDies() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    one.must("hold", "max=60");
    two.agent().kill();
    ledger.more(100, 30, "after the standby died");
    two.start();
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void verifyFindsAPlantedDifference() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    ledger.finish();
    pair.verify(one);
    byte[] planted = new byte[512];
    planted[7] = 1;
    try (RandomAccessFile f = new RandomAccessFile(two.data.toFile(), "rwd")) {
      f.seek(50L << 20);
      f.write(planted);
    }
    Server.Said said = one.command("verify", Server.MIRROR);
    assertThat(said.status()).as(said.text()).isEqualTo(1);
    Server.Said facts = one.ask("verify");
    assertThat(facts.status()).isEqualTo(1);
    assertThat(facts.facts())
        .containsEntry("differing", "1")
        .containsEntry("ranges.0.offset", String.valueOf(50L << 20));
    ledger.check(one.nbd);
  }

  @Test
  void aSplitBrainIsShownAndTheOperatorChooses() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before");
    ledger.finish();
    one.must("disconnect");
    one.await(20, "inSync", "server1");
    byte[] here = new byte[4096];
    java.util.Arrays.fill(here, (byte) 'A');
    try (Nbd nbd = new Nbd(one.nbd, 10)) {
      nbd.write(60L << 20, here, true);
    }
    one.agent().kill();
    // The operator's word on a server that is not in sync: what one has written since is not there.
    assertThat(two.ask("activate").status()).isEqualTo(1);
    two.until(20, "activate", "force");
    byte[] there = new byte[4096];
    java.util.Arrays.fill(there, (byte) 'B');
    try (Nbd nbd = new Nbd(two.nbd, 10)) {
      nbd.write(61L << 20, there, true);
    }
    one.start();
    one.await(20, "peers.server2.connected", "true");
    two.await(20, "peers.server1.outcome", "DIVERGED");
    assertThat(two.fact("inSync")).isEqualTo("server2");
    assertThat(Files.exists(one.data)).isTrue();
    try (RandomAccessFile f = new RandomAccessFile(one.data.toFile(), "r")) {
      f.seek(60L << 20);
      assertThat(f.read()).as("the other side was overwritten").isEqualTo('A');
    }
    assertThat(two.words()).contains("diverged");
    Server.Said wrong = two.ask("recover", "from=server1");
    assertThat(wrong.status()).isEqualTo(2);
    two.must("recover", "from=server2");
    pair.awaitInSync(two);
    try (RandomAccessFile f = new RandomAccessFile(one.data.toFile(), "r")) {
      f.seek(61L << 20);
      assertThat(f.read()).isEqualTo('B');
    }
    ledger.check(two.nbd);
    pair.verify(two);
  }
}
