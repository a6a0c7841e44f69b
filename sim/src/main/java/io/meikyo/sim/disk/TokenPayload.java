// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.disk;

import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Payload;
import io.meikyo.sim.Prng;

/**
 * The bytes of some blocks, each block told by one number; 0 is a block of zeros. Two blocks have
 * the same bytes if and only if they have the same number.
 */
public final class TokenPayload implements Payload {
  private final long[] tokens;
  private boolean repair;
  private int holders;
  private Runnable returned = () -> {};

  /** Takes the array as it is: nobody may change it afterwards (rule R7). */
  public TokenPayload(long... tokens) {
    this.tokens = tokens;
  }

  /**
   * The same bytes in a buffer of an agent's pool, held once by the agent itself.
   *
   * @param onReturn runs when nobody holds it any more: from then on the buffer may carry other
   *     bytes, and whoever still uses it uses those
   */
  public TokenPayload lent(Runnable onReturn) {
    TokenPayload copy = new TokenPayload(tokens);
    copy.repair = repair;
    copy.holders = 1;
    copy.returned = onReturn;
    return copy;
  }

  /** True while somebody holds the buffer, so that the bytes are what they were. */
  public boolean isHeld() {
    return holders > 0;
  }

  @Override
  public void keep() {
    holders++;
  }

  @Override
  public void drop() {
    holders--;
    if (holders == 0) {
      returned.run();
    }
  }

  /** How many blocks. */
  public int count() {
    return tokens.length;
  }

  /** One block. */
  public long token(int i) {
    return tokens[i];
  }

  /** These bytes travelled as a repair of a recovery (for the checker of law 8). */
  public void markRepair() {
    repair = true;
  }

  /** True if they did. */
  public boolean isRepair() {
    return repair;
  }

  @Override
  public String toString() {
    StringBuilder b = new StringBuilder();
    for (long t : tokens) {
      b.append(b.length() == 0 ? "" : " ").append(Long.toHexString(t));
    }
    return b.toString();
  }

  /** A hash of the blocks {@code start …} of a disk, position and content. */
  public static Hash hash(long[] disk, long start, int count) {
    long high = 0x243f6a8885a308d3L;
    long low = 0x13198a2e03707344L;
    for (int i = 0; i < count; i++) {
      long x = Prng.mix(disk[(int) start + i] + 0x9e3779b97f4a7c15L * (start + i + 1));
      high = Prng.mix(high ^ x);
      low = Prng.mix(low + x * 0xd6e8feb86659fd93L);
    }
    return new Hash(high, low);
  }

  /** A hash of the chunks whose bits are set. */
  public static Hash hashChunks(long[] disk, long[] chunks, int blocksPerChunk) {
    long high = 0;
    long low = 0;
    for (int w = 0; w < chunks.length; w++) {
      for (long m = chunks[w]; m != 0; m &= m - 1) {
        int chunk = w * 64 + Long.numberOfTrailingZeros(m);
        long start = (long) chunk * blocksPerChunk;
        int count = (int) Math.min(blocksPerChunk, disk.length - start);
        if (count > 0) {
          Hash h = hash(disk, start, count);
          high = Prng.mix(high ^ h.high());
          low = Prng.mix(low + h.low());
        }
      }
    }
    return new Hash(high, low);
  }
}
