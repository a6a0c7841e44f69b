// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.snapshot.CopyBeforeWrite;

/**
 * The data partition that snapshots are of.
 *
 * @param fd for reading, with O_DIRECT; stays the caller's
 * @param blockBytes 512 or 4096
 * @param blocks size of the mirror disk
 */
public record Origin(int fd, int blockBytes, long blocks) {
  static final int CHUNK = CopyBeforeWrite.CHUNK_BYTES;

  long bytes() {
    return blocks * blockBytes;
  }

  /** Bytes of a chunk: fewer in the last one. */
  int chunkBytes(long chunk) {
    return (int) Math.min(CHUNK, bytes() - chunk * CHUNK);
  }
}
