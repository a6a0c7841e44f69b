// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SuperblockCodecTest {

  @Test
  void whatIsWrittenIsRead() {
    Samples samples = new Samples(1);
    for (int i = 0; i < 5000; i++) {
      WrittenSuperblock written = samples.written();
      ByteBuffer block = samples.fresh(3 * Samples.BLOCK).position(Samples.BLOCK);
      SuperblockCodec.encode(written, block);
      assertThat(block.position()).isEqualTo(2 * Samples.BLOCK);

      Decoded<WrittenSuperblock> read = SuperblockCodec.decode(block.position(Samples.BLOCK));

      assertThat(read).isEqualTo(new Decoded.Ok<>(written));
      assertThat(block.position()).isEqualTo(Samples.BLOCK);
    }
  }

  @Test
  void leavesNothingOfWhatStoodInTheBuffer() {
    WrittenSuperblock written = new Samples(2).written();
    ByteBuffer dirty = ByteBuffer.allocate(Samples.BLOCK);
    new Samples(3).random().nextBytes(dirty.array());
    SuperblockCodec.encode(written, dirty);

    assertThat(dirty.array()).isEqualTo(Blocks.of(written));
  }

  @Test
  void everyFlippedBitIsFound() {
    byte[] block = Blocks.of(new Samples(4).written());
    for (int bit = 0; bit < Samples.BLOCK * 8; bit++) {
      Decoded<WrittenSuperblock> read =
          SuperblockCodec.decode(ByteBuffer.wrap(Blocks.flipped(block, bit)));
      assertThat(SuperblockChoice.flawOf(read)).as("bit %d", bit).isEqualTo(Flaw.CHECKSUM);
    }
  }

  @Test
  void aWriteThatWasCutOffIsFound() {
    Samples samples = new Samples(5);
    byte[] before = Blocks.of(samples.written());
    byte[] after = Blocks.of(samples.written());
    for (int sectors = 1; sectors < SealedBlock.SECTORS; sectors++) {
      Decoded<WrittenSuperblock> read =
          SuperblockCodec.decode(ByteBuffer.wrap(Blocks.torn(before, after, sectors)));
      assertThat(read).isInstanceOf(Decoded.Bad.class);
    }
  }

  @Test
  void bytesOfAnyKindGiveAnAnswer() {
    Samples samples = new Samples(6);
    byte[] block = new byte[Samples.BLOCK];
    assertThat(SuperblockCodec.decode(ByteBuffer.wrap(block))).isInstanceOf(Decoded.Empty.class);
    for (int i = 0; i < 2000; i++) {
      samples.random().nextBytes(block);
      assertThat(SuperblockChoice.flawOf(SuperblockCodec.decode(ByteBuffer.wrap(block))))
          .isEqualTo(Flaw.FOREIGN);
    }
    for (int length = 0; length < Samples.BLOCK; length += 37) {
      assertThat(SuperblockCodec.decode(ByteBuffer.allocate(length)))
          .isEqualTo(Decoded.bad(Flaw.SHORT, length, Samples.BLOCK));
    }
  }

  /** Contents that nobody writes, but correctly sealed: a bug or an attack. */
  @Test
  void sealedNonsenseGivesAnAnswer() {
    Samples samples = new Samples(7);
    for (int i = 0; i < 20_000; i++) {
      WrittenSuperblock written = samples.written();
      ByteBuffer block =
          ByteBuffer.wrap(Blocks.of(written)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
      ByteBuffer contents = SealedBlock.contents(block);
      block.put(0, contents, 0, SealedBlock.CONTENTS_BYTES);
      for (int k = 0; k <= samples.random().nextInt(4); k++) {
        block.put(32 + samples.random().nextInt(700), (byte) samples.random().nextInt());
      }
      SealedBlock.seal(block, written.key().tag(), written.superblock().sequence());

      assertThat(SuperblockCodec.decode(block)).isNotNull();
    }
  }

  @Test
  void aNewerVersionIsToldFromDamage() {
    WrittenSuperblock written = new Samples(8).written();
    ByteBuffer block = ByteBuffer.wrap(Blocks.of(written)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    block.put(0, SealedBlock.contents(block), 0, SealedBlock.CONTENTS_BYTES);
    block.putShort(4, (short) 7);
    SealedBlock.seal(block, written.key().tag(), written.superblock().sequence());

    assertThat(SuperblockCodec.decode(block)).isEqualTo(Decoded.bad(Flaw.NEWER_VERSION, 7, 1));
  }

  @Test
  void anotherKindOfBlockIsRefused() {
    Samples samples = new Samples(9);
    WrittenSuperblock written = samples.written();
    byte[] log = Blocks.of(samples.transaction(written.layout()), written.key());

    assertThat(SuperblockChoice.flawOf(SuperblockCodec.decode(ByteBuffer.wrap(log))))
        .isEqualTo(Flaw.OTHER_KIND);
  }
}
