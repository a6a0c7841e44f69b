// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A backup under writers, more writes, both agents stopped, the image of one server put into both,
 * {@code meikyo restore initialise} on each: the mirror is back with no copy, holds the bytes of
 * the image, and serves when the backup mode of the image is ended (rule R13).
 */
@Timeout(600)
class RestoreTest {
  private Pair pair;
  private Server one;
  private Server two;
  private Ledger ledger;

  private void begin(boolean keeper) throws Exception {
    pair = new Pair(keeper);
    one = pair.one;
    two = pair.two;
    pair.start().first(one);
    ledger = new Ledger(4, one.nbd, 1);
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

  /** With a keeper of the record, and without; the active's image, and the standby's. */
  @ParameterizedTest
  @CsvSource({"true,1", "true,2", "false,1", "false,2"})
  void oneImageOnBothServersServesAgainWithoutACopy(boolean keeper, int whose) throws Exception {
    begin(keeper);
    Backup backup = new Backup(pair, "md1");
    ledger.start();
    ledger.more(100, 30, "before the backup");
    backup.freeze(60);
    Server source = whose == 1 ? one : two;
    Path data = Files.copy(source.data, pair.folder.resolve("image-data"));
    Path cluster = Files.copy(source.cluster, pair.folder.resolve("image-cluster"));
    backup.good();
    ledger.more(100, 30, "after the backup");
    ledger.finish();

    one.agent().kill();
    two.agent().kill();
    for (Server s : List.of(one, two)) {
      Files.copy(data, s.data, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(cluster, s.cluster, StandardCopyOption.REPLACE_EXISTING);
      Child restore =
          new Child(
              s.folder.resolve("restore.log"),
              java.util.Map.of(),
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
      s.await(30, "flag", "true");
      assertThat(s.ask("activate").ok()).as("before the flag is off").isFalse();
      assertThat(Files.mismatch(s.data, data)).as("nothing was written").isEqualTo(-1);
    }

    one.await(30, "peers.server2.connected", "true");
    Server.Said off = one.ask(List.of("backup.flag-off", "md1"));
    assertThat(off.status()).as("%s%n%s", off.text(), pair.words()).isZero();
    backup.flagsAre("false");
    pair.awaitMet();
    two.until(30, "activate");
    two.await(30, "peers.server1.mode", "RESUME");
    two.await(30, "peers.server1.dirtyChunks", "0");
    pair.awaitInSync(two);
    two.until(60, "verify");
    assertThat(Files.mismatch(one.data, data)).as("bytes of server1").isEqualTo(-1);
    assertThat(Files.mismatch(two.data, data)).as("bytes of server2").isEqualTo(-1);
  }
}
