// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.UUID;

/**
 * Which proposals were applied: the newest {@link #WINDOW} of each of the {@link #PROPOSERS_MAX}
 * proposers that were heard last. Part of the replicated state, the same on every member.
 *
 * <p>What is older than the window counts as seen. Its proposer has long been told that nobody can
 * say what became of it, since it has never more than the window's half under way.
 */
final class SeenProposals {
  /** Proposals of one proposer that are told apart. */
  static final int WINDOW = 256;

  /** Lives of members that are remembered. */
  static final int PROPOSERS_MAX = 32;

  private static final int WORDS = WINDOW / Long.SIZE;
  private static final int PROPOSER_BYTES = 16 + 8 + WORDS * 8;

  private static final class Window {
    long newest = -1;
    final long[] seen = new long[WORDS];

    boolean add(long number) {
      if (number > newest) {
        for (long n = Math.max(newest + 1, number - WINDOW + 1); n <= number; n++) {
          seen[word(n)] &= ~bit(n);
        }
        newest = number;
      } else if (number <= newest - WINDOW || (seen[word(number)] & bit(number)) != 0) {
        return false;
      }
      seen[word(number)] |= bit(number);
      return true;
    }

    private static int word(long number) {
      return (int) (number % WINDOW) / Long.SIZE;
    }

    private static long bit(long number) {
      return 1L << (number % Long.SIZE);
    }
  }

  private final LinkedHashMap<UUID, Window> proposers = new LinkedHashMap<>();

  /** Returns true if this one was not applied yet, and remembers it. */
  boolean isNew(UUID proposer, long number) {
    Window window =
        proposers.sequencedKeySet().contains(proposer) ? proposers.remove(proposer) : null;
    if (window == null) {
      window = new Window();
    }
    proposers.putLast(proposer, window);
    if (proposers.size() > PROPOSERS_MAX) {
      proposers.pollFirstEntry();
    }
    return window.add(number);
  }

  int bytes() {
    return 4 + proposers.size() * PROPOSER_BYTES;
  }

  void write(ByteBuffer to) {
    to.putInt(proposers.size());
    proposers.forEach((id, window) -> {
      to.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
      to.putLong(window.newest);
      for (long word : window.seen) {
        to.putLong(word);
      }
    });
  }

  void read(ByteBuffer from) {
    proposers.clear();
    int count = from.getInt();
    for (int i = 0; i < count; i++) {
      UUID id = new UUID(from.getLong(), from.getLong());
      Window window = new Window();
      window.newest = from.getLong();
      for (int w = 0; w < WORDS; w++) {
        window.seen[w] = from.getLong();
      }
      proposers.putLast(id, window);
    }
  }
}
