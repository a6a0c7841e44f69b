// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.memory.Buffer;
import io.meikyo.core.base.Invariant;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes out to a client. All that waits when a send begins goes with it: heads one behind the
 * other in one piece of memory, data from where it is.
 *
 * <p>The data of a simple reply cannot be interrupted: while it is sent in several pieces, the
 * answers to other requests stand behind it.
 */
final class Outbox {
  /** Bytes of the memory of one: an answer to an option, or heads. */
  static final int BYTES = Handshake.ANSWER_BYTES_MAX + (8 << 10);

  private static final int PARTS_MAX = 256;

  private final MemorySegment memory;
  private final ByteBuffer heads;
  private final ArrayDeque<Reply> waiting = new ArrayDeque<>();
  private final ArrayDeque<Reply> behind = new ArrayDeque<>();
  private final List<Reply> sending = new ArrayList<>();
  private final MemorySegment[] parts = new MemorySegment[PARTS_MAX];
  private @Nullable Job streaming;
  private int count;

  Outbox(MemorySegment memory) {
    Invariant.check(memory.byteSize() == BYTES, "the memory of an outbox has its size");
    this.memory = memory;
    this.heads = memory.asByteBuffer();
  }

  /** Where answers to options are written, while nothing is being sent. */
  ByteBuffer options() {
    return heads;
  }

  /** True if an answer to an option is not sent yet. */
  boolean holdsOptions() {
    return heads.position() > 0;
  }

  boolean isEmpty() {
    return waiting.isEmpty() && behind.isEmpty() && heads.position() == 0;
  }

  /** Puts a piece of an answer behind the others. */
  void add(Reply reply) {
    if (streaming != null && !streaming.equals(reply.job())) {
      behind.add(reply);
      return;
    }
    waiting.add(reply);
    boolean simple = reply.kind() == Reply.Kind.SIMPLE || reply.kind() == Reply.Kind.MORE_DATA;
    streaming = simple && !reply.last() ? reply.job() : null;
    if (streaming == null) {
      waiting.addAll(behind);
      behind.clear();
    }
  }

  /** Makes the parts of the next send out of what waits; false: nothing does. */
  boolean fill() {
    Invariant.check(sending.isEmpty(), "one send at a time");
    count = 0;
    int from = 0;
    while (!waiting.isEmpty() && count + 2 < PARTS_MAX && heads.remaining() >= Replies.BYTES_MAX) {
      Reply reply = waiting.remove();
      sending.add(reply);
      head(reply);
      Buffer data = reply.data();
      if (data != null) {
        from = cut(from);
        parts[count++] = data.bytes();
      }
    }
    cut(from);
    return count > 0;
  }

  /** Makes what was written since into a part. */
  private int cut(int from) {
    if (heads.position() > from) {
      parts[count++] = memory.asSlice(from, heads.position() - from);
    }
    return heads.position();
  }

  private void head(Reply reply) {
    Request request = reply.job().request;
    long cookie = request.cookie();
    switch (reply.kind()) {
      case SIMPLE -> Replies.simple(heads, cookie, reply.errno());
      case MORE_DATA -> {}
      case DATA_CHUNK ->
          Replies.data(heads, cookie, reply.last(), reply.offset(), reply.dataBytes());
      case ERROR_CHUNK -> Replies.error(heads, cookie, reply.errno());
      case STATUS_CHUNK -> Replies.allData(heads, cookie, request.length());
    }
  }

  MemorySegment[] parts() {
    return parts;
  }

  int count() {
    return count;
  }

  /** The send has ended, well or not: its memory is free again. */
  void sent() {
    heads.clear();
    for (Reply reply : sending) {
      release(reply);
    }
    sending.clear();
  }

  /** Throws away what waits; nobody will read it. What is being sent stays until its end. */
  void discard() {
    waiting.forEach(Outbox::release);
    behind.forEach(Outbox::release);
    waiting.clear();
    behind.clear();
  }

  private static void release(Reply reply) {
    Buffer data = reply.data();
    reply.job().sent(reply);
    if (data != null) {
      data.drop();
    }
  }
}
