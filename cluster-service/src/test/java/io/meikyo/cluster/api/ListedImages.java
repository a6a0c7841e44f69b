// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.core.notice.Notice;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A list of backups as the test says it is. */
final class ListedImages implements ImageJobs {
  final List<View> views = new CopyOnWriteArrayList<>();
  final List<String> cancelled = new CopyOnWriteArrayList<>();

  @Override
  public List<Notice> against(@Nullable Path folder, Collection<String> disks) {
    return List.of();
  }

  @Override
  public View start(Request request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable View look(String id) {
    return views.stream().filter(v -> v.id().equals(id)).findFirst().orElse(null);
  }

  @Override
  public List<View> all() {
    return views;
  }

  @Override
  public boolean cancel(String id) {
    View view = look(id);
    boolean ends = view != null && !view.state().over();
    if (ends) {
      cancelled.add(id);
    }
    return ends;
  }
}
