// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where the bytes of a cluster partition come from: a file, a device, a simulated disk. */
@FunctionalInterface
public interface BlockSource {

  /**
   * Reads a range; offset and length are multiples of 4096.
   *
   * @return a buffer with exactly these bytes from position to limit, good until the next call;
   *     null if the range ends beyond the partition or cannot be read
   */
  @Nullable ByteBuffer read(long offset, int length);
}
