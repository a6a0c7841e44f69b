// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.disk;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.block.Layer;
import io.meikyo.agent.block.Overlaps;
import io.meikyo.agent.memory.Buffer;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A disk with a volatile write cache, over a disk without. Each write first copies what stands
 * there into the {@link UndoLog}; a flush, or a write with FUA, makes that superfluous. Flushes are
 * not passed on: what is under this layer lives as long as the laboratory.
 *
 * <p>After {@link #die} nothing is answered any more. For the loop's thread.
 */
public final class VolatileDisk extends Layer {
  /** Does one change to the disk under this one. */
  private interface Change {
    void run(Answer answer);
  }

  private final UndoLog log;
  private final int disk;
  private final Overlaps overlaps = new Overlaps();
  private int open;
  private boolean dead;
  private @Nullable Runnable quiet;

  /**
   * A layer.
   *
   * @param log shared by the disks of one server
   * @param disk number of this one in the log
   */
  VolatileDisk(BlockService below, UndoLog log, int disk) {
    super(below);
    this.log = log;
    this.disk = disk;
  }

  /**
   * The power goes: no request is taken or answered any more.
   *
   * @param whenQuiet told, perhaps at once, when nothing is under way on the disk below
   */
  void die(Runnable whenQuiet) {
    dead = true;
    if (open == 0) {
      whenQuiet.run();
    } else {
      quiet = whenQuiet;
    }
  }

  @Override
  public void read(long start, int count, Answer answer) {
    if (!dead) {
      below.read(start, count, open(answer));
    }
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    bytes.keep();
    change(
        start,
        count,
        fua,
        _ -> true,
        landed -> below.write(start, count, false, bytes, landed),
        (errno, none) -> {
          bytes.drop();
          answer.done(errno, none);
        });
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    change(
        start,
        count,
        fua,
        old -> !isZero(old),
        landed -> below.zero(start, count, false, mayUnmap, landed),
        answer);
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    zero(start, count, false, true, answer);
  }

  @Override
  public void flush(Answer answer) {
    if (!dead) {
      log.flushed(log.covered(disk));
      answer.done(0, null);
    }
  }

  /** Whether there is anything to change, by what stands there. */
  private interface Need {
    boolean test(MemorySegment old);
  }

  private void change(long start, int count, boolean fua, Need need, Change change, Answer answer) {
    if (dead) {
      return;
    }
    Answer counted = open(answer);
    ordered(
        start,
        count,
        end ->
            below.read(
                start,
                count,
                (errno, old) -> {
                  if (errno != 0 || old == null) {
                    end.accept(errno);
                  } else if (!fua && !need.test(old.bytes())) {
                    end.accept(0);
                  } else {
                    change(start, old.bytes(), fua, change, end);
                  }
                }),
        errno -> counted.done(errno, null));
  }

  private void change(long start, MemorySegment old, boolean fua, Change change, IntConsumer end) {
    UndoLog.Entry entry = log.begin(disk, start * below.blockBytes(), old.byteSize());
    entry.old().copyFrom(old);
    change.run((errno, _) -> {
      // A write that failed may have landed in part: it can be undone, and is not durable.
      entry.landed(fua && errno == 0);
      end.accept(errno);
    });
  }

  private void ordered(long start, int count, Consumer<IntConsumer> run, IntConsumer end) {
    var range = new Overlaps.Range[1];
    range[0] =
        Overlaps.range(
            start,
            count,
            true,
            () ->
                run.accept(errno -> {
                  end.accept(errno);
                  overlaps.leave(range[0]);
                }));
    overlaps.enter(range[0]);
  }

  private Answer open(Answer answer) {
    open++;
    return (errno, bytes) -> {
      open--;
      if (!dead) {
        answer.done(errno, bytes);
      }
      Runnable told = quiet;
      if (open == 0 && told != null) {
        quiet = null;
        told.run();
      }
    };
  }

  private static boolean isZero(MemorySegment bytes) {
    for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
      if (bytes.get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, at) != 0) {
        return false;
      }
    }
    return true;
  }
}
