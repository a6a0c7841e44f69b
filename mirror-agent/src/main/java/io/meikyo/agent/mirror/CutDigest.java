// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Hash;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The digest of the chunks that changed before a cut, read back from the disk (rule R9), beside
 * whatever else the loop does. For the loop's thread.
 *
 * <pre>
 *   chunk by chunk, in their order: first 128 bits of SHA-256 of its bytes
 *   digest: the same of (chunk number 8 bytes, those 16 bytes) of all of them
 * </pre>
 *
 * <p>No snapshot is kept of a cut of backup mode: what is read is the disk as it is. So it counts
 * only until the first write after the cut; whatever is not finished by then is abandoned, and so
 * is what is asked for later. Where a snapshot stands, it is read instead. A few chunks are under
 * way at once, in the memory for reads, behind the engine's own.
 */
final class CutDigest {
  /** Chunks under way at once: enough for a fast disk, few beside the memory that readers have. */
  static final int UNDER_WAY_MAX = 8;

  /** How it reads. */
  interface Disk {
    /** As {@link DataEdge#hashAtLeisure}. */
    boolean hash(long start, int count, Consumer<@Nullable Hash> answer);

    /** As {@link DataEdge#whenFree}. */
    void whenFree(Runnable task);
  }

  private final Geometry geometry;
  private final Disk disk;
  private final BiConsumer<Long, @Nullable Hash> done;

  /** The cut at which the disk stands; 0: it has changed since, or there was none. */
  private long standing;

  private @Nullable Run run;

  /**
   * Of one disk.
   *
   * @param done takes the digest of a cut, or null if there is none; once for each that was begun,
   *     but for one that was begun anew
   */
  CutDigest(Geometry geometry, Disk disk, BiConsumer<Long, @Nullable Hash> done) {
    this.geometry = geometry;
    this.disk = disk;
    this.done = done;
  }

  /** The disk is at a cut now: everything before it is done, nothing after it has begun. */
  void stands(long cutId) {
    abandon();
    standing = cutId;
  }

  /** The disk is about to change. */
  void changes() {
    if (standing != 0) {
      standing = 0;
      Run now = run;
      if (now != null && !now.ofSnapshot) {
        now.end(null);
      }
    }
  }

  /** Nobody wants one any more. */
  void abandon() {
    Run now = run;
    if (now != null) {
      now.end(null);
    }
  }

  /**
   * Begins, on the disk as it stands.
   *
   * @param chunks bit per chunk
   */
  void begin(long cutId, long[] chunks) {
    forget();
    if (cutId != standing) {
      done.accept(cutId, null);
      return;
    }
    begin(new Run(cutId, chunks, disk, false));
  }

  /**
   * Begins, on a snapshot of the cut, which the disk may leave behind.
   *
   * @param snapshot gives no hash when it is lost
   */
  void begin(long cutId, long[] chunks, Disk snapshot) {
    forget();
    begin(new Run(cutId, chunks, snapshot, true));
  }

  private void begin(Run next) {
    run = next;
    next.pump();
  }

  private void forget() {
    Run former = run;
    if (former != null) {
      former.ended = true;
      run = null;
    }
  }

  /** The chunks whose hashes are wanted, in their order. */
  private static final class Piece {
    final int chunk;
    @Nullable Hash hash;

    Piece(int chunk) {
      this.chunk = chunk;
    }
  }

  private final class Run {
    private final long cutId;
    private final long[] chunks;
    private final Disk from;
    private final boolean ofSnapshot;
    private final ArrayDeque<Piece> underWay = new ArrayDeque<>(UNDER_WAY_MAX);
    private final HashSum sum = new HashSum();
    private int next;
    private boolean ended;
    private boolean armed;

    Run(long cutId, long[] chunks, Disk from, boolean ofSnapshot) {
      this.cutId = cutId;
      this.chunks = chunks;
      this.from = from;
      this.ofSnapshot = ofSnapshot;
      this.next = following(0);
    }

    /** The first chunk at or after this one; -1 if there is none. */
    private int following(int from) {
      for (int w = from >> 6; w < chunks.length; w++) {
        long word = w == from >> 6 ? chunks[w] & -1L << (from & 63) : chunks[w];
        if (word != 0) {
          int chunk = (w << 6) + Long.numberOfTrailingZeros(word);
          return chunk < geometry.chunks() ? chunk : -1;
        }
      }
      return -1;
    }

    void pump() {
      while (!ended && next >= 0 && underWay.size() < UNDER_WAY_MAX) {
        Piece piece = new Piece(next);
        long start = geometry.chunkStart(next);
        if (!from.hash(start, geometry.chunkLength(next), hash -> read(piece, hash))) {
          arm();
          return;
        }
        underWay.addLast(piece);
        next = following(next + 1);
      }
      if (!ended && next < 0 && underWay.isEmpty()) {
        end(sum.digest());
      }
    }

    private void arm() {
      if (!armed) {
        armed = true;
        from.whenFree(() -> {
          armed = false;
          pump();
        });
      }
    }

    private void read(Piece piece, @Nullable Hash hash) {
      if (ended) {
        return;
      }
      if (hash == null) {
        end(null);
        return;
      }
      piece.hash = hash;
      Piece first = underWay.peekFirst();
      while (first != null && first.hash != null) {
        sum.add(first.chunk, first.hash);
        underWay.removeFirst();
        first = underWay.peekFirst();
      }
      pump();
    }

    void end(@Nullable Hash digest) {
      ended = true;
      if (run == this) {
        run = null;
      }
      done.accept(cutId, digest);
    }
  }

  /** Hashes of chunks, summed up in small parts: a digest of digests, with fixed memory. */
  private static final class HashSum {
    private static final int PIECE_BYTES = 24;
    private final MessageDigest sha = Hasher.sha256();
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);

    void add(int chunk, Hash hash) {
      piece.clear();
      piece.putLong(chunk).putLong(hash.high()).putLong(hash.low()).flip();
      sha.update(piece);
    }

    Hash digest() {
      ByteBuffer all = ByteBuffer.wrap(sha.digest());
      return new Hash(all.getLong(), all.getLong());
    }
  }
}
