// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import io.meikyo.agent.memory.Buffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Fails requests that touch chosen blocks, a chosen number of times; the others pass. A request
 * that fails has changed nothing below. For the loop's thread.
 */
public final class FaultLayer extends Layer {
  /** What fails. */
  public enum Kind {
    /** Reads. */
    READ,
    /** Writes, with and without FUA. */
    WRITE,
    /** Zeroes. */
    ZERO,
    /** Discards. */
    DISCARD,
    /** Flushes; they touch every block. */
    FLUSH
  }

  private static final class Fault {
    final Set<Kind> kinds;
    final long first;
    final long end;
    final int errno;
    long times;

    Fault(Set<Kind> kinds, long first, long end, int errno, long times) {
      this.kinds = EnumSet.copyOf(kinds);
      this.first = first;
      this.end = end;
      this.errno = errno;
      this.times = times;
    }
  }

  private final List<Fault> faults = new ArrayList<>();

  /** A layer without faults. */
  public FaultLayer(BlockService below) {
    super(below);
  }

  /**
   * Adds a fault.
   *
   * @param kinds what fails; at least one
   * @param first first block
   * @param count blocks
   * @param errno positive
   * @param times how many requests it fails
   */
  public void fail(Set<Kind> kinds, long first, long count, int errno, long times) {
    faults.add(new Fault(kinds, first, first + count, errno, times));
  }

  /** Takes all faults away. */
  public void heal() {
    faults.clear();
  }

  private int errno(Kind kind, long start, long count) {
    for (Fault fault : faults) {
      if (fault.times > 0
          && fault.kinds.contains(kind)
          && start < fault.end
          && start + count > fault.first) {
        fault.times--;
        return fault.errno;
      }
    }
    return 0;
  }

  @Override
  public void read(long start, int count, Answer answer) {
    int errno = errno(Kind.READ, start, count);
    if (errno != 0) {
      answer.done(errno, null);
    } else {
      below.read(start, count, answer);
    }
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    int errno = errno(Kind.WRITE, start, count);
    if (errno != 0) {
      answer.done(errno, null);
    } else {
      below.write(start, count, fua, bytes, answer);
    }
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    int errno = errno(Kind.ZERO, start, count);
    if (errno != 0) {
      answer.done(errno, null);
    } else {
      below.zero(start, count, fua, mayUnmap, answer);
    }
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    int errno = errno(Kind.DISCARD, start, count);
    if (errno != 0) {
      answer.done(errno, null);
    } else {
      below.discard(start, count, answer);
    }
  }

  @Override
  public void flush(Answer answer) {
    int errno = errno(Kind.FLUSH, 0, blocks());
    if (errno != 0) {
      answer.done(errno, null);
    } else {
      below.flush(answer);
    }
  }
}
