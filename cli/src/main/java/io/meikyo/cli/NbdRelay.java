// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** Carries bytes between TCP clients and a Unix socket, as they are. Any thread. */
final class NbdRelay implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  /** Clients at a time, as many as an NBD server of ours takes. */
  private static final int CLIENTS_MAX = 32;

  private final ServerSocketChannel listens;
  private final Path socket;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch end = new CountDownLatch(1);

  /**
   * Listens at once.
   *
   * @param address where; port 0: any that is free
   * @throws IOException it is taken, or not ours
   */
  NbdRelay(InetSocketAddress address, Path socket) throws IOException {
    this.socket = socket;
    listens = ServerSocketChannel.open();
    try {
      listens.bind(new InetSocketAddress(address.getHostString(), address.getPort()));
    } catch (IOException | RuntimeException e) {
      listens.close();
      throw e;
    }
    Thread.ofVirtual().name("relay").start(this::accept);
  }

  /** The port. */
  int port() throws IOException {
    return ((InetSocketAddress) listens.getLocalAddress()).getPort();
  }

  /** Until it is closed. */
  void await() throws InterruptedException {
    end.await();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = listens.accept();
        if (open.size() >= 2 * CLIENTS_MAX) {
          client.close();
          continue;
        }
        begin(client);
      }
    } catch (IOException e) {
      end.countDown(); // closed
    }
  }

  private void begin(SocketChannel client) throws IOException {
    SocketChannel server;
    try {
      server = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      client.close(); // the agent is gone: its clients hear that, those that come later too
      return;
    }
    open.add(client);
    open.add(server);
    Thread.ofVirtual().name("relay-in").start(() -> carry(client, server));
    Thread.ofVirtual().name("relay-out").start(() -> carry(server, client));
  }

  /** Until one of them ends; then both do. */
  private void carry(SocketChannel from, SocketChannel to) {
    ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES);
    try {
      while (from.read(bytes.clear()) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
      }
    } catch (ClosedChannelException e) {
      end(from); // the other direction has ended
    } catch (IOException e) {
      end(to); // one of them is gone
    } finally {
      end(from);
      end(to);
    }
  }

  private void end(SocketChannel channel) {
    open.remove(channel);
    try {
      channel.close();
    } catch (IOException e) {
      open.remove(channel); // it is closed for us whatever the system says of it
    }
  }

  @Override
  public void close() throws IOException {
    listens.close();
    open.forEach(this::end);
    end.countDown();
  }
}
