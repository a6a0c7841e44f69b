// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Waits for several descriptors at once (ppoll(2)). For one thread.
 *
 * <pre>
 *  struct pollfd  0 descriptor 4 | 4 events wanted 2 | 6 events seen 2
 * </pre>
 */
public final class Poll implements AutoCloseable {
  /** There is something to read, a connection to take, or the end. */
  public static final int POLLIN = 1;

  /** There is room to write. */
  public static final int POLLOUT = 4;

  /** An error; always told. */
  public static final int POLLERR = 8;

  /** The other end hung up; always told. */
  public static final int POLLHUP = 16;

  /** The descriptor is not open; always told. */
  public static final int POLLNVAL = 32;

  private static final int ENTRY = 8;
  private static final MethodHandle PPOLL =
      Native.function(
          "ppoll",
          FunctionDescriptor.of(
              Native.INT, Native.POINTER, Native.LONG, Native.POINTER, Native.POINTER));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment time = arena.allocate(16, 8);
  private MemorySegment entries = arena.allocate(16L * ENTRY, 8);
  private int count;

  /** Makes an empty one. */
  public Poll() {}

  /** Forgets all descriptors. */
  public void clear() {
    count = 0;
  }

  /** Waits for this one too; its number in this round is returned. */
  public int add(int fd, int events) {
    long at = (long) count * ENTRY;
    if (at == entries.byteSize()) {
      // The old one stays in the arena: all of them together are as large as the new one.
      entries = arena.allocate(entries.byteSize() * 2, 8).copyFrom(entries);
    }
    entries.set(Native.INT, at, fd);
    entries.set(Native.SHORT, at + 4, (short) events);
    entries.set(Native.SHORT, at + 6, (short) 0);
    return count++;
  }

  /**
   * Waits until one of them has an event.
   *
   * @param nanos at most so long; 0: only looks; negative: for ever
   * @return how many have events, 0 when the time is over, or -EINTR, -ENOMEM
   */
  public int await(long nanos) {
    MemorySegment limit = MemorySegment.NULL;
    if (nanos >= 0) {
      time.set(Native.LONG, 0, nanos / 1_000_000_000);
      time.set(Native.LONG, 8, nanos % 1_000_000_000);
      limit = time;
    }
    MemorySegment state = Native.state();
    try {
      return Native.result(
          (int) PPOLL.invokeExact(state, entries, (long) count, limit, MemorySegment.NULL), state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /** The events of the descriptor with this number. */
  public int events(int number) {
    return entries.get(Native.SHORT, (long) number * ENTRY + 6);
  }

  /** Frees its memory. */
  @Override
  public void close() {
    arena.close();
  }
}
