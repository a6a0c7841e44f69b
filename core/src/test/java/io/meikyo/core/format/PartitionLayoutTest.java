// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.MapPage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartitionLayoutTest {
  private static final long MIB = 1 << 20;
  private static final long TIB = 1L << 40;

  private static PartitionLayout layout(long bytes, int blockSize, int mask) {
    return PartitionLayout.of(PartitionLayout.standardGeometry(blockSize, bytes / blockSize), mask);
  }

  @Test
  void nothingOverlapsAndEverythingIsAligned() {
    Samples samples = new Samples(1);
    for (int i = 0; i < 500; i++) {
      PartitionLayout l = samples.written().layout();
      List<long[]> ranges = new ArrayList<>();
      add(ranges, PartitionLayout.superblockOffset(1), 4096);
      add(ranges, PartitionLayout.superblockOffset(2), 4096);
      add(ranges, l.logOffset(0), l.logSlots() * 4096L);
      add(ranges, PartitionLayout.configOffset(1), PartitionLayout.CONFIG_COPY_BYTES);
      add(ranges, PartitionLayout.configOffset(2), PartitionLayout.CONFIG_COPY_BYTES);
      for (int map = 0; map < MapPage.MAPS; map++) {
        if (l.hasMap(map)) {
          add(ranges, l.mapOffset(map), l.mapBytes());
        }
      }
      ranges.sort((x, y) -> Long.compare(x[0], y[0]));
      for (int k = 0; k < ranges.size(); k++) {
        assertThat(ranges.get(k)[0] % 4096).isZero();
        long next = k + 1 < ranges.size() ? ranges.get(k + 1)[0] : l.requiredBytes();
        assertThat(ranges.get(k)[1]).isLessThanOrEqualTo(next);
      }
    }
  }

  private static void add(List<long[]> ranges, long from, long bytes) {
    ranges.add(new long[] {from, from + bytes});
  }

  @Test
  void sizesForTwoServers() {
    assertThat(layout(1L << 30, 4096, 3).requiredBytes()).isEqualTo(8 * MIB + 3 * 4096);
    assertThat(layout(TIB, 4096, 3).requiredBytes()).isEqualTo(8 * MIB + 3 * 517 * 4096);
    assertThat(layout(16 * TIB, 4096, 3).requiredBytes()).isEqualTo(8 * MIB + 3 * 8257L * 4096);
    assertThat(layout(16 * TIB, 512, 3).requiredBytes())
        .isEqualTo(layout(16 * TIB, 4096, 3).requiredBytes());
  }

  @Test
  void aCustomaryClusterPartitionOfOneGigabyteIsEnoughForEightReplicasOfTheLargestDisk() {
    assertThat(layout(16 * TIB, 4096, 255).requiredBytes()).isLessThan(1L << 30);
  }

  @Test
  void theOrderOfReplicasDoesNotMoveWhatIsThere() {
    assertThat(layout(TIB, 4096, 255).mapOffset(1)).isEqualTo(layout(TIB, 4096, 3).mapOffset(1));
  }

  @Test
  void superblocksAndConfigurationsAlternate() {
    assertThat(PartitionLayout.superblockOffset(7)).isZero();
    assertThat(PartitionLayout.superblockOffset(8)).isEqualTo(MIB);
    assertThat(PartitionLayout.configOffset(7)).isEqualTo(4 * MIB);
    assertThat(PartitionLayout.configOffset(8)).isEqualTo(5 * MIB);
  }

  @Test
  void memoryIsThatOfTheMaps() {
    Geometry g = PartitionLayout.standardGeometry(4096, 16 * TIB / 4096);
    assertThat(PartitionLayout.of(g, 3).memoryBytes()).isEqualTo(3L * 8257 * 508 * 8);
  }
}
