// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.base.Invariant;
import io.meikyo.core.format.LogCodec;
import io.meikyo.core.format.MapPageCodec;
import io.meikyo.core.format.PartitionKey;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.SuperblockCodec;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.Superblock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * The cluster partition: writes superblocks, log transactions and map pages, each durably, at the
 * place that the layout gives them. Writes to one block of it are done one after the other. For the
 * loop's thread.
 */
final class MetaEdge {
  /** Blocks that are being written at once; more wait for one to end. */
  private static final int IN_FLIGHT_MAX = 64;

  private static final int BLOCK = PartitionLayout.BLOCK_BYTES;

  private record Write(long op, long offset, Consumer<ByteBuffer> encode) {}

  private final IoLoop loop;
  private final int fd;
  private final WrittenSuperblock written;
  private final PartitionKey key;
  private final PartitionLayout layout;
  private final DataEdge.Done done;
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
  private final ArrayDeque<Write> waiting = new ArrayDeque<>();
  private final long[] busy = new long[IN_FLIGHT_MAX];
  private int inFlight;

  MetaEdge(IoLoop loop, int fd, WrittenSuperblock written, Arena arena, DataEdge.Done done) {
    this.loop = loop;
    this.fd = fd;
    this.written = written;
    this.key = PartitionKey.of(written.superblock().identity(), written.life());
    this.layout = written.layout();
    this.done = done;
    MemorySegment all = arena.allocate((long) IN_FLIGHT_MAX * BLOCK, BLOCK);
    for (int i = 0; i < IN_FLIGHT_MAX; i++) {
      free.push(all.asSlice((long) i * BLOCK, BLOCK));
    }
  }

  void superblock(Effect.WriteSuperblock e) {
    Superblock s = e.superblock();
    long offset = PartitionLayout.superblockOffset(s.sequence());
    add(new Write(e.op(), offset, out -> SuperblockCodec.encode(written.with(s), out)));
  }

  void log(Effect.WriteLog e) {
    LogTransaction t = e.transaction();
    long offset = layout.logOffset(layout.logSlot(t.sequence()));
    add(new Write(e.op(), offset, out -> LogCodec.encode(t, key, out)));
  }

  void page(Effect.WriteMapPage e) {
    long offset = layout.pageOffset(e.page().map(), e.page().page());
    add(new Write(e.op(), offset, out -> MapPageCodec.encode(e.page(), key, out)));
  }

  private void add(Write w) {
    if (!waiting.isEmpty() || free.isEmpty() || writes(w.offset)) {
      waiting.addLast(w);
    } else {
      begin(w);
    }
  }

  private boolean writes(long offset) {
    for (int i = 0; i < inFlight; i++) {
      if (busy[i] == offset) {
        return true;
      }
    }
    return false;
  }

  private void begin(Write w) {
    MemorySegment block = free.pop();
    ByteBuffer out = block.asByteBuffer();
    w.encode.accept(out);
    Invariant.check(out.position() == BLOCK, "a block is encoded whole", out.position());
    busy[inFlight++] = w.offset;
    loop.write(
        fd,
        block,
        w.offset,
        true,
        result -> {
          free.push(block);
          ended(w.offset);
          if (result != BLOCK) {
            done.failed("write", w.offset, Math.max(0, -result));
          }
          done.ended(w.op, result == BLOCK, null, null);
          next();
        });
  }

  private void ended(long offset) {
    for (int i = 0; i < inFlight; i++) {
      if (busy[i] == offset) {
        busy[i] = busy[--inFlight];
        return;
      }
    }
  }

  private void next() {
    while (!waiting.isEmpty() && !free.isEmpty() && !writes(waiting.getFirst().offset)) {
      begin(waiting.removeFirst());
    }
  }
}
