// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.RestoredImage.Flaw;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What makes an image of a cut, and what a restore keeps of it (rules R11 and R13). */
class RestoredImageTest {
  private static final Identity ONE = new Identity(new UUID(1, 1), new UUID(2, 2), 0);
  private static final Geometry SHAPE = new Geometry(512, 64, 4, 8, 3, 64);
  private static final LogTransaction EMPTY_AT_CUT = new LogTransaction(40, new int[0]);

  private Condition condition = Condition.CONSISTENT;
  private boolean flag = true;
  private long flagCut = 5;
  private CutStatus status = CutStatus.PROVEN;
  private int active;

  private Superblock image() {
    CutRecord cut = new CutRecord(5, 4, 30, 9, new Stamp(8, 88), 40, status, 1, 2);
    return new Superblock(
        17,
        ONE,
        SHAPE,
        77,
        9,
        3,
        active,
        Generations.of(30, 20),
        condition,
        true,
        false,
        99,
        new Stamp(8, 88),
        new Stamp(7, 7),
        Collections.nCopies(
            Identity.REPLICAS_MAX, new PeerSlot(new Stamp(8, 88), Stamp.NONE, true, true, 3)),
        cut,
        new BackupRecord(flag, 4, flagCut, 1000),
        true);
  }

  private List<Flaw> flaws(LogTransaction log) {
    return RestoredImage.flaws(image(), log, false);
  }

  @Test
  void anImageOfACutIsGood() {
    assertThat(flaws(EMPTY_AT_CUT)).isEmpty();
    status = CutStatus.UNPROVEN;
    assertThat(flaws(EMPTY_AT_CUT)).isEmpty();
  }

  @Test
  void whatWasWrittenToAfterwardsIsNot() {
    assertThat(flaws(new LogTransaction(41, new int[0]))).containsExactly(Flaw.LOG_MOVED_ON);
    assertThat(flaws(new LogTransaction(40, new int[] {3}))).containsExactly(Flaw.LOG_MOVED_ON);
    assertThat(RestoredImage.flaws(image(), EMPTY_AT_CUT, true)).containsExactly(Flaw.LOG_MOVED_ON);
    assertThat(Flaw.LOG_MOVED_ON.isVoid()).isTrue();
  }

  /** It was the active once; what was hot then stays in its log until it is recovered. */
  @Test
  void whatAStandbyWasHotInOnceSaysNothing() {
    active = 1;
    assertThat(flaws(new LogTransaction(40, new int[] {3}))).isEmpty();
    assertThat(flaws(new LogTransaction(41, new int[] {3}))).containsExactly(Flaw.LOG_MOVED_ON);
  }

  @Test
  void eachFlawHasItsName() {
    flag = false;
    assertThat(flaws(EMPTY_AT_CUT)).containsExactly(Flaw.FLAG_OFF);
    status = CutStatus.VOID;
    assertThat(flaws(EMPTY_AT_CUT)).containsExactly(Flaw.VOID);
    flag = true;
    assertThat(flaws(EMPTY_AT_CUT)).containsExactly(Flaw.VOID);
    status = CutStatus.UNEQUAL;
    assertThat(flaws(EMPTY_AT_CUT)).containsExactly(Flaw.UNEQUAL);
    status = CutStatus.PROVEN;
    flagCut = 6;
    assertThat(flaws(EMPTY_AT_CUT)).containsExactly(Flaw.NO_CUT);
    flagCut = 5;
    for (Condition c : List.of(Condition.BLANK, Condition.INCONSISTENT, Condition.FAILED)) {
      condition = c;
      assertThat(flaws(EMPTY_AT_CUT)).containsExactly(Flaw.NOT_CONSISTENT);
    }
    condition = Condition.RESTORED;
    assertThat(flaws(EMPTY_AT_CUT)).isEmpty();
  }

  @Test
  void whatIsKeptAndWhatIsCleared() {
    Identity two = new Identity(ONE.clusterId(), ONE.diskId(), 1);
    Stamp stamp = RestoredImage.stamp(image(), 5_000, 0);
    Superblock s = RestoredImage.initialised(image(), two, stamp, true);
    assertThat(s.identity()).isEqualTo(two);
    assertThat(s.cut()).isEqualTo(image().cut());
    assertThat(s.backup()).isEqualTo(image().backup());
    assertThat(s.generations()).isEqualTo(image().generations());
    assertThat(s.condition()).isEqualTo(Condition.RESTORED);
    assertThat(s.stamp()).isEqualTo(new Stamp(5_000, 1));
    assertThat(s.stampPending()).isEqualTo(Stamp.NONE);
    assertThat(s.groupId()).isZero();
    assertThat(s.epoch()).isZero();
    assertThat(s.activeReplica()).isEqualTo(-1);
    assertThat(s.inSyncMask()).as("for founding a cluster from an image").isEqualTo(3);
    assertThat(s.peers()).containsOnly(PeerSlot.UNKNOWN);
    assertThat(s.clean()).isTrue();
    assertThat(s.wasActive()).isFalse();
    assertThat(s.changeMapPartial()).isFalse();
    assertThat(RestoredImage.stamp(image(), 3, 4)).isEqualTo(new Stamp(9, 4));
  }

  @Test
  void oneThatWasForcedPairsWithNoOther() {
    flag = false;
    Superblock s = RestoredImage.initialised(image(), ONE, new Stamp(1, 1), false);
    assertThat(s.cut()).isEqualTo(CutRecord.NONE);
    assertThat(s.backup().flagOn()).isTrue();
    assertThat(s.condition()).isEqualTo(Condition.RESTORED);
  }
}
