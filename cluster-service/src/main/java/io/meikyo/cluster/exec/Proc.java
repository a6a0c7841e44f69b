// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Poll;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process as /proc shows it. Reading it waits for nobody.
 *
 * @param pid its number
 * @param command its name, at most 15 characters
 * @param state a letter: R, S, D (hangs in the kernel), Z (has ended), …
 * @param parent number of its parent
 * @param started when it was started, ticks since boot: with the number it is unique
 */
public record Proc(int pid, String command, char state, int parent, long started) {
  private static final Path PROC = Path.of("/proc");

  /** The process with a number; null if there is none. */
  public static @Nullable Proc of(int pid) {
    try {
      // 12 (a name) S 1 12 12 0 -1 …: the name may contain anything, also ")".
      String stat =
          new String(Files.readAllBytes(PROC.resolve(pid + "/stat")), StandardCharsets.UTF_8);
      int open = stat.indexOf('(');
      int close = stat.lastIndexOf(')');
      String[] rest = stat.substring(close + 2).split(" ", -1);
      return new Proc(
          pid,
          stat.substring(open + 1, close),
          rest[0].charAt(0),
          Integer.parseInt(rest[1]),
          Long.parseLong(rest[19]));
    } catch (IOException e) {
      return null;
    }
  }

  /** True while this very process is there and has not ended. */
  public boolean lives() {
    Proc now = of(pid);
    return now != null && now.started == started && now.state != 'Z' && now.state != 'X';
  }

  /** Numbers of all processes that we see. */
  public static List<Integer> all() throws IOException {
    List<Integer> all = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path folder : folders) {
        all.add(Integer.parseInt(String.valueOf(folder.getFileName())));
      }
    }
    return all;
  }

  /** Sends it a signal, and nobody else who has its number by now. */
  public void signal(int signal) {
    Map<Proc, Integer> handle = new LinkedHashMap<>();
    open(this, handle);
    signal(handle, signal);
    handle.values().forEach(Descriptors::close);
  }

  /** Its folder in /proc. */
  public Path folder() {
    return PROC.resolve(Integer.toString(pid));
  }

  /** {@code 812 (postgres)}. */
  @Override
  public String toString() {
    return pid + " (" + command + ")";
  }

  /**
   * Ends processes: signals each, waits, and kills those that are left.
   *
   * @param signal what asks them to end; SIGKILL: they are not asked
   * @param graceNanos how long they have after being asked
   * @return those that are still there: they hang in the kernel, or the limit was over
   */
  public static List<Proc> end(List<Proc> who, int signal, long graceNanos, Limit limit) {
    Map<Proc, Integer> handles = new LinkedHashMap<>();
    try {
      for (Proc p : who) {
        open(p, handles);
      }
      signal(handles, signal);
      if (signal != Processes.SIGKILL) {
        await(handles, graceNanos, limit);
        signal(handles, Processes.SIGKILL);
      }
      await(handles, Math.min(KILLED_NANOS, Math.max(limit.left(), KILLED_LEAST_NANOS)));
      return List.copyOf(handles.keySet());
    } finally {
      handles.values().forEach(Descriptors::close);
    }
  }

  /**
   * Waits for processes that were asked to end.
   *
   * @param nanos at most so long
   * @return those that are still there
   */
  public static List<Proc> left(List<Proc> who, long nanos, Limit limit) {
    Map<Proc, Integer> handles = new LinkedHashMap<>();
    try {
      for (Proc p : who) {
        open(p, handles);
      }
      await(handles, nanos, limit);
      return List.copyOf(handles.keySet());
    } finally {
      handles.values().forEach(Descriptors::close);
    }
  }

  private static final long SLICE_NANOS = 100_000_000L;
  private static final long KILLED_NANOS = 1_000_000_000L;
  private static final long KILLED_LEAST_NANOS = 100_000_000L;

  private static void open(Proc p, Map<Proc, Integer> handles) {
    try {
      int handle = Processes.open(p.pid);
      // The number may be another process's by now; from here on it cannot change.
      if (p.lives()) {
        handles.put(p, handle);
      } else {
        Descriptors.close(handle);
      }
    } catch (LinuxException e) {
      // It has ended.
    }
  }

  private static void signal(Map<Proc, Integer> handles, int signal) {
    // A process that has just ended cannot be signalled, and need not be.
    handles.values().forEach(handle -> Processes.signal(handle, signal));
  }

  /** In slices, since a cancellation does not wake whoever waits for processes. */
  private static void await(Map<Proc, Integer> handles, long nanos, Limit limit) {
    Limit here = limit.within(Duration.ofNanos(nanos));
    while (!handles.isEmpty() && !here.isOver()) {
      await(handles, Math.min(SLICE_NANOS, here.left()));
    }
  }

  /** Waits until all have ended, and forgets those that have. */
  private static void await(Map<Proc, Integer> handles, long nanos) {
    long deadline = System.nanoTime() + nanos;
    while (!handles.isEmpty()) {
      List<Proc> order = List.copyOf(handles.keySet());
      try (Poll poll = new Poll()) {
        for (Proc p : order) {
          poll.add(handles.getOrDefault(p, -1), Poll.POLLIN);
        }
        int ready = poll.await(Math.max(0, deadline - System.nanoTime()));
        for (int i = 0; i < order.size(); i++) {
          Integer handle = poll.events(i) == 0 ? null : handles.remove(order.get(i));
          if (handle != null) {
            Descriptors.close(handle);
          }
        }
        if (ready <= 0 && System.nanoTime() >= deadline) {
          return;
        }
      }
    }
  }

  /**
   * The processes that were started with all of these in their environment, by whichever parent.
   * Ours and its ancestors are never among them.
   *
   * @param found takes each when it is found: this can hang at the memory of a process that hangs,
   *     so do it {@link Aside}. Those that look as if they did come last
   */
  public static void marked(Map<String, String> marks, Consumer<Proc> found) throws IOException {
    List<Integer> own = ancestors();
    List<Proc> all = new ArrayList<>();
    for (int pid : all()) {
      Proc p = own.contains(pid) ? null : of(pid);
      if (p != null && p.lives()) {
        all.add(p);
      }
    }
    all.sort(Comparator.comparing(p -> p.state == 'D'));
    for (Proc p : all) {
      if (hasAll(p.folder().resolve("environ"), marks)) {
        found.accept(p);
      }
    }
  }

  /** We and those who started us: never to be killed. */
  public static List<Integer> ancestors() {
    List<Integer> all = new ArrayList<>();
    Proc p = of((int) ProcessHandle.current().pid());
    while (p != null && !all.contains(p.pid)) {
      all.add(p.pid);
      p = of(p.parent);
    }
    return all;
  }

  private static boolean hasAll(Path environment, Map<String, String> marks) {
    try {
      String text = new String(Files.readAllBytes(environment), StandardCharsets.ISO_8859_1);
      List<String> entries = List.of(text.split("\0", -1));
      return marks.entrySet().stream()
          .allMatch(m -> entries.contains(latin(m.getKey() + "=" + m.getValue())));
    } catch (IOException e) {
      // It has ended, or it is the kernel's.
      return false;
    }
  }

  /** The UTF-8 bytes of a text, as {@link #hasAll} reads them. */
  private static String latin(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
