// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.MemorySegment;

/** Memory without Java's guard over its life and its threads. */
public final class RawMemory {
  private RawMemory() {}

  /**
   * The same native memory, for any thread. Nothing keeps it alive: whoever hands it to another
   * thread, or to the kernel, holds on to the original until that has ended.
   */
  @SuppressWarnings("restricted") // its purpose
  public static MemorySegment of(MemorySegment memory) {
    return MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize());
  }
}
