// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import java.nio.file.Path;

/**
 * Where the device of a mirror disk appears.
 *
 * @param name of the mirror disk, {@code md1}
 * @param mount folder for the FUSE file system, {@code /run/meikyo/fuse/md1}; made if need be
 * @param link symbolic link to the device, {@code /dev/meikyo/md1}; its folder is made if need be
 */
public record FrontSpec(String name, Path mount, Path link) {

  /** The usual places: everything of ours in /run/meikyo and /dev/meikyo. */
  public static FrontSpec standard(String name) {
    return in(name, Path.of("/run/meikyo"), Path.of("/dev/meikyo"));
  }

  /** The same below other folders, for laboratories and tests. */
  public static FrontSpec in(String name, Path run, Path links) {
    return new FrontSpec(name, run.resolve("fuse").resolve(name), links.resolve(name));
  }

  /** The file that the loop device is put on. */
  public Path file() {
    return mount.resolve(name);
  }
}
