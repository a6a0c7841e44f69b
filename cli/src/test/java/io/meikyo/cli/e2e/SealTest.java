// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A mirror disk is given back at its cut, its agents are stopped as at a shutdown, and what is on
 * the disks then is an image: it is restored on both with no copy. Or the agents come back on the
 * same disks, the flag goes off, and the mirror works on with no copy.
 */
@Timeout(300)
class SealTest {
  private Pair pair;
  private Server one;
  private Server two;
  private Path data;
  private Path cluster;

  @AfterEach
  void stop() throws Exception {
    if (pair != null) {
      pair.close();
    }
  }

  private void sealed(boolean keeper) throws Exception {
    pair = new Pair(keeper);
    one = pair.one;
    two = pair.two;
    pair.start().first(one);
    Ledger ledger = new Ledger(4, one.nbd, 1);
    ledger.start();
    ledger.more(100, 30, "before the backup");
    ledger.finish();
    ledger.close();
    assertThat(one.backup("seal", "md1").status()).as("nothing stands").isEqualTo(4);
    Backup backup = new Backup(pair, "md1");
    backup.freeze(60);
    Server.Said said = one.backup("seal", "md1");
    assertThat(said.status()).as("%s%n%s", said.text(), pair.words()).isZero();
    one.await(10, "role", "STANDBY");
    backup.flagsAre("true");
    stopAgents();
    data = Files.copy(one.data, pair.folder.resolve("image-data"));
    cluster = Files.copy(one.cluster, pair.folder.resolve("image-cluster"));
    assertThat(Files.mismatch(one.data, two.data)).isEqualTo(-1);
  }

  /** In good order, as a shutdown does. */
  private void stopAgents() throws Exception {
    for (Server s : List.of(one, two)) {
      assertThat(s.agent().terminate()).as(s.words()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theSameDisksServeAgainWithoutACopy(boolean keeper) throws Exception {
    sealed(keeper);
    one.start();
    two.start();
    for (Server s : List.of(one, two)) {
      s.await(60, "flag", "true");
      s.await(30, "cutStatus", one.fact("cutStatus"));
    }
    String worth = one.fact("cutStatus");
    for (Server s : List.of(one, two)) {
      s.flagOff(30);
    }
    two.await(10, "flag", "false");
    pair.awaitMet();
    two.until(30, "activate");
    two.await(30, "peers.server1.mode", "RESUME");
    pair.awaitInSync(two);
    assertThat(two.fact("cutStatus")).isEqualTo(worth).isNotEqualTo("VOID");
    assertThat(Files.mismatch(two.data, data)).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theImageIsRestoredOnBothWithoutACopy(boolean keeper) throws Exception {
    sealed(keeper);
    for (Server s : List.of(one, two)) {
      Files.copy(data, s.data, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(cluster, s.cluster, StandardCopyOption.REPLACE_EXISTING);
      Child restore =
          new Child(
              s.folder.resolve("restore.log"),
              Map.of(),
              "restore",
              "initialise",
              "--config",
              s.config.toString());
      assertThat(restore.exit()).as(Files.readString(restore.log)).isZero();
    }
    one.start();
    two.start();
    for (Server s : List.of(one, two)) {
      s.await(60, "condition", "CONSISTENT");
      s.await(30, "inSync", "server1, server2");
      assertThat(Files.mismatch(s.data, data)).as("nothing was written").isEqualTo(-1);
    }
    for (Server s : List.of(one, two)) {
      s.flagOff(30);
    }
    pair.awaitMet();
    two.until(30, "activate");
    pair.awaitInSync(two);
  }
}
