// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.oracle;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The register checker of law 1: every block of the mirror disk is a register, and this class keeps
 * the set of values that a read may return.
 *
 * <h2>What it is told</h2>
 *
 * The application's requests when they are sent and when they are answered; the end of an engine
 * (its unanswered writes stay undecided for ever, a write that is sent again is a new one); each
 * loss of a server's disk caches; each change of the in-sync set. Instants are the numbers of these
 * calls, so no two are equal.
 *
 * <h2>Why it is sound</h2>
 *
 * <ol>
 *   <li><b>Intervals.</b> A write takes effect at one instant between its sending and its end, or
 *       never. Its end is its answer, or the death of the engine that had it: a write that a dead
 *       engine never answered is decided by then, even if nobody knows how. So if {@code u} ended
 *       before {@code v} was sent, and {@code v} was answered OK, then {@code u} came before {@code
 *       v} (or never was).
 *   <li><b>Reads.</b> A read that began after {@code u} ended and returned {@code v} shows that
 *       {@code u} came before {@code v} (or never was). So {@code u} may not be seen again: this is
 *       what forbids stale reads, flip-flops after a crash and the late ghost of a dead active's
 *       write. Nothing is concluded from a read that returned a write still on its way, because a
 *       read beside a write may see it early (one copy of it may exist and be lost with its
 *       server); nor from a value that more than one permitted version has (zeros).
 *   <li><b>Order is transitive</b>, and "later" is kept as a relation between versions and not as
 *       "deleted", because of losses:
 *   <li><b>Losses.</b> An answered write is held by the replicas of the in-sync set. While one of
 *       them has not lost its caches since the write was sent, the write cannot vanish. When all of
 *       them have, and no flush covered it, the write is <i>lost</i>: it may be there or not, and
 *       what only lost writes made impossible is possible again. So the permitted set grows to
 *       everything that no surviving and no durable write is known to follow: all from the last
 *       flushed write on.
 *   <li><b>Flush.</b> A write known to have taken effect before a flush was sent is durable when
 *       the flush is answered. It is never lost, and what came before it is forgotten.
 * </ol>
 *
 * A read that returns a version outside the permitted set therefore has no explanation in which
 * every law holds. Where a rule above had a choice, it permits more: a value that was read but
 * never acknowledged counts as held only where its bytes were when it was read; a replica that
 * joined the set counts for older writes only if its caches survived from the proposal to the
 * commit.
 */
public final class Registers {
  private final BlockHistory[] blocks;
  private final ArrayDeque<Undurable> undurable = new ArrayDeque<>();

  /** Instant of the last loss of caches, per replica; -1 if none that counts. */
  private final long[] lostAt = new long[8];

  private int inSyncMask;
  private long clock;

  private record Undurable(Version version, long happened) {}

  /** A disk of zeros. */
  public Registers(int blockCount) {
    blocks = new BlockHistory[blockCount];
    for (int i = 0; i < blockCount; i++) {
      blocks[i] = new BlockHistory(i);
    }
    Arrays.fill(lostAt, -1);
  }

  /** The next instant. */
  public long tick() {
    return ++clock;
  }

  /** The present instant. */
  public long now() {
    return clock;
  }

  /** A write of {@code token} (0: zeros) is sent; {@code optional}: a discard. */
  public Version sent(int block, long token, boolean optional) {
    return blocks[block].add(token, clock, optional);
  }

  /** Versions in the table of a block: above some fifty the application should flush first. */
  public int crowd(int block) {
    return blocks[block].size();
  }

  /** The write was answered OK. */
  public void acknowledged(Version v, boolean fua) {
    v.ended = clock;
    if (v.optional) {
      return;
    }
    v.heldMask = -1;
    v.heldSince = v.invoked;
    takesEffect(v);
    v.block.order(v, v.invoked, clock);
    if (fua) {
      v.block.durable(v, clock);
    }
  }

  /** The write will never be answered OK: its engine died or answered an error. */
  public void undecided(Version v) {
    v.ended = clock;
  }

  /**
   * A read that began at {@code began} returned {@code token}; {@code holders}: replicas whose disk
   * shows the same now.
   */
  public void read(int block, long token, long began, int holders) {
    BlockHistory h = blocks[block];
    Version found = null;
    int count = 0;
    boolean dead = false;
    for (long m = h.used; m != 0; m &= m - 1) {
      Version v = h.at(Long.numberOfTrailingZeros(m));
      if (v.token == token) {
        if (v.deadSince > began) {
          found = v;
          count++;
        } else {
          dead = true;
        }
      }
    }
    if (found == null) {
      if (h.goneAfter(token, began)) {
        return;
      }
      throw new LawBroken(
          1,
          (dead ? "read a superseded value " : "read a value that is not permitted ")
              + Long.toHexString(token)
              + ", read began @"
              + began
              + "; "
              + h.describe());
    }
    if (count > 1 || found.pending()) {
      return;
    }
    if (found.happened == Version.NEVER || found.lost) {
      h.find(found);
      found.heldMask = holders;
      found.heldSince = clock;
      takesEffect(found);
    }
    h.order(found, began, clock);
  }

