// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * Ends snapshots that share room with the disk before they have taken all of it: then the disk
 * itself would fail. For the loop's thread.
 */
final class RoomWatch {
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final IoLoop loop;
  private final Provider provider;
  private final Beside beside;
  private final String mirror;
  private final Collection<Snapshot> all;
  private final Consumer<Notice> said;
  private boolean watched;

  /**
   * Over these.
   *
   * @param all as they are at any time
   */
  RoomWatch(
      IoLoop loop,
      Provider provider,
      Beside beside,
      String mirror,
      Collection<Snapshot> all,
      Consumer<Notice> said) {
    this.loop = loop;
    this.provider = provider;
    this.beside = beside;
    this.mirror = mirror;
    this.all = all;
    this.said = said;
  }

  /** Looks every second, as long as there is something that may take room. */
  void watch() {
    List<ImageSnapshot> now = images();
    if (watched || now.isEmpty()) {
      return;
    }
    watched = true;
    String names =
        String.join(
            ", ", now.stream().map(s -> mirror + "@" + Long.toHexString(s.cutId())).toList());
    beside.take(() -> {
      Notice problem = provider.crowded(names);
      loop.post(() -> {
        if (problem != null) {
          said.accept(problem);
          images().forEach(s -> s.lose(Snapshot.Why.FULL, ""));
        }
        loop.at(
            loop.nanos() + LOOK_NANOS,
            () -> {
              watched = false;
              watch();
            });
      });
    });
  }

  private List<ImageSnapshot> images() {
    List<ImageSnapshot> images = new ArrayList<>();
    for (Snapshot s : all) {
      if (s instanceof ImageSnapshot image && s.stands()) {
        images.add(image);
      }
    }
    return images;
  }
}
