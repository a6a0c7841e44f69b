// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.MapPage;

/**
 * Where everything stands on a cluster partition. All offsets and sizes are in bytes and multiples
 * of 4096.
 *
 * <pre>
 *        0      superblock with odd sequence (A)
 *    1 MiB      superblock with even sequence (B)
 *    2 MiB      activity log, a ring of logSlots blocks; room for 512
 *    4 MiB      configuration, copy with odd sequence
 *    5 MiB      configuration, copy with even sequence
 *    6 MiB      room for later
 *    8 MiB      change map, then dirty map of replica 0, 1, 2 …
 * </pre>
 *
 * The two superblocks and the two copies of the configuration are 1 MiB apart, so that one bad
 * range of the disk does not take both. The maps come last: room for one more replica is room at
 * the end.
 *
 * @param geometry shape of the mirror disk
 * @param replicasMask replicas that have a dirty map here, bit per replica number; contains this
 *     replica's own number too, because a restore may give the partition another number
 * @param logSlots transactions in the ring
 */
public record PartitionLayout(Geometry geometry, int replicasMask, int logSlots) {
  /** Bytes of every block on the cluster partition. */
  public static final int BLOCK_BYTES = 4096;

  /** Transactions that fit between the log's offset and the configuration. */
  public static final int LOG_SLOTS_MAX = 512;

  /**
   * Transactions in the ring of a new partition. More would not make anything safer: only the
   * newest counts; a ring spreads the wear and keeps a torn one from hitting its predecessor.
   */
  public static final int LOG_SLOTS = 64;

  /** Bytes of one copy of the configuration, with its header block. */
  public static final int CONFIG_COPY_BYTES = 1 << 20;

  private static final long MIB = 1 << 20;
  private static final long LOG = 2 * MIB;
  private static final long CONFIG = 4 * MIB;
  private static final long MAPS = 8 * MIB;

  /** Checks the numbers. */
  public PartitionLayout {
    if (replicasMask <= 0 || replicasMask >= 1 << Identity.REPLICAS_MAX) {
      throw new IllegalArgumentException("mask of replicas " + replicasMask);
    }
    if (logSlots < 2 || logSlots > LOG_SLOTS_MAX) {
      throw new IllegalArgumentException("log of " + logSlots + " slots");
    }
  }

  /** The layout of a new partition. */
  public static PartitionLayout of(Geometry geometry, int replicasMask) {
    return new PartitionLayout(geometry, replicasMask, LOG_SLOTS);
  }

  /**
   * The shape of a new mirror disk: 64 KiB under a bit of a map, 4 MiB under an extent of the log,
   * 512 hot extents (2 GiB to compare after a crash of the active).
   *
   * @param blockSize 512 or 4096
   * @param blocks size in blocks
   */
  public static Geometry standardGeometry(int blockSize, long blocks) {
    return new Geometry(
        blockSize,
        blocks,
        (64 << 10) / blockSize,
        (4 << 20) / blockSize,
        512,
        Geometry.CHUNKS_PER_PAGE_MAX);
  }

  /** Offset of the superblock with this sequence: the place of the one before the last. */
  public static long superblockOffset(long sequence) {
    return (sequence & 1) == 1 ? 0 : MIB;
  }

  /** Slot of the ring for the transaction with this sequence. */
  public int logSlot(long sequence) {
    return (int) Long.remainderUnsigned(sequence, logSlots);
  }

  /** Offset of a slot of the ring. */
  public long logOffset(int slot) {
    return LOG + (long) slot * BLOCK_BYTES;
  }

  /** Offset of the copy of the configuration with this sequence. */
  public static long configOffset(long sequence) {
    return (sequence & 1) == 1 ? CONFIG : CONFIG + CONFIG_COPY_BYTES;
  }

  /** True if there is room for this map: a replica number, or {@link MapPage#CHANGE_MAP}. */
  public boolean hasMap(int map) {
    return map == MapPage.CHANGE_MAP
        || (map >= 0 && map < Identity.REPLICAS_MAX && (replicasMask & (1 << map)) != 0);
  }

  /** Bytes of one map. */
  public long mapBytes() {
    return (long) geometry.pages() * BLOCK_BYTES;
  }

  /** Offset of a map, whether or not there is room for it. */
  public long mapOffset(int map) {
    return MAPS + (map == MapPage.CHANGE_MAP ? 0 : map + 1) * mapBytes();
  }

  /** Offset of one page of a map. */
  public long pageOffset(int map, int page) {
    return mapOffset(map) + (long) page * BLOCK_BYTES;
  }

  /** The smallest cluster partition that holds all this. */
  public long requiredBytes() {
    int highest = 31 - Integer.numberOfLeadingZeros(replicasMask);
    return mapOffset(highest) + mapBytes();
  }

  /** Bytes of the mirror disk itself. */
  public long dataBytes() {
    return geometry.blocks() * geometry.blockSize();
  }

  /** Number of maps that there is room for. */
  public int maps() {
    return 1 + Integer.bitCount(replicasMask);
  }

  /** Memory that the maps take when they are loaded, bytes. */
  public long memoryBytes() {
    return (long) maps() * geometry.pages() * geometry.wordsPerPage() * Long.BYTES;
  }
}
