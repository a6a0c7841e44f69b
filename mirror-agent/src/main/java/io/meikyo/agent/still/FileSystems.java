// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What is mounted on devices, and its freezing. Blocks at most as long as it is allowed to, and a
 * moment for the death of a child.
 */
interface FileSystems {
  /**
   * What was found.
   *
   * @param mounts each file system once, outer ones before those that are mounted in them
   * @param remarks what stands on the devices and is not frozen with them
   */
  record Found(List<StillMount> mounts, List<Notice> remarks) {}

  /**
   * Looks.
   *
   * @param devices by name of the mirror disk
   */
  Found find(Map<String, Path> devices) throws IOException;

  /** How a step ended. */
  enum How {
    /** As wished. */
    DONE,
    /** It was so before: frozen already, or not frozen. */
    ALREADY,
    /** Not done. */
    FAILED,
    /** The time was over, or it was not wanted any more. What the child did is not known. */
    CUT_SHORT
  }

  /**
   * The end of a step.
   *
   * @param said what the program said, for a sentence
   * @param gone done when the child is gone: one that was killed may hang in the kernel, and end
   *     its work later
   */
  record End(How how, String said, CompletableFuture<?> gone) {
    static final CompletableFuture<?> NOBODY = CompletableFuture.completedFuture(true);

    /** The child is still there. */
    boolean hangs() {
      return !gone.isDone();
    }
  }

  /** Null if the programs for it are installed; else what is missing. */
  @Nullable String missing();

  /**
   * Makes ready what the next steps on these need, so that they begin at once: making a process can
   * take longer than what it does. {@link #restNow} must follow.
   */
  void ready(List<StillMount> mounts);

  /** What was made ready and not used is given up. */
  void restNow();

  /**
   * Writes out what is in memory.
   *
   * @param stop ends the step when it is done
   */
  End sync(StillMount mount, long nanos, CompletableFuture<?> stop);

  /** Freezes; ALREADY: somebody else has. */
  End freeze(StillMount mount, long nanos, CompletableFuture<?> stop);

  /** Thaws all of them at once; ALREADY: it is not frozen. The ends in the order of the mounts. */
  List<End> thaw(List<StillMount> mounts, long nanos);
}
