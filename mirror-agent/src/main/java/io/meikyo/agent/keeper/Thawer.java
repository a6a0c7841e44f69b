// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Freezer;
import io.meikyo.linux.LinuxException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Thaws, on a thread of its own: a thaw writes the superblock and can wait as long as writes are
 * held, and the keeper must not wait with it.
 */
final class Thawer {
  private final BlockingQueue<Integer> descriptors = new LinkedBlockingQueue<>();

  Thawer() {
    Thread.ofPlatform().daemon().name("thawer").start(this::run);
  }

  /**
   * Thaws soon; a file system that is not frozen stays as it is.
   *
   * @param fd of a folder on it; closed afterwards
   */
  void thaw(int fd) {
    descriptors.add(fd);
  }

  private void run() {
    try {
      while (true) {
        int fd = descriptors.take();
        try {
          Freezer.thaw(fd);
          KeeperMain.say("a frozen file system was thawed, since its deadline was over");
        } catch (LinuxException e) {
          // EINVAL: somebody has thawed it before. Anything else: there is nothing left to try.
          KeeperMain.say("not thawed: " + e.getMessage());
        }
        Descriptors.close(fd);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
