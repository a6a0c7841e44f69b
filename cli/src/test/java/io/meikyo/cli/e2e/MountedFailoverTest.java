// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The active dies under a mounted file system, and the other server takes over: what was made
 * durable is there, and the file system is whole after its own recovery. Whoever still used the
 * device of the dead one gets errors and does not hang.
 */
@Timeout(300)
class MountedFailoverTest {
  private static final int WRITERS = 3;

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void theOtherServerHasAllThatWasDurable(String type) throws Exception {
    MountedDisk.assume(type);
    MountedDisk disk = MountedDisk.make(type, "noatime");
    try {
      Server one = disk.pair.one;
      Server two = disk.pair.two;
      FileLedger ledger = new FileLedger(disk.at.resolve("ledger"), WRITERS, 1);
      ledger.start();
      ledger.more(50, 60, "before the kill");
      one.agent().kill();
      two.until(30, "activate");
      one.startNow();
      ledger.failed(30);
      disk.unmount();

      disk.moveTo(two);
      disk.mount("noatime");
      ledger.check(false);
      disk.unmount();
      disk.check();
      disk.replicasAreEqual();
      disk.mount("noatime");
      ledger.check(false);
    } finally {
      disk.close();
    }
  }
}
