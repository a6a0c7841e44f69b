// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.core.base.Invariant;
import io.meikyo.linux.SocketMessage;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The operations under way of a {@link UringLoop}, as columns of a table; a row is a slot. Free
 * slots are a list through the column of flags, last in first out. The table grows, and never
 * shrinks. For one thread.
 */
final class UringSlots {
  static final byte FREE = 0;
  static final byte READ = 1;
  static final byte WRITE = 2;
  static final byte SYNC = 3;
  static final byte ALLOCATE = 4;

  // From here on they may wait for ever, so that closing cancels them.
  static final byte ACCEPT = 5;
  static final byte CONNECT = 6;
  static final byte RECEIVE = 7;
  static final byte SEND = 8;
  static final byte READABLE = 9;

  private static final byte POLLED = 1;
  private static final byte WAITED = 2;

  private byte[] kinds;
  private byte[] states;
  private int[] fds;
  private int[] flags;
  private long[] offsets;
  private long[] lengths;
  private long[] dones;

  /** Segment or array of them: kept so that the memory lives until the end. */
  private @Nullable Object[] memories;

  private @Nullable SocketMessage[] messages;
  private @Nullable Completion[] ends;
  private int free = -1;

  UringSlots(int size) {
    kinds = new byte[size];
    states = new byte[size];
    fds = new int[size];
    flags = new int[size];
    offsets = new long[size];
    lengths = new long[size];
    dones = new long[size];
    memories = new Object[size];
    messages = new SocketMessage[size];
    ends = new Completion[size];
    chain(0);
  }

  /** Makes a list of the slots from this one on, which were never used. */
  private void chain(int first) {
    for (int slot = kinds.length - 1; slot >= first; slot--) {
      flags[slot] = free;
      free = slot;
    }
  }

  private void grow() {
    int size = kinds.length;
    kinds = Arrays.copyOf(kinds, size * 2);
    states = Arrays.copyOf(states, size * 2);
    fds = Arrays.copyOf(fds, size * 2);
    flags = Arrays.copyOf(flags, size * 2);
    offsets = Arrays.copyOf(offsets, size * 2);
    lengths = Arrays.copyOf(lengths, size * 2);
    dones = Arrays.copyOf(dones, size * 2);
    memories = Arrays.copyOf(memories, size * 2);
    messages = Arrays.copyOf(messages, size * 2);
    ends = Arrays.copyOf(ends, size * 2);
    chain(size);
  }

  int take(
      byte kind, int fd, Object memory, long offset, long length, int opFlags, Completion end) {
    if (free < 0) {
      grow();
    }
    int slot = free;
    free = flags[slot];
    kinds[slot] = kind;
    states[slot] = 0;
    fds[slot] = fd;
    memories[slot] = memory;
    offsets[slot] = offset;
    lengths[slot] = length;
    dones[slot] = 0;
    flags[slot] = opFlags;
    ends[slot] = end;
    return slot;
  }

  void giveBack(int slot) {
    Invariant.check(kinds[slot] != FREE, "a slot is given back once", slot);
    kinds[slot] = FREE;
    memories[slot] = null;
    messages[slot] = null;
    ends[slot] = null;
    flags[slot] = free;
    free = slot;
  }

  /** Slots in the table. */
  int size() {
    return kinds.length;
  }

  boolean isTaken(int slot) {
    return kinds[slot] != FREE;
  }

  boolean isOfSocket(int slot) {
    return kinds[slot] >= ACCEPT;
  }

  byte kind(int slot) {
    return kinds[slot];
  }

  int fd(int slot) {
    return fds[slot];
  }

  /** Its descriptor is not waiting for it. */
  void detach(int slot) {
    fds[slot] = -1;
  }

  long offset(int slot) {
    return offsets[slot];
  }

  /** Bytes in all. */
  long length(int slot) {
    return lengths[slot];
  }

  /** Bytes so far. */
  long done(int slot) {
    return dones[slot];
  }

  void done(int slot, long bytes) {
    dones[slot] = bytes;
  }

  /** The operation's own number: flags, mode or count. */
  int flags(int slot) {
    return flags[slot];
  }

  MemorySegment memory(int slot) {
    return (MemorySegment) there(memories[slot]);
  }

  long address(int slot) {
    return memory(slot).address();
  }

  MemorySegment[] parts(int slot) {
    return (MemorySegment[]) there(memories[slot]);
  }

  @Nullable SocketMessage message(int slot) {
    return messages[slot];
  }

  void message(int slot, SocketMessage message) {
    messages[slot] = message;
  }

  Completion end(int slot) {
    return there(ends[slot]);
  }

  /** True if what is in the kernel is the wait for readiness, not the operation. */
  boolean polled(int slot) {
    return (states[slot] & POLLED) != 0;
  }

  void polled(int slot, boolean polled) {
    states[slot] = (byte) (polled ? states[slot] | POLLED : states[slot] & ~POLLED);
  }

  /** True if it has waited for readiness before. */
  boolean hasWaited(int slot) {
    return (states[slot] & WAITED) != 0;
  }

  void waited(int slot) {
    states[slot] |= WAITED;
  }

  private static <T> T there(@Nullable T value) {
    if (value == null) {
      throw new Invariant.Broken("a slot that is taken is filled");
    }
    return value;
  }
}
