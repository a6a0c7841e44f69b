// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.disk;

import io.meikyo.agent.block.FileDisk;
import io.meikyo.agent.fuse.FuseFile;
import io.meikyo.agent.fuse.FuseLimits;
import io.meikyo.agent.fuse.FuseServer;
import io.meikyo.agent.fuse.ResentFence;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.agent.memory.OwnMemory;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.Fuse;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Shows files as disks that have a volatile cache and can lose power: the process under one server
 * of the laboratory. It serves until it is told to end:
 *
 * <pre>
 *  power-off SEED   every request fails from now on; by the seed, what was not flushed is kept, put
 *                   back or torn; answers "off kept=N dropped=N torn=N" in sectors, and ends
 *  status           "on writes=N bytes=N": what is not flushed
 *  stop             unmounts, keeps everything, and ends; "busy" if a disk is in use
 * </pre>
 *
 * Killed, it keeps everything: that is a disk that was pulled out after its cache was written.
 */
public final class DiskMain {
  private static final FuseLimits LIMITS = new FuseLimits(1 << 20, 256, 64);

  private final DiskOptions options;
  private final IoLoop loop;
  private final UndoLog log;
  private final List<VolatileDisk> disks = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private final FuseServer server;
  private final DeviceNumber connection;
  private final DiskControl control;
  private boolean over;

  private DiskMain(DiskOptions options, IoLoop loop, Arena arena) throws IOException {
    this.options = options;
    this.loop = loop;
    this.log = new UndoLog(options.undoBytes());
    BufferPool memory = new BufferPool(arena, 512, 64, 16, loop::post);
    List<FuseFile> shown = new ArrayList<>();
    for (var disk : options.disks().entrySet()) {
      int mode = Descriptors.O_RDWR | Descriptors.O_DIRECT;
      int fd = Descriptors.open(disk.getValue(), mode);
      long bytes = Files.size(disk.getValue());
      FileDisk under = new FileDisk(loop, fd, options.blockBytes(), bytes, memory, arena);
      disks.add(new VolatileDisk(under, log, disks.size()));
      files.add(disk.getValue());
      shown.add(new FuseFile(disk.getKey(), disks.getLast()));
    }
    while (Mounts.all().stream().anyMatch(m -> m.at().equals(options.mount()))) {
      // A former process of ours was killed.
      Mounts.unmount(options.mount(), Mounts.MNT_DETACH);
    }
    Files.createDirectories(options.mount());
    int fuse = Fuse.open();
    connection = Fuse.mount(fuse, "meikyo-lab", options.mount(), true, LIMITS.requestBytesMax());
    server = new FuseServer(loop, fuse, shown, LIMITS, arena, ResentFence.NONE, _ -> unmounted());
    control = new DiskControl(loop, arena, options.control(), this::command);
  }

  private void unmounted() {
    if (!over) {
      over = true;
      loop.stop();
    }
  }

  private void command(String line, Consumer<String> answer) {
    String[] words = line.split(" ", -1);
    try {
      switch (words[0]) {
        case "power-off" -> powerOff(words.length > 1 ? Long.parseLong(words[1]) : 0, answer);
        case "status" -> answer.accept("on writes=" + log.writes() + " bytes=" + log.bytes());
        case "stop" -> stop(answer);
        default -> answer.accept("unknown command");
      }
    } catch (LinuxException e) {
      answer.accept("busy: " + e.getMessage());
    } catch (IOException | NumberFormatException e) {
      answer.accept("failed: " + e.getMessage());
    }
  }

  private void stop(Consumer<String> answer) throws IOException {
    Mounts.unmount(options.mount(), 0);
    end(answer, "stopped");
  }

  private void powerOff(long seed, Consumer<String> answer) throws IOException {
    if (over) {
      answer.accept("off already");
      return;
    }
    over = true;
    int[] noisy = {disks.size()};
    for (VolatileDisk disk : disks) {
      disk.die(() -> {
        if (--noisy[0] == 0) {
          loop.post(() -> fall(seed, answer));
        }
      });
    }
    Fuse.abort(connection);
    server.close();
    Mounts.unmount(options.mount(), Mounts.MNT_DETACH);
  }

  private void fall(long seed, Consumer<String> answer) {
    List<FileChannel> channels = new ArrayList<>();
    try {
      for (Path file : files) {
        channels.add(FileChannel.open(file, StandardOpenOption.WRITE));
      }
      UndoLog.Loss loss =
          log.powerOff(
              new Random(seed),
              (disk, offset, bytes) -> {
                var buffer = bytes.asByteBuffer();
                while (buffer.hasRemaining()) {
                  channels.get(disk).write(buffer, offset + buffer.position());
                }
              });
      for (FileChannel channel : channels) {
        channel.force(false);
        channel.close();
      }
      end(
          answer,
          "off kept=" + loss.kept() + " dropped=" + loss.dropped() + " torn=" + loss.torn());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void end(Consumer<String> answer, String text) throws LinuxException {
    over = true;
    answer.accept(text);
    control.close();
    // The answer is on its way; the loop ends what it has begun.
    loop.at(loop.nanos() + 50_000_000, loop::stop);
  }

  /** Serves until it is told to end. Exit status 0; 1: it could not begin; 2: wrong arguments. */
  public static void main(String... arguments) {
    DiskOptions options;
    try {
      options = DiskOptions.of(arguments);
    } catch (IllegalArgumentException e) {
      say(e.getMessage());
      System.exit(2);
      return;
    }
    try {
      serve(options);
    } catch (IOException e) {
      say(e.getMessage());
      System.exit(1);
    }
  }

  private static void serve(DiskOptions options) throws IOException {
    OwnMemory.protect(System.getenv(), new OwnMemory.Sentences(DiskMain::say));
    try (Arena arena = Arena.ofShared();
        IoLoop loop = Loops.best(DiskMain::say)) {
      DiskMain main = new DiskMain(options, loop, arena);
      loop.post(() -> {
        main.server.begin();
        main.control.begin();
      });
      say("ready: " + options.mount());
      loop.run();
    }
  }

  /** To whoever started this process; there is no log yet. */
  private static void say(@Nullable String sentence) {
    System.err.println(sentence);
  }
}
