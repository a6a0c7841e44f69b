// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.process;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A mark in the state folder of a server: its disks are about to be replaced by an image. As long
 * as it stands, the mirror agent opens no partition, so that a restore finds them at rest (rule
 * R18). Durable when a method returns; any process.
 */
public final class RestoreMark {
  private static final String NAME = "restore-pending";

  private RestoreMark() {}

  /** True if it stands. */
  public static boolean stands(Path state) {
    return Files.exists(state.resolve(NAME));
  }

  /** Sets it. */
  public static void set(Path state) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            state.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    sync(state);
  }

  /** Takes it away, if it stands. */
  public static void clear(Path state) throws IOException {
    if (Files.deleteIfExists(state.resolve(NAME))) {
      sync(state);
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
