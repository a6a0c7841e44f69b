// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.notice.Severity;
import io.meikyo.core.partition.LoadedPartition;
import java.util.List;

/**
 * What a cluster partition says when it is read, after everything doubtful was decided on the safe
 * side.
 */
public sealed interface PartitionReading {

  /** What was found that is not as it should be. */
  List<Finding> findings();

  /**
   * The partition can be used.
   *
   * @param written the superblock, with life and layout
   * @param partition what the engine attaches
   * @param superblocks which superblock counts, and why
   * @param log which log transaction counts, and why
   * @param damagedPages pages that count as all ones, as map times {@link #PAGE_STRIDE} plus page
   * @param findings what was found
   */
  record Loaded(
      WrittenSuperblock written,
      LoadedPartition partition,
      SuperblockChoice superblocks,
      LogChoice log,
      List<Long> damagedPages,
      List<Finding> findings)
      implements PartitionReading {

    /** Freezes the lists. */
    public Loaded {
      damagedPages = List.copyOf(damagedPages);
      findings = List.copyOf(findings);
    }

    /**
     * True if the dirty maps must be written as they were loaded, all ones, before the engine
     * attaches: its next log transaction takes the place of the one whose loss is the reason.
     */
    public boolean mapsMustBeWritten() {
      return log.everythingMayDiffer();
    }

    /** True if nothing worse than the traces of a crash was found. */
    public boolean clean() {
      return findings.stream().allMatch(f -> f.notice().severity() == Severity.INFO);
    }
  }

  /** The partition cannot be used. */
  record Refused(List<Finding> findings) implements PartitionReading {

    /** Freezes the list. */
    public Refused {
      findings = List.copyOf(findings);
    }
  }

  /** Factor of the map's number in {@link Loaded#damagedPages}. */
  long PAGE_STRIDE = 1L << 32;
}
