// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.Sockets;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel's files and sockets. */
final class RealWorld implements LoopWorld {
  private final IoLoop loop;
  private final Path folder;
  private final Arena arena = Arena.ofShared();
  private final List<Integer> opened = new ArrayList<>();
  private int files;

  RealWorld(IoLoop loop, Path folder) {
    this.loop = loop;
    this.folder = folder;
  }

  /** A call that may be refused. */
  interface Call<T> {
    T call() throws LinuxException;
  }

  static <T> T orThrow(Call<T> call) {
    try {
      return call.call();
    } catch (LinuxException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int note(int fd) {
    opened.add(fd);
    return fd;
  }

  @Override
  public IoLoop loop() {
    return loop;
  }

  @Override
  public int file(int bytes) {
    return file(folder.resolve("file" + files++), bytes, 0);
  }

  int file(Path path, int bytes, int flags) {
    return orThrow(() -> {
      int mode = Descriptors.O_RDWR | Descriptors.O_CREAT | flags;
      int fd = note(Descriptors.open(path, mode));
      FileIo.resize(fd, bytes);
      return fd;
    });
  }

  @Override
  public int[] pair() {
    return orThrow(() -> {
      int[] pair = Sockets.pair();
      for (int fd : pair) {
        note(fd);
        Sockets.sendBuffer(fd, 4096);
        Sockets.receiveBuffer(fd, 4096);
      }
      return pair;
    });
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public Listener listener() {
    return orThrow(() -> {
      int fd = note(Sockets.listen(local(0), 16));
      return new Listener(fd, SocketAddress.of(arena, Sockets.localAddress(fd)));
    });
  }

  @Override
  public int socket() {
    return orThrow(() -> note(Sockets.stream(SocketAddress.AF_INET)));
  }

  @Override
  public MemorySegment nobody() {
    return orThrow(() -> {
      // Bound, so that nobody else listens there, and not listening.
      int fd = note(Sockets.stream(SocketAddress.AF_INET));
      Sockets.bind(fd, local(0));
      return SocketAddress.of(arena, Sockets.localAddress(fd));
    });
  }

  @Override
  public void reset(int socket) {
    orThrow(() -> {
      Sockets.resetOnClose(socket);
      return Descriptors.close(socket);
    });
  }

  @Override
  public boolean isOpen(int fd) {
    return Descriptors.nonBlocking(fd) != -Errno.EBADF;
  }

  @Override
  public MemorySegment memory(int bytes) {
    return arena.allocate(bytes, 4096);
  }

  @Override
  public void close() {
    opened.forEach(Descriptors::close);
    arena.close();
  }
}
