// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.Geometry;
import org.jspecify.annotations.Nullable;

/**
 * One bit per chunk, with a mark on each page that differs from what was last given to the disk.
 * Memory: one bit per chunk (32 MiB for 16 TiB at 64 KiB chunks). Not thread-safe.
 */
final class ChunkMap {
  private final Geometry geometry;
  private final long[] words;
  private final boolean[] changed;
  private int count;

  ChunkMap(Geometry geometry) {
    this.geometry = geometry;
    this.words = new long[geometry.pages() * geometry.wordsPerPage()];
    this.changed = new boolean[geometry.pages()];
  }

  /**
   * Takes over bits read from the disk; they count as unchanged. Except where a whole page is set:
   * so a page is read that is not whole, and nothing may rely on that before it is written so. Else
   * the next write of it that is torn can make the former contents whole again, and bits are lost
   * that were never in them.
   */
  void load(long @Nullable [] stored) {
    java.util.Arrays.fill(words, 0);
    java.util.Arrays.fill(changed, false);
    if (stored != null) {
      System.arraycopy(stored, 0, words, 0, Math.min(stored.length, words.length));
    }
    trimAndCount();
    for (int page = 0; page < changed.length; page++) {
      changed[page] = pageIsFull(page);
    }
  }

  private boolean pageIsFull(int page) {
    int first = page * geometry.chunksPerPage();
    int end = Math.min(first + geometry.chunksPerPage(), geometry.chunks());
    for (int c = first; c < end; c += 64) {
      long valid = end - c >= 64 ? -1L : (1L << (end - c)) - 1;
      if ((words[c >> 6] & valid) != valid) {
        return false;
      }
    }
    return true;
  }

  private void trimAndCount() {
    int chunks = geometry.chunks();
    count = 0;
    for (int w = 0; w < words.length; w++) {
      long valid = chunks - (long) w * 64;
      if (valid < 64) {
        words[w] &= valid <= 0 ? 0 : (1L << valid) - 1;
      }
      count += Long.bitCount(words[w]);
    }
  }

  boolean get(int chunk) {
    return (words[chunk >> 6] & 1L << (chunk & 63)) != 0;
  }

  void set(int chunk) {
    long bit = 1L << (chunk & 63);
    if ((words[chunk >> 6] & bit) == 0) {
      words[chunk >> 6] |= bit;
      count++;
      changed[chunk / geometry.chunksPerPage()] = true;
    }
  }

  void clear(int chunk) {
    long bit = 1L << (chunk & 63);
    if ((words[chunk >> 6] & bit) != 0) {
      words[chunk >> 6] &= ~bit;
      count--;
      changed[chunk / geometry.chunksPerPage()] = true;
    }
  }

  /** Sets the chunks under a range of blocks. */
  void setBlocks(long start, int blocks) {
    int last = geometry.chunkOf(start + blocks - 1);
    for (int c = geometry.chunkOf(start); c <= last; c++) {
      set(c);
    }
  }

  /** True if any chunk under a range of blocks is set. */
  boolean anyBlocks(long start, int blocks) {
    if (count == 0) {
      return false;
    }
    int last = geometry.chunkOf(start + blocks - 1);
    for (int c = geometry.chunkOf(start); c <= last; c++) {
      if (get(c)) {
        return true;
      }
    }
    return false;
  }

  void setExtent(int extent) {
    for (int c = geometry.firstChunk(extent); c < geometry.endChunk(extent); c++) {
      set(c);
    }
  }

  void setAll() {
    for (int c = 0; c < geometry.chunks(); c++) {
      set(c);
    }
  }

  void clearAll() {
    if (count > 0) {
      for (int c = next(0); c >= 0; c = next(c + 1)) {
        clear(c);
      }
    }
  }

  void or(ChunkMap other) {
    if (other.count > 0) {
      for (int c = other.next(0); c >= 0; c = other.next(c + 1)) {
        set(c);
      }
    }
  }

  /** Adds the bits of one page as it travels in a message; bits beyond the disk are ignored. */
  void orPage(int page, long[] bits) {
    if (page < 0 || page >= changed.length) {
      return;
    }
    int first = page * geometry.chunksPerPage();
    for (int i = 0; i < bits.length && i < geometry.wordsPerPage(); i++) {
      for (long w = bits[i]; w != 0; w &= w - 1) {
        int chunk = first + i * 64 + Long.numberOfTrailingZeros(w);
        if (chunk < geometry.chunks()) {
          set(chunk);
        }
      }
    }
  }

  /** First set chunk at or after {@code from}, or -1. */
  int next(int from) {
    int w = from >> 6;
    if (count == 0 || w >= words.length) {
      return -1;
    }
    long word = words[w] & -1L << (from & 63);
    while (word == 0) {
      if (++w == words.length) {
        return -1;
      }
      word = words[w];
    }
    return (w << 6) + Long.numberOfTrailingZeros(word);
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** A copy of one page's words. */
  long[] page(int page) {
    int n = geometry.wordsPerPage();
    return java.util.Arrays.copyOfRange(words, page * n, (page + 1) * n);
  }

  /** A copy of all words. */
  long[] copy() {
    return words.clone();
  }

  boolean pageChanged(int page) {
    return changed[page];
  }

  void pageGiven(int page) {
    changed[page] = false;
  }

  int pages() {
    return changed.length;
  }

  /** True if the page has any bit. */
  boolean pageHasBits(int page) {
    int n = geometry.wordsPerPage();
    for (int i = page * n; i < (page + 1) * n; i++) {
      if (words[i] != 0) {
        return true;
      }
    }
    return false;
  }
}
