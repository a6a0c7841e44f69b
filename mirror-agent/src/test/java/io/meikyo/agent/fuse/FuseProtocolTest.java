// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Requests and answers as bytes, without a kernel. */
class FuseProtocolTest {
  private static final long MIB = 1 << 20;

  private final MemorySegment out = Arena.ofAuto().allocate(FuseReply.BYTES_MAX, 8);
  private final FuseTree tree =
      new FuseTree(
          List.of(new FuseFile("md1", disk(false)), new FuseFile("snap", disk(true))),
          FuseLimits.underLoop());

  private static BlockService disk(boolean readOnly) {
    return new BlockService() {
      @Override
      public int blockBytes() {
        return 4096;
      }

      @Override
      public long blocks() {
        return MIB / 4096;
      }

      @Override
      public boolean readOnly() {
        return readOnly;
      }

      @Override
      public int discardBytes() {
        return 0;
      }

      @Override
      public int requestBytesMax() {
        return 1 << 20;
      }

      @Override
      public Buffer memory(int bytes) {
        return null;
      }

      @Override
      public void whenMemory(Runnable task) {}

      @Override
      public void read(long start, int count, Answer answer) {}

      @Override
      public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {}

      @Override
      public void zero(long start, int count, boolean fua, boolean unmap, Answer answer) {}

      @Override
      public void discard(long start, int count, Answer answer) {}

      @Override
      public void flush(Answer answer) {}
    };
  }

  private static MemorySegment request(int operation, long unique, long node, byte... body) {
    ByteBuffer bytes = ByteBuffer.allocate(40 + body.length).order(ByteOrder.nativeOrder());
    bytes.putInt(40 + body.length).putInt(operation).putLong(unique).putLong(node);
    bytes.position(40).put(body);
    return Arena.ofAuto().allocate(bytes.capacity()).copyFrom(MemorySegment.ofArray(bytes.array()));
  }

  private static byte[] words(Object... values) {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    for (Object value : values) {
      if (value instanceof Long l) {
        bytes.putLong(l);
      } else {
        bytes.putInt((Integer) value);
      }
    }
    return java.util.Arrays.copyOf(bytes.array(), bytes.position());
  }

  private int answer(MemorySegment request) {
    return tree.answer(FuseRequest.of(request), out);
  }

  private int errno() {
    return -out.get(ValueLayout.JAVA_INT, 4);
  }

  private static byte[] name(String name) {
    return (name + "\0").getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void initIsAnsweredToTheByte() {
    // 7.45, read-ahead 128 KiB, everything offered.
    int length = answer(request(26, 2, 0, words(7, 45, 131072, -1, -1, 0, 0, 0)));
    assertThat(HexFormat.of().formatHex(out.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo(
            "50000000"
                + "00000000"
                + "0200000000000000" // header
                + "07000000"
                + "2d000000"
                + "00000200"
                + "21806440" // version, flags
                + "0001"
                + "c000"
                + "00000400" // requests of 256 KiB
                + "01000000"
                + "4000"
                + "0000"
                + "80000000"
                + "00".repeat(28));
  }

  @Test
  void versionsThatWeDoNotSpeak() {
    assertThat(answer(request(26, 2, 0, words(8, 0, 0, 0)))).isEqualTo(24);
    assertThat(out.get(ValueLayout.JAVA_INT, 16)).isEqualTo(7);
    answer(request(26, 2, 0, words(7, 12, 0, 0)));
    assertThat(errno()).isEqualTo(Errno.EPROTO);
    answer(request(26, 2, 0, words(6, 99, 0, 0)));
    assertThat(errno()).isEqualTo(Errno.EPROTO);
  }

  @Test
  void namesAreFoundAndListed() {
    assertThat(answer(request(1, 4, 1, name("snap")))).isEqualTo(144);
    assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 16)).isEqualTo(3);
    assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 16 + 40 + 8)).isEqualTo(MIB);
    answer(request(1, 4, 1, name("other")));
    assertThat(errno()).isEqualTo(Errno.ENOENT);
    answer(request(1, 4, 2, name("md1")));
    assertThat(errno()).isEqualTo(Errno.ENOTDIR);

