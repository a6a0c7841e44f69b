// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import java.lang.foreign.MemorySegment;

/**
 * One thread that begins I/O and is told how it ended.
 *
 * <p>Every operation ends with exactly one call of its {@link Completion}, also when it fails or
 * its descriptor is closed meanwhile; only what is under way when the loop stops is told to nobody.
 * Memory given to an operation is native, is not changed and belongs to the kernel until the end
 * (without one: until {@link #run} is over); the loop keeps a reference to it. Operations are begun
 * in the order of the calls and may end in any order. The loop never blocks on one of them.
 * Descriptors may block or not (O_NONBLOCK): both are waited for.
 *
 * <p>All methods are for the loop's own thread, except {@link #post}, {@link #stop} and {@link
 * #nanos}. Before {@link #run}, whoever made the loop may begin operations and set timers; they
 * begin with it. An exception that leaves a completion, a timer or a posted task ends the loop:
 * {@link #run} throws it, since nobody can say what state is left (the agent dies and is
 * restarted).
 */
public interface IoLoop extends AutoCloseable {

  // ---- life

  /**
   * Runs on the calling thread, which becomes the loop's, until {@link #stop}; once. Before it
   * returns, what is under way on sockets and polled descriptors is cancelled, what is under way on
   * files and devices is waited for, however long a disk hangs, and connections that were just
   * taken are closed; other descriptors stay open. If something was thrown, it waits 2 seconds at
   * most; memory that the kernel may still use then is never freed by the loop, nor may it be by
   * others.
   */
  void run();

  /** Makes {@link #run} return after the completions at hand. Any thread, any time. */
  void stop();

  /** Runs the task on the loop's thread, soon and in the order of the calls. Any thread. */
  void post(Runnable task);

  /** Frees the loop; only when it does not run (any more). Any thread; again does nothing. */
  @Override
  void close();

  /** The name of the kind, for status views: {@code io_uring} or {@code threads}. */
  String kind();

  // ---- time

  /** Nanoseconds of the boot-time clock, which goes on while the machine sleeps. Any thread. */
  long nanos();

  /**
   * Runs the task at this instant of {@link #nanos} or later, up to half a second later if the
   * machine slept; those of one instant in the order of the calls.
   */
  Timer at(long nanos, Runnable task);

  /** A task that waits for its instant. */
  interface Timer {
    /** Takes the task back; nothing happens if it ran already. */
    void cancel();
  }

  // ---- files and block devices

  /**
   * Reads at a byte offset of the file; the result is the number of bytes, short only at the end of
   * the file, 0 behind it. Errors: EINVAL (O_DIRECT, not aligned), EIO, EBADF.
   */
  void read(int fd, MemorySegment to, long offset, Completion end);

  /**
   * Writes at a byte offset of the file: all of it, or the result is an error and an unknown part
   * is written. Errors: EINVAL (O_DIRECT, not aligned), EIO, ENOSPC, EFBIG, EBADF.
   *
   * @param durable end only when these bytes are on stable storage (RWF_DSYNC)
   */
  void write(int fd, MemorySegment from, long offset, boolean durable, Completion end);

  /**
   * Makes durable every byte whose write has ended before this call (fdatasync). Errors: EIO,
   * ENOSPC (an earlier write was lost, told once), EBADF.
   */
  void sync(int fd, Completion end);

  /**
   * fallocate(2) with its own modes; a block device zeroes or discards. Errors: EOPNOTSUPP, ENOSPC,
   * EINVAL, EIO, EBADF.
   */
  void allocate(int fd, int mode, long offset, long length, Completion end);

  // ---- sockets

  /**
   * Takes a connection; the result is its descriptor, close-on-exec. Errors that pass:
   * ECONNABORTED, EMFILE, ENFILE, ENOMEM; that stay: EINVAL (it does not listen), EBADF.
   */
  void accept(int socket, Completion end);

  /**
   * Connects; 0, or ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, ENOENT (no such path).
   *
   * @param address a sockaddr, kept unchanged until the end
   */
  void connect(int socket, MemorySegment address, Completion end);

  /**
   * Receives what is there, at least one byte; 0: the other side has closed. One receive at a time
   * per socket, since two could end in either order. Errors: ECONNRESET, ETIMEDOUT.
   */
  void receive(int socket, MemorySegment to, Completion end);

  /**
   * Sends the parts one behind the other, and ends when <em>all</em> bytes are in the kernel's
   * hands, with their number; short sends are continued inside. One send at a time per socket.
   * Errors, after an unknown part was sent: EPIPE, ECONNRESET, ETIMEDOUT.
   *
   * @param parts the array and the memory are kept unchanged until the end
   * @param count how many of them
   */
  void send(int socket, MemorySegment[] parts, int count, Completion end);

  // ---- any descriptor

  /**
   * Ends when the descriptor is readable, or has an error or a hang-up; the result is the mask of
   * its events (POLLIN 1, POLLERR 8, POLLHUP 16).
   */
  void readable(int fd, Completion end);

  /**
   * Closes a descriptor when all that is under way on it has ended: what waits on a socket or for
   * readiness ends soon, with ECANCELED unless it was just done; a file's or a device's operations
   * end as they would. What is begun on it meanwhile ends with EBADF. Closing it twice is once.
   */
  void close(int fd);
}
