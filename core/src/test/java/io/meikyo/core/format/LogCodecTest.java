// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LogTransaction;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class LogCodecTest {
  private final PartitionLayout layout =
      PartitionLayout.of(PartitionLayout.standardGeometry(4096, 1L << 32), 3);

  private Decoded<LogTransaction> decode(byte[] block, PartitionKey key, long sequence) {
    return LogCodec.decode(ByteBuffer.wrap(block), key, layout, layout.logSlot(sequence));
  }

  @Test
  void whatIsWrittenIsRead() {
    Samples samples = new Samples(1);
    for (int i = 0; i < 5000; i++) {
      PartitionKey key = PartitionKey.of(samples.identity(), samples.number());
      LogTransaction t = samples.transaction(layout);
      ByteBuffer block = samples.fresh(Samples.BLOCK + 11).position(11);
      LogCodec.encode(t, key, block);
      assertThat(block.hasRemaining()).isFalse();

      assertThat(LogCodec.decode(block.position(11), key, layout, layout.logSlot(t.sequence())))
          .isEqualTo(new Decoded.Ok<>(t));
    }
  }

  @Test
  void everyFlippedBitIsFound() {
    Samples samples = new Samples(2);
    PartitionKey key = PartitionKey.of(samples.identity(), 5);
    LogTransaction t = samples.transaction(layout);
    byte[] block = Blocks.of(t, key);
    for (int bit = 0; bit < Samples.BLOCK * 8; bit++) {
      assertThat(SuperblockChoice.flawOf(decode(Blocks.flipped(block, bit), key, t.sequence())))
          .as("bit %d", bit)
          .isEqualTo(Flaw.CHECKSUM);
    }
  }

  @Test
  void aStrayBlockIsRefused() {
    Samples samples = new Samples(3);
    Identity identity = samples.identity();
    PartitionKey key = PartitionKey.of(identity, 5);
    LogTransaction t = samples.transaction(layout);
    byte[] block = Blocks.of(t, key);

    PartitionKey laterLife = PartitionKey.of(identity, 6);
    PartitionKey otherReplica =
        PartitionKey.of(
            new Identity(identity.clusterId(), identity.diskId(), (identity.replica() + 1) % 8), 5);
    for (PartitionKey other : new PartitionKey[] {laterLife, otherReplica}) {
      assertThat(SuperblockChoice.flawOf(decode(block, other, t.sequence())))
          .isEqualTo(Flaw.OTHER_PARTITION);
    }
    assertThat(SuperblockChoice.flawOf(decode(block, key, t.sequence() + 1)))
        .isEqualTo(Flaw.MISPLACED);
  }

  @Test
  void bytesOfAnyKindGiveAnAnswer() {
    Samples samples = new Samples(4);
    PartitionKey key = PartitionKey.of(samples.identity(), 5);
    byte[] block = new byte[Samples.BLOCK];
    assertThat(decode(block, key, 0)).isInstanceOf(Decoded.Empty.class);
    for (int i = 0; i < 2000; i++) {
      samples.random().nextBytes(block);
      assertThat(decode(block, key, 0)).isInstanceOf(Decoded.Bad.class);
    }
    for (int length = 0; length < Samples.BLOCK; length += 41) {
      assertThat(LogCodec.decode(ByteBuffer.allocate(length), key, layout, 0))
          .isEqualTo(Decoded.bad(Flaw.SHORT, length, Samples.BLOCK));
    }
  }

  /** An extent behind the end of the disk is no extent. */
  @Test
  void sealedNonsenseIsRefused() {
    PartitionKey key = PartitionKey.of(new Samples(5).identity(), 5);
    int all = layout.geometry().extents();
    for (int extent : new int[] {-1, all, Integer.MIN_VALUE}) {
      LogTransaction t = new LogTransaction(9, new int[] {0, extent});
      assertThat(decode(Blocks.of(t, key), key, 9))
          .isEqualTo(Decoded.bad(Flaw.VALUE, extent, all - 1L));
    }
  }
}
