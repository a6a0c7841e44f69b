// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.core.base.Invariant;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Poll;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.SocketMessage;
import io.meikyo.linux.Sockets;
import io.meikyo.linux.Uring;
import io.meikyo.linux.UringOp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The loop over one io_uring: one thread begins all operations with one system call and fetches all
 * ends with the same call.
 *
 * <p>An operation is a slot of {@link UringSlots}; the number of the slot goes to the kernel and
 * comes back with the end. Nothing is allocated per operation once the tables have grown to the
 * most that was ever under way. An operation that the kernel did in part (a short read or send), or
 * not at all (a signal, or EAGAIN from a descriptor that does not block, after which readiness is
 * waited for), is continued from the same slot, so that it ends once.
 *
 * <p>Ends that are fetched when there is no room for beginnings, and ends that we know without
 * asking the kernel, wait in the backlog; nothing is told from inside a call that begins.
 */
final class UringLoop extends BaseLoop {
  private static final int BEGINS = 1024;
  private static final int ENDS = 4096;

  /** Ends told in one round, so that timers and tasks have their turn. */
  private static final int ENDS_PER_ROUND = 4096;

  /** A unix listener whose queue is full gives no sign when it is not: ask again after this. */
  private static final long CONNECT_AGAIN_NANOS = 10_000_000;

  /** Bytes of one system call; the kernel takes no more at once. */
  private static final long IO_BYTES_MAX = 1 << 30;

  /** While draining, how often what does not end is cancelled again. */
  private static final long DRAIN_STEP_NANOS = 100_000_000;

  /** A file's bytes come in these; a read that ends between two has met the end of the file. */
  private static final int SECTOR_BYTES = 512;

  private static final long WAKE = -1;
  private static final long NOBODY = -2;

  /** Loops that the kernel still uses the memory of: never collected. */
  private static final Set<UringLoop> STUCK = ConcurrentHashMap.newKeySet();

  private final Uring ring;
  private final UringSlots slots = new UringSlots(BEGINS);
  private final EndQueue backlog = new EndQueue();
  private final Arena arena = Arena.ofShared();
  private final ArrayDeque<SocketMessage> messages = new ArrayDeque<>();

  /** Descriptors that are closed when so many operations have ended. */
  private final Map<Integer, Integer> closing = new HashMap<>();

  private int inKernel;

  /**
   * Makes one.
   *
   * @throws LinuxException if the machine refuses, as {@link Uring#open} says
   */
  UringLoop() throws LinuxException {
    this(BEGINS, ENDS);
  }

  /** With other sizes of the ring, for tests. */
  UringLoop(int begins, int ends) throws LinuxException {
    try {
      ring = Uring.open(begins, ends);
    } catch (LinuxException e) {
      Descriptors.close(wakeFd);
      throw e;
    }
  }

  @Override
  public String kind() {
    return "io_uring";
  }

  // ---- rounds

  @Override
  void start() {
    try {
      ring.enable();
    } catch (LinuxException e) {
      throw new IllegalStateException(e);
    }
    armWake();
  }

  private void armWake() {
    queue(UringOp.POLL_ADD, wakeFd, 0, 0, 0, Poll.POLLIN, WAKE);
  }

  @Override
  void turn(long nanos) {
    boolean sleeps = nanos > 0 && backlog.isEmpty() && !ring.hasNext() && maySleep();
    enter(sleeps ? 1 : 0, nanos);
    if (sleeps) {
      awake();
    }
    for (int i = 0; i < ENDS_PER_ROUND; i++) {
      if (backlog.next()) {
        ended(backlog.userData(), backlog.result());
      } else if (ring.next()) {
        inKernel--;
        ended(ring.userData(), ring.result());
      } else {
        return;
      }
    }
  }

  private void enter(int waitFor, long nanos) {
    int taken = ring.enter(waitFor, nanos);
    if (taken < 0
        && taken != -Errno.ETIME
        && taken != -Errno.EINTR
        && taken != -Errno.EBUSY
        && taken != -Errno.EAGAIN) {
      throw new IllegalStateException("io_uring_enter: " + Errno.sentence(taken));
    }
  }

