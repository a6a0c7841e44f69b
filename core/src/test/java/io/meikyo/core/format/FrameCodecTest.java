// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FrameCodecTest {
  private static final int BLOCK_SIZE = 512;

  private final FrameCodec codec = new FrameCodec(Samples.PAYLOADS, BLOCK_SIZE);

  /** Header, body and payload in one array. */
  private byte[] bytes(Frame frame) {
    ByteBuffer out = ByteBuffer.allocate(FrameCodec.HEAD_BYTES_MAX);
    int payload = codec.encode(frame, out);
    byte[] all = Arrays.copyOf(out.array(), out.position() + payload);
    if (payload > 0) {
      int at = out.position();
      for (ByteBuffer view : Samples.PAYLOADS.views(frame.body().payloadOrNull())) {
        int length = view.remaining();
        view.get(all, at, length);
        at += length;
      }
    }
    return all;
  }

  /** What a receiver does. */
  private Decoded<Frame> read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return switch (codec.decodeHeader(in)) {
      case Decoded.Ok<FrameHeader>(FrameHeader h) -> {
        if (in.remaining() < FrameCodec.HEADER_BYTES + h.bodyBytes() + h.payloadBytes()) {
          yield Decoded.bad(Flaw.SHORT);
        }
        ByteBuffer body = in.slice(FrameCodec.HEADER_BYTES, h.bodyBytes());
        ByteBuffer payload =
            h.type().hasPayload()
                ? in.slice(FrameCodec.HEADER_BYTES + h.bodyBytes(), h.payloadBytes())
                : null;
        yield codec.decode(h, body, payload);
      }
      case Decoded.Bad<FrameHeader>(Flaw flaw, long found, long expected) ->
          Decoded.bad(flaw, found, expected);
      case Decoded.Empty<FrameHeader> e -> new Decoded.Empty<>();
    };
  }

  @ParameterizedTest
  @EnumSource
  void everyKindIsReadAsWritten(FrameType type) {
    Samples samples = new Samples(type.code());
    for (int i = 0; i < 300; i++) {
      Frame frame = samples.frame(type, BLOCK_SIZE);
      Frame read = read(bytes(frame)).orNull();

      assertThat(read).usingRecursiveComparison().isEqualTo(frame);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyFlippedBitIsFound(FrameType type) {
    byte[] bytes = bytes(new Samples(40 + type.code()).frame(type, BLOCK_SIZE));
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      if (!(read(Blocks.flipped(bytes, bit)) instanceof Decoded.Bad)) {
        fail("bit " + bit);
      }
    }
    for (int length = 0; length < bytes.length; length++) {
      if (!(read(Arrays.copyOf(bytes, length)) instanceof Decoded.Bad)) {
        fail("length " + length);
      }
    }
  }

  /** A frame with true checksums whose bytes are nonsense: what a hostile peer can send. */
  @Test
  void mutatedFramesGiveAnAnswer() {
    Samples samples = new Samples(3);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 200_000; i++) {
      FrameType type = samples.oneOf(FrameType.values());
      byte[] bytes = mutated(bytes(samples.frame(type, BLOCK_SIZE)), samples);
      Decoded<Frame> read = read(bytes);
      if (read instanceof Decoded.Ok<Frame>(Frame frame)) {
        accepted++;
        // What is accepted can be said again in the same bytes.
        assertThat(bytes(frame)).isEqualTo(Arrays.copyOf(bytes, bytes(frame).length));
      } else {
        refused++;
      }
    }
    assertThat(accepted).isGreaterThan(10_000);
    assertThat(refused).isGreaterThan(10_000);
  }

  private static byte[] mutated(byte[] bytes, Samples samples) {
    var random = samples.random();
    for (int k = 0; k < 1 + random.nextInt(3); k++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    if (random.nextInt(8) == 0) {
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 100));
    }
    if (bytes.length >= FrameCodec.HEADER_BYTES && random.nextInt(8) != 0) {
      sign(bytes);
    }
    return bytes;
  }

  private static void sign(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int left = bytes.length - FrameCodec.HEADER_BYTES;
    int body = Math.clamp(b.getInt(40), 0, left);
    int payload = Math.clamp(b.getInt(44), 0, left - body);
    b.putInt(48, Block.crc(b, FrameCodec.HEADER_BYTES, body));
    b.putInt(52, payload == 0 ? 0 : Block.crc(b, FrameCodec.HEADER_BYTES + body, payload));
    b.putInt(60, Block.crc(b, 0, 60));
  }

  @Test
  void garbageGivesAnAnswer() {
    Samples samples = new Samples(4);
    byte[] bytes = new byte[300];
    for (int i = 0; i < 50_000; i++) {
      samples.random().nextBytes(bytes);
      if (i % 2 == 0) {
        System.arraycopy(
            "MKLK\1\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, bytes, 0, 6);
        sign(bytes);
      }
      assertThat(read(bytes)).isInstanceOf(Decoded.Bad.class);
    }
  }

  @Test
  void limitsAreChecked() {
    byte[] ping = bytes(new Frame(1, 2, 3, 4, new Message.Ping(5, 6, 7)));
    assertThat(altered(ping, 40, FrameCodec.BODY_BYTES_MAX + 1))
        .isEqualTo(Decoded.bad(Flaw.LENGTH, 8193, 8192));
    assertThat(altered(ping, 40, -1)).isEqualTo(Decoded.bad(Flaw.LENGTH, -1, 8192));
    assertThat(altered(ping, 44, 1)).isEqualTo(Decoded.bad(Flaw.LENGTH, 1, 0));
    byte[] write = bytes(new Samples(5).frame(FrameType.WRITE, BLOCK_SIZE));
    assertThat(altered(write, 44, FrameCodec.PAYLOAD_BYTES_MAX + 1))
        .isEqualTo(
            Decoded.bad(
                Flaw.LENGTH, FrameCodec.PAYLOAD_BYTES_MAX + 1L, FrameCodec.PAYLOAD_BYTES_MAX));
  }

  @Test
  void aNewerProtocolIsToldFromDamage() {
    byte[] ping = bytes(new Frame(1, 2, 3, 4, new Message.Ping(5, 6, 7)));
    ping[4] = 9;
    sign(ping);

    assertThat(read(ping)).isEqualTo(Decoded.bad(Flaw.NEWER_VERSION, 9, 1));
  }

  private Decoded<FrameHeader> altered(byte[] bytes, int at, int value) {
    ByteBuffer b = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(at, value);
    b.putInt(60, Block.crc(b, 0, 60));
    return codec.decodeHeader(b);
  }
}
