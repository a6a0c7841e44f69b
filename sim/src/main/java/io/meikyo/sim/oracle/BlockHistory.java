// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.oracle;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The versions of one block that still matter, at most {@link #SLOTS}, and the order known between
 * them. A version leaves when a durable one is known to come later. Reads that began before that
 * may still return it, so its token is remembered for a while.
 */
final class BlockHistory {
  /** A bit of a long each. */
  static final int SLOTS = 64;

  private static final int GONE = 32;

  final int number;
  private @Nullable Version[] versions = new Version[4];
  long used;
  private long lostSlots;

  private final long[] goneToken = new long[GONE];
  private final long[] goneSince = new long[GONE];
  private int goneNext;

  BlockHistory(int number) {
    this.number = number;
    Version zero = add(0, 0, false);
    zero.ended = 0;
    zero.happened = 0;
    zero.durable = true;
  }

  int size() {
    return Long.bitCount(used);
  }

  Version at(int slot) {
    Version v = versions[slot];
    if (v == null) {
      throw new IllegalStateException("no version in slot " + slot);
    }
    return v;
  }

  Version add(long token, long now, boolean optional) {
    int slot = Long.numberOfTrailingZeros(~used);
    if (slot >= SLOTS) {
      throw new TooManyVersions("block " + number + " has too many versions without a flush");
    }
    if (slot >= versions.length) {
      versions = Arrays.copyOf(versions, Math.min(SLOTS, versions.length * 2));
    }
    Version v = new Version(this, slot, token, now, optional);
    versions[slot] = v;
    used |= 1L << slot;
    return v;
  }

  /** Everything that ended before {@code instant} comes before {@code later}: say so. */
  void order(Version later, long instant, long now) {
    long earlier = 0;
    for (long m = used & ~(1L << later.slot); m != 0; m &= m - 1) {
      int slot = Long.numberOfTrailingZeros(m);
      if (at(slot).ended < instant) {
        earlier |= 1L << slot;
      }
    }
    if (earlier == 0) {
      return;
    }
    for (long m = used & ~(1L << later.slot); m != 0; m &= m - 1) {
      int slot = Long.numberOfTrailingZeros(m);
      Version v = at(slot);
      // Order is transitive: what came before an earlier one came before this one too.
      if ((earlier & 1L << slot) != 0 || (v.laterSlots & earlier) != 0) {
        v.laterSlots |= 1L << later.slot;
        if (later.durable) {
          remove(v, now);
        } else if (!later.lost && v.deadSince == Version.NEVER) {
          v.deadSince = now;
        }
      }
    }
  }

  void durable(Version v, long now) {
    v.durable = true;
    for (long m = used; m != 0; m &= m - 1) {
      Version u = at(Long.numberOfTrailingZeros(m));
      if ((u.laterSlots & 1L << v.slot) != 0) {
        remove(u, now);
      }
    }
  }

  void lose(Version v) {
    v.lost = true;
    lostSlots |= 1L << v.slot;
  }

  void find(Version v) {
    v.lost = false;
    lostSlots &= ~(1L << v.slot);
  }

  /** After losses: what only lost versions made impossible is possible again. */
  void revive(long now) {
    for (long m = used; m != 0; m &= m - 1) {
      Version u = at(Long.numberOfTrailingZeros(m));
      if (u.deadSince != Version.NEVER && (u.laterSlots & lostSlots) != 0) {
        u.deadSince = (u.laterSlots & ~lostSlots) == 0 ? Version.NEVER : now;
      }
    }
  }

  private void remove(Version v, long now) {
    long bit = 1L << v.slot;
    goneToken[goneNext] = v.token;
    goneSince[goneNext] = Math.min(v.deadSince, now);
    goneNext = (goneNext + 1) % GONE;
    versions[v.slot] = null;
    used &= ~bit;
    lostSlots &= ~bit;
    v.slot = -1;
    for (long m = used; m != 0; m &= m - 1) {
      at(Long.numberOfTrailingZeros(m)).laterSlots &= ~bit;
    }
  }

  /** Was it permitted for a read that began at {@code instant} before it went out of the table? */
  boolean goneAfter(long token, long instant) {
    for (int i = 0; i < GONE; i++) {
      if (goneToken[i] == token && goneSince[i] > instant) {
        return true;
      }
    }
    return false;
  }

  /** Forgets everything that is not still on its way. */
  void clear(long now) {
    for (long m = used; m != 0; m &= m - 1) {
      Version v = at(Long.numberOfTrailingZeros(m));
      if (!v.pending()) {
        remove(v, now);
      }
    }
  }

  String describe() {
    StringBuilder b = new StringBuilder("block ").append(number).append(':');
    for (long m = used; m != 0; m &= m - 1) {
      Version v = at(Long.numberOfTrailingZeros(m));
      b.append(" [").append(v.slot).append(": ").append(v.describe());
      if (v.laterSlots != 0) {
        b.append(" before slots ").append(Long.toBinaryString(v.laterSlots));
      }
      b.append(']');
    }
    return b.toString();
  }
}