  private void queue(
      int op, int fd, long offset, long address, int length, int flags, long userData) {
    while (!ring.prepare(op, fd, offset, address, length, flags, userData)) {
      enter(0, 0);
      if (ring.queued() > 0) {
        // It takes no more before ends are fetched.
        while (ring.next()) {
          inKernel--;
          backlog.add(ring.userData(), ring.result());
        }
      }
    }
    inKernel++;
  }

  // ---- beginning

  @Override
  public void read(int fd, MemorySegment to, long offset, Completion end) {
    checkMemory(to);
    if (!here()) {
      before(() -> read(fd, to, offset, end));
      return;
    }
    begin(slots.take(UringSlots.READ, fd, to, offset, to.byteSize(), 0, end));
  }

  @Override
  public void write(int fd, MemorySegment from, long offset, boolean durable, Completion end) {
    checkMemory(from);
    if (!here()) {
      before(() -> write(fd, from, offset, durable, end));
      return;
    }
    int flags = durable ? FileIo.RWF_DSYNC : 0;
    begin(slots.take(UringSlots.WRITE, fd, from, offset, from.byteSize(), flags, end));
  }

  @Override
  public void sync(int fd, Completion end) {
    if (!here()) {
      before(() -> sync(fd, end));
      return;
    }
    begin(slots.take(UringSlots.SYNC, fd, MemorySegment.NULL, 0, 0, 0, end));
  }

  @Override
  public void allocate(int fd, int mode, long offset, long length, Completion end) {
    if (!here()) {
      before(() -> allocate(fd, mode, offset, length, end));
      return;
    }
    begin(slots.take(UringSlots.ALLOCATE, fd, MemorySegment.NULL, offset, length, mode, end));
  }

  @Override
  public void accept(int socket, Completion end) {
    if (!here()) {
      before(() -> accept(socket, end));
      return;
    }
    begin(slots.take(UringSlots.ACCEPT, socket, MemorySegment.NULL, 0, 0, 0, end));
  }

  @Override
  public void connect(int socket, MemorySegment address, Completion end) {
    checkMemory(address);
    if (!here()) {
      before(() -> connect(socket, address, end));
      return;
    }
    begin(slots.take(UringSlots.CONNECT, socket, address, 0, address.byteSize(), 0, end));
  }

  @Override
  public void receive(int socket, MemorySegment to, Completion end) {
    checkMemory(to);
    if (!here()) {
      before(() -> receive(socket, to, end));
      return;
    }
    begin(slots.take(UringSlots.RECEIVE, socket, to, 0, to.byteSize(), 0, end));
  }

  @Override
  public void send(int socket, MemorySegment[] parts, int count, Completion end) {
    int bytes = total(parts, count);
    if (!here()) {
      before(() -> send(socket, parts, count, end));
      return;
    }
    int slot = slots.take(UringSlots.SEND, socket, parts, 0, bytes, count, end);
    if (bytes == 0) {
      backlog.add(slot, 0);
      return;
    }
    begin(slot);
  }

  @Override
  public void readable(int fd, Completion end) {
    if (!here()) {
      before(() -> readable(fd, end));
      return;
    }
    begin(slots.take(UringSlots.READABLE, fd, MemorySegment.NULL, 0, 0, 0, end));
  }

  private void begin(int slot) {
    if (!closing.isEmpty() && closing.containsKey(slots.fd(slot))) {
      slots.detach(slot);
      backlog.add(slot, -Errno.EBADF);
      return;
    }
    issue(slot);
  }

