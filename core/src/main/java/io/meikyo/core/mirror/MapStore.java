// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.MapPage;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings pages of the maps to the cluster partition. Two writes of one page are never under way at
 * once, since they could land in either order.
 */
final class MapStore {
  private final Replica r;
  private final ChunkMap[] maps;
  private final boolean[][] inFlight;
  private final List<Wait> waits = new ArrayList<>();

  private static final class Wait {
    final int map;
    final int firstPage;
    final int lastPage;
    final Runnable done;

    Wait(int map, int firstPage, int lastPage, Runnable done) {
      this.map = map;
      this.firstPage = firstPage;
      this.lastPage = lastPage;
      this.done = done;
    }
  }

  MapStore(Replica r, ChunkMap[] maps) {
    this.r = r;
    this.maps = maps;
    this.inFlight = new boolean[MapPage.MAPS][r.geometry.pages()];
  }

  /** Runs {@code done} when these pages are on disk as they are now, or with later changes. */
  void persist(int map, int firstPage, int lastPage, Runnable done) {
    boolean wait = false;
    for (int page = firstPage; page <= lastPage; page++) {
      give(map, page);
      wait |= inFlight[map][page] || maps[map].pageChanged(page);
    }
    if (wait) {
      waits.add(new Wait(map, firstPage, lastPage, done));
    } else {
      done.run();
    }
  }

  /** The same for a whole map. */
  void persist(int map, Runnable done) {
    persist(map, 0, r.geometry.pages() - 1, done);
  }

  private void give(int map, int page) {
    if (!maps[map].pageChanged(page) || inFlight[map][page]) {
      return;
    }
    maps[map].pageGiven(page);
    inFlight[map][page] = true;
    MapPage content = new MapPage(map, page, maps[map].page(page));
    r.emit(new Effect.WriteMapPage(r.ops.begin((ok, _, _) -> written(map, page, ok)), content));
  }

  private void written(int map, int page, boolean ok) {
    inFlight[map][page] = false;
    if (!ok) {
      r.diskFailed(Say.CLUSTER_PARTITION_FAILED);
      return;
    }
    List<Wait> ready = new ArrayList<>();
    for (int i = 0; i < waits.size(); i++) {
      Wait w = waits.get(i);
      if (w.map == map && page >= w.firstPage && page <= w.lastPage) {
        boolean wait = false;
        for (int p = w.firstPage; p <= w.lastPage; p++) {
          give(map, p);
          wait |= inFlight[map][p];
        }
        if (!wait) {
          ready.add(w);
        }
      }
    }
    waits.removeAll(ready);
    ready.forEach(w -> w.done.run());
  }
}
