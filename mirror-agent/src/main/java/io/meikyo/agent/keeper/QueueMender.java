// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.agent.front.DeviceQueue;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Puts the request queue of a loop device back to what the kernel begins with, for its next user,
 * when its agent has died and none came. On a thread of its own: the kernel waits for what is under
 * way on the device.
 */
final class QueueMender {
  private final BlockingQueue<Path> devices = new LinkedBlockingQueue<>();

  QueueMender() {
    Thread.ofPlatform().daemon().name("queue-mender").start(this::run);
  }

  /**
   * Puts it back soon.
   *
   * @param device as the agent has told it; empty: it has told none
   */
  void putBack(String device) {
    if (device.startsWith("/dev/")) {
      devices.add(Path.of(device));
    }
  }

  private void run() {
    try {
      while (true) {
        Path device = devices.take();
        String refused = DeviceQueue.reset(device);
        if (!refused.isEmpty()) {
          KeeperMain.say(device + " keeps a request queue as a mirror disk needs it: " + refused);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
