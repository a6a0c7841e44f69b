// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.agent.channel.Channel;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.format.Decoded;
import io.meikyo.core.format.Flaw;
import io.meikyo.core.format.FrameCodec;
import io.meikyo.core.format.FrameHeader;
import io.meikyo.core.link.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes one connection's bytes apart: the preamble, then frames. Small things are received many at
 * a time; what is missing of a payload is received into its own buffer. Without a free buffer
 * nothing is received, and the other side feels it.
 */
final class LinkInput {
  /** Takes what was received. */
  interface Sink {
    /** The first 64 bytes; returns false to end the connection. */
    boolean preamble(ByteBuffer bytes);

    /** A frame. The payload's buffer, if there is one, is dropped by the caller afterwards. */
    void frame(Frame frame);

    /** The connection is of no use any more. {@code errno}: 0 if the other side closed it. */
    void ended(int errno);

    /** What arrived is not of this protocol, or damaged. */
    void flaw(Flaw flaw);
  }

  private static final int RING_BYTES = 256 << 10;

  private final FrameCodec codec;
  private final BufferBytes payloads;
  private final BufferPool pool;
  private final Sink sink;
  private final Channel channel;
  private final MemorySegment memory;
  private final ByteBuffer bytes;
  private int from;
  private int to;
  private boolean greeted;
  private @Nullable FrameHeader header;
  private @Nullable Buffer payload;
  private int payloadGot;
  private boolean gone;

  LinkInput(
      Channel channel,
      FrameCodec codec,
      BufferBytes payloads,
      BufferPool pool,
      Arena arena,
      Sink sink) {
    this.channel = channel;
    this.codec = codec;
    this.payloads = payloads;
    this.pool = pool;
    this.sink = sink;
    this.memory = arena.allocate(RING_BYTES, 64);
    this.bytes = memory.asByteBuffer();
  }

  void begin() {
    go();
  }

  /** Nothing is given to the sink any more. */
  void close() {
    gone = true;
  }

  /** Takes what is there; if nothing is, asks for more and returns false. */
  private boolean receive() {
    Buffer large = payload;
    FrameHeader h = header;
    if (large != null && h != null && payloadGot < h.payloadBytes()) {
      MemorySegment rest = large.bytes().asSlice(payloadGot);
      int there = channel.take(rest);
      payloadGot += there;
      if (there == 0) {
        channel.receive(rest, this::receivedPayload);
      }
      return there > 0;
    }
    if (from > 0) {
      MemorySegment.copy(memory, from, memory, 0, to - from);
      to -= from;
      from = 0;
    }
    MemorySegment rest = memory.asSlice(to, RING_BYTES - to);
    int there = channel.take(rest);
    to += there;
    if (there == 0) {
      channel.receive(rest, this::received);
    }
    return there > 0;
  }

  private void received(int result) {
    if (over(result)) {
      return;
    }
    to += result;
    go();
  }

  private void receivedPayload(int result) {
    if (over(result)) {
      return;
    }
    payloadGot += result;
    go();
  }

  private boolean over(int result) {
    if (!gone && result > 0) {
      return false;
    }
    Buffer open = payload;
    payload = null;
    if (open != null) {
      open.drop();
    }
    if (!gone) {
      gone = true;
      sink.ended(-result);
    }
    return true;
  }

  private void go() {
    while (!gone && next()) {
      // One piece after the other.
    }
  }

  /** Takes one piece; returns false if it must wait. */
  private boolean next() {
    int have = to - from;
    if (!greeted) {
      if (have < Preamble.BYTES) {
        return receive();
      }
      greeted = true;
      boolean welcome = sink.preamble(bytes.slice(from, Preamble.BYTES));
      from += Preamble.BYTES;
      gone |= !welcome;
      return welcome;
    }
    FrameHeader h = header;
    if (h == null) {
      if (have < FrameCodec.HEADER_BYTES) {
        return receive();
      }
      Decoded<FrameHeader> decoded = codec.decodeHeader(bytes.slice(from, have));
      h = decoded.orNull();
      if (h == null) {
        return bad(decoded instanceof Decoded.Bad<FrameHeader> b ? b.flaw() : Flaw.FOREIGN);
      }
      if (h.payloadBytes() > BufferPool.BYTES_MAX) {
        return bad(Flaw.LENGTH);
      }
      header = h;
    }
    int head = FrameCodec.HEADER_BYTES + h.bodyBytes();
    if (have < head) {
      return receive();
    }
    if (h.type().hasPayload() && payload == null) {
      Buffer room = pool.take(h.payloadBytes());
      if (room == null) {
        pool.whenFree(this::go);
        return false;
      }
      payload = room;
      payloadGot = Math.min(have - head, h.payloadBytes());
      MemorySegment.copy(memory, from + head, room.bytes(), 0, payloadGot);
    }
    if (payloadGot < h.payloadBytes()) {
      return receive();
    }
    return frame(h, head);
  }

  private boolean frame(FrameHeader h, int head) {
    Buffer open = payload;
    payloads.received(open);
    Decoded<Frame> decoded =
        codec.decode(
            h,
            bytes.slice(from + FrameCodec.HEADER_BYTES, h.bodyBytes()),
            open == null ? null : open.view());
    payloads.received(null);
    // What of the payload came with the ring is behind the head; the rest never was in it.
    from = Math.min(to, from + head + (open == null ? 0 : h.payloadBytes()));
    header = null;
    payload = null;
    payloadGot = 0;
    Frame frame = decoded.orNull();
    if (frame == null) {
      if (open != null) {
        open.drop();
      }
      return bad(decoded instanceof Decoded.Bad<Frame> b ? b.flaw() : Flaw.FOREIGN);
    }
    sink.frame(frame);
    if (open != null) {
      open.drop();
    }
    return true;
  }

  private boolean bad(Flaw flaw) {
    gone = true;
    sink.flaw(flaw);
    return false;
  }
}
