// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.agent.loop.SocketOp.Kind;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Poll;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.SocketMessage;
import io.meikyo.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The loop for machines that refuse io_uring.
 *
 * <p>Threads: files and block devices are read and written by a pool of {@value #DISK_THREADS}
 * platform threads that block in the system call, each operation whole; ends come back through a
 * queue. Sockets and polled descriptors are the loop's own thread's: it tries without blocking, and
 * what is not ready is waited for with poll(2). So sockets need no locks, and a slow disk holds up
 * no heartbeat; {@value #DISK_THREADS} operations that hang hold up all other disks of the loop.
 *
 * <p>It allocates per operation, and accepting and connecting set their socket's O_NONBLOCK.
 */
final class ThreadLoop extends BaseLoop {
  private static final int DISK_THREADS = 16;

  /** A unix listener whose queue is full gives no sign when it is not: ask again after this. */
  private static final long CONNECT_AGAIN_NANOS = 10_000_000;

  /** Loops with threads that still use memory: never collected. */
  private static final Set<ThreadLoop> STUCK = ConcurrentHashMap.newKeySet();

  private final ExecutorService disk =
      Executors.newFixedThreadPool(
          DISK_THREADS, Thread.ofPlatform().daemon().name("disk-", 0).factory());
  private final ConcurrentLinkedQueue<DiskOp> finished = new ConcurrentLinkedQueue<>();
  private final Poll poll = new Poll();
  private final Arena arena = Arena.ofShared();
  private final SocketMessage message = new SocketMessage(arena, Sockets.IOV_MAX);

  /** In the order in which they began. */
  private List<SocketOp> waiting = new ArrayList<>();

  private List<SocketOp> stillWaiting = new ArrayList<>();
  private final ArrayDeque<SocketOp> ends = new ArrayDeque<>();

  /** Operations of the pool by descriptor. */
  private final Map<Integer, Integer> onDisk = new HashMap<>();

  /** Descriptors that are closed when the pool has no operation of theirs any more. */
  private final Set<Integer> closing = new HashSet<>();

  private boolean fresh;

  ThreadLoop() throws LinuxException {}

  @Override
  public String kind() {
    return "threads";
  }

  // ---- rounds

  @Override
  void start() {}

  @Override
  boolean hasEnds() {
    return !finished.isEmpty();
  }

  @Override
  void turn(long nanos) {
    attempt(false);
    boolean sleeps = nanos > 0 && ends.isEmpty() && maySleep();
    look(sleeps ? nanos : 0);
    if (sleeps) {
      awake();
    }
    attempt(true);
    tell();
  }

  /** Asks poll(2) about everything that waits. */
  private void look(long nanos) {
    poll.clear();
    poll.add(wakeFd, Poll.POLLIN);
    for (SocketOp op : waiting) {
      // A negative descriptor is passed over.
      op.number = poll.add(op.later ? -1 : op.fd, op.events());
    }
    int ready = poll.await(nanos);
    if (ready < 0 && ready != -Errno.EINTR) {
      throw new IllegalStateException("ppoll: " + Errno.sentence(ready));
    }
    for (SocketOp op : waiting) {
      op.seen = ready > 0 ? poll.events(op.number) : 0;
    }
    if (ready > 0 && poll.events(0) != 0) {
      quiet();
    }
  }

  /**
   * Tries what may go on.
   *
   * @param looked true: what poll(2) has seen; false: what has begun since
   */
  private void attempt(boolean looked) {
    if (!looked && !fresh) {
      return;
    }
    fresh = false;
    stillWaiting.clear();
    for (SocketOp op : waiting) {
      boolean goes = looked ? op.seen != 0 : op.isFresh;
      op.isFresh = false;
      if (!goes || !attempt(op)) {
        stillWaiting.add(op);
      } else {
        ends.add(op);
      }
    }
    List<SocketOp> swap = waiting;
    waiting = stillWaiting;
    stillWaiting = swap;
  }

  /** True if it has ended; its result is set. */
  private boolean attempt(SocketOp op) {
    int result =
        switch (op.kind) {
          case ACCEPT -> Sockets.accept(op.fd);
          case CONNECT -> connect(op);
          case RECEIVE -> Sockets.receive(op.fd, op.memory, Sockets.MSG_DONTWAIT);
          case SEND -> send(op);
          case READABLE -> op.seen == 0 ? -Errno.EAGAIN : op.readable();
        };
    if (result == -Errno.EINTR) {
      fresh = true;
      op.isFresh = true;
      return false;
    }
    op.result = result;
    return result != -Errno.EAGAIN;
  }

  private int send(SocketOp op) {
    while (op.done < op.bytes) {
      SendParts.fill(message, op.parts, op.count, op.done);
      int sent = Sockets.send(op.fd, message, Sockets.MSG_DONTWAIT | Sockets.MSG_NOSIGNAL);
      if (sent < 0) {
        return sent;
      }
      op.done += sent;
    }
    return op.bytes;
  }

  /** -EAGAIN: not yet, whatever connect(2) called it. */
  private int connect(SocketOp op) {
    int result = Sockets.connect(op.fd, op.memory);
    return switch (-result) {
      case Errno.EINPROGRESS, Errno.EALREADY -> {
        op.begun = true;
        yield -Errno.EAGAIN;
      }
      case Errno.EISCONN -> op.begun ? 0 : result;
      case Errno.EAGAIN -> {
        if (SocketAddress.family(op.memory) == SocketAddress.AF_UNIX && !op.later) {
          op.later = true;
          at(nanos() + CONNECT_AGAIN_NANOS, () -> retry(op));
        }
        yield -Errno.EAGAIN;
      }
      default -> result;
    };
  }

  private void retry(SocketOp op) {
    op.later = false;
    op.isFresh = true;
    fresh = true;
  }

  private void tell() {
    for (int left = ends.size(); left > 0; left--) {
      SocketOp op = ends.remove();
      op.end.done(op.result);
    }
    for (DiskOp op = finished.poll(); op != null; op = finished.poll()) {
      released(op.fd);
      if (op.failure != null) {
        throw new IllegalStateException("an operation on a file broke", op.failure);
      }
      op.end.done(op.result);
    }
  }

  // ---- beginning

  private void begin(SocketOp op) {
    if (closing.contains(op.fd)) {
      op.result = -Errno.EBADF;
      ends.add(op);
      return;
    }
    op.isFresh = true;
    fresh = true;
    waiting.add(op);
  }

  private void begin(DiskOp op) {
    if (closing.contains(op.fd)) {
      op.result = -Errno.EBADF;
      onDisk.merge(op.fd, 1, Integer::sum);
      finished.add(op);
      return;
    }
    onDisk.merge(op.fd, 1, Integer::sum);
    disk.execute(() -> {
      op.run();
      finished.add(op);
      wake();
    });
  }

  @Override
  public void read(int fd, MemorySegment to, long offset, Completion end) {
    checkMemory(to);
    if (!here()) {
      before(() -> read(fd, to, offset, end));
      return;
    }
    begin(new DiskOp(DiskOp.Kind.READ, fd, to, offset, 0, 0, end));
  }

  @Override
  public void write(int fd, MemorySegment from, long offset, boolean durable, Completion end) {
    checkMemory(from);
    if (!here()) {
      before(() -> write(fd, from, offset, durable, end));
      return;
    }
    DiskOp.Kind kind = durable ? DiskOp.Kind.WRITE_DURABLY : DiskOp.Kind.WRITE;
    begin(new DiskOp(kind, fd, from, offset, 0, 0, end));
  }

  @Override
  public void sync(int fd, Completion end) {
    if (!here()) {
      before(() -> sync(fd, end));
      return;
    }
    begin(new DiskOp(DiskOp.Kind.SYNC, fd, MemorySegment.NULL, 0, 0, 0, end));
  }

  @Override
  public void allocate(int fd, int mode, long offset, long length, Completion end) {
    if (!here()) {
      before(() -> allocate(fd, mode, offset, length, end));
      return;
    }
    begin(new DiskOp(DiskOp.Kind.ALLOCATE, fd, MemorySegment.NULL, offset, length, mode, end));
  }

  @Override
  public void accept(int socket, Completion end) {
    if (!here()) {
      before(() -> accept(socket, end));
      return;
    }
    Descriptors.nonBlocking(socket);
    begin(new SocketOp(Kind.ACCEPT, socket, MemorySegment.NULL, end));
  }

  @Override
  public void connect(int socket, MemorySegment address, Completion end) {
    checkMemory(address);
    if (!here()) {
      before(() -> connect(socket, address, end));
      return;
    }
    Descriptors.nonBlocking(socket);
    begin(new SocketOp(Kind.CONNECT, socket, address, end));
  }

  @Override
  public void receive(int socket, MemorySegment to, Completion end) {
    checkMemory(to);
    if (!here()) {
      before(() -> receive(socket, to, end));
      return;
    }
    begin(new SocketOp(Kind.RECEIVE, socket, to, end));
  }

  @Override
  public void send(int socket, MemorySegment[] parts, int count, Completion end) {
    int bytes = total(parts, count);
    if (!here()) {
      before(() -> send(socket, parts, count, end));
      return;
    }
    begin(new SocketOp(socket, parts, count, bytes, end));
  }

  @Override
  public void readable(int fd, Completion end) {
    if (!here()) {
      before(() -> readable(fd, end));
      return;
    }
    begin(new SocketOp(Kind.READABLE, fd, MemorySegment.NULL, end));
  }

  // ---- closing

  @Override
  public void close(int fd) {
    if (!here()) {
      before(() -> close(fd));
      return;
    }
    if (closing.contains(fd)) {
      return;
    }
    waiting.removeIf(op -> {
      if (op.fd == fd) {
        op.result = -Errno.ECANCELED;
        ends.add(op);
      }
      return op.fd == fd;
    });
    if (onDisk.containsKey(fd)) {
      closing.add(fd);
    } else {
      Descriptors.close(fd);
    }
  }

  private void released(int fd) {
    if (onDisk.merge(fd, -1, Integer::sum) == 0) {
      onDisk.remove(fd);
      if (closing.remove(fd)) {
        Descriptors.close(fd);
      }
    }
  }

  @Override
  boolean drain(long nanos) {
    for (SocketOp op : ends) {
      if (op.kind == Kind.ACCEPT && op.result >= 0) {
        Descriptors.close(op.result);
      }
    }
    ends.clear();
    waiting.clear();
    disk.shutdown();
    boolean drained = awaitDisk(nanos);
    if (drained) {
      closing.forEach(Descriptors::close);
      closing.clear();
    }
    return drained;
  }

  private boolean awaitDisk(long nanos) {
    boolean interrupted = false;
    try {
      for (long end = System.nanoTime() + Math.min(nanos, Long.MAX_VALUE / 4); ; ) {
        try {
          return disk.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  void free(boolean drained) {
    disk.shutdown();
    poll.close();
    if (drained) {
      arena.close();
    } else {
      STUCK.add(this);
    }
  }
}
