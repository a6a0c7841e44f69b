// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where PostgreSQL's programs are on this machine. */
public final class PostgresPrograms {
  private PostgresPrograms() {}

  /** Their folder; null if they are not installed. */
  public static @Nullable Path look() {
    List<Path> folders = new ArrayList<>();
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      versions.sorted().forEach(v -> folders.add(v.resolve("bin")));
    } catch (IOException e) {
      // There is no such folder on this distribution.
    }
    folders.add(Path.of("/usr/local/bin"));
    folders.add(Path.of("/usr/bin"));
    return folders.reversed().stream()
        .filter(f -> Files.isExecutable(f.resolve("initdb")))
        .filter(f -> Files.isExecutable(f.resolve("pg_ctl")))
        .findFirst()
        .map(PostgresPrograms::real)
        .orElse(null);
  }

  /** Where links lead: beside what is linked may be programs that nobody has linked. */
  private static Path real(Path folder) {
    try {
      Path there = folder.resolve("initdb").toRealPath().getParent();
      return there != null && Files.isExecutable(there.resolve("pg_ctl")) ? there : folder;
    } catch (IOException e) {
      return folder;
    }
  }

  /** The same; installs them where the distribution has them. */
  static Path find(List<String> installCommand) throws DemoFailed, InterruptedException {
    Path found = look();
    if (found == null) {
      try {
        int status = new ProcessBuilder(installCommand).inheritIO().start().waitFor();
        found = status == 0 ? look() : null;
      } catch (IOException e) {
        found = null;
      }
    }
    if (found == null) {
      throw new DemoFailed(
          "PostgreSQL is not installed and could not be: install the package postgresql");
    }
    return found;
  }
}
