// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import java.util.Set;
import java.util.function.Consumer;

/**
 * Judges the requests that a former server was given and did not answer (rule R3): one that killed
 * the agent more than once is answered with EIO, since it would kill it for ever. For the loop's
 * thread.
 */
public interface ResentFence {
  /** Lets everything run. */
  ResentFence NONE =
      new ResentFence() {
        @Override
        public void resent(Set<Long> uniques, Consumer<Set<Long>> fenced) {
          fenced.accept(Set.of());
        }

        @Override
        public void answered() {
          // Nobody counts.
        }
      };

  /**
   * These were sent again. Nothing runs before the verdict.
   *
   * @param uniques their numbers
   * @param fenced takes, once, those that must not run
   */
  void resent(Set<Long> uniques, Consumer<Set<Long>> fenced);

  /** All of them have been answered: they are harmless. */
  void answered();
}
