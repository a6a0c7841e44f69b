// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.MapPage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MapAndConfigCodecTest {

  @Test
  void aPageIsReadAsWritten() {
    Samples samples = new Samples(1);
    for (int i = 0; i < 3000; i++) {
      WrittenSuperblock w = samples.written();
      MapPage page = samples.page(w.layout());
      ByteBuffer block = samples.fresh(Samples.BLOCK);
      MapPageCodec.encode(page, w.key(), block);

      assertThat(MapPageCodec.decode(block.flip(), w.key(), w.layout(), page.map(), page.page()))
          .isEqualTo(new Decoded.Ok<>(page));
    }
  }

  @Test
  void everyFlippedBitOfAPageIsFound() {
    WrittenSuperblock w = new Samples(2).written();
    byte[] block = Blocks.of(new MapPage(3, 17, new long[] {5, -1}), w.key());
    for (int bit = 0; bit < Samples.BLOCK * 8; bit++) {
      Decoded<MapPage> read =
          MapPageCodec.decode(
              ByteBuffer.wrap(Blocks.flipped(block, bit)), w.key(), w.layout(), 3, 17);
      assertThat(SuperblockChoice.flawOf(read)).as("bit %d", bit).isIn(Flaw.CHECKSUM, Flaw.FOREIGN);
    }
  }

  @Test
  void aStrayPageIsRefused() {
    Samples samples = new Samples(3);
    WrittenSuperblock w = samples.written();
    ByteBuffer block = ByteBuffer.wrap(Blocks.of(new MapPage(3, 17, new long[0]), w.key()));
    PartitionKey other = samples.written().key();

    assertThat(flaw(block, w.key(), w, 2, 17)).isEqualTo(Flaw.MISPLACED);
    assertThat(flaw(block, w.key(), w, 3, 16)).isEqualTo(Flaw.MISPLACED);
    assertThat(flaw(block, other, w, 3, 17)).isEqualTo(Flaw.OTHER_PARTITION);
    assertThat(flaw(ByteBuffer.allocate(100), w.key(), w, 3, 17)).isEqualTo(Flaw.SHORT);
    assertThat(MapPageCodec.decode(ByteBuffer.allocate(4096), w.key(), w.layout(), 0, 0))
        .isInstanceOf(Decoded.Empty.class);
  }

  private static Flaw flaw(
      ByteBuffer block, PartitionKey key, WrittenSuperblock w, int map, int page) {
    return SuperblockChoice.flawOf(MapPageCodec.decode(block, key, w.layout(), map, page));
  }

  @Test
  void aConfigurationIsReadAsWritten() {
    Samples samples = new Samples(4);
    PartitionKey key = samples.written().key();
    for (int i = 0; i < 500; i++) {
      ConfigCopy copy = samples.config();
      assertThat(ConfigCopyCodec.decode(ByteBuffer.wrap(Blocks.of(copy, key)), key))
          .isEqualTo(new Decoded.Ok<>(copy));
    }
  }

  @Test
  void damageOfAConfigurationIsFound() {
    Samples samples = new Samples(5);
    PartitionKey key = samples.written().key();
    ConfigCopy copy = samples.config();
    byte[] bytes = Blocks.of(copy, key);
    int used = Samples.BLOCK + copy.configuration().length;
    for (int bit = 0; bit < used * 8; bit++) {
      assertThat(ConfigCopyCodec.decode(ByteBuffer.wrap(Blocks.flipped(bytes, bit)), key))
          .as("bit %d", bit)
          .isInstanceOf(Decoded.Bad.class);
    }
    for (int length = 0; length < used; length += 13) {
      assertThat(ConfigCopyCodec.decode(ByteBuffer.wrap(Arrays.copyOf(bytes, length)), key))
          .isInstanceOf(Decoded.Bad.class);
    }
    assertThat(
            SuperblockChoice.flawOf(
                ConfigCopyCodec.decode(ByteBuffer.wrap(bytes), samples.written().key())))
        .isEqualTo(Flaw.OTHER_PARTITION);
  }
}
