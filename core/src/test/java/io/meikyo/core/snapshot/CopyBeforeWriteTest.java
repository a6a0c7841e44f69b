// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.snapshot.CopyBeforeWrite.Loss;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CopyBeforeWriteTest {
  /** Blocks of a chunk where a block has 4096 bytes. */
  private static final int CHUNK = 16;

  private final Edge edge = new Edge();
  private final CopyBeforeWrite snapshot = new CopyBeforeWrite(4096, 10 * CHUNK + 3, 3, edge);

  private static final class Edge implements CopyBeforeWrite.Edge {
    final List<String> said = new ArrayList<>();

    @Override
    public void copy(long chunk, int slot) {
      said.add("copy " + chunk + " to " + slot);
    }

    @Override
    public void pass(long ticket) {
      said.add("pass " + ticket);
    }

    @Override
    public void lost(Loss why) {
      said.add("lost " + why);
    }

    List<String> taken() {
      List<String> all = List.copyOf(said);
      said.clear();
      return all;
    }
  }

  @Test
  void theFirstWriteWaitsForTheCopyAndTheNextDoesNot() {
    snapshot.write(1, 5 * CHUNK + 1, 1);
    assertThat(edge.taken()).containsExactly("copy 5 to 0");
    assertThat(snapshot.slotOf(5)).isEqualTo(-1);
    snapshot.write(2, 5 * CHUNK + 7, 1);
    assertThat(edge.taken()).isEmpty();
    snapshot.copied(5, true);
    assertThat(edge.taken()).containsExactly("pass 1", "pass 2");
    assertThat(snapshot.slotOf(5)).isEqualTo(0);
    snapshot.write(3, 5 * CHUNK, CHUNK);
    assertThat(edge.taken()).containsExactly("pass 3");
    assertThat(snapshot.slotOf(4)).isEqualTo(-1);
    assertThat(snapshot.slotsUsed()).isEqualTo(1);
  }

  @Test
  void aWriteOverSeveralChunksWaitsForAllOfThem() {
    snapshot.write(1, 2 * CHUNK - 1, CHUNK + 2);
    assertThat(edge.taken()).containsExactly("copy 1 to 0", "copy 2 to 1", "copy 3 to 2");
    snapshot.copied(3, true);
    snapshot.copied(1, true);
    assertThat(edge.taken()).isEmpty();
    snapshot.copied(2, true);
    assertThat(edge.taken()).containsExactly("pass 1");
  }

  @Test
  void theLastChunkMayBeShort() {
    snapshot.write(1, 10 * CHUNK, 3);
    assertThat(edge.taken()).containsExactly("copy 10 to 0");
  }

  @Test
  void aFullStoreLosesTheSnapshotAndHoldsNoWrite() {
    snapshot.write(1, 0, CHUNK);
    snapshot.write(2, CHUNK, 2 * CHUNK);
    edge.taken();
    snapshot.write(3, 4 * CHUNK, 1);
    assertThat(edge.taken()).containsExactly("lost FULL", "pass 1", "pass 2", "pass 3");
    assertThat(snapshot.stands()).isFalse();
    snapshot.copied(0, true);
    snapshot.write(4, 5 * CHUNK, 1);
    snapshot.delete();
    assertThat(edge.taken()).containsExactly("pass 4");
  }

  @Test
  void aFailedCopyLosesTheSnapshotAndHoldsNoWrite() {
    snapshot.write(1, 0, 1);
    snapshot.write(2, CHUNK, 1);
    edge.taken();
    snapshot.copied(0, false);
    assertThat(edge.taken()).containsExactly("lost FAILED", "pass 1", "pass 2");
    snapshot.copied(1, true);
    assertThat(edge.taken()).isEmpty();
    assertThat(snapshot.stands()).isFalse();
  }

  @Test
  void aDeletedSnapshotHoldsNoWrite() {
    snapshot.write(1, 0, 1);
    edge.taken();
    snapshot.delete();
    assertThat(edge.taken()).containsExactly("lost DELETED", "pass 1");
  }

  /** An edge may answer from inside the question. */
  @Test
  void copiesThatEndAtOnceLetAWritePassOnce() {
    List<String> said = new ArrayList<>();
    CopyBeforeWrite[] at = new CopyBeforeWrite[1];
    at[0] =
        new CopyBeforeWrite(
            512,
            100_000,
            2,
            new CopyBeforeWrite.Edge() {
              @Override
              public void copy(long chunk, int slot) {
                at[0].copied(chunk, slot == 0);
              }

              @Override
              public void pass(long ticket) {
                said.add("pass " + ticket);
              }

              @Override
              public void lost(Loss why) {
                said.add("lost " + why);
              }
            });
    at[0].write(1, 0, 128);
    assertThat(said).containsExactly("pass 1");
    at[0].write(2, 128, 300);
    assertThat(said).containsExactly("pass 1", "lost FAILED", "pass 2");
  }

  @Test
  void manyChunksKeepTheirSlots() {
    int slots = 10_000;
    Edge many = new Edge();
    CopyBeforeWrite large = new CopyBeforeWrite(512, 1L << 40, slots, many);
    for (int i = 0; i < slots; i++) {
      large.write(i, i * 128L * 100_003, 1);
      large.copied(i * 100_003L, true);
    }
    for (int i = 0; i < slots; i++) {
      assertThat(large.slotOf(i * 100_003L)).isEqualTo(i);
    }
    assertThat(large.slotOf(1)).isEqualTo(-1);
  }

  @Test
  void whatIsNoWriteIsRefused() {
    assertThatThrownBy(() -> snapshot.write(1, 10 * CHUNK, 4))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> snapshot.write(1, -1, 4)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> snapshot.write(1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    snapshot.write(1, 0, 1);
    assertThatThrownBy(() -> snapshot.write(1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
  }
}
