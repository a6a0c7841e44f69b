// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.io.IOException;

/** Reflinks on btrfs. */
class ReflinkBtrfsContractTest extends ReflinkContract {
  @Override
  SmallFileSystem mount() throws IOException {
    return SmallFileSystem.mount(temp, "btrfs");
  }

  /** Its figure is an estimate: writes failed here with ENOSPC while it said 40 MiB. */
  @Override
  boolean freeIsFree() {
    return false;
  }
}
