// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * Shape of a mirror disk, fixed when its partitions are made.
 *
 * @param blockSize bytes of one logical block; the unit of every address in the engine and the
 *     largest piece that a disk writes whole or not at all
 * @param blocks size of the disk in blocks
 * @param blocksPerChunk blocks under one bit of a dirty map or change map
 * @param blocksPerExtent blocks under one extent of the activity log; a multiple of {@code
 *     blocksPerChunk}
 * @param logExtents how many extents may be hot at once, at most {@link #LOG_EXTENTS_MAX}
 * @param chunksPerPage bits that one page of a map carries, a multiple of 64, at most {@link
 *     #CHUNKS_PER_PAGE_MAX}
 */
public record Geometry(
    int blockSize,
    long blocks,
    int blocksPerChunk,
    int blocksPerExtent,
    int logExtents,
    int chunksPerPage) {
  /** What fits in one transaction of 4 KiB beside its header. */
  public static final int LOG_EXTENTS_MAX = 1000;

  /** What fits in one map page of 4 KiB beside its header: 508 words of 64 bits. */
  public static final int CHUNKS_PER_PAGE_MAX = 508 * 64;

  /** Checks that the numbers fit each other. */
  public Geometry {
    if (blockSize <= 0
        || blocks <= 0
        || blocksPerChunk <= 0
        || blocksPerExtent <= 0
        || blocksPerExtent % blocksPerChunk != 0
        || logExtents <= 0
        || logExtents > LOG_EXTENTS_MAX
        || chunksPerPage <= 0
        || chunksPerPage % 64 != 0
        || chunksPerPage > CHUNKS_PER_PAGE_MAX) {
      throw new IllegalArgumentException(
          "geometry does not fit together: blockSize="
              + blockSize
              + " blocks="
              + blocks
              + " blocksPerChunk="
              + blocksPerChunk
              + " blocksPerExtent="
              + blocksPerExtent
              + " logExtents="
              + logExtents
              + " chunksPerPage="
              + chunksPerPage);
    }
    if ((blocks + blocksPerChunk - 1) / blocksPerChunk > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("more than 2^31 chunks: choose a larger chunk");
    }
  }

  /** Number of chunks, the last one perhaps short. */
  public int chunks() {
    return (int) ((blocks + blocksPerChunk - 1) / blocksPerChunk);
  }

  /** Number of extents, the last one perhaps short. */
  public int extents() {
    return (int) ((blocks + blocksPerExtent - 1) / blocksPerExtent);
  }

  /** Pages of one map. */
  public int pages() {
    return (chunks() + chunksPerPage - 1) / chunksPerPage;
  }

  /** 64-bit words of one page of a map. */
  public int wordsPerPage() {
    return chunksPerPage / 64;
  }

  /** Chunk that holds a block. */
  public int chunkOf(long block) {
    return (int) (block / blocksPerChunk);
  }

  /** Extent that holds a block. */
  public int extentOf(long block) {
    return (int) (block / blocksPerExtent);
  }

  /** First block of a chunk. */
  public long chunkStart(int chunk) {
    return (long) chunk * blocksPerChunk;
  }

  /** Blocks in a chunk (fewer in the last one). */
  public int chunkLength(int chunk) {
    return (int) Math.min(blocksPerChunk, blocks - chunkStart(chunk));
  }

  /** First chunk of an extent. */
  public int firstChunk(int extent) {
    return extent * (blocksPerExtent / blocksPerChunk);
  }

  /** One past the last chunk of an extent. */
  public int endChunk(int extent) {
    return Math.min(chunks(), (extent + 1) * (blocksPerExtent / blocksPerChunk));
  }
}
