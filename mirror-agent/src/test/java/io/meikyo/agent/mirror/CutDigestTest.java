// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Hash;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a digest covers, in which order, and when there is none. */
class CutDigestTest {
  private static final int CHUNKS = 203;
  private static final Geometry GEOMETRY = new Geometry(512, 8 * CHUNKS - 3, 8, 64, 16, 64);
  private static final long CUT = 9;

  /** A disk whose reads end when and in which order the test wants. */
  private static final class Reads implements CutDigest.Disk {
    private record Read(long start, int count, Consumer<Hash> answer) {}

    final List<Read> underWay = new ArrayList<>();
    final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    final List<Long> read = new ArrayList<>();
    long salt;
    int room = Integer.MAX_VALUE;
    int most;

    @Override
    public boolean hash(long start, int count, Consumer<Hash> answer) {
      if (underWay.size() >= room) {
        return false;
      }
      underWay.add(new Read(start, count, answer));
      read.add(start);
      most = Math.max(most, underWay.size());
      return true;
    }

    @Override
    public void whenFree(Runnable task) {
      waiting.add(task);
    }

    void end(int which, boolean ok) {
      Read r = underWay.remove(which);
      r.answer.accept(ok ? new Hash(r.start * 31 + salt, r.count) : null);
      List<Runnable> now = List.copyOf(waiting);
      waiting.clear();
      now.forEach(Runnable::run);
    }

    void endAll(Random random) {
      while (!underWay.isEmpty()) {
        end(random.nextInt(underWay.size()), true);
      }
    }
  }

  private final Reads reads = new Reads();
  private final List<String> ends = new ArrayList<>();
  private final CutDigest digest =
      new CutDigest(GEOMETRY, reads, (cut, hash) -> ends.add(cut + " " + hash));

  private static long[] chunks(int... which) {
    long[] words = new long[(CHUNKS + 63) / 64];
    for (int c : which) {
      words[c >> 6] |= 1L << (c & 63);
    }
    return words;
  }

  private String of(Random random, int... which) {
    ends.clear();
    digest.stands(CUT);
    digest.begin(CUT, chunks(which));
    reads.endAll(random);
    assertThat(ends).hasSize(1);
    return ends.getFirst();
  }

  @Test
  void itReadsEachChunkOnceAndTheShortOneShort() {
    of(new Random(1), 0, 63, 64, 130, CHUNKS - 1);
    assertThat(reads.read).containsExactly(0L, 504L, 512L, 1040L, 8L * (CHUNKS - 1));
  }

  @Test
  void itDoesNotDependOnTheOrderInWhichReadsEnd() {
    int[] many = new Random(2).ints(0, CHUNKS).limit(90).distinct().toArray();
    String first = of(new Random(3), many);
    assertThat(of(new Random(4), many)).isEqualTo(first).doesNotContain("null");
    assertThat(reads.most).isLessThanOrEqualTo(CutDigest.UNDER_WAY_MAX);
  }

  @Test
  void itDependsOnBytesAndOnWhichChunksTheyAre() {
    String one = of(new Random(5), 3, 4);
    assertThat(of(new Random(5), 3, 5)).isNotEqualTo(one);
    assertThat(of(new Random(5), 3)).isNotEqualTo(one);
    reads.salt = 1;
    assertThat(of(new Random(5), 3, 4)).isNotEqualTo(one);
  }

  @Test
  void ofNothingThereIsOneToo() {
    assertThat(of(new Random(6))).isNotEqualTo(CUT + " " + Hash.ZERO).doesNotContain("null");
  }

  @Test
  void itWaitsForMemory() {
    reads.room = 1;
    String narrow = of(new Random(7), 1, 2, 3, 4, 5);
    assertThat(reads.most).isEqualTo(1);
    reads.room = 100;
    assertThat(of(new Random(7), 1, 2, 3, 4, 5)).isEqualTo(narrow);
  }

  @Test
  void theFirstWriteAfterTheCutEndsIt() {
    digest.stands(CUT);
    digest.begin(CUT, chunks(1, 2, 3));
    digest.changes();
    assertThat(ends).containsExactly(CUT + " null");
    reads.endAll(new Random(8));
    digest.begin(CUT, chunks(1));
    assertThat(ends).containsExactly(CUT + " null", CUT + " null");
    assertThat(reads.underWay).isEmpty();
  }

  /** Reads of a snapshot go on whatever becomes of the disk, and are another snapshot's never. */
  @Test
  void ofASnapshotItIsNotEndedByWrites() {
    String still = of(new Random(3), 1, 2, 3);
    ends.clear();
    digest.stands(CUT);
    Reads snapshot = new Reads();
    digest.begin(CUT, chunks(1, 2, 3), snapshot);
    digest.changes();
    assertThat(ends).isEmpty();
    snapshot.endAll(new Random(8));
    assertThat(ends).containsExactly(still);
    assertThat(reads.underWay).isEmpty();
    digest.begin(CUT, chunks(1), snapshot);
    snapshot.end(0, false);
    assertThat(ends).containsExactly(still, CUT + " null");
  }

  @Test
  void aChunkThatCannotBeReadMeansThatThereIsNone() {
    digest.stands(CUT);
    digest.begin(CUT, chunks(1, 2, 3));
    reads.end(1, false);
    reads.endAll(new Random(9));
    assertThat(ends).containsExactly(CUT + " null");
  }

  @Test
  void itIsForTheCutAtWhichTheDiskStands() {
    digest.begin(CUT, chunks(1));
    assertThat(ends).containsExactly(CUT + " null");
    digest.stands(CUT);
    digest.begin(CUT, chunks(1));
    digest.stands(CUT + 1);
    digest.begin(CUT, chunks(1));
    assertThat(ends).hasSize(3).allMatch(e -> e.equals(CUT + " null"));
  }

  @Test
  void askedForAnewItIsAnsweredOnce() {
    digest.stands(CUT);
    digest.begin(CUT, chunks(1, 2));
    digest.begin(CUT, chunks(3));
    reads.endAll(new Random(10));
    assertThat(ends).hasSize(1).allMatch(e -> !e.contains("null"));
  }
}
