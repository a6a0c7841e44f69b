// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Geometry;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkMapTest {

  /** 150 chunks of 4 blocks, the last one short; 3 pages of 64 chunks; extents of 8 chunks. */
  private static final Geometry SHAPE = new Geometry(512, 598, 4, 32, 3, 64);

  private final ChunkMap map = new ChunkMap(SHAPE);

  @Test
  void aRangeOfBlocksSetsEveryChunkThatItTouches() {
    map.setBlocks(3, 2);

    assertThat(map.get(0)).isTrue();
    assertThat(map.get(1)).isTrue();
    assertThat(map.get(2)).isFalse();
    assertThat(map.count()).isEqualTo(2);
    assertThat(map.anyBlocks(0, 1)).isTrue();
    assertThat(map.anyBlocks(8, 100)).isFalse();
  }

  @Test
  void theLastExtentIsShort() {
    map.setExtent(SHAPE.extents() - 1);

    assertThat(map.count()).isEqualTo(150 - 144);
    assertThat(map.next(0)).isEqualTo(144);
  }

  @Test
  void bitsBeyondTheDiskAreNeverTaken() {
    map.orPage(2, new long[] {-1L});
    assertThat(map.count()).isEqualTo(150 - 128);

    map.load(new long[] {0, 0, -1L});
    assertThat(map.count()).isEqualTo(150 - 128);

    map.orPage(3, new long[] {-1L});
    map.orPage(-1, new long[] {-1L});
    map.orPage(0, new long[] {0, -1L});
    assertThat(map.count()).isEqualTo(150 - 128);
  }

  /** So a page is read that is not whole. Found by seed 50083825 of the simulator, law 8. */
  @Test
  void aPageThatWasReadAsFullIsWrittenBeforeAnythingReliesOnIt() {
    map.load(new long[] {-1L, 1, -1L});
    assertThat(map.pageChanged(0)).isTrue();
    assertThat(map.pageChanged(1)).isFalse();
    assertThat(map.pageChanged(2)).as("bits beyond the disk do not count").isTrue();

    map.load(new long[] {-1L ^ 1L << 63, 0, 1L << 22});
    assertThat(map.pageChanged(0)).isFalse();
    assertThat(map.pageChanged(1)).isFalse();
    assertThat(map.pageChanged(2)).isFalse();
  }

  @Test
  void aPageIsMarkedWhenItChangesAndOnlyThen() {
    map.load(new long[] {1, 0, 0});
    assertThat(map.pageChanged(0)).isFalse();

    map.set(0);
    map.clear(70);
    assertThat(map.pageChanged(0)).as("it was set already").isFalse();
    assertThat(map.pageChanged(1)).as("it was clear already").isFalse();

    map.clear(0);
    map.set(149);
    assertThat(map.pageChanged(0)).isTrue();
    assertThat(map.pageChanged(1)).isFalse();
    assertThat(map.pageChanged(2)).isTrue();
    map.pageGiven(2);
    assertThat(map.pageChanged(2)).isFalse();
  }

  @Test
  void pagesTravelFromOneMapToAnother() {
    map.set(5);
    map.set(130);
    ChunkMap other = new ChunkMap(SHAPE);
    for (int page = 0; page < map.pages(); page++) {
      assertThat(map.pageHasBits(page)).isEqualTo(page != 1);
      other.orPage(page, map.page(page));
    }

    assertThat(other.copy()).isEqualTo(map.copy());
  }

  @Test
  void aCopyDoesNotChangeWithTheMap() {
    map.set(1);
    long[] copy = map.copy();
    long[] page = map.page(0);
    map.clearAll();

    assertThat(copy[0]).isEqualTo(2);
    assertThat(page[0]).isEqualTo(2);
    assertThat(map.isEmpty()).isTrue();
  }

  @Test
  void nothingStoredIsAnEmptyMap() {
    map.setAll();
    assertThat(map.count()).isEqualTo(150);

    map.load(null);
    assertThat(map.isEmpty()).isTrue();
    assertThat(map.next(0)).isEqualTo(-1);
  }

  /** Against the set of bits that the library has. */
  @Test
  void behavesLikeABitSet() {
    Random random = new Random(7);
    BitSet bits = new BitSet();
    for (int step = 0; step < 20_000; step++) {
      int chunk = random.nextInt(150);
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          map.set(chunk);
          bits.set(chunk);
        }
        case 2, 3 -> {
          map.clear(chunk);
          bits.clear(chunk);
        }
        case 4 -> {
          int blocks = 1 + random.nextInt(598 - chunk * 4 > 20 ? 20 : 1);
          map.setBlocks(chunk * 4L, blocks);
          bits.set(chunk, chunk + (blocks + 3) / 4);
        }
        default -> {
          if (random.nextInt(50) == 0) {
            map.clearAll();
            bits.clear();
          }
        }
      }
      assertThat(map.count()).isEqualTo(bits.cardinality());
      assertThat(map.get(chunk)).isEqualTo(bits.get(chunk));
      assertThat(map.next(chunk)).isEqualTo(bits.nextSetBit(chunk));
    }
    assertThat(map.next(150)).isEqualTo(-1);
  }
}
