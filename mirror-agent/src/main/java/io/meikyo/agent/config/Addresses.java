// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.config;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Addresses as people write them: {@code host:port}, {@code [v6]:port}, {@code unix:/path}. */
public final class Addresses {
  private static final int PORT_MAX = 65535;

  private Addresses() {}

  /** A TCP address; null if it is none. A name is looked up once, now. */
  public static @Nullable InetSocketAddress inet(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      return null;
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      return null;
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return port < 0 || port > PORT_MAX
          ? null
          : new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (NumberFormatException | UnknownHostException e) {
      return null;
    }
  }

  /** A TCP or Unix address; null if it is none. */
  public static @Nullable SocketAddress any(String text) {
    return text.startsWith("unix:/") ? UnixDomainSocketAddress.of(text.substring(5)) : inet(text);
  }

  /** The address as it is written. */
  public static String text(SocketAddress address) {
    return switch (address) {
      case UnixDomainSocketAddress unix -> "unix:" + unix.getPath();
      case InetSocketAddress inet -> {
        String host =
            inet.getAddress() == null ? inet.getHostString() : inet.getAddress().getHostAddress();
        yield (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
      }
      default -> address.toString();
    };
  }

  /**
   * Makes a Unix address free to listen on: makes its folder, and removes the socket that a dead
   * process left there.
   *
   * @throws IOException if a process listens there, or what is there is no socket
   */
  public static void makeFree(Path socket) throws IOException {
    Path folder = socket.getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    BasicFileAttributes there =
        Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!there.isOther()) {
      throw new IOException("a file or folder is there, and no socket");
    }
    if (answers(socket)) {
      throw new IOException("another process listens there");
    }
    Files.delete(socket);
  }

  private static boolean answers(Path socket) {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return probe.isConnected();
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      // Its backlog is full, for example: somebody is there.
      return true;
    }
  }
}
