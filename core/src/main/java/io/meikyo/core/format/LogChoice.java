// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.LogTransaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which transaction of the activity log counts.
 *
 * <p>The whole one with the highest sequence S does, if the slot behind it shows that S + 1 never
 * became durable: it still holds the transaction of one round before, or it was never written, or
 * {@link SealedBlock#neverCompleted} says so. Otherwise S + 1 may have been durable, writes may
 * have followed from it, and it is lost: then nobody knows which extents were hot, and every chunk
 * may differ. Transactions are written one at a time, so nothing after S + 1 can exist.
 *
 * <p>Transactions of an earlier life of the partition, or of another partition, carry another mark
 * and do not count; but a whole one shows that S + 1 is not there.
 *
 * @param log the newest transaction that is known
 * @param everythingMayDiffer a newer one may be lost
 * @param damagedSlots slots that are not whole
 * @param findings what was found
 */
public record LogChoice(
    LogTransaction log,
    boolean everythingMayDiffer,
    List<Integer> damagedSlots,
    List<Finding> findings) {

  /** Freezes the lists. */
  public LogChoice {
    damagedSlots = List.copyOf(damagedSlots);
    findings = List.copyOf(findings);
  }

  /**
   * Looks at the whole ring.
   *
   * @param slots the slots in their order; null for one that could not be read
   * @param cutSequence log sequence in the cut record: the log is at least as new
   */
  static LogChoice of(
      List<@Nullable ByteBuffer> slots,
      PartitionKey key,
      PartitionLayout layout,
      long cutSequence) {
    List<Decoded<LogTransaction>> decoded = new ArrayList<>(slots.size());
    LogTransaction newest = null;
    for (int slot = 0; slot < slots.size(); slot++) {
      ByteBuffer block = slots.get(slot);
      Decoded<LogTransaction> d =
          block == null ? Decoded.bad(Flaw.UNREADABLE) : LogCodec.decode(block, key, layout, slot);
      decoded.add(d);
      LogTransaction t = d.orNull();
      if (t != null && (newest == null || t.sequence() > newest.sequence())) {
        newest = t;
      }
    }
    if (newest == null) {
      // Any sequence will do that is above all that ever stood here as far as is known.
      long above = cutSequence + 2L * layout.logSlots();
      return new LogChoice(
          new LogTransaction(above, new int[0]),
          true,
          allOf(slots.size()),
          List.of(Finding.of(FormatNotice.LOG_LOST)));
    }
    return judge(slots, decoded, newest, key, layout, cutSequence);
  }

  private static LogChoice judge(
      List<@Nullable ByteBuffer> slots,
      List<Decoded<LogTransaction>> decoded,
      LogTransaction newest,
      PartitionKey key,
      PartitionLayout layout,
      long cutSequence) {
    long next = newest.sequence() + 1;
    int nextSlot = layout.logSlot(next);
    boolean firstRound = next < layout.logSlots();
    List<Integer> damaged = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    boolean lost = false;
    for (int slot = 0; slot < slots.size(); slot++) {
      Decoded<LogTransaction> d = decoded.get(slot);
      boolean neverWritten = d instanceof Decoded.Empty && wasNeverWritten(slot, newest, layout);
      if (d instanceof Decoded.Ok || neverWritten) {
        continue;
      }
      damaged.add(slot);
      ByteBuffer block = slots.get(slot);
      if (slot != nextSlot || isWholeOfOthers(d)) {
        findings.add(Finding.of(FormatNotice.LOG_OLD_DAMAGED, slot, wordFor(d)));
      } else if (block != null
          && SealedBlock.neverCompleted(Block.view(block), key.tag(), next, firstRound)) {
        boolean begun = SealedBlock.hasSector(Block.view(block), key.tag(), next);
        findings.add(
            begun
                ? Finding.of(FormatNotice.LOG_TORN, slot, next)
                : Finding.of(FormatNotice.LOG_OLD_DAMAGED, slot, wordFor(d)));
      } else {
        lost = true;
        findings.add(Finding.of(FormatNotice.LOG_NEWEST_LOST, slot, wordFor(d)));
      }
    }
    if (newest.sequence() < cutSequence) {
      lost = true;
      findings.add(Finding.of(FormatNotice.LOG_OLDER_THAN_CUT, newest.sequence(), cutSequence));
      newest = new LogTransaction(cutSequence + 2L * layout.logSlots(), newest.extents());
    }
    return new LogChoice(newest, lost, damaged, findings);
  }

  private static String wordFor(Decoded<?> d) {
    return SuperblockChoice.wordFor(d);
  }

  /** In the first round the slots behind the newest transaction are still zero. */
  private static boolean wasNeverWritten(int slot, LogTransaction newest, PartitionLayout layout) {
    return newest.sequence() < layout.logSlots() && slot > newest.sequence();
  }

  private static boolean isWholeOfOthers(Decoded<LogTransaction> d) {
    Flaw flaw = SuperblockChoice.flawOf(d);
    return flaw == Flaw.OTHER_PARTITION || flaw == Flaw.MISPLACED;
  }

  private static List<Integer> allOf(int slots) {
    List<Integer> all = new ArrayList<>(slots);
    for (int i = 0; i < slots; i++) {
      all.add(i);
    }
    return all;
  }
}
