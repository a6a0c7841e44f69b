// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.StartMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a server does at its next boot, by a word that was given on it: a small file beside the
 * journal, for the time in which the cluster cannot decide because the others are down. It counts
 * once, and then what the cluster has decided counts again; it is forgotten as well when the
 * cluster decides anew before that boot.
 */
public final class NextStart {
  private static final String NAME = "next-start";

  private NextStart() {}

  /** Gives the word. Durable when it returns. */
  public static void write(Path state, StartMode mode) throws IOException {
    WholeFile.write(state.resolve(NAME), mode.name() + "\n");
  }

  /** The word; what was decided last if none was given, or none that is known. */
  static StartMode read(Path state, StartMode decided) throws IOException {
    Path file = state.resolve(NAME);
    if (!Files.exists(file)) {
      return decided;
    }
    String word = Files.readString(file, StandardCharsets.UTF_8).strip();
    for (StartMode mode : StartMode.values()) {
      if (mode.name().equals(word)) {
        return mode;
      }
    }
    return decided;
  }

  /** True if a word was given. */
  static boolean given(Path state) {
    return Files.exists(state.resolve(NAME));
  }

  /** It has counted. */
  static void used(Path state) throws IOException {
    Files.deleteIfExists(state.resolve(NAME));
  }
}
