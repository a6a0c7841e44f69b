// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Backups of a mirror disk that is used over NBD: nothing is mounted, so nothing is frozen. */
@Timeout(600)
class RawBackupTest extends WithPair {
  @Test
  void writesAreHeldWithoutAFreezeAndThatIsSaid() throws Exception {
    Backup backup = new Backup(pair, "md1");
    ledger.start();
    ledger.more(50, 30, "before the backup");

    Server.Said said = backup.freeze(60);
    assertThat(said.text()).contains("no file system of it is mounted");
    assertThat(said.facts()).containsEntry("frozen.md1", "false");
    one.await(20, "waitingFor", "WAITS_FOR_HOLD");
    backup.image();
    backup.good();
    ledger.more(50, 30, "after the backup");

    backup.freeze(1);
    ledger.more(50, 30, "after the deadline");
    backup.isVoidOnBoth();
    backup.isVoid();

    backup.freeze(60);
    two.agent().kill();
    ledger.more(50, 30, "without the peer");
    backup.isVoid();
    two.start();
    pair.awaitInSync(one);
    backup.isVoidOnBoth();
    settle(one);
  }
}
