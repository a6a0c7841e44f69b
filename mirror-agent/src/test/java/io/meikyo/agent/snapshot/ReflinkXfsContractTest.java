// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.io.IOException;

/** Reflinks on XFS with reflinks. */
class ReflinkXfsContractTest extends ReflinkContract {
  @Override
  SmallFileSystem mount() throws IOException {
    return SmallFileSystem.mount(temp, "xfs", "-m", "reflink=1");
  }

  @Override
  boolean freeIsFree() {
    return true;
  }
}
