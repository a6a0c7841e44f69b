// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Proc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process that writes down who it is before it becomes the program, so that there is no moment in
 * which it runs and nobody could find it again: number, start time and boot.
 */
final class Recorded {
  private static final String SCRIPT =
      "echo \"$$ $(cut -d' ' -f22 /proc/$$/stat) $1\" >\"$2.new\" && mv -f \"$2.new\" \"$2\""
          + " && shift 2 && exec \"$@\"";

  private Recorded() {}

  /** The words that write the file and then become the program, without another process. */
  static List<String> words(Path file, List<String> program) throws IOException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("/bin/sh", "-c", SCRIPT, "meikyo", RunFiles.boot(), file.toString()));
    words.addAll(program);
    return words;
  }

  /** True if a process was written down in this boot; it may have ended. */
  static boolean exists(Path file) throws IOException {
    return parts(file).length == 3;
  }

  /** The process that was written down, if it lives. */
  static @Nullable Proc living(Path file) throws IOException {
    String[] parts = parts(file);
    if (parts.length != 3) {
      return null;
    }
    Proc p = Proc.of(Integer.parseInt(parts[0]));
    return p != null && p.started() == Long.parseLong(parts[1]) && p.lives() ? p : null;
  }

  private static String[] parts(Path file) throws IOException {
    try {
      String[] parts = Files.readString(file, StandardCharsets.UTF_8).strip().split(" ", -1);
      boolean good =
          parts.length == 3
              && parts[0].matches("[0-9]{1,9}")
              && parts[1].matches("[0-9]{1,18}")
              && parts[2].equals(RunFiles.boot());
      return good ? parts : new String[0];
    } catch (NoSuchFileException e) {
      return new String[0];
    }
  }
}
