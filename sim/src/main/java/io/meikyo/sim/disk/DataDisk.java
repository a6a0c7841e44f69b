// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.disk;

import io.meikyo.sim.Prng;
import java.util.Arrays;

/**
 * A data partition with a volatile write cache. A block is written whole or not at all. A write
 * that has ended is in the cache and is what a read shows; a flush makes durable what had ended
 * before it was begun. When the power goes, each block keeps, by chance, any of its unflushed
 * contents or the durable one.
 */
public final class DataDisk {
  private static final long[] NO_TOKENS = {};

  private final long[] visible;
  private final long[] durable;
  private final long[][] cacheToken;
  private final long[][] cacheTime;
  private final int[] cached;
  private final int[] unflushed;
  private int unflushedCount;
  private long time;

  /** How a disk treats its cache when the power goes. */
  public enum Loss {
    /** Nothing unflushed survives. */
    DROP_ALL,
    /** Everything does. */
    KEEP_ALL,
    /** Each block for itself: any unflushed content, or the durable one. */
    EACH_BLOCK
  }

  /** A disk of zeros. */
  public DataDisk(int blocks) {
    visible = new long[blocks];
    durable = new long[blocks];
    cacheToken = new long[blocks][];
    cacheTime = new long[blocks][];
    cached = new int[blocks];
    unflushed = new int[blocks];
    Arrays.fill(cacheToken, NO_TOKENS);
    Arrays.fill(cacheTime, NO_TOKENS);
  }

  /** Size. */
  public int blocks() {
    return visible.length;
  }

  /** The content that a read shows. */
  public long visible(int block) {
    return visible[block];
  }

  /** The contents that a read shows; the disk's own array, not to be changed. */
  public long[] visible() {
    return visible;
  }

  /** The content that it would have after a loss of its whole cache. */
  public long durable(int block) {
    return durable[block];
  }

  /** A write ends. */
  public void write(int block, long token) {
    visible[block] = token;
    int n = cached[block];
    if (n == 0) {
      unflushed[unflushedCount++] = block;
    }
    if (n == cacheToken[block].length) {
      int size = n == 0 ? 2 : n * 2;
      cacheToken[block] = Arrays.copyOf(cacheToken[block], size);
      cacheTime[block] = Arrays.copyOf(cacheTime[block], size);
    }
    cacheToken[block][n] = token;
    cacheTime[block][n] = ++time;
    cached[block] = n + 1;
  }

  /** A write ends that went past the cache. */
  public void writeThrough(int block, long token) {
    visible[block] = token;
    durable[block] = token;
    if (cached[block] != 0) {
      cached[block] = 0;
      forgetUnflushed(block);
    }
  }

  private void forgetUnflushed(int block) {
    for (int i = 0; i < unflushedCount; i++) {
      if (unflushed[i] == block) {
        unflushed[i] = unflushed[--unflushedCount];
        return;
      }
    }
  }

  /** The instant to give to {@link #flush} when it ends. */
  public long flushBegins() {
    return time;
  }

  /** A flush ends: what had ended at the instant is durable. */
  public void flush(long instant) {
    for (int i = 0; i < unflushedCount; ) {
      int block = unflushed[i];
      long[] times = cacheTime[block];
      int n = cached[block];
      int done = 0;
      while (done < n && times[done] <= instant) {
        done++;
      }
      if (done > 0) {
        durable[block] = cacheToken[block][done - 1];
        System.arraycopy(cacheToken[block], done, cacheToken[block], 0, n - done);
        System.arraycopy(times, done, times, 0, n - done);
        cached[block] = n - done;
      }
      if (cached[block] == 0) {
        unflushed[i] = unflushed[--unflushedCount];
      } else {
        i++;
      }
    }
  }

  /** Blocks with unflushed contents. */
  public int unflushedBlocks() {
    return unflushedCount;
  }

  /** Unflushed contents of a block and its durable one, without the visible one. */
  public long[] hidden(int block) {
    int n = cached[block];
    if (n == 0) {
      return NO_TOKENS;
    }
    long[] h = new long[n];
    h[0] = durable[block];
    System.arraycopy(cacheToken[block], 0, h, 1, n - 1);
    return h;
  }

  /** The power goes. */
  public void powerLoss(Loss loss, Prng prng) {
    for (int i = 0; i < unflushedCount; i++) {
      int block = unflushed[i];
      int n = cached[block];
      int keep =
          switch (loss) {
            case DROP_ALL -> 0;
            case KEEP_ALL -> n;
            case EACH_BLOCK -> prng.chance(0.4) ? n : prng.below(n + 1);
          };
      if (keep > 0) {
        durable[block] = cacheToken[block][keep - 1];
      }
      visible[block] = durable[block];
      cached[block] = 0;
    }
    unflushedCount = 0;
  }

  /** A copy of what is durable now: what an image of the disk would hold after a power loss. */
  public long[] image() {
    return durable.clone();
  }

  /** Replaces every byte. */
  public void restore(long[] image) {
    System.arraycopy(image, 0, durable, 0, durable.length);
    System.arraycopy(image, 0, visible, 0, visible.length);
    Arrays.fill(cached, 0);
    unflushedCount = 0;
  }
}