  private void takesEffect(Version v) {
    v.happened = clock;
    if (!v.durable) {
      undurable.addLast(new Undurable(v, clock));
    }
  }

  /** A flush that was sent at {@code sent} was answered OK. */
  public void flushed(long sent) {
    while (!undurable.isEmpty() && undurable.peekFirst().happened < sent) {
      Undurable u = undurable.removeFirst();
      Version v = u.version;
      if (v.slot >= 0 && v.happened == u.happened && !v.lost && !v.durable) {
        v.block.durable(v, clock);
      }
    }
  }

  /** A replica lost its disk caches, or its bytes altogether. */
  public void cachesLost(int replica) {
    lostAt[replica] = clock;
    sweep();
  }

  /**
   * The authority committed an in-sync set.
   *
   * @param mask the set
   * @param joinedWhole of those that joined, the ones whose caches survived since the proposal
   * @return true if an answered write lost its last holder by this decision
   */
  public boolean inSync(int mask, int joinedWhole) {
    inSyncMask = mask;
    for (int m = joinedWhole; m != 0; m &= m - 1) {
      lostAt[Integer.numberOfTrailingZeros(m)] = -1;
    }
    if (joinedWhole != 0) {
      for (Undurable u : undurable) {
        u.version.heldMask |= joinedWhole;
      }
    }
    return sweep();
  }

  private boolean sweep() {
    boolean any = false;
    for (Undurable u : undurable) {
      Version v = u.version;
      if (v.slot >= 0 && v.happened == u.happened && !v.lost && !v.durable && !held(v)) {
        v.block.lose(v);
        any = true;
      }
    }
    if (any) {
      undurable.removeIf(u -> u.version.lost || u.version.slot < 0);
      for (BlockHistory h : blocks) {
        h.revive(clock);
      }
    }
    return any;
  }

  private boolean held(Version v) {
    for (int m = inSyncMask & v.heldMask; m != 0; m &= m - 1) {
      if (lostAt[Integer.numberOfTrailingZeros(m)] < v.heldSince) {
        return true;
      }
    }
    return false;
  }

  /** Instant of the last loss of caches of a replica; -1 if none that counts. */
  public long lostAt(int replica) {
    return lostAt[replica];
  }

  /** True if a read that begins now might return this. */
  public boolean permitted(int block, long token) {
    return permitted(block, token, true);
  }

  /** The same, but not by the word of a write that is still on its way. */
  public boolean permittedAtRest(int block, long token) {
    return permitted(block, token, false);
  }

  /** True if a write of the block is still on its way. */
  public boolean anyPending(int block) {
    BlockHistory h = blocks[block];
    for (long m = h.used; m != 0; m &= m - 1) {
      if (h.at(Long.numberOfTrailingZeros(m)).pending()) {
        return true;
      }
    }
    return false;
  }

  /** True if it might be returned after every cache was lost: nothing durable is later. */
  public boolean permittedAfterLoss(int block, long token) {
    BlockHistory h = blocks[block];
    for (long m = h.used; m != 0; m &= m - 1) {
      if (h.at(Long.numberOfTrailingZeros(m)).token == token) {
        return true;
      }
    }
    return false;
  }

  private boolean permitted(int block, long token, boolean pendingToo) {
    BlockHistory h = blocks[block];
    for (long m = h.used; m != 0; m &= m - 1) {
      Version v = h.at(Long.numberOfTrailingZeros(m));
      if (v.token == token && v.live() && (pendingToo || !v.pending())) {
        return true;
      }
    }
    return false;
  }

  /**
   * The operator's explicit word made another replica's bytes the truth: what its disk shows, and
   * what it may show instead if its caches are lost before the next flush.
   */
  public void forced(int block, long shown, long[] older) {
    BlockHistory h = blocks[block];
    h.clear(clock);
    Version top = h.add(shown, clock, false);
    top.ended = clock;
    top.heldMask = -1;
    top.heldSince = clock;
    takesEffect(top);
    for (long token : older) {
      Version v = h.add(token, clock, false);
      v.ended = clock;
      v.deadSince = clock;
      v.laterSlots = 1L << top.slot;
    }
  }

  /** For a story: what is known of a block. */
  public String describe(int block) {
    return blocks[block].describe();
  }
}