  /** Gives the kernel the slot's operation, or the rest of it. */
  private void issue(int slot) {
    int fd = slots.fd(slot);
    long done = slots.done(slot);
    long offset = slots.offset(slot) + done;
    int rest = (int) Math.min(slots.length(slot) - done, IO_BYTES_MAX);
    int flags = slots.flags(slot);
    switch (slots.kind(slot)) {
      case UringSlots.READ ->
          queue(UringOp.READ, fd, offset, slots.address(slot) + done, rest, 0, slot);
      case UringSlots.WRITE ->
          queue(UringOp.WRITE, fd, offset, slots.address(slot) + done, rest, flags, slot);
      case UringSlots.SYNC -> queue(UringOp.FSYNC, fd, 0, 0, 0, UringOp.FSYNC_DATASYNC, slot);
      case UringSlots.ALLOCATE ->
          queue(UringOp.FALLOCATE, fd, offset, slots.length(slot), flags, 0, slot);
      case UringSlots.ACCEPT -> queue(UringOp.ACCEPT, fd, 0, 0, 0, UringOp.SOCK_CLOEXEC, slot);
      case UringSlots.CONNECT ->
          queue(UringOp.CONNECT, fd, slots.length(slot), slots.address(slot), 0, 0, slot);
      case UringSlots.RECEIVE -> queue(UringOp.RECV, fd, 0, slots.address(slot), rest, 0, slot);
      case UringSlots.SEND -> issueSend(slot, fd, done);
      case UringSlots.READABLE -> queue(UringOp.POLL_ADD, fd, 0, 0, 0, Poll.POLLIN, slot);
      default -> throw new Invariant.Broken("a slot has a kind");
    }
  }

  private void issueSend(int slot, int fd, long done) {
    SocketMessage message = slots.message(slot);
    if (message == null) {
      message = messages.isEmpty() ? new SocketMessage(arena, Sockets.IOV_MAX) : messages.pop();
      slots.message(slot, message);
    }
    SendParts.fill(message, slots.parts(slot), slots.flags(slot), done);
    int flags = Sockets.MSG_NOSIGNAL | Sockets.MSG_WAITALL;
    queue(UringOp.SENDMSG, fd, 0, message.header().address(), 1, flags, slot);
  }

  // ---- ending

  private void ended(long userData, int result) {
    if (userData >= 0) {
      ended((int) userData, result);
    } else if (userData == WAKE) {
      quiet();
      armWake();
    }
  }

  private void ended(int slot, int result) {
    if (slots.polled(slot)) {
      slots.polled(slot, false);
      again(slot, result < 0 ? result : 0);
      return;
    }
    if (result == -Errno.EINTR) {
      again(slot, 0);
      return;
    }
    switch (slots.kind(slot)) {
      case UringSlots.READ, UringSlots.WRITE -> transferred(slot, result);
      case UringSlots.RECEIVE, UringSlots.ACCEPT -> {
        if (result == -Errno.EAGAIN) {
          await(slot, Poll.POLLIN);
        } else {
          finish(slot, result);
        }
      }
      case UringSlots.SEND -> sent(slot, result);
      case UringSlots.CONNECT -> connected(slot, result);
      default -> finish(slot, result);
    }
  }

  private void transferred(int slot, int result) {
    if (result == -Errno.EAGAIN) {
      again(slot, 0);
      return;
    }
    boolean reads = slots.kind(slot) == UringSlots.READ;
    if (result < 0) {
      // Behind the end of a file, a continued direct read may find itself not aligned.
      boolean atEnd = reads && result == -Errno.EINVAL && slots.done(slot) > 0;
      finish(slot, atEnd ? (int) slots.done(slot) : result);
      return;
    }
    long done = slots.done(slot) + result;
    slots.done(slot, done);
    boolean stuck = result == 0 || (reads && result % SECTOR_BYTES != 0);
    if (done == slots.length(slot) || (reads && stuck)) {
      finish(slot, (int) done);
    } else {
      again(slot, stuck && result == 0 ? -Errno.EIO : 0);
    }
  }

  private void sent(int slot, int result) {
    if (result == -Errno.EAGAIN) {
      await(slot, Poll.POLLOUT);
    } else if (result < 0) {
      finish(slot, result);
    } else {
      long done = slots.done(slot) + result;
      slots.done(slot, done);
      if (done == slots.length(slot)) {
        finish(slot, (int) done);
      } else {
        again(slot, 0);
      }
    }
  }

