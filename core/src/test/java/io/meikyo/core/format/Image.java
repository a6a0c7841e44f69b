// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Superblock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A cluster partition in memory: what is durable, what is not yet, and what cannot be read. */
final class Image implements BlockSource, BlockSink {
  static final Identity IDENTITY =
      new Identity(
          UUID.fromString("01234567-89ab-cdef-0011-223344556677"),
          UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210"),
          1);

  /** Three pages per map, the last one short; 100 extents. */
  static final Geometry GEOMETRY = new Geometry(512, 100 * 128 - 7, 8, 128, 20, 640);

  static final PartitionLayout LAYOUT = new PartitionLayout(GEOMETRY, 0b11, 8);

  /** Thrown when the power goes. */
  static final class PowerLoss extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private record Write(long offset, byte[] bytes) {}

  final byte[] bytes;
  final Set<Long> unreadable = new HashSet<>();
  private final List<Write> unflushed = new ArrayList<>();
  private int writesLeft = Integer.MAX_VALUE;
  int writes;

  Image(byte[] bytes) {
    this.bytes = bytes;
  }

  static Image empty() {
    return new Image(new byte[(int) LAYOUT.requiredBytes()]);
  }

  static WrittenSuperblock blank(long life) {
    return new WrittenSuperblock(Superblock.blank(IDENTITY, GEOMETRY), life, LAYOUT);
  }

  /** A new partition. */
  static Image fresh() {
    Image image = empty();
    FreshPartition.write(blank(77), null, image, done -> {});
    return image;
  }

  /** A partition that has been in use: superblocks 6 and 7, transactions up to 20, clear maps. */
  static Image used() {
    return USED.copy();
  }

  private static final Image USED = makeUsed();

  private static Image makeUsed() {
    Image image = fresh();
    for (long s = 3; s <= 7; s++) {
      image.putSuperblock(usedSuperblock(s));
    }
    for (long s = 1; s <= 20; s++) {
      image.putLog(new LogTransaction(s, new int[] {(int) s, (int) s + 1}));
    }
    RepairPlan.writeConfig(config(1), blank(77).key(), image);
    RepairPlan.writeConfig(config(2), blank(77).key(), image);
    image.flush();
    return image;
  }

  static ConfigCopy config(long sequence) {
    return new ConfigCopy(
        sequence,
        IDENTITY.clusterId(),
        1,
        2,
        3,
        sequence,
        "title = \"Meikyo\"".repeat(400).getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  static WrittenSuperblock usedSuperblock(long sequence) {
    Superblock s = blank(77).superblock();
    return blank(77)
        .with(
            new Superblock(
                sequence,
                s.identity(),
                s.geometry(),
                9,
                sequence,
                3,
                1,
                s.generations().then(55),
                Condition.CONSISTENT,
                true,
                false,
                4,
                new io.meikyo.core.partition.Stamp(sequence, 123),
                s.stampPending(),
                s.peers(),
                s.cut(),
                s.backup(),
                false));
  }

  Image copy() {
    return new Image(bytes.clone());
  }

  void putSuperblock(WrittenSuperblock s) {
    put(PartitionLayout.superblockOffset(s.superblock().sequence()), Blocks.of(s));
  }

  void putLog(LogTransaction t) {
    put(LAYOUT.logOffset(LAYOUT.logSlot(t.sequence())), Blocks.of(t, blank(77).key()));
  }

  void putPage(MapPage p) {
    put(LAYOUT.pageOffset(p.map(), p.page()), Blocks.of(p, blank(77).key()));
  }

  void put(long offset, byte[] block) {
    System.arraycopy(block, 0, bytes, (int) offset, block.length);
  }

  byte[] block(long offset) {
    return java.util.Arrays.copyOfRange(bytes, (int) offset, (int) offset + 4096);
  }

  void flip(long offset, int bit) {
    bytes[(int) offset + (bit >> 3)] ^= (byte) (1 << (bit & 7));
  }

  PartitionReading read() {
    return PartitionReader.read(this);
  }

  PartitionReading.Loaded loaded() {
    return (PartitionReading.Loaded) read();
  }

  List<FormatNotice> found() {
    return read().findings().stream().map(Finding::what).toList();
  }

  /** The power goes before the write number {@code writes}. */
  Image withPowerFor(int howMany) {
    writesLeft = howMany;
    return this;
  }

  @Override
  public ByteBuffer read(long offset, int length) {
    if (offset + length > bytes.length) {
      return null;
    }
    for (long at = offset; at < offset + length; at += 4096) {
      if (unreadable.contains(at)) {
        return null;
      }
    }
    return ByteBuffer.wrap(bytes, (int) offset, length).slice().asReadOnlyBuffer();
  }

  @Override
  public void write(long offset, ByteBuffer from) {
    if (writesLeft-- == 0) {
      throw new PowerLoss();
    }
    writes++;
    byte[] copy = new byte[from.remaining()];
    from.get(copy);
    unflushed.add(new Write(offset, copy));
  }

  @Override
  public void flush() {
    for (Write w : unflushed) {
      put(w.offset, w.bytes);
      for (long at = w.offset; at < w.offset + w.bytes.length; at += 4096) {
        unreadable.remove(at);
      }
    }
    unflushed.clear();
  }

  /** After a power loss: some of what was not flushed is there, some not, one is torn. */
  void settle(java.util.SplittableRandom random) {
    for (Write w : unflushed) {
      switch (random.nextInt(3)) {
        case 0 -> {}
        case 1 -> put(w.offset, w.bytes);
        default -> {
          int sectors = random.nextInt(w.bytes.length / 512 + 1);
          System.arraycopy(w.bytes, 0, bytes, (int) w.offset, sectors * 512);
        }
      }
    }
    unflushed.clear();
    writesLeft = Integer.MAX_VALUE;
  }
}
