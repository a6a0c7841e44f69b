// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import io.meikyo.lab.Wait;
import io.meikyo.linux.MemoryCgroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A machine with little memory inside of this one: a control group that holds programs, their page
 * cache and a {@link HogMain} that takes nearly all of the rest. Everything outside of it has the
 * memory that it always had. It has no swap space, also where this machine has some. One caller.
 *
 * <pre>
 *  NAME            all the memory there is
 *  ├ NAME/programs most that the programs may have; less than all, but more than the hog leaves
 *  └ NAME/hog
 * </pre>
 */
public final class TightMachine implements AutoCloseable {
  private static final int STEPS = 100;
  private static final long STEP_MILLIS = 50;

  private final MemoryCgroup all;
  private final MemoryCgroup programs;
  private final MemoryCgroup hogs;
  private final long hogBytes;
  private final long moving;
  private final AtomicLong hogsStarted = new AtomicLong();
  private @Nullable Process hog;
  private volatile boolean ends;

  private TightMachine(
      MemoryCgroup all, MemoryCgroup programs, MemoryCgroup hogs, long hogBytes, long moving) {
    this.all = all;
    this.programs = programs;
    this.hogs = hogs;
    this.hogBytes = hogBytes;
    this.moving = moving;
  }

  /**
   * Makes it, without the hog.
   *
   * @param name of the control group; what is left of an earlier one is used again
   * @param bytes all the memory. The programs may have 10 sixteenths of it, page cache included;
   *     the hog takes 8, and gives up to 5 of them back for a moment, so that now the one limit is
   *     met and now the other
   * @throws IOException no control group for memory can be made here; the message says why
   */
  public static TightMachine make(String name, long bytes) throws IOException {
    MemoryCgroup root = MemoryCgroup.root();
    if (root == null) {
      throw new IOException("no control group hierarchy accounts for memory");
    }
    MemoryCgroup all = root.child(name);
    all.limit(bytes);
    MemoryCgroup programs = all.child("programs");
    long part = bytes / 16;
    programs.limit(10 * part);
    MemoryCgroup hogs = all.child("hog");
    for (MemoryCgroup group : List.of(all, programs, hogs)) {
      group.noSwap();
    }
    return new TightMachine(all, programs, hogs, 8 * part, 5 * part);
  }

  /** The whole of it. */
  public MemoryCgroup all() {
    return all;
  }

  /** The part where programs are. */
  public MemoryCgroup programs() {
    return programs;
  }

  /** The words that start a command in it. */
  public List<String> in(List<String> command) {
    return in(programs, command);
  }

  private static List<String> in(MemoryCgroup group, List<String> command) {
    List<String> words =
        new ArrayList<>(
            List.of("sh", "-c", "echo $$ >'" + group + "/cgroup.procs' && exec \"$@\"", "sh"));
    words.addAll(command);
    return words;
  }

  /** Starts the hog; whenever the kernel kills it for its memory, another one comes. */
  public void startHog() throws IOException {
    List<String> command = java(HogMain.class, 16, Long.toString(hogBytes), Long.toString(moving));
    ProcessBuilder builder = new ProcessBuilder(in(hogs, command)).redirectErrorStream(true);
    // What it gives back must go back to the kernel.
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    Process process = builder.start();
    hogsStarted.incrementAndGet();
    hog = process;
    Thread.ofPlatform().daemon().name("hog").start(() -> watch(process));
  }

  private void watch(Process process) {
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      while (out.readLine() != null) {
        // It has little to say, and its end is what counts.
      }
      process.waitFor();
      Wait.pass(STEP_MILLIS);
      if (!ends) {
        startHog();
      }
    } catch (IOException e) {
      ends = true; // no more hogs: the figures will show it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the hog has what it should have. */
  public void awaitHog() throws IOException, InterruptedException {
    for (int i = 0; i < STEPS && hogs.used() < hogBytes - moving; i++) {
      Wait.pass(STEP_MILLIS);
    }
    if (hogs.used() < hogBytes - moving) {
      throw new IOException("the hog has only " + hogs.used() + " bytes");
    }
  }

  /** How often the kernel killed the hog. */
  public long hogsKilled() {
    return Math.max(0, hogsStarted.get() - 1);
  }

  /** The command line of a Java program of this class path with a small memory. */
  public static List<String> java(Class<?> main, int heapMib, String... arguments) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xmx" + heapMib + "m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    words.addAll(List.of(arguments));
    return words;
  }

  /** Ends the hog and takes the groups away; the programs must have ended. */
  @Override
  public void close() throws IOException {
    ends = true;
    Process process = hog;
    try {
      if (process != null) {
        process.destroyForcibly().waitFor();
      }
      remove();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A group is empty only a moment after its last process was seen to end. */
  private void remove() throws IOException, InterruptedException {
    for (int i = 0; ; i++) {
      try {
        hogs.remove();
        programs.remove();
        all.remove();
        return;
      } catch (IOException e) {
        if (i == STEPS) {
          throw e;
        }
        Wait.pass(STEP_MILLIS);
      }
    }
  }
}
