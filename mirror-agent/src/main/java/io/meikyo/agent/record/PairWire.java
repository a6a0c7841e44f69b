// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection of two agents about their record. The lower replica calls, at each address in
 * turn, again and again; the other answers. Both greet; who is somebody else is hung up on.
 *
 * <p>One thread calls or answers, and each connection has two for its bytes. The events come on
 * these threads.
 */
final class PairWire implements AutoCloseable {
  private static final long BACKOFF_MILLIS = 200;
  private static final int WAITING_MAX = 3 * RecordJournal.ENTRIES_MAX;
  private static final int GREETING_MILLIS = 2000;

  /** What happens. */
  interface Events {
    /** The other side has greeted. */
    void opened(Connection connection);

    /** Something came. */
    void received(Connection connection, PairMessage message);

    /** It is gone; told once for each that was opened. */
    void ended(Connection connection);

    /** Somebody else called. */
    void stranger(String address);
  }

  /** One connection. */
  final class Connection {
    private final SocketChannel channel;
    private final LinkedBlockingQueue<ByteBuffer> out = new LinkedBlockingQueue<>(WAITING_MAX);
    private volatile long heardNanos = System.nanoTime();

    private Connection(SocketChannel channel) {
      this.channel = channel;
    }

    /** Sends; a side that takes nothing any more is hung up on. Any thread. */
    void send(PairMessage message) {
      if (!out.offer(message.bytes(disk))) {
        hangUp();
      }
    }

    /** When something came last, by {@link System#nanoTime}. */
    long heardNanos() {
      return heardNanos;
    }

    /** Closes it; {@link Events#ended} follows. Any thread. */
    void hangUp() {
      closeQuietly(channel);
    }
  }

  private final UUID disk;
  private final ByteBuffer greeting;
  private final ByteBuffer expected;
  private final List<InetSocketAddress> peer;
  private final @Nullable ServerSocketChannel server;
  private final Events events;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable Connection current;

  /**
   * Opens the socket if this side answers.
   *
   * @param cluster id of the cluster
   * @param disk id of the mirror disk
   * @param own replica number here
   * @param other replica number there
   */
  PairWire(
      UUID cluster,
      UUID disk,
      int own,
      int other,
      InetSocketAddress listen,
      List<InetSocketAddress> peer,
      Events events)
      throws IOException {
    this.disk = disk;
    this.greeting = PairMessage.greeting(cluster, disk, own, other);
    this.expected = PairMessage.greeting(cluster, disk, other, own);
    this.peer = peer;
    this.events = events;
    if (own < other) {
      server = null;
      thread = Thread.ofPlatform().daemon().name("record-call").unstarted(this::call);
    } else {
      ServerSocketChannel s = ServerSocketChannel.open();
      try {
        s.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        s.bind(listen);
      } catch (IOException e) {
        s.close();
        throw e;
      }
      server = s;
      thread = Thread.ofPlatform().daemon().name("record-answer").unstarted(() -> answer(s));
    }
  }

  /** Begins to call or to answer. */
  void begin() {
    thread.start();
  }

  private boolean closed() {
    return end.getCount() == 0;
  }

  private void call() {
    for (int i = 0; !closed(); i = (i + 1) % peer.size()) {
      try {
        serve(RecordWire.connect(peer.get(i)));
      } catch (IOException e) {
        // Nobody is there: the state of the pair says so.
      }
      pause();
    }
  }

  private void answer(ServerSocketChannel from) {
    while (!closed()) {
      try {
        SocketChannel channel = from.accept();
        RecordWire.keepWatch(channel);
        Thread.ofVirtual().start(() -> serve(channel));
      } catch (IOException e) {
        // Closed by us, or too many files are open: later.
        pause();
      }
    }
  }

  private void pause() {
    try {
      if (end.await(BACKOFF_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(SocketChannel channel) {
    Connection c = new Connection(channel);
    Thread writer = Thread.ofVirtual().unstarted(() -> write(c));
    boolean opened = false;
    try (channel) {
      RecordWire.write(channel, greeting.duplicate());
      if (!greeted(channel)) {
        events.stranger(String.valueOf(channel.getRemoteAddress()));
        return;
      }
      opened = true;
      current = c;
      events.opened(c);
      writer.start();
      while (true) {
        ByteBuffer bytes = RecordWire.read(channel, PairMessage.BYTES);
        c.heardNanos = System.nanoTime();
        events.received(c, PairMessage.of(bytes, disk));
      }
    } catch (IOException e) {
      // It is over; whoever needs it sees that.
    } finally {
      writer.interrupt();
      if (opened) {
        events.ended(c);
      }
    }
  }

  /** Reads the other's first words; who says none in time is cut off. */
  private boolean greeted(SocketChannel channel) throws IOException {
    Thread guard =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (!end.await(GREETING_MILLIS, TimeUnit.MILLISECONDS)) {
                  closeQuietly(channel);
                }
              } catch (InterruptedException e) {
                // It has greeted.
              }
            });
    try {
      return RecordWire.read(channel, PairMessage.GREETING_BYTES).equals(expected.duplicate());
    } finally {
      guard.interrupt();
    }
  }

  private static void write(Connection c) {
    try {
      while (true) {
        RecordWire.write(c.channel, c.out.take());
      }
    } catch (InterruptedException e) {
      // The reader has seen the end.
    } catch (IOException e) {
      closeQuietly(c.channel);
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is of no use in any case.
    }
  }

  @Override
  public void close() throws IOException {
    end.countDown();
    thread.interrupt();
    Connection c = current;
    if (c != null) {
      c.hangUp();
    }
    ServerSocketChannel s = server;
    if (s != null) {
      s.close();
    }
  }
}
