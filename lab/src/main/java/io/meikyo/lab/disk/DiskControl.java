// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.disk;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Sockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Takes commands over a unix socket: one line in, one line out, then the connection is closed. For
 * the loop's thread.
 */
final class DiskControl {
  private static final int LINE_BYTES_MAX = 4096;

  private final IoLoop loop;
  private final Arena arena;
  private final Path path;
  private final int socket;
  private final BiConsumer<String, Consumer<String>> commands;

  /**
   * Listens.
   *
   * @param path of the socket; an old one is removed
   * @param commands takes a line without its end, and what takes the answer
   */
  DiskControl(IoLoop loop, Arena arena, Path path, BiConsumer<String, Consumer<String>> commands)
      throws IOException {
    this.loop = loop;
    this.arena = arena;
    this.path = path;
    this.commands = commands;
    Files.deleteIfExists(path);
    this.socket = Sockets.listen(path, 8);
  }

  void begin() {
    loop.accept(
        socket,
        fd -> {
          if (fd >= 0) {
            receive(fd, arena.allocate(LINE_BYTES_MAX), 0);
            begin();
          }
        });
  }

  private void receive(int fd, MemorySegment line, long have) {
    loop.receive(
        fd,
        line.asSlice(have),
        got -> {
          long all = have + got;
          if (got <= 0 || all == LINE_BYTES_MAX) {
            loop.close(fd);
          } else if (line.get(ValueLayout.JAVA_BYTE, all - 1) == '\n') {
            byte[] bytes = line.asSlice(0, all).toArray(ValueLayout.JAVA_BYTE);
            String text = new String(bytes, StandardCharsets.UTF_8);
            commands.accept(text.strip(), answer -> answer(fd, answer));
          } else {
            receive(fd, line, all);
          }
        });
  }

  private void answer(int fd, String text) {
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    MemorySegment out = arena.allocate(bytes.length);
    out.copyFrom(MemorySegment.ofArray(bytes));
    loop.send(fd, new MemorySegment[] {out}, 1, _ -> loop.close(fd));
  }

  /** Gives a command to a process and waits for its answer; for callers outside. */
  static String ask(Path socket, String command) throws IOException {
    var address = java.net.UnixDomainSocketAddress.of(socket);
    try (var channel = java.nio.channels.SocketChannel.open(address);
        var in = java.nio.channels.Channels.newInputStream(channel)) {
      var line = java.nio.ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        channel.write(line);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  void close() throws LinuxException {
    loop.close(socket);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // The next process removes it.
    }
  }
}
