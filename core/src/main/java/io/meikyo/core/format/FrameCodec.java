// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.partition.Payload;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Frames of the link: header, body, payload.
 *
 * <pre>
 *  0  4  magic "MKLK"
 *  4  2  protocol version
 *  6  1  kind of message
 *  7  1  0
 *  8  8  group id
 * 16  8  epoch
 * 24  8  session
 * 32  8  sequence
 * 40  4  bytes of the body, at most 8192
 * 44  4  bytes of the payload, at most 4 MiB
 * 48  4  CRC32C of the body; 0 without body
 * 52  4  CRC32C of the payload; 0 without payload
 * 56  4  0
 * 60  4  CRC32C of the 60 bytes before
 * 64     body, then payload
 * </pre>
 *
 * A reader takes 64 bytes, asks {@link #decodeHeader}, takes as many more as that says, and asks
 * {@link #decode}. The payload is never copied. Magic, version and the header's checksum mean the
 * same in every version. Any bytes give a result; a flaw ends the connection, since nobody knows
 * where the next frame begins. Stateless; any thread may call.
 */
public final class FrameCodec {
  /** Bytes of the header. */
  public static final int HEADER_BYTES = 64;

  /** Most bytes of a body: a page of a map is the longest, and half of this. */
  public static final int BODY_BYTES_MAX = 8192;

  /** Most bytes of header and body together: what a sender keeps free in front of a payload. */
  public static final int HEAD_BYTES_MAX = HEADER_BYTES + BODY_BYTES_MAX;

  /**
   * Most bytes of a payload, so that a receiver's buffers are bounded. Front ends split what is
   * longer.
   */
  public static final int PAYLOAD_BYTES_MAX = 4 << 20;

  private static final int MAGIC = Block.magic("MKLK");
  private static final int CRC_AT = 60;

  private final PayloadBytes payloads;
  private final int blockSize;

  /**
   * A codec for one mirror disk.
   *
   * @param payloads keeper of the payloads' bytes
   * @param blockSize bytes of a logical block: a payload must have exactly as many blocks as its
   *     message says
   */
  public FrameCodec(PayloadBytes payloads, int blockSize) {
    this.payloads = payloads;
    this.blockSize = blockSize;
  }

  /**
   * Writes header and body at the position of {@code out}, which needs room for {@link
   * #HEAD_BYTES_MAX}, and moves the position behind them.
   *
   * @return bytes of the payload that the caller must send next; 0 if there is none
   */
  public int encode(Frame frame, ByteBuffer out) {
    int start = out.position();
    Message message = frame.body();
    out.order(ByteOrder.LITTLE_ENDIAN).position(start + HEADER_BYTES);
    FrameBodies.put(message, new ByteWriter(out));
    int bodyBytes = out.position() - start - HEADER_BYTES;
    Invariant.check(bodyBytes <= BODY_BYTES_MAX, "a body is within its limit", bodyBytes);
    Payload payload = message.payloadOrNull();
    int payloadBytes = payload == null ? 0 : payloads.length(payload);
    Invariant.check(
        payloadBytes <= PAYLOAD_BYTES_MAX, "a payload is within its limit", payloadBytes);
    out.putInt(start, MAGIC)
        .putShort(start + 4, (short) Frame.PROTOCOL_VERSION)
        .put(start + 6, (byte) FrameType.of(message).code())
        .put(start + 7, (byte) 0)
        .putLong(start + 8, frame.groupId())
        .putLong(start + 16, frame.epoch())
        .putLong(start + 24, frame.session())
        .putLong(start + 32, frame.sequence())
        .putInt(start + 40, bodyBytes)
        .putInt(start + 44, payloadBytes)
        .putInt(start + 48, Block.crc(out, start + HEADER_BYTES, bodyBytes))
        .putInt(start + 52, payload == null ? 0 : crc(payload))
        .putInt(start + 56, 0);
    out.putInt(start + CRC_AT, Block.crc(out, start, CRC_AT));
    return payloadBytes;
  }

  private int crc(Payload payload) {
    CRC32C crc = new CRC32C();
    for (ByteBuffer view : payloads.views(payload)) {
      crc.update(view);
    }
    return (int) crc.getValue();
  }

  /** Checks the header at the position of {@code in}, which is not moved. */
  public Decoded<FrameHeader> decodeHeader(ByteBuffer in) {
    if (in.remaining() < HEADER_BYTES) {
      return Decoded.bad(Flaw.SHORT, in.remaining(), HEADER_BYTES);
    }
    ByteBuffer h = in.slice(in.position(), HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (h.getInt(0) != MAGIC) {
      return Decoded.bad(Flaw.FOREIGN, h.getInt(0), MAGIC);
    }
    if (h.getInt(CRC_AT) != Block.crc(h, 0, CRC_AT)) {
      return Decoded.bad(Flaw.CHECKSUM);
    }
    int version = Short.toUnsignedInt(h.getShort(4));
    if (version != Frame.PROTOCOL_VERSION) {
      return Decoded.bad(Flaw.NEWER_VERSION, version, Frame.PROTOCOL_VERSION);
    }
    int code = Byte.toUnsignedInt(h.get(6));
    FrameType type = FrameType.ofCode(code);
    if (type == null || h.get(7) != 0 || h.getInt(56) != 0) {
      return Decoded.bad(Flaw.VALUE, code, 0);
    }
    int bodyBytes = h.getInt(40);
    if (bodyBytes < 0 || bodyBytes > BODY_BYTES_MAX) {
      return Decoded.bad(Flaw.LENGTH, bodyBytes, BODY_BYTES_MAX);
    }
    int payloadBytes = h.getInt(44);
    if (payloadBytes < 0 || payloadBytes > (type.hasPayload() ? PAYLOAD_BYTES_MAX : 0)) {
      return Decoded.bad(Flaw.LENGTH, payloadBytes, type.hasPayload() ? PAYLOAD_BYTES_MAX : 0);
    }
    return new Decoded.Ok<>(
        new FrameHeader(
            type,
            h.getLong(8),
            h.getLong(16),
            h.getLong(24),
            h.getLong(32),
            bodyBytes,
            payloadBytes,
            h.getInt(48),
            h.getInt(52)));
  }

  /**
   * Reads what follows a header.
   *
   * @param body holds the body from its position on; not moved
   * @param payload holds the payload from its position to its limit, and becomes part of the
   *     message; may be null if the header promises none
   */
  public Decoded<Frame> decode(FrameHeader header, ByteBuffer body, @Nullable ByteBuffer payload) {
    if (body.remaining() < header.bodyBytes()) {
      return Decoded.bad(Flaw.SHORT, body.remaining(), header.bodyBytes());
    }
    ByteBuffer bytes = body.slice(body.position(), header.bodyBytes());
    if (Block.crc(bytes, 0, header.bodyBytes()) != header.bodyCrc()) {
      return Decoded.bad(Flaw.CHECKSUM);
    }
    Payload wrapped = null;
    if (header.type().hasPayload()) {
      if (payload == null || payload.remaining() != header.payloadBytes()) {
        return Decoded.bad(
            Flaw.SHORT, payload == null ? 0 : payload.remaining(), header.payloadBytes());
      }
      if (Block.crc(payload.slice(), 0, header.payloadBytes()) != header.payloadCrc()) {
        return Decoded.bad(Flaw.CHECKSUM);
      }
      wrapped = payloads.wrap(payload);
    } else if (header.payloadCrc() != 0) {
      return Decoded.bad(Flaw.VALUE, header.payloadCrc(), 0);
    }
    ByteReader reader = new ByteReader(bytes);
    Message message = FrameBodies.read(header.type(), reader, wrapped);
    if (message != null && message.payloadOrNull() != null) {
      checkCount(message, header.payloadBytes(), reader);
    }
    reader.end();
    if (message == null || reader.failed()) {
      return reader.bad();
    }
    return new Decoded.Ok<>(
        new Frame(header.groupId(), header.epoch(), header.session(), header.sequence(), message));
  }

  private void checkCount(Message message, int payloadBytes, ByteReader reader) {
    int count =
        switch (message) {
          case Message.Write w -> w.count();
          case Message.Repair r -> r.count();
          default -> 0;
        };
    if ((long) count * blockSize != payloadBytes) {
      reader.fail(Flaw.LENGTH, payloadBytes, (long) count * blockSize);
    }
  }
}
