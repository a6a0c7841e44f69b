// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Where a log may be kept. */
final class Folders {
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "devtmpfs");

  private Folders() {}

  /**
   * Makes the folder, unless what is in it may be gone after a restart of the server: a member that
   * forgets what it voted for and confirmed, and comes back under its old name, can make committed
   * entries disappear.
   *
   * @throws IOException if it is such a folder, or cannot be made; or if the engine, whose settings
   *     are text with commas and variables, would take its name for another
   */
  static void check(Path folder, boolean mayForget) throws IOException {
    String name = folder.toAbsolutePath().toString();
    if (name.contains(",") || name.contains("$")) {
      throw new IOException(
          "a folder for the replicated log may not have , or $ in its name: " + folder);
    }
    Files.createDirectories(folder);
    if (mayForget) {
      return;
    }
    Path real = folder.toRealPath();
    for (String temporary :
        List.of("/tmp", "/var/tmp", "/run", "/dev", System.getProperty("java.io.tmpdir"))) {
      Path there = Path.of(temporary);
      if (Files.exists(there) && real.startsWith(there.toRealPath())) {
        throw new IOException(folder + " lies in a temporary folder: what votes must not forget");
      }
    }
    if (IN_MEMORY.contains(Files.getFileStore(real).type())) {
      throw new IOException(folder + " lies in memory: what votes must not forget");
    }
  }
}
