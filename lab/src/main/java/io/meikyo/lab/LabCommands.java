// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * What servers have on their PATH: {@code meikyo}, the {@code clp*} commands; and their scripts.
 */
final class LabCommands {
  private static final List<String> SCRIPTS =
      List.of("server-init.sh", "app-start.sh", "app-stop.sh", "postgres.sh");

  private final LabFolder folder;
  private final Path root;

  /**
   * For a lab.
   *
   * @param root where the {@code meikyo} command is
   */
  LabCommands(LabFolder folder, Path root) {
    this.folder = folder;
    this.root = root;
  }

  void install() throws IOException {
    Files.createDirectories(folder.bin());
    command("meikyo", root.resolve("meikyo"));
    Path own = root.resolve("bin");
    if (Files.isDirectory(own)) {
      try (Stream<Path> all = Files.list(own)) {
        for (Path p : all.sorted().toList()) {
          command(String.valueOf(p.getFileName()), p);
        }
      }
    }
    classes();
    for (String script : SCRIPTS) {
      try (InputStream in = Lab.class.getResourceAsStream(script)) {
        if (in == null) {
          throw new IOException(script + " is missing from the build");
        }
        executable(folder.bin().resolve(script), in.readAllBytes());
      }
    }
  }

  /** The application goes on when a newer build takes the place of this one. */
  private void classes() throws IOException {
    Path from;
    try {
      from = Path.of(Lab.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    if (Files.isDirectory(from)) {
      Files.createSymbolicLink(folder.classes(), from);
    } else {
      Files.copy(from, folder.classes());
    }
  }

  private void command(String name, Path program) throws IOException {
    String script = "#!/bin/bash\nexec '" + program + "' \"$@\"\n";
    executable(folder.bin().resolve(name), script.getBytes(StandardCharsets.UTF_8));
  }

  private static void executable(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
