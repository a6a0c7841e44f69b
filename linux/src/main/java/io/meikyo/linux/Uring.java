// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * One io_uring: a queue of operations to the kernel and a queue of their ends back, both in memory
 * that is shared with the kernel.
 *
 * <pre>
 *  ring   offsets from the kernel (struct io_uring_params): heads, tails and flags of both queues,
 *         an array of entry numbers (here always 0, 1, 2 ...), the ends:
 *         end, 16 bytes:       0 user data 8 | 8 result 4 | 12 flags 4
 *  begin, 64 bytes:            0 operation 1 | 1 flags 1 | 2 priority 2 | 4 descriptor 4
 *                              8 offset 8 | 16 address 8 | 24 length 4 | 28 operation's flags 4
 *                             32 user data 8 | 40 rest 24
 *
 *  to the kernel:    kernel reads at head ... we write at tail
 *  from the kernel:  we read at head ........ kernel writes at tail
 * </pre>
 *
 * A tail is written after what is in front of it (release) and read before it (acquire). The kernel
 * never drops an end: those for which the queue has no room wait inside it until the next {@link
 * #enter} that fetches.
 *
 * <p>For one thread: the one that calls {@link #enable}; opening may be another's. The memory of an
 * operation must stay until its end was seen, also when its descriptor is closed.
 */
public final class Uring implements AutoCloseable {
  private static final long SYS_SETUP = 425;
  private static final long SYS_ENTER = 426;
  private static final long SYS_REGISTER = 427;

  private static final int SETUP_CQSIZE = 1 << 3;
  private static final int SETUP_CLAMP = 1 << 4;
  private static final int SETUP_R_DISABLED = 1 << 6;
  private static final int SETUP_SUBMIT_ALL = 1 << 7;
  private static final int SETUP_SINGLE_ISSUER = 1 << 12;
  private static final int SETUP_DEFER_TASKRUN = 1 << 13;

  /** From the best to what every kernel since 5.11 has. */
  private static final int[] FLAGS = {
    SETUP_CQSIZE
        | SETUP_CLAMP
        | SETUP_R_DISABLED
        | SETUP_SUBMIT_ALL
        | SETUP_SINGLE_ISSUER
        | SETUP_DEFER_TASKRUN,
    SETUP_CQSIZE | SETUP_CLAMP | SETUP_R_DISABLED
  };

  private static final int FEATURE_SINGLE_MMAP = 1;
  private static final int FEATURE_NODROP = 1 << 1;
  private static final int FEATURE_EXT_ARG = 1 << 8;
  private static final int FEATURES = FEATURE_SINGLE_MMAP | FEATURE_NODROP | FEATURE_EXT_ARG;

  private static final int REGISTER_ENABLE_RINGS = 12;
  private static final int ENTER_GETEVENTS = 1;
  private static final int ENTER_EXT_ARG = 8;
  private static final int SQ_CQ_OVERFLOW = 2;

  private static final int PARAMS_BYTES = 120;
  private static final int BEGIN_BYTES = 64;
  private static final int END_BYTES = 16;
  private static final long OFFSET_RINGS = 0;
  private static final long OFFSET_BEGINS = 0x10000000L;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_POPULATE = 0x8001;

  private static final VarHandle NUMBER = Native.INT.varHandle();
  private static final MethodHandle MMAP =
      Native.function(
          "mmap",
          FunctionDescriptor.of(
              Native.LONG,
              Native.LONG,
              Native.LONG,
              Native.INT,
              Native.INT,
              Native.INT,
              Native.LONG));
  private static final MethodHandle MUNMAP =
      Native.function("munmap", FunctionDescriptor.of(Native.INT, Native.LONG, Native.LONG));

  private final int fd;
  private final boolean deferred;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment waitArgument = arena.allocate(24, 8);
  private final MemorySegment waitTime = arena.allocate(16, 8);
  private final MemorySegment state = Native.newState(arena);
  private final MemorySegment ring;
  private final MemorySegment begins;
  private final int beginsCount;
  private final int endsCount;
  private final long beginHeadAt;
  private final long beginTailAt;
  private final long beginFlagsAt;
  private final long endHeadAt;
  private final long endTailAt;
  private final long endsAt;
  private int beginTail;
  private int endHead;
  private long userData;
  private int result;
  private boolean closed;

  private Uring(int fd, int flags, MemorySegment params) throws LinuxException {
    this.fd = fd;
    deferred = (flags & SETUP_DEFER_TASKRUN) != 0;
    beginsCount = params.get(Native.INT, 0);
    endsCount = params.get(Native.INT, 4);
    beginHeadAt = params.get(Native.INT, 40);
    beginTailAt = params.get(Native.INT, 44);
    beginFlagsAt = params.get(Native.INT, 56);
    long arrayAt = params.get(Native.INT, 64);
    endHeadAt = params.get(Native.INT, 80);
    endTailAt = params.get(Native.INT, 84);
    endsAt = params.get(Native.INT, 100);
    long ringBytes = Math.max(arrayAt + 4L * beginsCount, endsAt + (long) END_BYTES * endsCount);
    ring = map(fd, ringBytes, OFFSET_RINGS);
    begins = mapOrUnmap(fd, (long) BEGIN_BYTES * beginsCount, OFFSET_BEGINS, ring);
    for (int i = 0; i < beginsCount; i++) {
      ring.set(Native.INT, arrayAt + 4L * i, i);
    }
    beginTail = (int) NUMBER.getAcquire(ring, beginTailAt);
    endHead = (int) NUMBER.getAcquire(ring, endHeadAt);
    waitArgument.set(Native.LONG, 16, waitTime.address());
  }

  /**
   * Makes a ring that {@link #enable} starts, with the newest way of working that the kernel knows.
   *
   * @param begins operations that fit between two {@link #enter}s; a power of two
   * @param ends ends that fit before the kernel keeps them for itself; a power of two, larger
   * @throws LinuxException ENOSYS (kernel without it, or refused by a filter), EPERM (switched off:
   *     /proc/sys/kernel/io_uring_disabled, or a filter), EOPNOTSUPP (a kernel before 5.11), ENOMEM
   *     (RLIMIT_MEMLOCK), EMFILE
   */
  public static Uring open(int begins, int ends) throws LinuxException {
    try (Arena scratch = Arena.ofConfined()) {
      long fd = -Errno.EINVAL;
      for (int i = 0; i < FLAGS.length && fd == -Errno.EINVAL; i++) {
        MemorySegment params = scratch.allocate(PARAMS_BYTES, 8);
        params.set(Native.INT, 4, ends);
        params.set(Native.INT, 8, FLAGS[i]);
        fd = Native.syscall(Native.state(), SYS_SETUP, begins, params.address(), 0, 0, 0, 0);
        if (fd >= 0) {
          return withFeatures((int) fd, FLAGS[i], params);
        }
      }
      throw new LinuxException("io_uring_setup", (int) fd, "");
    }
  }

  private static Uring withFeatures(int fd, int flags, MemorySegment params) throws LinuxException {
    try {
      if ((params.get(Native.INT, 20) & FEATURES) != FEATURES) {
        throw new LinuxException("io_uring_setup", Errno.EOPNOTSUPP, "a kernel before 5.11");
      }
      return new Uring(fd, flags, params);
    } catch (LinuxException e) {
      Descriptors.close(fd);
      throw e;
    }
  }

  /**
   * Sees whether this machine lets us use io_uring: sends one empty operation around.
   *
   * @throws LinuxException as {@link #open}, or what the other two calls said
   */
  public static void test() throws LinuxException {
    try (Uring uring = open(4, 8)) {
      uring.enable();
      uring.prepare(UringOp.NOP, -1, 0, 0, 0, 0, 1);
      LinuxException.check(uring.enter(1, 1_000_000_000), "io_uring_enter", "");
      if (!uring.next() || uring.userData() != 1) {
        throw new LinuxException("io_uring_enter", Errno.EIO, "an empty operation");
      }
    }
  }

  /**
   * Starts the ring; the calling thread is the one that uses it from now on.
   *
   * @throws LinuxException EBADFD (started already), EPERM, EACCES (refused by a filter)
   */
  public void enable() throws LinuxException {
    long done = Native.syscall(state, SYS_REGISTER, fd, REGISTER_ENABLE_RINGS, 0, 0, 0, 0);
    LinuxException.check(done, "io_uring_register", "");
  }

  /** True if the kernel finishes operations only inside {@link #enter}: fewer interruptions. */
  public boolean deferred() {
    return deferred;
  }

  /**
   * Queues one operation; the kernel sees it with the next {@link #enter}. The meaning of the
   * numbers is the operation's: see {@link UringOp}.
   *
   * @param userData comes back with its end
   * @return false: the queue is full, enter first
   */
  public boolean prepare(
      int op, int descriptor, long offset, long address, int length, int opFlags, long userData) {
    if (beginTail - (int) NUMBER.getAcquire(ring, beginHeadAt) == beginsCount) {
      return false;
    }
    long at = (long) (beginTail & (beginsCount - 1)) * BEGIN_BYTES;
    begins.set(Native.LONG, at, (op & 0xffL) | ((long) descriptor << 32));
    begins.set(Native.LONG, at + 8, offset);
    begins.set(Native.LONG, at + 16, address);
    begins.set(Native.LONG, at + 24, (length & 0xffffffffL) | ((long) opFlags << 32));
    begins.set(Native.LONG, at + 32, userData);
    begins.set(Native.LONG, at + 40, 0);
    begins.set(Native.LONG, at + 48, 0);
    begins.set(Native.LONG, at + 56, 0);
    beginTail++;
    return true;
  }

  /** Operations that are queued and that the kernel has not taken yet. */
  public int queued() {
    return beginTail - (int) NUMBER.getAcquire(ring, beginHeadAt);
  }

  /**
   * Gives the kernel what is queued and fetches ends (io_uring_enter).
   *
   * @param waitFor wait until so many ends are there; 0: do not wait
   * @param nanos wait at most so long; negative: for ever
   * @return how many operations the kernel took (perhaps not all), or -ETIME, -EINTR, -EBUSY or
   *     -EAGAIN (fetch ends, then again), -EBADF, -EEXIST (the wrong thread)
   */
  public int enter(int waitFor, long nanos) {
    NUMBER.setRelease(ring, beginTailAt, beginTail);
    long argument = 0;
    long argumentBytes = 0;
    int flags = ENTER_GETEVENTS;
    if (waitFor > 0 && nanos >= 0) {
      waitTime.set(Native.LONG, 0, nanos / 1_000_000_000);
      waitTime.set(Native.LONG, 8, nanos % 1_000_000_000);
      argument = waitArgument.address();
      argumentBytes = waitArgument.byteSize();
      flags |= ENTER_EXT_ARG;
    }
    return (int)
        Native.syscall(state, SYS_ENTER, fd, queued(), waitFor, flags, argument, argumentBytes);
  }

  /** True if the kernel keeps ends for which the queue had no room: enter fetches them. */
  public boolean overflowed() {
    return ((int) NUMBER.getAcquire(ring, beginFlagsAt) & SQ_CQ_OVERFLOW) != 0;
  }

  /** True if there is an end to take. */
  public boolean hasNext() {
    return endHead != (int) NUMBER.getAcquire(ring, endTailAt);
  }

  /** Takes the next end, if there is one: {@link #userData} and {@link #result} are its. */
  public boolean next() {
    if (!hasNext()) {
      return false;
    }
    long at = endsAt + (long) (endHead & (endsCount - 1)) * END_BYTES;
    userData = ring.get(Native.LONG, at);
    result = ring.get(Native.INT, at + 8);
    endHead++;
    NUMBER.setRelease(ring, endHeadAt, endHead);
    return true;
  }

  /** Of the end that was taken last: what its operation was queued with. */
  public long userData() {
    return userData;
  }

  /** Of the end that was taken last: what the operation returned, or the errno, negative. */
  public int result() {
    return result;
  }

  /**
   * Frees the ring. The kernel cancels what is under way, at some time: wait for the ends first.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    unmap(begins);
    unmap(ring);
    Descriptors.close(fd);
  }

  @SuppressWarnings("restricted") // memory that the kernel made
  private static MemorySegment map(int fd, long bytes, long offset) throws LinuxException {
    MemorySegment state = Native.state();
    long address;
    try {
      address =
          (long)
              MMAP.invokeExact(state, 0L, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
    LinuxException.check(Native.result(address, state), "mmap", "io_uring");
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  private static MemorySegment mapOrUnmap(int fd, long bytes, long offset, MemorySegment other)
      throws LinuxException {
    try {
      return map(fd, bytes, offset);
    } catch (LinuxException e) {
      unmap(other);
      throw e;
    }
  }

  private static void unmap(MemorySegment mapped) {
    Native.setUp(MUNMAP, mapped.address(), mapped.byteSize());
  }
}