    int all = answer(request(28, 6, 1, words(1L, 0L, 4096, 0, 0L, 0, 0)));
    assertThat(
            new String(
                out.asSlice(0, all).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1))
        .contains("..", "md1", "snap");
    // A name at a time, from the position that the one before gave.
    int one = answer(request(28, 6, 1, words(1L, 2L, 40, 0, 0L, 0, 0)));
    assertThat(one).isEqualTo(16 + 32);
    assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 16 + 8)).isEqualTo(3);
    assertThat(answer(request(28, 6, 1, words(1L, 4L, 4096, 0, 0L, 0, 0)))).isEqualTo(16);
  }

  @Test
  void openingSaysHowAndRefusesWriters() {
    answer(request(14, 8, 2, words(2, 0)));
    assertThat(out.get(ValueLayout.JAVA_INT, 16 + 8)).isEqualTo(1 | 32 | 64);
    answer(request(14, 8, 3, words(2, 0)));
    assertThat(errno()).isEqualTo(Errno.EROFS);
    answer(request(14, 8, 9, words(0, 0)));
    assertThat(errno()).isEqualTo(Errno.ENOENT);
  }

  @Test
  void whatWeDoNotHaveIsRefusedAndForgettingIsSilent() {
    answer(request(9, 8, 1));
    assertThat(errno()).isEqualTo(Errno.ENOSYS);
    answer(request(36, 8, 0, words(5L)));
    assertThat(errno()).isEqualTo(Errno.ENOSYS);
    assertThat(answer(request(2, 8, 2, words(1L)))).isZero();
    assertThat(answer(request(15, 8, 2, words(1L, 0L, 512, 0, 0L, 0, 0)))).isEqualTo(FuseTree.DATA);
  }

  @Test
  void aResentRequestIsAnsweredWithItsBit() {
    long unique = 10 | FuseRequest.RESENT;
    MemorySegment bytes = request(3, unique, 2, words(0, 0, 0L));
    assertThat(FuseRequest.of(bytes).resent()).isTrue();
    answer(bytes);
    assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 8)).isEqualTo(unique);
  }

  /** Else whoever clears up after a dead server could not even ask which file a loop device has. */
  @Test
  void attributesStayValid() {
    answer(request(1, 8, 1, name("md1")));
    assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 16 + 24)).isGreaterThan(1_000_000_000L);
    answer(request(3, 9, 2, words(0, 0, 0L)));
    assertThat(out.get(ValueLayout.JAVA_LONG_UNALIGNED, 16)).isGreaterThan(1_000_000_000L);
  }

  @Test
  void writesCarryTheirBytesAndDurability() {
    byte[] head = words(1L, 8192L, 8, 0, 0L, 0x1000 | 0x8001, 0, 42L);
    var write = (FuseRequest.Write) FuseRequest.of(request(16, 12, 2, head));
    assertThat(write).isEqualTo(new FuseRequest.Write(12, 2, 8192, 8, true));
    byte[] shorter = words(1L, 8192L, 9, 0, 0L, 0, 0, 42L);
    assertThat(FuseRequest.of(request(16, 12, 2, shorter)))
        .isEqualTo(new FuseRequest.Malformed(12));
  }

  @Test
  void noBytesBreakIt() {
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      byte[] body = new byte[random.nextInt(64)];
      random.nextBytes(body);
      MemorySegment bytes = request(random.nextInt(60), random.nextLong(), random.nextInt(5), body);
      int how = random.nextInt(8);
      if (how == 0) {
        bytes.set(ValueLayout.JAVA_INT, 0, random.nextInt());
      } else if (how == 1) {
        bytes = bytes.asSlice(0, random.nextInt((int) bytes.byteSize()));
      }
      int length = answer(bytes);
      assertThat(length).isBetween(FuseTree.DATA, FuseReply.BYTES_MAX);
      if (length > 0) {
        assertThat(out.get(ValueLayout.JAVA_INT, 0)).isEqualTo(length);
      }
    }
  }

  @Test
  void limitsAndNamesAreChecked() {
    assertThatThrownBy(() -> new FuseFile("a/b", disk(false)));
    assertThatThrownBy(() -> new FuseFile("..", disk(false)));
    assertThatThrownBy(() -> new FuseLimits(100_000, 12, 1));
    assertThatThrownBy(() -> new FuseLimits(1 << 20, 12, 0));
  }
}
