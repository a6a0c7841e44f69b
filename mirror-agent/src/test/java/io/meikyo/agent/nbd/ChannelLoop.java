// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.loop.Completion;
import io.meikyo.agent.loop.IoLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A loop over the JDK's channels, for tests: sockets, timers and tasks. Its descriptors are numbers
 * of its own. It can be made to cut what is received and sent into small pieces.
 */
final class ChannelLoop implements IoLoop {
  private static final int ECANCELED = 125;
  private static final int ECONNRESET = 104;

  private final Selector selector;
  private final Map<Integer, Channel> channels = new HashMap<>();
  private final ConcurrentLinkedQueue<Runnable> posted = new ConcurrentLinkedQueue<>();
  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
  private final PriorityQueue<Waiting> timers =
      new PriorityQueue<>(
          Comparator.comparingLong((Waiting w) -> w.nanos).thenComparing(w -> w.id));
  private volatile boolean stopping;
  private int next = 1000;
  private long timerIds;

  /** Most bytes of one receive. */
  int pieceBytes = Integer.MAX_VALUE;

  private static final class Channel {
    final SelectableChannel channel;
    final SelectionKey key;
    Runnable reads;
    Runnable writes;
    Completion reading;
    Completion writing;

    Channel(SelectableChannel channel, SelectionKey key) {
      this.channel = channel;
      this.key = key;
    }

    void interest() {
      int ops = 0;
      if (reads != null) {
        ops |= key.channel() instanceof ServerSocketChannel ? SelectionKey.OP_ACCEPT : 1;
      }
      if (writes != null) {
        ops |= SelectionKey.OP_WRITE;
      }
      key.interestOps(ops);
    }
  }

  private static final class Waiting implements Timer {
    final long nanos;
    final long id;
    Runnable task;

    Waiting(long nanos, long id, Runnable task) {
      this.nanos = nanos;
      this.id = id;
      this.task = task;
    }

    @Override
    public void cancel() {
      task = null;
    }
  }

  ChannelLoop() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Listens; before the loop runs, or on its thread. */
  int listen(SocketAddress address) throws IOException {
    ServerSocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open();
    channel.bind(address);
    return register(channel);
  }

  SocketAddress address(int fd) throws IOException {
    return ((ServerSocketChannel) channels.get(fd).channel).getLocalAddress();
  }

  private int register(SelectableChannel channel) throws IOException {
    channel.configureBlocking(false);
    int fd = next++;
    SelectionKey key = channel.register(selector, 0);
    Channel mine = new Channel(channel, key);
    key.attach(mine);
    channels.put(fd, mine);
    return fd;
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        turn();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void turn() throws IOException {
    long wait = timers.isEmpty() ? 1000 : (timers.peek().nanos - nanos() + 999_999) / 1_000_000;
    if (!ready.isEmpty() || !posted.isEmpty() || wait <= 0) {
      selector.selectNow();
    } else {
      selector.select(Math.min(wait, 1000));
    }
    for (SelectionKey key : selector.selectedKeys()) {
      Channel channel = (Channel) key.attachment();
      if (key.isValid()) {
        fire(channel, key.readyOps());
      }
    }
    selector.selectedKeys().clear();
    List<Runnable> now = new ArrayList<>(ready);
    ready.clear();
    now.forEach(Runnable::run);
    for (Runnable task = posted.poll(); task != null; task = posted.poll()) {
      task.run();
    }
    while (!timers.isEmpty() && timers.peek().nanos <= nanos()) {
      Runnable task = timers.poll().task;
      if (task != null) {
        task.run();
      }
    }
  }

  private static void fire(Channel channel, int ops) {
    if ((ops & (SelectionKey.OP_READ | SelectionKey.OP_ACCEPT)) != 0 && channel.reads != null) {
      channel.reads.run();
    }
    if ((ops & SelectionKey.OP_WRITE) != 0 && channel.writes != null) {
      channel.writes.run();
    }
  }

  @Override
  public void stop() {
    stopping = true;
    selector.wakeup();
  }

  @Override
  public void post(Runnable task) {
    posted.add(task);
    selector.wakeup();
  }

  @Override
  public void close() {
    try {
      for (Channel channel : channels.values()) {
        channel.channel.close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String kind() {
    return "channels";
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    Waiting waiting = new Waiting(nanos, timerIds++, task);
    timers.add(waiting);
    return waiting;
  }

  private interface Attempt {
    /** The result, or null: not yet. */
    Integer go() throws IOException;
  }

  private static Integer outcome(Attempt attempt) {
    try {
      return attempt.go();
    } catch (IOException e) {
      return -ECONNRESET;
    }
  }

  private void reading(int fd, Completion end, Attempt attempt) {
    Channel channel = channels.get(fd);
    channel.reading = end;
    channel.reads =
        () -> {
          Integer result = outcome(attempt);
          if (result != null) {
            channel.reads = null;
            channel.reading = null;
            channel.interest();
            end.done(result);
          }
        };
    channel.interest();
  }

  @Override
  public void accept(int socket, Completion end) {
    ServerSocketChannel server = (ServerSocketChannel) channels.get(socket).channel;
    reading(
        socket,
        end,
        () -> {
          SocketChannel client = server.accept();
          return client == null ? null : register(client);
        });
  }

  @Override
  public void receive(int socket, MemorySegment to, Completion end) {
    SocketChannel channel = (SocketChannel) channels.get(socket).channel;
    ByteBuffer bytes = to.asSlice(0, Math.min(to.byteSize(), pieceBytes)).asByteBuffer();
    reading(
        socket,
        end,
        () -> {
          int count = channel.read(bytes);
          return count == 0 ? null : Math.max(count, 0);
        });
  }

  @Override
  public void send(int socket, MemorySegment[] parts, int count, Completion end) {
    Channel channel = channels.get(socket);
    SocketChannel out = (SocketChannel) channel.channel;
    ByteBuffer[] buffers = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      buffers[i] = parts[i].asByteBuffer();
    }
    channel.writing = end;
    channel.writes =
        () -> {
          Integer result =
              outcome(() -> {
                out.write(buffers);
                return buffers[count - 1].hasRemaining() ? null : 1;
              });
          if (result != null) {
            channel.writes = null;
            channel.writing = null;
            channel.interest();
            end.done(result);
          }
        };
    channel.interest();
  }

  @Override
  public void close(int fd) {
    Channel channel = channels.remove(fd);
    try {
      channel.channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cancel(channel.reading);
    cancel(channel.writing);
    channel.reads = null;
    channel.writes = null;
  }

  private void cancel(Completion end) {
    if (end != null) {
      ready.add(() -> end.done(-ECANCELED));
    }
  }

  // ---- what sockets do not need

  private static UnsupportedOperationException unsupported() {
    return new UnsupportedOperationException("only sockets");
  }

  @Override
  public void read(int fd, MemorySegment to, long offset, Completion end) {
    throw unsupported();
  }

  @Override
  public void write(int fd, MemorySegment from, long offset, boolean durable, Completion end) {
    throw unsupported();
  }

  @Override
  public void sync(int fd, Completion end) {
    throw unsupported();
  }

  @Override
  public void allocate(int fd, int mode, long offset, long length, Completion end) {
    throw unsupported();
  }

  @Override
  public void connect(int socket, MemorySegment address, Completion end) {
    throw unsupported();
  }

  @Override
  public void readable(int fd, Completion end) {
    throw unsupported();
  }
}
