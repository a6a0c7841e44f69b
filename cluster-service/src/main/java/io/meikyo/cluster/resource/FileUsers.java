// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Aside;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Proc;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/**
 * Who uses a file system, from what the kernel has in memory: the file system is not asked, for it
 * may hang. Sees the processes of this process namespace.
 *
 * @param users those that were found
 * @param all false if the search did not come to its end: there may be more
 */
record FileUsers(List<FileUsers.FileUser> users, boolean all) {
  private static final int NAMED_MAX = 8;

  FileUsers {
    users = List.copyOf(users);
  }

  /** How a process uses it. */
  enum Use {
    /** An open file or folder. */
    FILE,
    /** Its working directory. */
    DIRECTORY,
    /** Its root directory. */
    ROOT,
    /** The program that it runs. */
    PROGRAM,
    /** A file in its memory. */
    MEMORY,
    /** A mount in a namespace that is not ours; its processes may not use it at all. */
    MOUNT
  }

  /**
   * A process that uses it.
   *
   * @param user name or number of whom it runs as
   */
  record FileUser(Proc process, String user, Set<Use> uses) {
    /** True if ending the process ends the use. */
    boolean endsWithProcess() {
      return uses.stream().anyMatch(use -> use != Use.MOUNT);
    }

    @Override
    public String toString() {
      String how =
          uses.stream()
              .map(use -> use.name().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
      return process + " of " + user + ": " + how;
    }
  }

  /**
   * Finds them.
   *
   * @param fileSystem its device number
   */
  static FileUsers of(DeviceNumber fileSystem, Limit limit) {
    ConcurrentLinkedQueue<FileUser> found = new ConcurrentLinkedQueue<>();
    try {
      Boolean end =
          Aside.call(
              limit,
              () -> {
                search(fileSystem, found);
                return true;
              });
      return new FileUsers(List.copyOf(found), end != null);
    } catch (IOException e) {
      // /proc cannot be listed: nobody knows.
      return new FileUsers(List.of(), false);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Those that a signal can end; not ourselves. */
  List<FileUser> mortal() {
    List<Integer> spared = Proc.ancestors();
    return users.stream()
        .filter(u -> u.endsWithProcess() && !spared.contains(u.process.pid()))
        .toList();
  }

  /** For people: the first of them, and how many more. */
  @Override
  public String toString() {
    String named =
        users.stream().limit(NAMED_MAX).map(FileUser::toString).collect(Collectors.joining("; "));
    int more = users.size() - NAMED_MAX;
    String rest = more > 0 ? "; " + more + " more" : "";
    if (!all) {
      return named + rest + (named.isEmpty() ? "" : "; ") + "the search took too long";
    }
    return users.isEmpty()
        ? "nobody that is seen (perhaps the kernel: swap, a loop device, an NFS server)"
        : named + rest;
  }

  private static void search(DeviceNumber fileSystem, ConcurrentLinkedQueue<FileUser> found)
      throws IOException {
    Map<String, String> names = userNames();
    Path ourView = view(Path.of("/proc/thread-self"));
    // Memory comes last: its list can wait for a process that hangs.
    List<Proc> later = new ArrayList<>();
    for (int pid : Proc.all()) {
      Proc p = Proc.of(pid);
      if (p == null) {
        continue;
      }
      Set<Use> uses = links(p, fileSystem);
      Path view = view(p.folder());
      if (!view.equals(ourView) && !view.equals(Path.of("")) && sees(p, fileSystem)) {
        uses.add(Use.MOUNT);
      }
      if (uses.isEmpty()) {
        later.add(p);
      } else {
        found.add(new FileUser(p, user(p, names), uses));
      }
    }
    for (Proc p : later) {
      if (maps(p, fileSystem)) {
        found.add(new FileUser(p, user(p, names), EnumSet.of(Use.MEMORY)));
      }
    }
  }

  private static Set<Use> links(Proc p, DeviceNumber fileSystem) {
    Set<Use> uses = EnumSet.noneOf(Use.class);
    if (isOn(p.folder().resolve("cwd"), fileSystem)) {
      uses.add(Use.DIRECTORY);
    }
    if (isOn(p.folder().resolve("root"), fileSystem)) {
      uses.add(Use.ROOT);
    }
    if (isOn(p.folder().resolve("exe"), fileSystem)) {
      uses.add(Use.PROGRAM);
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(p.folder().resolve("fd"))) {
      for (Path file : files) {
        if (isOn(file, fileSystem)) {
          uses.add(Use.FILE);
          break;
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // It has ended.
    }
    return uses;
  }

  private static boolean isOn(Path link, DeviceNumber fileSystem) {
    try {
      return FileStat.of(link).fileSystem().equals(fileSystem);
    } catch (LinuxException e) {
      // It was closed, it has ended, or it is the kernel's.
      return false;
    }
  }

  private static Path view(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/mnt"));
    } catch (IOException e) {
      return Path.of("");
    }
  }

  private static boolean sees(Proc p, DeviceNumber fileSystem) {
    try {
      return Mounts.in(p.folder()).stream().anyMatch(m -> m.device().equals(fileSystem));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean maps(Proc p, DeviceNumber fileSystem) {
    // 7f12-7f13 r--p 00000000 07:03 131 /srv/lib.so: the numbers are in hex, of two digits or more.
    String device =
        String.format(Locale.ROOT, " %02x:%02x ", fileSystem.major(), fileSystem.minor());
    try {
      return new String(Files.readAllBytes(p.folder().resolve("maps")), StandardCharsets.ISO_8859_1)
          .contains(device);
    } catch (IOException e) {
      return false;
    }
  }

  private static String user(Proc p, Map<String, String> names) {
    try {
      for (String line : Files.readAllLines(p.folder().resolve("status"))) {
        if (line.startsWith("Uid:")) {
          String number = line.split("\\s+", -1)[1];
          return names.getOrDefault(number, number);
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
    return "?";
  }

  /** From the file alone: a directory over the network could take its time. */
  private static Map<String, String> userNames() throws IOException {
    try (var lines = Files.lines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1)) {
      return lines
          .map(line -> line.split(":", -1))
          .filter(parts -> parts.length > 2)
          .collect(Collectors.toMap(parts -> parts[2], parts -> parts[0], (first, _) -> first));
    }
  }
}
