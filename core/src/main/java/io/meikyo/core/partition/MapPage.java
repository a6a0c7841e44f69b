// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import java.util.Arrays;

/**
 * One page of a map with one bit per chunk.
 *
 * @param map 0 to 7: dirty map for that replica number; {@link #CHANGE_MAP}: what changed here
 *     since the last proven cut
 * @param page number of the page in its map
 * @param words the bits, lowest chunk in bit 0 of word 0; never changed after the call
 */
public record MapPage(int map, int page, long[] words) {
  /** Number of the change map among the maps of a partition. */
  public static final int CHANGE_MAP = Identity.REPLICAS_MAX;

  /** Maps of a partition. */
  public static final int MAPS = Identity.REPLICAS_MAX + 1;

  @Override
  public boolean equals(Object o) {
    return o instanceof MapPage m
        && m.map == map
        && m.page == page
        && Arrays.equals(m.words, words);
  }

  @Override
  public int hashCode() {
    return (map * 31 + page) * 31 + Arrays.hashCode(words);
  }

  @Override
  public String toString() {
    return "map " + map + " page " + page;
  }
}
