// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The source tree: every file that is neither built nor private to a tool. */
final class Tree {

  private static final Set<String> NOT_OURS =
      Set.of(".git", ".meikyo", ".idea", ".vscode", "target", "node_modules");

  private Tree() {}

  static Path root() {
    String root = System.getProperty("meikyo.root");
    return Path.of(root != null ? root : "..").toAbsolutePath().normalize();
  }

  static List<SourceFile> files() {
    List<SourceFile> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          root(),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              return NOT_OURS.contains(folder.getFileName().toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              String path = root().relativize(file).toString();
              if (attributes.isRegularFile() && SourceFile.isText(path, file)) {
                files.add(new SourceFile(path, Files.readString(file)));
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  static Stream<SourceFile> files(String suffix) {
    return files().stream().filter(file -> file.path().endsWith(suffix));
  }

  static String read(String path) {
    try {
      return Files.readString(root().resolve(path), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
