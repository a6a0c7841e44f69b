// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.disk;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the process is told.
 *
 * @param mount folder where the disks appear as files
 * @param control path of the socket for commands
 * @param blockBytes 512 or 4096
 * @param undoBytes most bytes that are remembered
 * @param disks backing files by name
 */
record DiskOptions(
    Path mount, Path control, int blockBytes, long undoBytes, Map<String, Path> disks) {

  static final String USAGE =
      "usage: DiskMain --mount DIR --control SOCKET [--block 512|4096] [--undo-mib N] NAME=FILE...";

  /** Reads arguments. */
  static DiskOptions of(String... arguments) {
    Path mount = null;
    Path control = null;
    int block = 512;
    long undo = 256L << 20;
    Map<String, Path> disks = new LinkedHashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (!argument.startsWith("--")) {
        int equals = argument.indexOf('=');
        if (equals < 1) {
          throw new IllegalArgumentException(USAGE);
        }
        disks.put(argument.substring(0, equals), Path.of(argument.substring(equals + 1)));
        continue;
      }
      if (++i == arguments.length) {
        throw new IllegalArgumentException(USAGE);
      }
      String value = arguments[i];
      switch (argument) {
        case "--mount" -> mount = Path.of(value).toAbsolutePath().normalize();
        case "--control" -> control = Path.of(value);
        case "--block" -> block = Integer.parseInt(value);
        case "--undo-mib" -> undo = Long.parseLong(value) << 20;
        default -> throw new IllegalArgumentException(USAGE);
      }
    }
    if (disks.isEmpty() || (block != 512 && block != 4096)) {
      throw new IllegalArgumentException(USAGE);
    }
    return new DiskOptions(there(mount), there(control), block, undo, disks);
  }

  private static Path there(@Nullable Path path) {
    if (path == null) {
      throw new IllegalArgumentException(USAGE);
    }
    return path;
  }
}
