// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketsTest {
  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();
  private final Opened opened = new Opened();

  @AfterEach
  void clean() {
    opened.close();
    arena.close();
  }

  private SocketMessage message(String text) {
    SocketMessage message = new SocketMessage(arena, 4);
    message.clear();
    message.add(arena.allocateFrom(text), 0);
    return message;
  }

  private void talk(InetSocketAddress address) throws Exception {
    int listener = opened.add(Sockets.listen(address, 4));
    InetSocketAddress bound = Sockets.localAddress(listener);
    assertThat(bound.getAddress()).isEqualTo(address.getAddress());
    MemorySegment raw = SocketAddress.of(arena, bound);
    int client = opened.add(Sockets.stream(SocketAddress.family(raw)));
    assertThat(Sockets.connect(client, raw)).isZero();
    int server = opened.add(Sockets.accept(listener));
    assertThat(Sockets.remoteAddress(client)).isEqualTo(bound);
    assertThat(Sockets.remoteAddress(server)).isEqualTo(Sockets.localAddress(client));

    Sockets.noDelay(client);
    Sockets.userTimeout(client, 5000);
    Sockets.congestion(client, "reno");
    assertThat(Sockets.congestion(client)).isEqualTo("reno");
    assertThatThrownBy(() -> Sockets.congestion(client, "no-such"))
        .hasMessageContaining("TCP_CONGESTION")
        .hasMessageContaining("ENOENT");

    assertThat(Sockets.send(client, message("hello"), Sockets.MSG_NOSIGNAL)).isEqualTo(6);
    MemorySegment to = arena.allocate(100);
    assertThat(Sockets.receive(server, to, 0)).isEqualTo(6);
    assertThat(to.getString(0)).isEqualTo("hello");
    assertThat(Sockets.receive(server, to, Sockets.MSG_DONTWAIT)).isEqualTo(-Errno.EAGAIN);
    Sockets.resetOnClose(client);
    opened.close(client);
    assertThat(Sockets.receive(server, to, 0)).isEqualTo(-Errno.ECONNRESET);
    assertThat(Sockets.send(server, message("x"), Sockets.MSG_NOSIGNAL)).isEqualTo(-Errno.EPIPE);
  }

  @Test
  void ipv4() throws Exception {
    talk(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
  }

  @Test
  void ipv6() throws Exception {
    Path six = Path.of("/proc/net/if_inet6");
    assumeThat(Files.exists(six) && !Files.readString(six).isEmpty()).as("IPv6").isTrue();
    byte[] one = new byte[16];
    one[15] = 1;
    talk(new InetSocketAddress(InetAddress.getByAddress(one), 0));
  }

  @Test
  void addressesThatCannotBeAreRefused() throws Exception {
    InetSocketAddress local =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    int listener = opened.add(Sockets.listen(local, 1));
    InetSocketAddress taken = Sockets.localAddress(listener);
    assertThatThrownBy(() -> Sockets.listen(taken, 1)).hasMessageContaining("EADDRINUSE");
    Path path = folder.resolve("x".repeat(120));
    assertThatThrownBy(() -> Sockets.listen(path, 1)).hasMessageContaining("ENAMETOOLONG");
    int socket = opened.add(Sockets.stream(SocketAddress.AF_INET));
    opened.close(listener);
    assertThat(Sockets.connect(socket, SocketAddress.of(arena, taken)))
        .isEqualTo(-Errno.ECONNREFUSED);
  }

  @Test
  void descriptorsArePassedOverAPath() throws Exception {
    Path path = folder.resolve("socket");
    int listener = opened.add(Sockets.listen(path, 1));
    int client = opened.add(Sockets.stream(SocketAddress.AF_UNIX));
    assertThat(Sockets.connect(client, SocketAddress.of(arena, path))).isZero();
    int server = opened.add(Sockets.accept(listener));
    assertThat(Sockets.peer(server).pid()).isEqualTo((int) ProcessHandle.current().pid());

    Path file = Files.writeString(folder.resolve("file"), "mirror");
    int fd = opened.add(Descriptors.open(file, Descriptors.O_RDONLY));
    SocketMessage message = message("here");
    message.pass(fd, client);
    assertThat(Sockets.send(client, message, Sockets.MSG_NOSIGNAL)).isEqualTo(5);

    SocketMessage incoming = new SocketMessage(arena, 1);
    incoming.clear();
    incoming.add(arena.allocate(10), 0);
    incoming.expectDescriptors();
    assertThat(Sockets.receive(server, incoming, SocketMessage.CLOSE_ON_EXEC)).isEqualTo(5);
    int[] got = opened.add(incoming.descriptors());
    assertThat(got).hasSize(2).doesNotContain(fd, client);
    assertThat(incoming.lostDescriptors()).isFalse();
    assertThat(FileStat.of(got[0]).inode()).isEqualTo(FileStat.of(fd).inode());

    incoming.expectDescriptors();
    assertThat(Sockets.send(client, message("plain"), 0)).isEqualTo(6);
    assertThat(Sockets.receive(server, incoming, SocketMessage.CLOSE_ON_EXEC)).isEqualTo(6);
    assertThat(incoming.descriptors()).isEmpty();
  }
}
