// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.disk;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.Prng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A cluster partition of values instead of bytes: fast, and torn means unreadable. */
public final class ObjectMetaStore implements MetaStore {
  private static final int RING = 8;

  private final Geometry geometry;
  private final @Nullable Superblock[] places;
  private final @Nullable LogTransaction[] ring;
  private final @Nullable MapPage[] pages;
  private final boolean[] pageTorn;
  private boolean superblockTorn;
  private boolean logTorn;

  /** A partition just made. */
  public ObjectMetaStore(Superblock blank) {
    geometry = blank.geometry();
    places = new Superblock[2];
    ring = new LogTransaction[RING];
    pages = new MapPage[MapPage.MAPS * geometry.pages()];
    pageTorn = new boolean[pages.length];
    places[(int) (blank.sequence() & 1)] = blank;
  }

  private ObjectMetaStore(ObjectMetaStore from) {
    geometry = from.geometry;
    places = from.places.clone();
    ring = from.ring.clone();
    pages = from.pages.clone();
    pageTorn = from.pageTorn.clone();
    superblockTorn = from.superblockTorn;
    logTorn = from.logTorn;
  }

  @Override
  public Pending begin(Effect.WriteSuperblock e) {
    return new Pending() {
      @Override
      public void end() {
        places[(int) (e.superblock().sequence() & 1)] = e.superblock();
      }

      @Override
      public boolean tear(Prng prng) {
        if (prng.chance(0.3)) {
          return false;
        }
        if (prng.chance(0.3)) {
          end();
          return true;
        }
        places[(int) (e.superblock().sequence() & 1)] = null;
        superblockTorn = true;
        return true;
      }
    };
  }

  @Override
  public Pending begin(Effect.WriteLog e) {
    int hash = e.transaction().hashCode();
    int slot = (int) (e.transaction().sequence() % RING);
    return new Pending() {
      @Override
      public void end() {
        unchanged(hash, e.transaction().hashCode());
        ring[slot] = e.transaction();
      }

      @Override
      public boolean tear(Prng prng) {
        if (prng.chance(0.3)) {
          return false;
        }
        if (prng.chance(0.3)) {
          end();
          return true;
        }
        ring[slot] = null;
        logTorn = true;
        return true;
      }
    };
  }

  @Override
  public Pending begin(Effect.WriteMapPage e) {
    int hash = e.page().hashCode();
    int place = e.page().map() * geometry.pages() + e.page().page();
    return new Pending() {
      @Override
      public void end() {
        unchanged(hash, e.page().hashCode());
        pages[place] = e.page();
        pageTorn[place] = false;
      }

      @Override
      public boolean tear(Prng prng) {
        if (prng.chance(0.3)) {
          return false;
        }
        if (prng.chance(0.3)) {
          end();
          return true;
        }
        pageTorn[place] = true;
        return true;
      }
    };
  }

  private static void unchanged(int before, int after) {
    if (before != after) {
      throw new IllegalStateException("an array in an effect was changed after the effect");
    }
  }

  @Override
  public @Nullable LoadedPartition load(Damage found) {
    found.superblock = superblockTorn;
    found.log = logTorn;
    superblockTorn = false;
    logTorn = false;
    LogTransaction log = LogTransaction.EMPTY;
    for (LogTransaction t : ring) {
      if (t != null && t.sequence() > log.sequence()) {
        log = t;
      }
    }
    List<long @Nullable []> maps = new ArrayList<>();
    for (int map = 0; map < MapPage.MAPS; map++) {
      maps.add(words(map, found));
    }
    return new LoadedPartition(superblock(), log, maps);
  }

  private long[] words(int map, Damage found) {
    int perPage = geometry.wordsPerPage();
    long[] words = new long[geometry.pages() * perPage];
    for (int page = 0; page < geometry.pages(); page++) {
      int place = map * geometry.pages() + page;
      MapPage p = pages[place];
      if (pageTorn[place]) {
        found.page = true;
        Arrays.fill(words, page * perPage, (page + 1) * perPage, -1L);
      } else if (p != null) {
        System.arraycopy(p.words(), 0, words, page * perPage, perPage);
      }
    }
    return words;
  }

  @Override
  public Superblock superblock() {
    Superblock a = places[0];
    Superblock b = places[1];
    if (a == null || b == null) {
      Superblock one = a == null ? b : a;
      if (one == null) {
        throw new IllegalStateException("both superblocks are gone");
      }
      return one;
    }
    return a.sequence() > b.sequence() ? a : b;
  }

  @Override
  public MetaStore image() {
    return new ObjectMetaStore(this);
  }
}
