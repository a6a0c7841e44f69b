// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who uses a device, from what the kernel lists; never asks the device or a file system. Sees the
 * mounts of other namespaces through their processes.
 */
final class Holders {
  private static final Path PROC = Path.of("/proc");

  /** More than these are only counted. */
  private static final int NAMED_MAX = 4;

  private Holders() {}

  /** A list for people: {@code mounted on /srv; process 812 (postgres)}; "nobody that is seen". */
  static String of(Path device) {
    List<String> found = new ArrayList<>();
    try {
      for (Mounts.Mounted mounted : Mounts.all()) {
        if (mounted.source().equals(device.toString())) {
          found.add("mounted on " + mounted.at());
        }
      }
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
        for (Path process : processes) {
          if (uses(process, device.toString())) {
            found.add("process " + process.getFileName() + " (" + name(process) + ")");
          }
        }
      }
    } catch (IOException e) {
      found.add("not known: " + e.getMessage());
    }
    if (found.isEmpty()) {
      return "nobody that is seen";
    }
    int more = found.size() - NAMED_MAX;
    String named = String.join("; ", found.subList(0, Math.min(found.size(), NAMED_MAX)));
    return more > 0 ? named + "; " + more + " more" : named;
  }

  /** True if a process has it open or mounted; one that ends meanwhile has not. */
  private static boolean uses(Path process, String device) {
    try (DirectoryStream<Path> fds = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path fd : fds) {
        if (Files.readSymbolicLink(fd).toString().equals(device)) {
          return true;
        }
      }
      try (var mounts = Files.lines(process.resolve("mountinfo"))) {
        boolean own = !namespace(process).equals(namespace(PROC.resolve("self")));
        return own && mounts.anyMatch(line -> line.contains(" " + device + " "));
      }
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static Path namespace(Path process) throws IOException {
    return Files.readSymbolicLink(process.resolve("ns/mnt"));
  }

  private static String name(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip();
    } catch (IOException e) {
      return "?";
    }
  }
}
