// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Programs;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An NBD export mounted read-only: {@code nbdfuse} makes a file of it, {@code mount} puts a loop
 * device on that. One thread mounts and waits; any closes.
 */
final class SnapshotMount implements AutoCloseable {
  /**
   * What a file system may need that was not unmounted, tried one after the other: nothing, since
   * it was frozen; ext4 without its journal; XFS without its log, beside the one that it is a copy
   * of.
   */
  private static final List<String> OPTIONS =
      List.of("ro,loop", "ro,loop,noload", "ro,loop,norecovery,nouuid");

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long LOOK_MILLIS = 20;

  private final String uri;
  private final Path folder;
  private @Nullable Path work;
  private @Nullable Process fuse;
  private boolean mounted;
  private boolean closed;
  private String options = "";

  SnapshotMount(String uri, Path folder) {
    this.uri = uri;
    this.folder = folder;
  }

  /** How it was mounted. */
  String options() {
    return options;
  }

  /** Mounts; what was done is undone by {@link #close}. */
  void mount() throws InterruptedException {
    for (String program : List.of("nbdfuse", "mount", "umount")) {
      if (Programs.find(program) == null) {
        throw new CommandFailed(Notice.of(CliNotice.NO_PROGRAM, program));
      }
    }
    try {
      begin();
    } catch (IOException e) {
      throw failed(String.valueOf(e.getMessage()));
    }
  }

  private CommandFailed failed(String why) {
    return new CommandFailed(Notice.of(CliNotice.NOT_MOUNTED, folder, why));
  }

  private synchronized void begin() throws IOException, InterruptedException {
    if (closed) {
      return;
    }
    Path place = Files.createTempDirectory("meikyo-snapshot");
    work = place;
    Path ready = place.resolve("ready");
    Path at = Files.createDirectory(place.resolve("nbd"));
    Path said = place.resolve("said");
    Process process =
        Child.begin(
            new Child.Program(
                List.of("nbdfuse", "-r", "-P", ready.toString(), at + "/disk", uri),
                java.util.Map.of(),
                null,
                said));
    fuse = process;
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!Files.exists(ready)) {
      if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() > until) {
        throw failed("nbdfuse: " + Child.end(said, 0).strip());
      }
    }
    String why = "";
    for (String each : OPTIONS) {
      Child.End end =
          Child.run(
              Child.Program.of("mount", "-o", each, at + "/disk", folder.toString()),
              Limit.of(PATIENCE));
      if (end.ok()) {
        mounted = true;
        options = each;
        return;
      }
      why = end.said();
    }
    throw failed(why);
  }

  /** Until it is unmounted, by whomever, or is served no more. */
  void await() throws InterruptedException {
    Process process = fuse;
    while (process != null && isMounted() && !process.waitFor(1, TimeUnit.SECONDS)) {
      // Nobody tells of an unmount: it is looked again.
    }
  }

  private boolean isMounted() {
    try {
      // What is mounted there is another device than the folder above.
      return !Files.getAttribute(folder, "unix:dev")
          .equals(Files.getAttribute(folder.resolve(".."), "unix:dev"));
    } catch (IOException e) {
      return false;
    }
  }

  /** Unmounts both; twice is no error. */
  @Override
  public synchronized void close() {
    closed = true;
    if (mounted) {
      if (!Child.run(Child.Program.of("umount", folder.toString()), Limit.of(PATIENCE)).ok()) {
        // Somebody reads there. It is a copy, and ends with us: out of sight now, gone at his end.
        Child.run(Child.Program.of("umount", "--lazy", folder.toString()), Limit.of(PATIENCE));
      }
      mounted = false;
    }
    Process process = fuse;
    Path place = work;
    if (process != null && place != null) {
      // Lazy: the kernel may be about to let go of the loop device. nbdfuse ends when it has.
      Child.run(
          Child.Program.of("umount", "--lazy", place.resolve("nbd").toString()),
          Limit.of(PATIENCE));
      try {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      fuse = null;
    }
    if (place != null) {
      clear(place);
      work = null;
    }
  }

  private static void clear(Path place) {
    for (String name : List.of("ready", "said", "nbd", "")) {
      try {
        Files.deleteIfExists(place.resolve(name));
      } catch (IOException e) {
        return; // still mounted: it is better left than forced
      }
    }
  }
}
