// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Stamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class SetRecordCodecTest {
  private static final UUID DISK = new UUID(7, 8);

  private static byte[] encode(SetRecord r) {
    ByteBuffer out = ByteBuffer.allocate(SetRecordCodec.BYTES);
    SetRecordCodec.encode(r, DISK, out);
    assertThat(out.hasRemaining()).isFalse();
    return out.array();
  }

  private static Flaw flaw(byte[] bytes) {
    return SetRecordCodec.decode(ByteBuffer.wrap(bytes), DISK) instanceof Decoded.Bad<?> bad
        ? bad.flaw()
        : null;
  }

  /** The bytes with one changed, under a checksum that fits. */
  private static byte[] sealed(int at, int value) {
    byte[] bytes = encode(SetRecord.initial(5));
    bytes[at] = (byte) value;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 252);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(252, (int) crc.getValue());
    return bytes;
  }

  @Test
  void whatIsWrittenIsRead() {
    Random random = new Random(4);
    for (int i = 0; i < 200; i++) {
      List<Stamp> stamps = new ArrayList<>();
      for (int s = 0; s < 8; s++) {
        stamps.add(new Stamp(random.nextInt(1000) + 1, random.nextLong()));
      }
      SetRecord r =
          new SetRecord(
              random.nextLong(),
              random.nextLong() >>> 1,
              random.nextLong() >>> 1,
              random.nextInt(9) - 1,
              random.nextInt(256),
              random.nextLong(),
              stamps,
              random.nextLong(),
              random.nextLong(),
              random.nextLong(),
              CutStatus.values()[random.nextInt(CutStatus.values().length)]);
      assertThat(SetRecordCodec.decode(ByteBuffer.wrap(encode(r)), DISK))
          .isEqualTo(new Decoded.Ok<>(r));
    }
  }

  @Test
  void anyChangedBitIsFound() {
    byte[] good = encode(SetRecord.initial(5));
    for (int bit = 0; bit < SetRecordCodec.BYTES * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(flaw(bad)).as("bit " + bit).isEqualTo(bit < 32 ? Flaw.FOREIGN : Flaw.CHECKSUM);
    }
  }

  @Test
  void wholeRecordsThatAreWrongAreFound() {
    assertThat(flaw(new byte[100])).isEqualTo(Flaw.SHORT);
    assertThat(flaw(sealed(4, 2))).isEqualTo(Flaw.NEWER_VERSION);
    assertThat(flaw(sealed(6, 8))).isEqualTo(Flaw.VALUE);
    assertThat(flaw(sealed(23, 0x80))).as("a negative version").isEqualTo(Flaw.VALUE);
    assertThat(flaw(sealed(64, 9))).as("no such status").isEqualTo(Flaw.VALUE);
    assertThat(flaw(sealed(70, 1))).as("a reserved byte").isEqualTo(Flaw.VALUE);
    assertThat(flaw(sealed(240, 1))).as("a reserved byte").isEqualTo(Flaw.VALUE);
    assertThat(flaw(sealed(75, 1))).as("another disk").isEqualTo(Flaw.OTHER_PARTITION);
  }
}
