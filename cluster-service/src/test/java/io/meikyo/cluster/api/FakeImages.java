// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Images that become what the test has put into the queue, one look after the other. */
final class FakeImages implements ImageJobs {
  final List<String> asked = new CopyOnWriteArrayList<>();
  final ConcurrentLinkedQueue<State> states = new ConcurrentLinkedQueue<>();

  /** Those that were written before. */
  final List<View> views = new CopyOnWriteArrayList<>();

  volatile List<Notice> against = List.of();

  /** What is said of a failure. */
  volatile List<Notice> why = List.of();

  volatile CutStatus verdict = CutStatus.PROVEN;

  /** What was asked for; null: nothing was, or it is forgotten. */
  volatile @Nullable Request request;

  @Override
  public List<Notice> against(@Nullable Path folder, Collection<String> disks) {
    asked.add("against " + folder + " " + String.join(",", disks));
    return against;
  }

  @Override
  public View start(Request wanted) {
    request = wanted;
    asked.add(
        "start "
            + wanted.disks()
            + " "
            + wanted.folder()
            + " "
            + wanted.bytesPerSecond()
            + " "
            + wanted.by()
            + " "
            + wanted.takenAtMillis());
    return view(wanted, State.WRITING);
  }

  @Override
  public @Nullable View look(String id) {
    Request r = request;
    View before = views.stream().filter(v -> v.id().equals(id)).findFirst().orElse(null);
    if (before != null) {
      return before;
    }
    State next = states.poll();
    return r == null || next == null || !id.equals(ImageJobs.id(r.cut())) ? null : view(r, next);
  }

  private View view(Request r, State state) {
    boolean known = state != State.WRITING;
    Path folder = r.folder();
    return new View(
        ImageJobs.id(r.cut()),
        state,
        List.copyOf(r.disks().keySet()),
        r.by(),
        r.takenAtMillis(),
        known ? 100 : 40,
        100,
        known ? verdict : CutStatus.NONE,
        folder == null ? null : folder.resolve(ImageJobs.id(r.cut())),
        state == State.FAILED ? why : List.of());
  }

  @Override
  public List<View> all() {
    return views;
  }

  @Override
  public boolean cancel(String id) {
    return false;
  }
}
