// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.process;

import io.meikyo.agent.mirror.MirrorDisk;
import io.meikyo.agent.still.StillFront;
import org.jspecify.annotations.Nullable;

/** A way in which a mirror disk reaches applications. For the loop's thread. */
interface Front extends MirrorDisk.RoleListener {
  /** What status views call it. */
  String name();

  /** What status views show of it. */
  String state();

  /** What a hold of the disk must know of it; null if it has no block device. */
  default @Nullable StillFront still() {
    return null;
  }

  /**
   * Takes the disk from its users at once: what they asked for and will ask for fails. They are not
   * waited for.
   *
   * @param done run once when nothing more can come from them; any thread
   */
  default void drop(Runnable done) {
    ceases();
    done.run();
  }

  /**
   * The agent stops: takes no new request, lets those under way end, lets go of its clients, then
   * runs {@code done}, once. They come back when the agent is started again.
   */
  default void stop(Runnable done) {
    done.run();
  }
}
