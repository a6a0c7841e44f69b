// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import io.meikyo.agent.block.BlockService;
import java.util.function.IntConsumer;

/**
 * Zeroes a range of any length in requests of the size that the service takes, a few at a time.
 * Ends once, with the first errno after what is under way has ended. For the loop's thread.
 */
final class ZeroRange {
  /** Requests under way at one time. */
  private static final int WINDOW = 8;

  private final BlockService service;
  private final boolean mayUnmap;
  private final IntConsumer end;
  private final int blocksMax;
  private final long endBlock;
  private long next;
  private int open;
  private int errno;
  private boolean begins;
  private boolean ended;

  ZeroRange(BlockService service, long offset, long bytes, boolean mayUnmap, IntConsumer end) {
    this.service = service;
    this.mayUnmap = mayUnmap;
    this.end = end;
    this.blocksMax = service.requestBytesMax() / service.blockBytes();
    this.next = offset / service.blockBytes();
    this.endBlock = next + bytes / service.blockBytes();
  }

  void begin() {
    if (begins) {
      return; // an answer that came inside the call
    }
    begins = true;
    while (errno == 0 && open < WINDOW && next < endBlock) {
      long start = next;
      int count = (int) Math.min(blocksMax, endBlock - start);
      next += count;
      open++;
      service.zero(start, count, false, mayUnmap, (e, _) -> done(e));
    }
    begins = false;
    if (open == 0 && !ended) {
      ended = true;
      end.accept(errno);
    }
  }

  private void done(int failure) {
    open--;
    if (errno == 0) {
      errno = failure;
    }
    begin();
  }
}
