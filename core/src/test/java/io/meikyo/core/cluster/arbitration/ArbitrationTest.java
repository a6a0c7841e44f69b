// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.arbitration.Arbitration.Answer;
import io.meikyo.core.cluster.arbitration.Arbitration.Look;
import io.meikyo.core.cluster.arbitration.Arbitration.Phase;
import io.meikyo.core.cluster.arbitration.Arbitration.Step;
import io.meikyo.core.notice.NoticeCode;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Times here: suspect 1 s, lease 2 s, start-wait 10 s; a look each 100 ms. */
class ArbitrationTest {
  private static final long MS = 1_000_000;
  private static final UUID GROUP = new UUID(1, 1);
  private static final Arbitration.Times TIMES =
      new Arbitration.Times(1000 * MS, 2000 * MS, 10_000 * MS);

  private long now = 1_000_000 * MS;
  private final long begin = now;
  private long heardAt = Arbitration.NEVER;
  private boolean agentHears;
  private boolean runs;
  private boolean inSync = true;
  private UUID group = GROUP;

  private Arbitration server(Arbiter arbiter) {
    return new Arbitration(TIMES, arbiter, false, now);
  }

  private Step look(Arbitration a) {
    return a.look(now, new Look(group, true, "server2", heardAt, agentHears, runs, inSync));
  }

  /** Looks until something is to be done, at most so long; where it stopped is the time. */
  private Step until(Arbitration a, long millis) {
    long end = now + millis * MS;
    while (now <= end) {
      Step step = look(a);
      if (!(step instanceof Step.Rest)) {
        return step;
      }
      now += 100 * MS;
    }
    return new Step.Rest();
  }

  private void together(Arbitration a) {
    heardAt = now;
    assertThat(look(a)).isInstanceOf(Step.Rest.class);
    assertThat(a.phase()).isEqualTo(Phase.TOGETHER);
  }

  private static long number(Step step) {
    return ((Step.Ask) step).number();
  }

  private static boolean says(Arbitration a, NoticeCode code) {
    return a.because().code().equals(code.key());
  }

  @Test
  void theOwnerAsksWhenItSuspectsTheStandbyOneSecondAfterTheLease() {
    Arbitration owner = server(Arbiter.HTTP_WITNESS);
    runs = true;
    together(owner);
    assertThat(until(owner, 20_000)).isInstanceOf(Step.Ask.class);
    assertThat(now - heardAt).isEqualTo(1000 * MS);

    Arbitration standby = server(Arbiter.HTTP_WITNESS);
    runs = false;
    together(standby);
    assertThat(until(standby, 20_000)).isInstanceOf(Step.Ask.class);
    assertThat(now - heardAt).isEqualTo(3000 * MS);
  }

