// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import java.io.IOException;

/** Thaws what is frozen when nobody else has, one second after a deadline. Blocking. */
public interface FreezeKeeper {
  /**
   * Before a freeze.
   *
   * @param name of the freeze, at most 63 bytes
   * @param folder a descriptor of a folder on the file system; stays the caller's
   * @param deadline boot time, ns
   */
  void frozen(String name, int folder, long deadline) throws IOException;

  /** After a thaw; no matter if it was not known. */
  void thawed(String name) throws IOException;
}
