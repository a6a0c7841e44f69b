// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.Sockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Makes sockets that listen for NBD clients, and sets up those of clients. */
final class NbdSockets {
  /** Connections that may wait to be taken. */
  private static final int BACKLOG = 64;

  /** Time after which a client that confirms nothing is given up. */
  private static final int USER_TIMEOUT_MILLIS = 60_000;

  private static final int S_IFMT = 0xf000;
  private static final int S_IFSOCK = 0xc000;

  private NbdSockets() {}

  /** The same for owner and group. */
  static int unix(Path path) throws IOException {
    return unix(path, "rw-rw----");
  }

  /**
   * Listens on a path, with these rights such as {@code rw-rw----}. A socket that a former process
   * has left there is removed; one that somebody listens on is not.
   *
   * @throws IOException EADDRINUSE: somebody listens there, or it is no socket; and others
   */
  static int unix(Path path, String rights) throws IOException {
    if (isLeftOver(path)) {
      Files.delete(path);
    }
    int socket = Sockets.listen(path, BACKLOG);
    try {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
    } catch (IOException e) {
      Descriptors.close(socket);
      throw e;
    }
    return socket;
  }

  /** True if a socket is there on which nobody listens. Anything else refuses otherwise. */
  private static boolean isLeftOver(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        || ((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & S_IFMT)
            != S_IFSOCK) {
      return false;
    }
    int socket = Sockets.stream(SocketAddress.AF_UNIX);
    Descriptors.nonBlocking(socket);
    try (Arena arena = Arena.ofConfined()) {
      return Sockets.connect(socket, SocketAddress.of(arena, path)) == -Errno.ECONNREFUSED;
    } finally {
      Descriptors.close(socket);
    }
  }

  /**
   * Listens on a TCP address.
   *
   * @throws LinuxException EADDRINUSE, EADDRNOTAVAIL, EACCES
   */
  static int tcp(InetSocketAddress address) throws LinuxException {
    return Sockets.listen(address, BACKLOG);
  }

  /**
   * Sets up the socket of a client over TCP.
   *
   * @throws LinuxException ENOTCONN, EINVAL: it has gone already
   */
  static void client(int socket) throws LinuxException {
    Sockets.noDelay(socket);
    Sockets.userTimeout(socket, USER_TIMEOUT_MILLIS);
  }
}
