// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Bytes to and from a server on a Unix socket, with an end to every wait. One thread; {@link #wake}
 * any.
 */
final class NbdTalk implements AutoCloseable {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final long patienceNanos;
  private volatile boolean woken;

  /**
   * Connects.
   *
   * @param patienceNanos how long nothing may come or go
   * @throws IOException nobody listens there
   */
  NbdTalk(Path socket, long patienceNanos) throws IOException {
    this.patienceNanos = patienceNanos;
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    try {
      channel.configureBlocking(false);
      selector = Selector.open();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    key = channel.register(selector, 0);
  }

  /** Ends the waiting of the other thread, now and later. */
  void wake() {
    woken = true;
    selector.wakeup();
  }

  /** Fills the buffer. */
  void read(ByteBuffer to) throws IOException {
    while (to.hasRemaining()) {
      int count = channel.read(to);
      if (count < 0) {
        throw new EOFException("the server has closed the connection");
      }
      if (count == 0) {
        await(SelectionKey.OP_READ);
      }
    }
  }

  /** Sends all of the buffer. */
  void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      if (channel.write(from) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  private void await(int operation) throws IOException {
    key.interestOps(operation);
    long until = System.nanoTime() + patienceNanos;
    while (true) {
      long left = until - System.nanoTime();
      if (woken) {
        throw new IOException("told to stop");
      }
      if (left <= 0) {
        throw new IOException(
            "the server is silent for " + TimeUnit.NANOSECONDS.toSeconds(patienceNanos) + " s");
      }
      int ready = selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
      selector.selectedKeys().clear();
      if (ready > 0) {
        return;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new IOException("interrupted");
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      channel.close();
    }
  }
}