  @Test
  void aColdStartWaitsAsLongAsConfiguredAndThenAsksTheWitness() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    Step step = until(a, 60_000);
    assertThat(step)
        .isInstanceOfSatisfying(
            Step.Ask.class, ask -> assertThat(ask.situation()).isEqualTo(Situation.COLD_START));
    assertThat(now - begin).isEqualTo(10_000 * MS);
  }

  @ParameterizedTest
  @EnumSource(
      value = Arbiter.class,
      names = {"PING", "FENCING", "OPERATOR", "NONE"})
  void inAColdStartNobodyElseIsAsked(Arbiter arbiter) {
    Arbitration a = server(arbiter);
    assertThat(until(a, 600_000)).isInstanceOf(Step.Rest.class);
    assertThat(a.phase()).isEqualTo(Phase.BARRED);
  }

  @Test
  void whoSleptDoesNotAskAPingBeforeItHasHeardTheOtherAgain() {
    Arbitration a = server(Arbiter.PING);
    runs = true;
    together(a);
    now += 1500 * MS;
    assertThat(until(a, 600_000)).isInstanceOf(Step.Rest.class);
    assertThat(a.phase()).isEqualTo(Phase.BARRED);
    assertThat(says(a, ArbitrationNotice.OPERATOR_ONLY)).isTrue();
    together(a);
    assertThat(until(a, 20_000)).isInstanceOf(Step.Ask.class);
  }

  @Test
  void aPingThatAnswersOnlyWhenTheContactIsOldDecidesNothing() {
    Arbitration a = server(Arbiter.PING);
    together(a);
    Step ask = until(a, 20_000);
    while (ask instanceof Step.Ask) {
      assertThat(now - heardAt).isLessThanOrEqualTo(5000 * MS);
      a.answered(now, number(ask), Answer.UNKNOWN, "silent");
      ask = until(a, 60_000);
    }
    assertThat(a.phase()).isEqualTo(Phase.BARRED);
  }

  @Test
  void nothingIsAskedWhileTheMirrorAgentIsHeard() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    runs = true;
    together(a);
    agentHears = true;
    assertThat(until(a, 600_000)).isInstanceOf(Step.Rest.class);
    assertThat(a.phase()).isEqualTo(Phase.SERVICE_SILENT);
    agentHears = false;
    assertThat(until(a, 20_000)).isInstanceOf(Step.Ask.class);
  }

  @Test
  void whoHasNotTheNewestDataDoesNotAsk() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    inSync = false;
    together(a);
    assertThat(until(a, 600_000)).isInstanceOf(Step.Rest.class);
    assertThat(says(a, ArbitrationNotice.NOT_NEWEST)).isTrue();
  }

  @Test
  void whoHasWonSucceedsOnceAndALostOneWaitsForTheWinner() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    together(a);
    Step ask = until(a, 20_000);
    assertThat(a.answered(now, number(ask), Answer.WON, "yes"))
        .isEqualTo(new Step.Succeed(GROUP, "http-witness: yes"));
    assertThat(until(a, 60_000)).isInstanceOf(Step.Rest.class);
    assertThat(a.phase()).isEqualTo(Phase.WON);

    Arbitration b = server(Arbiter.HTTP_WITNESS);
    together(b);
    ask = until(b, 20_000);
    assertThat(b.answered(now, number(ask), Answer.LOST, "no")).isInstanceOf(Step.Rest.class);
    assertThat(until(b, 600_000)).isInstanceOf(Step.Rest.class);
    assertThat(b.phase()).isEqualTo(Phase.LOST);
  }

  @Test
  void anArbiterThatDoesNotKnowIsAskedAgainEachSecond() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    together(a);
    Step ask = until(a, 20_000);
    long first = now;
    a.answered(now, number(ask), Answer.UNKNOWN, "away");
    assertThat(says(a, ArbitrationNotice.UNDECIDED)).isTrue();
    ask = until(a, 20_000);
    assertThat(now - first).isEqualTo(1000 * MS);
    assertThat(a.answered(now, number(ask) - 1, Answer.WON, "old")).isInstanceOf(Step.Rest.class);
    assertThat(a.answered(now, number(ask), Answer.WON, "yes")).isInstanceOf(Step.Succeed.class);
  }

  /** The other server could never win a group that the witness has given to us. */
  @Test
  void whatTheWitnessHasPerhapsGrantedIsFoundOutAlsoWhenTheOtherIsBack() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    together(a);
    Step ask = until(a, 20_000);
    a.answered(now, number(ask), Answer.UNKNOWN, "the answer was lost");
    now += 100 * MS;
    together(a);
    now += 900 * MS;
    heardAt = now;
    ask = look(a);
    assertThat(ask).isInstanceOf(Step.Ask.class);
    assertThat(a.answered(now, number(ask), Answer.WON, "yes")).isInstanceOf(Step.Succeed.class);
  }

  @Test
  void aFormerLifeThatAskedIsRememberedAndAnAnswerOfNoEndsIt() {
    Arbitration a = new Arbitration(TIMES, Arbiter.HTTP_WITNESS, true, now);
    heardAt = now;
    Step ask = look(a);
    assertThat(ask).isInstanceOf(Step.Ask.class);
    a.answered(now, number(ask), Answer.LOST, "the other one");
    assertThat(a.phase()).isEqualTo(Phase.TOGETHER);
    for (int i = 0; i < 100; i++) {
      now += 100 * MS;
      together(a);
    }
  }

  @Test
  void aLatePingDoesNotDecideWhenTheOtherIsBack() {
    Arbitration a = server(Arbiter.PING);
    runs = true;
    together(a);
    Step ask = until(a, 20_000);
    now += 100 * MS;
    together(a);
    assertThat(a.answered(now, number(ask), Answer.WON, "late")).isInstanceOf(Step.Rest.class);
    assertThat(a.phase()).isEqualTo(Phase.TOGETHER);
  }

  @Test
  void theOperatorsWordCountsForWhatHeSaw() {
    Arbitration a = server(Arbiter.NONE);
    together(a);
    assertThat(a.word(GROUP, 7, 7, "ann").code())
        .isEqualTo(ArbitrationNotice.WORD_PEER_THERE.key());
    assertThat(until(a, 5_000)).isInstanceOf(Step.Rest.class);
    assertThat(a.word(GROUP, 6, 7, "ann").code()).isEqualTo(ArbitrationNotice.WORD_OUTDATED.key());
    assertThat(a.word(new UUID(9, 9), 7, 7, "ann").code())
        .isEqualTo(ArbitrationNotice.WORD_OUTDATED.key());
    assertThat(a.word(GROUP, 7, 7, "ann").code()).isEqualTo(ArbitrationNotice.WORD_TAKEN.key());
    assertThat(a.succession()).isEqualTo(new Step.Succeed(GROUP, "operator ann"));
    assertThat(a.succession()).isInstanceOf(Step.Rest.class);
    assertThat(a.word(GROUP, 7, 7, "ann").code())
        .isEqualTo(ArbitrationNotice.WORD_NOT_NEEDED.key());
  }

  @Test
  void inAnotherGroupAllBeginsAnew() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    together(a);
    Step ask = until(a, 20_000);
    a.answered(now, number(ask), Answer.LOST, "no");
    group = new UUID(2, 2);
    assertThat(until(a, 2_000)).isInstanceOf(Step.Ask.class);
  }

  @Test
  void aloneOrWithThreeNothingIsDecided() {
    Arbitration a = server(Arbiter.HTTP_WITNESS);
    for (int i = 0; i < 1000; i++) {
      now += 100 * MS;
      assertThat(a.look(now, new Look(GROUP, false, "", Arbitration.NEVER, false, true, true)))
          .isInstanceOf(Step.Rest.class);
    }
    assertThat(a.phase()).isEqualTo(Phase.TOGETHER);
  }
}