  private void connected(int slot, int result) {
    switch (-result) {
      case Errno.EAGAIN, Errno.EINPROGRESS, Errno.EALREADY -> {
        if (SocketAddress.family(slots.memory(slot)) == SocketAddress.AF_UNIX) {
          at(nanos() + CONNECT_AGAIN_NANOS, () -> again(slot, 0));
        } else {
          slots.done(slot, 0);
          slots.waited(slot);
          await(slot, Poll.POLLOUT);
        }
      }
      case Errno.EISCONN -> finish(slot, slots.hasWaited(slot) ? 0 : result);
      default -> finish(slot, result);
    }
  }

  /** Waits until the descriptor is ready, and tries again. */
  private void await(int slot, int events) {
    if (slots.isOfSocket(slot) && isClosing(slot)) {
      finish(slot, -Errno.ECANCELED);
      return;
    }
    slots.polled(slot, true);
    queue(UringOp.POLL_ADD, slots.fd(slot), 0, 0, 0, events, slot);
  }

  /** Goes on with an operation, unless it failed or its socket is being closed. */
  private void again(int slot, int failure) {
    if (failure < 0) {
      finish(slot, failure);
    } else if (slots.isOfSocket(slot) && isClosing(slot)) {
      finish(slot, -Errno.ECANCELED);
    } else {
      issue(slot);
    }
  }

  private boolean isClosing(int slot) {
    return !closing.isEmpty() && closing.containsKey(slots.fd(slot));
  }

  private void finish(int slot, int result) {
    Completion end = slots.end(slot);
    int fd = slots.fd(slot);
    giveBack(slot);
    if (!closing.isEmpty()) {
      Integer left = closing.get(fd);
      if (left != null && left == 1) {
        closing.remove(fd);
        queueClose(fd);
      } else if (left != null) {
        closing.put(fd, left - 1);
      }
    }
    end.done(result);
  }

  private void giveBack(int slot) {
    SocketMessage message = slots.message(slot);
    if (message != null) {
      messages.push(message);
    }
    slots.giveBack(slot);
  }

  // ---- closing

  @Override
  public void close(int fd) {
    if (!here()) {
      before(() -> close(fd));
      return;
    }
    if (closing.containsKey(fd)) {
      return;
    }
    int open = 0;
    for (int slot = 0; slot < slots.size(); slot++) {
      if (slots.isTaken(slot) && slots.fd(slot) == fd) {
        open++;
        if (slots.isOfSocket(slot)) {
          cancel(slot);
        }
      }
    }
    if (open == 0) {
      queueClose(fd);
    } else {
      closing.put(fd, open);
    }
  }

  private void cancel(long userData) {
    queue(UringOp.ASYNC_CANCEL, -1, 0, userData, 0, 0, NOBODY);
  }

  private void queueClose(int fd) {
    queue(UringOp.CLOSE, fd, 0, 0, 0, 0, NOBODY);
  }

  @Override
  boolean drain(long nanos) {
    long start = nanos();
    long cancelled = start - DRAIN_STEP_NANOS;
    for (long now = start; inKernel > 0 && now - start < nanos; now = nanos()) {
      if (now - cancelled >= DRAIN_STEP_NANOS) {
        cancelAll();
        cancelled = now;
      }
      enter(1, DRAIN_STEP_NANOS);
      while (ring.next()) {
        inKernel--;
        backlog.add(ring.userData(), ring.result());
      }
      while (backlog.next()) {
        drop(backlog.userData(), backlog.result());
      }
    }
    closing.keySet().forEach(Descriptors::close);
    closing.clear();
    return inKernel == 0;
  }

  private void cancelAll() {
    // Done again from time to time: what was just on its way cannot be cancelled.
    cancel(WAKE);
    for (int slot = 0; slot < slots.size(); slot++) {
      if (slots.isTaken(slot) && slots.isOfSocket(slot)) {
        cancel(slot);
      }
    }
  }

  private void drop(long userData, int result) {
    if (userData >= 0) {
      int slot = (int) userData;
      if (result >= 0 && slots.kind(slot) == UringSlots.ACCEPT && !slots.polled(slot)) {
        Descriptors.close(result);
      }
      giveBack(slot);
    }
  }

  @Override
  void free(boolean drained) {
    if (drained) {
      ring.close();
      arena.close();
    } else {
      STUCK.add(this);
    }
  }
}
