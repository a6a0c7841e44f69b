// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.agent.channel.Channel;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.core.format.FrameCodec;
import io.meikyo.core.link.Frame;
import io.meikyo.core.partition.Payload;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has to send. One send is under way at a time; everything that is said
 * meanwhile becomes the parts of the next one, so that many small frames cost one system call.
 *
 * <p>Headers are gathered in a batch's own memory, payloads are sent from where they lie and are
 * kept until they are gone. The engine bounds what is under way; batches beyond the two that are
 * always there are allocated when it has much to say at once (pages of maps) and freed after.
 */
final class LinkOutput {
  private static final int BATCH_BYTES = 256 << 10;
  private static final int PARTS_MAX = 512;

  private final class Batch {
    final MemorySegment heads;
    final ByteBuffer headBytes;
    final MemorySegment[] parts = new MemorySegment[PARTS_MAX];
    final List<Buffer> kept = new ArrayList<>();
    int count;
    int lastEnd;

    Batch(MemorySegment memory) {
      heads = memory;
      headBytes = memory.asByteBuffer();
    }

    boolean hasRoom() {
      return headBytes.remaining() >= FrameCodec.HEAD_BYTES_MAX && count + 2 <= PARTS_MAX;
    }

    boolean isEmpty() {
      return count == 0;
    }

    void add(Frame frame) {
      int from = headBytes.position();
      int payloadBytes = codec.encode(frame, headBytes);
      addHead(from, headBytes.position());
      Payload payload = frame.body().payloadOrNull();
      if (payloadBytes > 0 && payload instanceof Buffer buffer) {
        buffer.keep();
        kept.add(buffer);
        parts[count++] = buffer.bytes();
        lastEnd = -1;
      }
    }

    void addHead(int from, int to) {
      if (lastEnd == from && count > 0) {
        long start = parts[count - 1].address() - heads.address();
        parts[count - 1] = heads.asSlice(start, to - start);
      } else {
        parts[count++] = heads.asSlice(from, to - from);
      }
      lastEnd = to;
    }

    void clear() {
      headBytes.clear();
      Arrays.fill(parts, 0, count, null);
      kept.forEach(Buffer::drop);
      kept.clear();
      count = 0;
      lastEnd = -1;
    }
  }

  private final Channel channel;
  private final FrameCodec codec;
  private final ArrayDeque<Batch> spare = new ArrayDeque<>();
  private final ArrayDeque<Batch> full = new ArrayDeque<>();
  private Batch filling;
  private @Nullable Batch sending;
  private @Nullable Runnable finished;
  private boolean gone;
  private final IntConsumer failed;

  /**
   * Makes it with its memory.
   *
   * @param failed told the errno if a send fails
   */
  LinkOutput(Channel channel, FrameCodec codec, Arena arena, IntConsumer failed) {
    this.channel = channel;
    this.codec = codec;
    this.failed = failed;
    spare.add(new Batch(arena.allocate(BATCH_BYTES, 64)));
    filling = new Batch(arena.allocate(BATCH_BYTES, 64));
  }

  /** Adds a frame; it goes out with the next {@link #flush}. */
  void add(Frame frame) {
    if (gone) {
      return;
    }
    room();
    filling.add(frame);
  }

  /** Adds bytes that are no frame. */
  void add(MemorySegment bytes) {
    room();
    int from = filling.headBytes.position();
    filling.headBytes.put(bytes.asByteBuffer());
    filling.addHead(from, filling.headBytes.position());
  }

  private void room() {
    if (!filling.hasRoom()) {
      full.addLast(filling);
      Batch next = spare.poll();
      filling = next == null ? new Batch(Arena.ofAuto().allocate(BATCH_BYTES, 64)) : next;
    }
  }

  /** Begins to send what was added, unless a send is under way: then its end does. */
  void flush() {
    if (gone || sending != null) {
      return;
    }
    Batch next = full.poll();
    if (next == null) {
      if (filling.isEmpty()) {
        return;
      }
      next = filling;
      Batch fresh = spare.poll();
      filling = fresh == null ? new Batch(Arena.ofAuto().allocate(BATCH_BYTES, 64)) : fresh;
    }
    Batch batch = next;
    sending = batch;
    channel.send(batch.parts, batch.count, result -> sent(batch, result));
  }

  private void sent(Batch batch, int result) {
    sending = null;
    batch.clear();
    if (spare.size() < 2) {
      spare.add(batch);
    }
    if (result < 0) {
      if (!gone) {
        failed.accept(-result);
      }
      idle();
    } else {
      flush();
      if (sending == null) {
        idle();
      }
    }
  }

  private void idle() {
    Runnable task = finished;
    finished = null;
    if (task != null) {
      task.run();
    }
  }

  /** Sends what there is, then runs the task, once. */
  void finish(Runnable task) {
    finished = task;
    flush();
    if (sending == null) {
      idle();
    }
  }

  /** The connection is gone: nothing is sent any more; what is under way ends by itself. */
  void close() {
    gone = true;
    full.forEach(Batch::clear);
    full.clear();
    filling.clear();
  }
}
