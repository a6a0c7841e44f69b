// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.disk;

import io.meikyo.core.format.Decoded;
import io.meikyo.core.format.LogCodec;
import io.meikyo.core.format.MapPageCodec;
import io.meikyo.core.format.PartitionKey;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.SuperblockCodec;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.Prng;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster partition of real bytes, in the product's format. A torn write leaves some of its
 * 512-byte sectors new and the others old. Blocks that were never written take no memory.
 */
public final class ByteMetaStore implements MetaStore {
  private static final int BLOCK = PartitionLayout.BLOCK_BYTES;
  private static final int SECTOR = 512;
  private static final int LOG_SLOTS = 8;

  private final PartitionLayout layout;
  private final PartitionKey key;
  private final long life;

  /** Superblocks, ring, then the pages of the maps; null: zeros. */
  private final byte[] @Nullable [] blocks;

  private Superblock newest;

  private ByteMetaStore(
      PartitionLayout layout, PartitionKey key, long life, Superblock newest, int count) {
    this.layout = layout;
    this.key = key;
    this.life = life;
    this.newest = newest;
    this.blocks = new byte[count][];
  }

  /** A partition just made. */
  public static ByteMetaStore blank(Superblock blank) {
    PartitionLayout layout = new PartitionLayout(blank.geometry(), 0xff, LOG_SLOTS);
    long life = 5;
    PartitionKey key = PartitionKey.of(blank.identity(), life);
    int count = 2 + LOG_SLOTS + MapPage.MAPS * blank.geometry().pages();
    ByteMetaStore s = new ByteMetaStore(layout, key, life, blank, count);
    s.begin(new Effect.WriteSuperblock(0, blank)).end();
    return s;
  }

  private final class Write implements Pending {
    private final int place;
    private final byte[] bytes;
    private final @Nullable Superblock superblock;

    Write(int place, byte[] bytes, @Nullable Superblock superblock) {
      this.place = place;
      this.bytes = bytes;
      this.superblock = superblock;
    }

    @Override
    public void end() {
      blocks[place] = bytes;
      if (superblock != null && superblock.sequence() > newest.sequence()) {
        newest = superblock;
      }
    }

    @Override
    public boolean tear(Prng prng) {
      int mask = prng.below(256);
      if (prng.chance(0.5)) {
        // In order from the front, as most disks do.
        mask = (1 << prng.below(9)) - 1;
      }
      if (mask == 0) {
        return false;
      }
      if (mask == 255) {
        end();
        return true;
      }
      byte[] old = blocks[place];
      byte[] torn = old == null ? new byte[BLOCK] : old.clone();
      for (int s = 0; s < BLOCK / SECTOR; s++) {
        if ((mask & 1 << s) != 0) {
          System.arraycopy(bytes, s * SECTOR, torn, s * SECTOR, SECTOR);
        }
      }
      if (prng.chance(0.3)) {
        // The sector under the head when the power went holds neither.
        int s = prng.below(BLOCK / SECTOR);
        for (int i = s * SECTOR; i < (s + 1) * SECTOR; i++) {
          torn[i] = (byte) prng.next();
        }
      }
      blocks[place] = torn;
      if (superblock != null) {
        newest = readSuperblock();
      }
      return true;
    }
  }

  @Override
  public Pending begin(Effect.WriteSuperblock e) {
    byte[] bytes = new byte[BLOCK];
    SuperblockCodec.encode(
        new WrittenSuperblock(e.superblock(), life, layout), ByteBuffer.wrap(bytes));
    return new Write((int) (e.superblock().sequence() & 1), bytes, e.superblock());
  }

  @Override
  public Pending begin(Effect.WriteLog e) {
    byte[] bytes = new byte[BLOCK];
    LogCodec.encode(e.transaction(), key, ByteBuffer.wrap(bytes));
    return new Write(2 + layout.logSlot(e.transaction().sequence()), bytes, null);
  }

  @Override
  public Pending begin(Effect.WriteMapPage e) {
    byte[] bytes = new byte[BLOCK];
    MapPageCodec.encode(e.page(), key, ByteBuffer.wrap(bytes));
    return new Write(placeOf(e.page().map(), e.page().page()), bytes, null);
  }

  private int placeOf(int map, int page) {
    return 2 + LOG_SLOTS + map * layout.geometry().pages() + page;
  }

  @Override
  public @Nullable LoadedPartition load(Damage found) {
    Superblock s = null;
    for (int i = 0; i < 2; i++) {
      Superblock one = superblockAt(i, found);
      if (one != null && (s == null || one.sequence() > s.sequence())) {
        s = one;
      }
    }
    if (s == null) {
      return null;
    }
    List<long @Nullable []> maps = new ArrayList<>();
    for (int map = 0; map < MapPage.MAPS; map++) {
      maps.add(words(map, found));
    }
    return new LoadedPartition(s, newestLog(found), maps);
  }

  private Superblock readSuperblock() {
    Damage ignored = new Damage();
    Superblock a = superblockAt(0, ignored);
    Superblock b = superblockAt(1, ignored);
    if (a != null && b != null) {
      return a.sequence() > b.sequence() ? a : b;
    }
    return a != null ? a : b != null ? b : newest;
  }

  private @Nullable Superblock superblockAt(int place, Damage found) {
    byte[] bytes = blocks[place];
    if (bytes == null) {
      return null;
    }
    Decoded<WrittenSuperblock> d = SuperblockCodec.decode(ByteBuffer.wrap(bytes));
    WrittenSuperblock written = d.orNull();
    if (written == null) {
      found.superblock = true;
      return null;
    }
    return written.superblock();
  }

  private LogTransaction newestLog(Damage found) {
    LogTransaction log = LogTransaction.EMPTY;
    for (int slot = 0; slot < LOG_SLOTS; slot++) {
      byte[] bytes = blocks[2 + slot];
      if (bytes != null) {
        LogTransaction t = LogCodec.decode(ByteBuffer.wrap(bytes), key, layout, slot).orNull();
        if (t == null) {
          found.log = true;
        } else if (t.sequence() > log.sequence()) {
          log = t;
        }
      }
    }
    return log;
  }

  private long[] words(int map, Damage found) {
    int perPage = layout.geometry().wordsPerPage();
    long[] words = new long[layout.geometry().pages() * perPage];
    for (int page = 0; page < layout.geometry().pages(); page++) {
      byte[] bytes = blocks[placeOf(map, page)];
      if (bytes != null) {
        MapPage p = MapPageCodec.decode(ByteBuffer.wrap(bytes), key, layout, map, page).orNull();
        if (p == null) {
          found.page = true;
          Arrays.fill(words, page * perPage, (page + 1) * perPage, -1L);
        } else {
          System.arraycopy(p.words(), 0, words, page * perPage, perPage);
        }
      }
    }
    return words;
  }

  @Override
  public Superblock superblock() {
    return newest;
  }

  @Override
  public MetaStore image() {
    ByteMetaStore copy = new ByteMetaStore(layout, key, life, newest, blocks.length);
    // Written blocks are never changed in place.
    System.arraycopy(blocks, 0, copy.blocks, 0, blocks.length);
    return copy;
  }
}
