// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.linux.DeviceNumber;
import java.nio.file.Path;

/**
 * A file system on a mirror disk: one of its mounts stands for all of them.
 *
 * @param mirror name of the mirror disk
 * @param device number by which the kernel knows the file system
 * @param at where it is mounted
 */
record StillMount(String mirror, DeviceNumber device, Path at) {
  /** The name under which the keeper knows the freeze. */
  String keeperName() {
    return "freeze " + device;
  }
}
