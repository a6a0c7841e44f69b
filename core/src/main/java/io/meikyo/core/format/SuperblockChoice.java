// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of the two superblocks counts.
 *
 * <p>The whole one with the higher sequence does. If only one is whole, the other place held its
 * predecessor and may have got its successor. A sector with the predecessor's sequence there proves
 * that the successor's write never ended, so that nobody ever relied on it. Without such a proof
 * the successor may be lost, and with it the word that this replica became active, got a new stamp
 * or turned inconsistent. Then the survivor is taken with everything set to the worst that its
 * successor may have said ({@link #worst}): the replica is filled again from a peer, or promoted by
 * the operator's explicit word, never by itself.
 *
 * <p>A partition is made with one superblock (sequence 1) first and its twin (sequence 2) last: the
 * former alone is half made, and must be made again.
 *
 * @param written the superblock to go by; null if there is none
 * @param damaged place of the superblock that is not whole, 0 or 1; -1 if both are whole or none is
 * @param newestLost the one to go by is the worst case of a lost successor
 * @param findings what was found
 */
public record SuperblockChoice(
    @Nullable WrittenSuperblock written, int damaged, boolean newestLost, List<Finding> findings) {

  /** Names of the two places, as people call them. */
  static final List<String> PLACES = List.of("A", "B");

  /** Freezes the findings. */
  public SuperblockChoice {
    findings = List.copyOf(findings);
  }

  /** Looks at both places; null means that a place could not be read. */
  static SuperblockChoice of(@Nullable ByteBuffer a, @Nullable ByteBuffer b) {
    Decoded<WrittenSuperblock> first = decode(a, 1);
    Decoded<WrittenSuperblock> second = decode(b, 0);
    WrittenSuperblock one = first.orNull();
    WrittenSuperblock two = second.orNull();
    if (one != null && two != null) {
      return both(one, two);
    }
    if (one == null && two == null) {
      return none(first, second);
    }
    return one != null ? single(one, 1, second, b) : single(two, 0, first, a);
  }

  private static Decoded<WrittenSuperblock> decode(@Nullable ByteBuffer block, int parity) {
    Decoded<WrittenSuperblock> d =
        block == null ? Decoded.bad(Flaw.UNREADABLE) : SuperblockCodec.decode(block);
    WrittenSuperblock written = d.orNull();
    if (written != null && (written.superblock().sequence() & 1) != parity) {
      return Decoded.bad(Flaw.MISPLACED, written.superblock().sequence() & 1, parity);
    }
    return d;
  }

  private static SuperblockChoice both(WrittenSuperblock one, WrittenSuperblock two) {
    boolean agree =
        one.key().equals(two.key())
            && one.layout().equals(two.layout())
            && one.superblock().sequence() != two.superblock().sequence();
    if (!agree) {
      return failed(Finding.of(FormatNotice.SUPERBLOCKS_DISAGREE));
    }
    boolean firstIsNewer = one.superblock().sequence() > two.superblock().sequence();
    return new SuperblockChoice(firstIsNewer ? one : two, -1, false, List.of());
  }

  private static SuperblockChoice none(
      Decoded<WrittenSuperblock> first, Decoded<WrittenSuperblock> second) {
    for (Decoded<WrittenSuperblock> d : List.of(first, second)) {
      if (flawOf(d) == Flaw.NEWER_VERSION && d instanceof Decoded.Bad<WrittenSuperblock> bad) {
        return failed(Finding.of(FormatNotice.NEWER_VERSION, bad.found(), bad.expected()));
      }
    }
    if (first instanceof Decoded.Empty && second instanceof Decoded.Empty) {
      return failed(Finding.of(FormatNotice.NOT_MADE));
    }
    if (isForeign(first) && isForeign(second)) {
      return failed(Finding.of(FormatNotice.NOT_OURS));
    }
    return failed(Finding.of(FormatNotice.SUPERBLOCKS_LOST, wordFor(first), wordFor(second)));
  }

  private static boolean isForeign(Decoded<WrittenSuperblock> d) {
    return d instanceof Decoded.Empty || flawOf(d) == Flaw.FOREIGN;
  }

  private static SuperblockChoice failed(Finding finding) {
    return new SuperblockChoice(null, -1, false, List.of(finding));
  }

  private static SuperblockChoice single(
      @Nullable WrittenSuperblock whole,
      int place,
      Decoded<WrittenSuperblock> other,
      @Nullable ByteBuffer block) {
    if (whole == null) {
      throw new IllegalArgumentException("one superblock must be whole");
    }
    Flaw flaw = flawOf(other);
    if (flaw == Flaw.NEWER_VERSION && other instanceof Decoded.Bad<WrittenSuperblock> bad) {
      // An interrupted migration, or an older Meikyo over a newer one: not ours to judge.
      return failed(Finding.of(FormatNotice.NEWER_VERSION, bad.found(), bad.expected()));
    }
    String name = PLACES.get(place);
    if (isFirstOfTwo(whole)) {
      // Its twin says the same; without a trace of it, the making never came so far.
      return block != null && SealedBlock.hasSector(Block.view(block), whole.key().tag(), 2)
          ? kept(whole, place, FormatNotice.SUPERBLOCK_OLD_DAMAGED, other)
          : failed(Finding.of(FormatNotice.NOT_FINISHED, name));
    }
    if (block != null && neverFollowed(whole, block)) {
      boolean torn = flaw == Flaw.TORN || (flaw == Flaw.CHECKSUM && isHalfNew(whole, block));
      return torn
          ? new SuperblockChoice(
              whole, place, false, List.of(Finding.of(FormatNotice.SUPERBLOCK_TORN, name)))
          : kept(whole, place, FormatNotice.SUPERBLOCK_OLD_DAMAGED, other);
    }
    return new SuperblockChoice(
        whole.with(worst(whole.superblock())),
        place,
        true,
        List.of(Finding.of(FormatNotice.SUPERBLOCK_NEWEST_LOST, name, wordFor(other))));
  }

  private static SuperblockChoice kept(
      WrittenSuperblock whole, int place, FormatNotice what, Decoded<WrittenSuperblock> other) {
    Finding finding = Finding.of(what, PLACES.get(place), wordFor(other));
    return new SuperblockChoice(whole, place, false, List.of(finding));
  }

  /** True for the first superblock that the making of a partition writes on an empty one. */
  private static boolean isFirstOfTwo(WrittenSuperblock whole) {
    return whole.superblock().sequence() == 1 && whole.superblock().condition() == Condition.BLANK;
  }

  private static boolean neverFollowed(WrittenSuperblock whole, ByteBuffer block) {
    return SealedBlock.neverCompleted(
        Block.view(block), whole.key().tag(), whole.superblock().sequence() + 1, false);
  }

  private static boolean isHalfNew(WrittenSuperblock whole, ByteBuffer block) {
    return SealedBlock.hasSector(
        Block.view(block), whole.key().tag(), whole.superblock().sequence() + 1);
  }

  static @Nullable Flaw flawOf(Decoded<?> d) {
    return d instanceof Decoded.Bad<?> bad ? bad.flaw() : null;
  }

  /** The flaw as it stands in a sentence. */
  static String wordFor(Decoded<?> d) {
    return switch (d) {
      case Decoded.Ok<?> ok -> "OK";
      case Decoded.Empty<?> empty -> "EMPTY";
      case Decoded.Bad<?> bad -> bad.flaw().name();
    };
  }

  /** The worst that the successor of this superblock may have said. */
  static Superblock worst(Superblock s) {
    return new Superblock(
        s.sequence(),
        s.identity(),
        s.geometry(),
        s.groupId(),
        s.epoch(),
        s.inSyncMask(),
        s.activeReplica(),
        s.generations(),
        s.condition() == Condition.FAILED ? Condition.FAILED : Condition.INCONSISTENT,
        true,
        false,
        0,
        Stamp.NONE,
        Stamp.NONE,
        Collections.nCopies(Identity.REPLICAS_MAX, PeerSlot.UNKNOWN),
        s.cut().cutId() == 0 ? s.cut() : s.cut().withStatus(CutStatus.VOID),
        s.backup(),
        true);
  }
}
