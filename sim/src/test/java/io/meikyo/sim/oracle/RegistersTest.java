// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Histories written by hand: the good ones pass, each bad one is caught. */
class RegistersTest {
  private static final int A = 0;
  private static final int B = 1;
  private static final int BOTH = 3;

  private final Registers r = new Registers(4);

  @BeforeEach
  void twoMembers() {
    r.tick();
    r.inSync(BOTH, 0);
  }

  private Version send(long token) {
    r.tick();
    return r.sent(0, token, false);
  }

  private void ack(Version v) {
    r.tick();
    r.acknowledged(v, false);
  }

  private void write(long token) {
    ack(send(token));
  }

  private void dies(Version v) {
    r.tick();
    r.undecided(v);
  }

  private void read(long token) {
    long began = r.tick();
    r.tick();
    r.read(0, token, began, BOTH);
  }

  private void flush() {
    long sent = r.tick();
    r.tick();
    r.flushed(sent);
  }

  private void powerLoss(int replica) {
    r.tick();
    r.cachesLost(replica);
  }

  private void caught(long token) {
    assertThatThrownBy(() -> read(token))
        .isInstanceOf(LawBroken.class)
        .hasMessageContaining("read");
  }

  @Test
  void aNewDiskIsZeros() {
    read(0);
    caught(7);
  }

  @Test
  void theLastAcknowledgedWriteIsRead() {
    write(1);
    write(2);
    read(2);
    caught(1);
  }

  @Test
  void aLostAcknowledgementIsCaught() {
    write(1);
    caught(0);
  }

  @Test
  void concurrentWritesMayLandInEitherOrderButNotInBoth() {
    Version x = send(1);
    Version y = send(2);
    ack(y);
    ack(x);
    read(2);
    read(2);
    caught(1);
  }

  @Test
  void aReadThatBeganBeforeTheAcknowledgementMaySeeTheOldValue() {
    write(1);
    Version y = send(2);
    long began = r.tick();
    ack(y);
    r.tick();
    assertThatCode(() -> r.read(0, 1, began, BOTH)).doesNotThrowAnyException();
  }

  @Test
  void anUndecidedWriteMayAppearOrNot() {
    write(1);
    dies(send(2));
    assertThat(r.permitted(0, 1)).isTrue();
    assertThat(r.permitted(0, 2)).isTrue();
    read(2);
    caught(1);
  }

  @Test
  void theGhostOfADeadActiveIsCaught() {
    write(1);
    dies(send(2));
    read(1);
    caught(2);
  }

  @Test
  void theGhostIsCaughtAfterALaterWriteToo() {
    write(1);
    dies(send(2));
    write(3);
    caught(2);
  }

  @Test
  void flipFlopIsCaught() {
    write(1);
    dies(send(2));
    read(2);
    caught(1);
  }

  @Test
  void aWriteStillOnItsWayMayBeSeenEarlyAndVanishAgain() {
    write(1);
    Version y = send(2);
    read(2);
    read(1);
    dies(y);
    read(1);
    caught(2);
  }

  @Test
  void powerLossOfOneMemberLosesNothing() {
    write(1);
    powerLoss(A);
    caught(0);
  }

  @Test
  void powerLossOfAllMembersMayLoseWhatWasNotFlushed() {
    write(1);
    flush();
    write(2);
    write(3);
    powerLoss(A);
    powerLoss(B);
    assertThat(r.permitted(0, 1)).isTrue();
    assertThat(r.permitted(0, 2)).isTrue();
    assertThat(r.permitted(0, 3)).isTrue();
    caught(0);
  }

  @Test
  void afterALossTheFirstReadDecides() {
    write(1);
    flush();
    write(2);
    powerLoss(A);
    powerLoss(B);
    read(1);
    caught(2);
  }

  @Test
  void aWriteThatSurvivedALossAndWasReadIsHeldAgain() {
    write(1);
    flush();
    write(2);
    powerLoss(A);
    powerLoss(B);
    read(2);
    powerLoss(A);
    caught(1);
  }

  @Test
  void whatWasFlushedNeverVanishes() {
    write(1);
    flush();
    powerLoss(A);
    powerLoss(B);
    read(1);
    caught(0);
  }

  @Test
  void aFlushSentBeforeTheAcknowledgementDoesNotCoverTheWrite() {
    Version x = send(1);
    long sent = r.tick();
    ack(x);
    r.tick();
    r.flushed(sent);
    powerLoss(A);
    powerLoss(B);
    assertThatCode(() -> read(0)).doesNotThrowAnyException();
  }

  @Test
  void fuaIsDurableAtOnce() {
    Version x = send(1);
    r.tick();
    r.acknowledged(x, true);
    powerLoss(A);
    powerLoss(B);
    caught(0);
  }

  @Test
  void theOnlyMemberIsTheOnlyHolder() {
    r.tick();
    r.inSync(1 << A, 0);
    write(1);
    powerLoss(A);
    read(0);
  }

  @Test
  void aReplicaThatJoinedWholeHoldsWhatWasWrittenBefore() {
    r.tick();
    r.inSync(1 << A, 0);
    write(1);
    r.tick();
    r.inSync(BOTH, 1 << B);
    powerLoss(A);
    caught(0);
  }

  @Test
  void aReplicaThatLostItsCachesBeforeItJoinedDoesNotCount() {
    r.tick();
    r.inSync(1 << A, 0);
    write(1);
    powerLoss(B);
    r.tick();
    r.inSync(BOTH, 0);
    powerLoss(A);
    read(0);
  }

  @Test
  void aMemberThatLeftDoesNotCount() {
    write(1);
    powerLoss(A);
    r.tick();
    assertThat(r.inSync(1 << A, 0)).as("only a member without caches is left").isTrue();
    read(0);
  }

  @Test
  void anAnsweredDiscardIsZerosOrUnchangedAndStaysSo() {
    write(1);
    r.tick();
    Version d = r.sent(0, 0, true);
    ack(d);
    assertThat(r.permitted(0, 0)).isTrue();
    read(1);
    caught(0);
  }

  @Test
  void theOperatorsWordMakesAnotherTruth() {
    write(1);
    flush();
    r.tick();
    r.forced(0, 9, new long[] {8});
    read(9);
    caught(1);
  }

  @Test
  void blocksAreIndependent() {
    write(1);
    long began = r.tick();
    r.tick();
    assertThatCode(() -> r.read(1, 0, began, BOTH)).doesNotThrowAnyException();
  }
}
