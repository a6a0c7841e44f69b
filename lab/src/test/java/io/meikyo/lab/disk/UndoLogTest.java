// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UndoLogTest {
  private static final int SECTORS = 64;
  private static final int SECTOR = UndoLog.SECTOR;

  private long dropped;
  private long torn;
  private long kept;

  /** Many short lives of a small disk: a sector holds one of the contents it may hold. */
  @Test
  void whatIsDurableStaysAndWhatIsNotMayGo() throws Exception {
    for (int seed = 0; seed < 3000; seed++) {
      life(seed, 1 << 20);
    }
    assertThat(kept).as("kept").isPositive();
    assertThat(dropped).as("dropped").isPositive();
    assertThat(torn).as("torn").isPositive();
  }

  @Test
  void aFullLogForgetsTheOldest() throws Exception {
    UndoLog log = new UndoLog(16 << 10);
    for (int i = 0; i < 1000; i++) {
      log.begin(0, i * 4096L, 4096).landed(false);
      assertThat(log.bytes()).isLessThanOrEqualTo(16 << 10);
    }
    assertThat(log.writes()).isPositive();
    for (int seed = 0; seed < 300; seed++) {
      life(seed, 8 << 10);
    }
  }

  private void life(int seed, long bytesMax) throws Exception {
    Random random = new Random(seed);
    UndoLog log = new UndoLog(bytesMax);
    byte[] disk = new byte[SECTORS * SECTOR];
    // Contents that each sector may have after a power loss; the newest last.
    List<List<byte[]>> allowed = new ArrayList<>();
    for (int s = 0; s < SECTORS; s++) {
      allowed.add(new ArrayList<>(List.of(new byte[SECTOR])));
    }
    int steps = random.nextInt(30);
    for (int i = 0; i < steps; i++) {
      if (random.nextInt(8) == 0) {
        log.flushed(log.covered(0));
        allowed.forEach(versions -> versions.subList(0, versions.size() - 1).clear());
        continue;
      }
      boolean fua = random.nextInt(6) == 0;
      int count = 1 + random.nextInt(8);
      int start = random.nextInt(SECTORS - count + 1);
      byte[] bytes = new byte[count * SECTOR];
      random.nextBytes(bytes);
      UndoLog.Entry entry = log.begin(0, (long) start * SECTOR, bytes.length);
      MemorySegment.copy(
          MemorySegment.ofArray(disk), (long) start * SECTOR, entry.old(), 0, bytes.length);
      System.arraycopy(bytes, 0, disk, start * SECTOR, bytes.length);
      entry.landed(fua);
      for (int s = 0; s < count; s++) {
        List<byte[]> versions = allowed.get(start + s);
        if (fua) {
          versions.clear();
        }
        versions.add(java.util.Arrays.copyOfRange(bytes, s * SECTOR, (s + 1) * SECTOR));
      }
    }
    UndoLog.Loss loss =
        log.powerOff(
            random,
            (_, offset, bytes) ->
                MemorySegment.copy(
                    bytes, 0, MemorySegment.ofArray(disk), offset, bytes.byteSize()));
    assertThat(log.bytes()).isZero();
    int strange = 0;
    for (int s = 0; s < SECTORS; s++) {
      byte[] is = java.util.Arrays.copyOfRange(disk, s * SECTOR, (s + 1) * SECTOR);
      if (allowed.get(s).stream().noneMatch(v -> java.util.Arrays.equals(v, is))) {
        strange++;
        assertThat(allowed.get(s)).as("a torn sector was not durable").hasSizeGreaterThan(1);
      }
    }
    assertThat(strange).as("seed %s: torn sectors", seed).isLessThanOrEqualTo((int) loss.torn());
    kept += loss.kept();
    dropped += loss.dropped();
    torn += loss.torn();
  }
}
