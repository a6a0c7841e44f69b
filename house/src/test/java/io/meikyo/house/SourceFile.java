// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A text file of the source tree, or a planted one.
 *
 * @param path relative to the root, with slashes
 */
record SourceFile(String path, String text) {

  private static final List<String> SUFFIXES =
      List.of(".java", ".sh", ".properties", ".md", ".xml", ".txt", ".toml", ".yml", ".yaml");

  /** Text by its suffix, or a script by its first two bytes. */
  static boolean isText(String path, Path file) throws IOException {
    if (SUFFIXES.stream().anyMatch(path::endsWith)) {
      return true;
    }
    try (var in = Files.newInputStream(file)) {
      return in.read() == '#' && in.read() == '!';
    }
  }

  boolean isJava() {
    return path.endsWith(".java");
  }

  boolean isScript() {
    return path.endsWith(".sh") || text.startsWith("#!");
  }

  boolean isMain() {
    return path.contains("/src/main/");
  }

  List<String> lines() {
    return text.lines().toList();
  }
}
