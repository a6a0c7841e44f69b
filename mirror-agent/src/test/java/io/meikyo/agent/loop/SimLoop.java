// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.core.base.Invariant;
import io.meikyo.linux.Errno;
import io.meikyo.linux.Poll;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A loop without a kernel: files and sockets in memory, time that jumps to the next timer when
 * there is nothing else to do, and ends in an order that a seed decides. With tasks from one thread
 * only, the same seed gives the same run.
 *
 * <p>Descriptors are made by {@link #file}, {@link #pair} and the like, from any thread.
 */
final class SimLoop implements IoLoop {
  /** An operation that cannot go on yet. */
  private static final int LATER = Integer.MIN_VALUE;

  private static final long STEP_NANOS_MAX = 2000;
  private static final int FIRST_FD = 3;

  private final SplittableRandom random;
  private final long horizonNanos;
  private final int socketBytes;
  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final TimerHeap timers = new TimerHeap();
  private final Map<Integer, Object> open = new ConcurrentHashMap<>();
  private final AtomicInteger nextFd = new AtomicInteger(FIRST_FD);
  private final Map<Integer, SimListener> listeners = new ConcurrentHashMap<>();
  private final AtomicInteger nextAddress = new AtomicInteger(1);

  /** Operations that are tried in any order. */
  private final List<Op> ready = new ArrayList<>();

  /** Operations on sockets that were tried in vain. */
  private final List<Op> waiting = new ArrayList<>();

  private final Map<Integer, Integer> underWay = new HashMap<>();
  private final Set<Integer> closing = new HashSet<>();
  private volatile long now = 1;
  private volatile boolean stopping;
  private volatile boolean begun;
  private volatile boolean ended;
  private @Nullable Thread owner;

  private static final class Op {
    final int fd;
    final boolean ofSocket;
    final IntSupplier attempt;
    final Completion end;
    int cancelled;

    Op(int fd, boolean ofSocket, IntSupplier attempt, Completion end) {
      this.fd = fd;
      this.ofSocket = ofSocket;
      this.attempt = attempt;
      this.end = end;
    }
  }

  private static final class SimFile {
    byte[] bytes;

    SimFile(int size) {
      bytes = new byte[size];
    }
  }

  private static final class SimListener {
    final ArrayDeque<SimSocket> backlog = new ArrayDeque<>();
  }

  private static final class SimSocket {
    final ArrayDeque<byte[]> incoming = new ArrayDeque<>();
    int bytes;
    boolean over;
    boolean reset;
    @Nullable SimSocket peer;

    static void join(SimSocket one, SimSocket two) {
      one.peer = two;
      two.peer = one;
    }

    void end(boolean byReset) {
      over = true;
      reset |= byReset;
      if (peer != null) {
        peer.over = true;
        peer.reset |= byReset;
        peer.peer = null;
        peer = null;
      }
    }
  }

  /**
   * Makes one.
   *
   * @param horizonNanos time never jumps beyond this
   * @param socketBytes bytes that a socket keeps
   */
  SimLoop(long seed, long horizonNanos, int socketBytes) {
    random = new SplittableRandom(seed);
    this.horizonNanos = horizonNanos;
    this.socketBytes = socketBytes;
  }

  // ---- descriptors

  private int add(Object thing) {
    int fd = nextFd.getAndIncrement();
    open.put(fd, thing);
    return fd;
  }

  int file(int bytes) {
    return add(new SimFile(bytes));
  }

  int[] pair() {
    SimSocket one = new SimSocket();
    SimSocket two = new SimSocket();
    SimSocket.join(one, two);
    return new int[] {add(one), add(two)};
  }

  int socket() {
    return add(new SimSocket());
  }

  /** A listener; its address is a number, written into the memory. */
  int listener(MemorySegment address) {
    SimListener listener = new SimListener();
    int number = nextAddress.getAndIncrement();
    listeners.put(number, listener);
    address.set(ValueLayout.JAVA_INT, 0, number);
    return add(listener);
  }

  boolean isOpen(int fd) {
    return open.containsKey(fd);
  }

  /** Closes a socket so that the other side is reset. */
  void reset(int fd) {
    post(() -> {
      if (open.remove(fd) instanceof SimSocket socket) {
        socket.end(true);
      }
    });
  }

  // ---- life

  @Override
  public void run() {
    Invariant.check(!begun, "a loop runs once");
    begun = true;
    owner = Thread.currentThread();
    try {
      while (!stopping) {
        for (int i = tasks.size(); i > 0 && !stopping; i--) {
          tasks.remove().run();
        }
        timers.run(now);
        if (!stopping && !step()) {
          idle();
        }
      }
    } finally {
      owner = null;
      ended = true;
    }
  }

  /** Tries one operation; false if there is none to try. */
  private boolean step() {
    if (ready.isEmpty() || random.nextInt(16) == 0) {
      ready.addAll(waiting);
      waiting.clear();
    }
    while (!ready.isEmpty()) {
      int chosen = random.nextInt(ready.size());
      Op op = ready.get(chosen);
      ready.set(chosen, ready.getLast());
      ready.removeLast();
      int result = op.cancelled != 0 ? op.cancelled : op.attempt.getAsInt();
      if (result != LATER) {
        now += 1 + random.nextLong(STEP_NANOS_MAX);
        released(op.fd);
        op.end.done(result);
        return true;
      }
      waiting.add(op);
    }
    return false;
  }

  private void idle() {
    long next = timers.next();
    if (next <= horizonNanos) {
      now = Math.max(now, next);
      return;
    }
    try {
      Runnable task = tasks.poll(50, TimeUnit.MILLISECONDS);
      if (task != null) {
        task.run();
      }
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  @Override
  public void stop() {
    stopping = true;
    tasks.add(() -> {});
  }

  @Override
  public void post(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void close() {
    Invariant.check(!begun || ended, "a loop is closed when it does not run");
  }

  @Override
  public String kind() {
    return "simulated";
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    return timers.set(nanos, task);
  }

  // ---- operations

  private void begin(int fd, boolean ofSocket, IntSupplier attempt, Completion end) {
    Invariant.check(owner == Thread.currentThread() || !begun, "a loop is used by its own thread");
    Op op = new Op(fd, ofSocket, attempt, end);
    if (closing.contains(fd)) {
      op.cancelled = -Errno.EBADF;
    }
    underWay.merge(fd, 1, Integer::sum);
    ready.add(op);
  }

  private void released(int fd) {
    if (underWay.merge(fd, -1, Integer::sum) == 0) {
      underWay.remove(fd);
      if (closing.remove(fd)) {
        end(fd);
      }
    }
  }

  private void end(int fd) {
    Object thing = open.remove(fd);
    if (thing instanceof SimSocket socket) {
      socket.end(false);
    } else if (thing instanceof SimListener listener) {
      listeners.values().remove(listener);
    }
  }

  @Override
  public void close(int fd) {
    for (List<Op> ops : List.of(ready, waiting)) {
      for (Op op : ops) {
        if (op.fd == fd && op.ofSocket && op.cancelled == 0) {
          op.cancelled = -Errno.ECANCELED;
        }
      }
    }
    if (underWay.containsKey(fd)) {
      closing.add(fd);
    } else {
      end(fd);
    }
  }

  private int onFile(int fd, ToIntFunction<SimFile> call) {
    Object thing = open.get(fd);
    if (thing == null) {
      return -Errno.EBADF;
    }
    return thing instanceof SimFile file ? call.applyAsInt(file) : -Errno.ESPIPE;
  }

  private int onSocket(int fd, ToIntFunction<SimSocket> call) {
    Object thing = open.get(fd);
    if (thing == null) {
      return -Errno.EBADF;
    }
    return thing instanceof SimSocket socket ? call.applyAsInt(socket) : -Errno.ENOTSOCK;
  }

  @Override
  public void read(int fd, MemorySegment to, long offset, Completion end) {
    begin(fd, false, () -> onFile(fd, file -> read(file, to, offset)), end);
  }

  private static int read(SimFile file, MemorySegment to, long offset) {
    int count = (int) Math.clamp(file.bytes.length - offset, 0, to.byteSize());
    if (count > 0) {
      MemorySegment.copy(file.bytes, (int) offset, to, ValueLayout.JAVA_BYTE, 0, count);
    }
    return count;
  }

  @Override
  public void write(int fd, MemorySegment from, long offset, boolean durable, Completion end) {
    begin(
        fd,
        false,
        () ->
            onFile(
                fd,
                file -> {
                  int count = (int) from.byteSize();
                  if (offset + count > file.bytes.length) {
                    file.bytes = Arrays.copyOf(file.bytes, (int) offset + count);
                  }
                  MemorySegment.copy(
                      from, ValueLayout.JAVA_BYTE, 0, file.bytes, (int) offset, count);
                  return count;
                }),
        end);
  }

  @Override
  public void sync(int fd, Completion end) {
    begin(fd, false, () -> onFile(fd, file -> 0), end);
  }

  @Override
  public void allocate(int fd, int mode, long offset, long length, Completion end) {
    begin(
        fd,
        false,
        () ->
            onFile(
                fd,
                file -> {
                  int first = (int) Math.min(offset, file.bytes.length);
                  int last = (int) Math.min(offset + length, file.bytes.length);
                  Arrays.fill(file.bytes, first, last, (byte) 0);
                  return 0;
                }),
        end);
  }

  @Override
  public void accept(int socket, Completion end) {
    begin(
        socket,
        true,
        () -> {
          Object thing = open.get(socket);
          if (thing instanceof SimListener listener) {
            SimSocket taken = listener.backlog.poll();
            return taken == null ? LATER : add(taken);
          }
          return thing == null ? -Errno.EBADF : -Errno.EINVAL;
        },
        end);
  }

  @Override
  public void connect(int socket, MemorySegment address, Completion end) {
    begin(
        socket,
        true,
        () ->
            onSocket(
                socket,
                mine -> {
                  SimListener listener = listeners.get(address.get(ValueLayout.JAVA_INT, 0));
                  if (listener == null) {
                    return -Errno.ECONNREFUSED;
                  }
                  SimSocket theirs = new SimSocket();
                  SimSocket.join(mine, theirs);
                  listener.backlog.add(theirs);
                  return 0;
                }),
        end);
  }

  @Override
  public void receive(int socket, MemorySegment to, Completion end) {
    begin(socket, true, () -> onSocket(socket, mine -> receive(mine, to)), end);
  }

  private int receive(SimSocket socket, MemorySegment to) {
    if (socket.reset) {
      return -Errno.ECONNRESET;
    }
    if (socket.bytes == 0) {
      return socket.over ? 0 : LATER;
    }
    int count = 1 + random.nextInt((int) Math.min(socket.bytes, to.byteSize()));
    for (int at = 0; at < count; ) {
      byte[] piece = socket.incoming.remove();
      int part = Math.min(piece.length, count - at);
      MemorySegment.copy(piece, 0, to, ValueLayout.JAVA_BYTE, at, part);
      if (part < piece.length) {
        socket.incoming.push(Arrays.copyOfRange(piece, part, piece.length));
      }
      at += part;
    }
    socket.bytes -= count;
    return count;
  }

  @Override
  public void send(int socket, MemorySegment[] parts, int count, Completion end) {
    int[] at = new int[2]; // part, and bytes of it that are sent
    int total = BaseLoop.total(parts, count);
    begin(socket, true, () -> onSocket(socket, mine -> send(mine, parts, count, at, total)), end);
  }

  private int send(SimSocket socket, MemorySegment[] parts, int count, int[] at, int total) {
    for (; at[0] < count; at[0]++, at[1] = 0) {
      MemorySegment part = parts[at[0]];
      while (at[1] < part.byteSize()) {
        SimSocket peer = socket.peer;
        if (peer == null) {
          return socket.reset ? -Errno.ECONNRESET : -Errno.EPIPE;
        }
        int room = Math.min(socketBytes - peer.bytes, (int) part.byteSize() - at[1]);
        if (room <= 0) {
          return LATER;
        }
        peer.incoming.add(part.asSlice(at[1], room).toArray(ValueLayout.JAVA_BYTE));
        peer.bytes += room;
        at[1] += room;
      }
    }
    return total;
  }

  @Override
  public void readable(int fd, Completion end) {
    begin(
        fd,
        true,
        () -> {
          Object thing = open.get(fd);
          if (thing instanceof SimSocket socket) {
            int hangUp = socket.over ? Poll.POLLHUP | Poll.POLLIN : 0;
            int events = hangUp | (socket.incoming.isEmpty() ? 0 : Poll.POLLIN);
            return events == 0 ? LATER : events;
          }
          if (thing instanceof SimListener listener) {
            return listener.backlog.isEmpty() ? LATER : Poll.POLLIN;
          }
          return thing == null ? -Errno.EBADF : Poll.POLLIN;
        },
        end);
  }
}
