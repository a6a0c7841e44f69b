// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A control group that accounts for memory: version 2, or the memory controller of version 1.
 * Reading needs no rights; everything that changes something needs root and a cgroup file system
 * that may be written. Any thread.
 */
public final class MemoryCgroup {
  /** What {@link #limit()} says where there is none, bytes. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** Version 1 shows the largest multiple of a page for "no limit". */
  private static final long V1_UNLIMITED = Long.MAX_VALUE - 0xffff;

  private final Path root;
  private final Path folder;
  private final boolean second;

  private MemoryCgroup(Path root, Path folder, boolean second) {
    this.root = root;
    this.folder = folder;
    this.second = second;
  }

  /**
   * The uppermost group that this process can see; null if no mounted hierarchy accounts for
   * memory.
   */
  public static @Nullable MemoryCgroup root() throws IOException {
    for (Mounts.Mounted mounted : Mounts.all()) {
      Path at = mounted.at();
      if (mounted.type().equals("cgroup") && Files.exists(at.resolve("memory.limit_in_bytes"))) {
        return new MemoryCgroup(at, at, false);
      }
      if (mounted.type().equals("cgroup2") && controllers(at).contains("memory")) {
        return new MemoryCgroup(at, at, true);
      }
    }
    return null;
  }

  private static List<String> controllers(Path at) throws IOException {
    Path file = at.resolve("cgroup.controllers");
    return Files.exists(file) ? List.of(read(file).split(" ", -1)) : List.of();
  }

  /** The group of this process; null as {@link #root} says. */
  public static @Nullable MemoryCgroup own() throws IOException {
    return of("self");
  }

  /** The group of another process; null as {@link #root} says. */
  public static @Nullable MemoryCgroup of(int pid) throws IOException {
    return of(Integer.toString(pid));
  }

  private static @Nullable MemoryCgroup of(String process) throws IOException {
    MemoryCgroup root = root();
    if (root == null) {
      return null;
    }
    for (String line : Files.readAllLines(Path.of("/proc", process, "cgroup"))) {
      // 4:memory:/a/b, or 0::/a/b in version 2
      String[] parts = line.split(":", 3);
      boolean ours =
          root.second ? parts[0].equals("0") : List.of(parts[1].split(",", -1)).contains("memory");
      if (ours) {
        Path folder = root.folder.resolve(parts[2].substring(1)).normalize();
        // In a container, the path can be the host's, and what is mounted the container's own.
        return Files.isDirectory(folder) ? new MemoryCgroup(root.root, folder, root.second) : root;
      }
    }
    return null;
  }

  /** Where it is. */
  public Path path() {
    return folder;
  }

  /** 1 or 2. */
  public int version() {
    return second ? 2 : 1;
  }

  /** The group around this one; null for the uppermost that can be seen. */
  public @Nullable MemoryCgroup above() {
    return folder.equals(root)
        ? null
        : new MemoryCgroup(root, Objects.requireNonNull(folder.getParent()), second);
  }

  /**
   * Bytes that the processes in it and below it may have, page cache included; {@link #UNLIMITED}
   * if this group sets no limit. In version 2 a limit that only slows down ({@code memory.high})
   * counts too.
   */
  public long limit() throws IOException {
    if (!second) {
      long bytes = number("memory.limit_in_bytes");
      return bytes >= V1_UNLIMITED ? UNLIMITED : bytes;
    }
    return Math.min(number("memory.max"), number("memory.high"));
  }

  /** The nearest group that limits this one: it, one above it, or null. */
  public @Nullable MemoryCgroup limiting() throws IOException {
    for (MemoryCgroup g = this; g != null; g = g.above()) {
      if (g.limit() != UNLIMITED) {
        return g;
      }
    }
    return null;
  }

  /** Bytes in use, page cache included. */
  public long used() throws IOException {
    return number(second ? "memory.current" : "memory.usage_in_bytes");
  }

  /** Processes that the kernel has killed because this group was full. */
  public long killed() throws IOException {
    return counter(second ? "memory.events" : "memory.oom_control", "oom_kill");
  }

  /** How often somebody wanted memory while the group was full. */
  public long full() throws IOException {
    return second ? counter("memory.events", "max") : number("memory.failcnt");
  }

  /** Bytes of pages that wait to be written out, or are being written. */
  public long unwritten() throws IOException {
    return second
        ? counter("memory.stat", "file_dirty") + counter("memory.stat", "file_writeback")
        : counter("memory.stat", "total_dirty") + counter("memory.stat", "total_writeback");
  }

  private long counter(String file, String name) throws IOException {
    for (String line : read(folder.resolve(file)).lines().toList()) {
      if (line.startsWith(name + " ")) {
        return Long.parseLong(line.substring(name.length() + 1));
      }
    }
    return 0;
  }

  private long number(String file) throws IOException {
    Path path = folder.resolve(file);
    if (!Files.exists(path)) {
      return UNLIMITED; // the root of version 2 has none of them
    }
    String text = read(path);
    return text.equals("max") ? UNLIMITED : Long.parseLong(text);
  }

  // ---- changes

  /**
   * Makes a group below this one; one that is there already is used.
   *
   * @throws IOException no rights, or a read-only hierarchy
   */
  public MemoryCgroup child(String name) throws IOException {
    Path to = folder.resolve(name);
    if (!Files.isDirectory(to)) {
      Files.createDirectory(to);
    }
    return new MemoryCgroup(root, to, second);
  }

  /**
   * Sets the limit.
   *
   * @throws IOException no rights; EBUSY, if more is in use and cannot be freed; in version 2 also
   *     if the group above has processes of its own
   */
  public void limit(long bytes) throws IOException {
    MemoryCgroup above = above();
    if (second && above != null && !Files.exists(folder.resolve("memory.max"))) {
      write(above.folder.resolve("cgroup.subtree_control"), "+memory");
    }
    write(
        folder.resolve(second ? "memory.max" : "memory.limit_in_bytes"),
        bytes == UNLIMITED ? second ? "max" : "-1" : Long.toString(bytes));
  }

  /**
   * Nothing of it is swapped out from now on, whatever the machine has.
   *
   * @throws IOException no rights
   */
  public void noSwap() throws IOException {
    Path max = folder.resolve("memory.swap.max");
    if (!second) {
      write(folder.resolve("memory.swappiness"), "0");
    } else if (Files.exists(max)) {
      write(max, "0");
    }
  }

  /**
   * Moves a process, with all its threads, into it. What it has already stays accounted where it
   * was.
   *
   * @throws IOException no rights, or no such process
   */
  public void enter(int pid) throws IOException {
    write(folder.resolve("cgroup.procs"), Integer.toString(pid));
  }

  /**
   * Removes it.
   *
   * @throws IOException EBUSY: it has processes or groups below it
   */
  public void remove() throws IOException {
    Files.deleteIfExists(folder);
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.US_ASCII).strip();
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
