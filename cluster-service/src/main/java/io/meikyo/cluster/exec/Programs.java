// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where programs are: a service manager's PATH may lack the folders of the administrator. */
public final class Programs {
  private static final List<String> USUAL =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  private Programs() {}

  /** Our PATH and the usual folders behind it, for children. */
  public static String path() {
    String own = System.getenv("PATH");
    Set<String> all = new LinkedHashSet<>();
    if (own != null && !own.isEmpty()) {
      all.addAll(List.of(own.split(":", -1)));
    }
    all.addAll(USUAL);
    return String.join(":", all);
  }

  /** The program that a name means, a path as it is; null if it is not there or not executable. */
  public static @Nullable Path find(String name) {
    if (name.contains("/")) {
      Path path = Path.of(name);
      return Files.isExecutable(path) && !Files.isDirectory(path) ? path : null;
    }
    for (String folder : path().split(":", -1)) {
      Path path = Path.of(folder, name);
      if (Files.isExecutable(path) && !Files.isDirectory(path)) {
        return path;
      }
    }
    return null;
  }
}
