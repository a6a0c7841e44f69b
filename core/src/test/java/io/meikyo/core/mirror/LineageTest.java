// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The authority goes on in a successor group (law 2: only lineage decides). */
class LineageTest {
  private static final long PARENT = 77;
  private static final long NEXT = 78;

  private final Bench b = Bench.inSync(2);

  /** Writes wait for the removal of the dead standby, which nobody can decide in the old group. */
  private long writeThatWaits() {
    b.authorityUp = false;
    b.node(1).kill();
    b.run(100);
    long write = b.node(0).write(8, 42);
    b.run(10_000);
    assertThat(b.node(0).ok(write)).as("nothing is acknowledged before the shrink").isFalse();
    return write;
  }

  private void tell(int node, SetRecord record, Long... former) {
    b.node(node).give(new Event.Lineage(record.groupId(), List.of(former)));
    b.node(node).give(new Event.RecordSeen(record));
  }

  private void succeed() {
    b.record = b.record.in(NEXT);
    b.authorityUp = true;
  }

  @Test
  void theActiveGoesOnWithWhatItHadAskedForInTheOldGroup() {
    long write = writeThatWaits();
    succeed();
    tell(0, b.record, PARENT);
    b.run(10_000);
    assertThat(b.node(0).ok(write)).isTrue();
    assertThat(b.record.groupId()).isEqualTo(NEXT);
    assertThat(b.record.inSyncMask()).isEqualTo(1);
    assertThat(b.node(0).superblock.groupId()).isEqualTo(NEXT);
  }

  @Test
  void whatStoodInTheTailOfTheOldLogIsItsDecision() {
    long write = writeThatWaits();
    Effect.Propose asked =
        b.node(0).log_.stream()
            .filter(e -> e instanceof Effect.Propose)
            .map(e -> (Effect.Propose) e)
            .reduce((first, last) -> last)
            .orElseThrow();
    b.record = asked.next();
    succeed();
    tell(0, b.record, PARENT);
    b.run(10_000);
    assertThat(b.node(0).ok(write)).isTrue();
    assertThat(b.record.version()).as("nothing was asked twice").isEqualTo(asked.next().version());
  }

  @Test
  void aRecordOfAnotherLineIsNotTakenHoweverHighItsNumbers() {
    long write = writeThatWaits();
    SetRecord before = b.node(0).engine.status().record();
    SetRecord foreign = b.record.in(99).without(1).without(1).without(1);
    b.node(0).give(new Event.RecordSeen(foreign));
    tell(0, foreign, 98L, 97L);
    b.run(10_000);
    assertThat(b.node(0).engine.status().record()).isEqualTo(before);
    assertThat(b.node(0).ok(write)).isFalse();
  }

  @Test
  void aRecordThatComesBeforeItsLineageIsTakenWhenThatIsKnown() {
    writeThatWaits();
    b.record = b.record.in(NEXT);
    b.node(0).give(new Event.RecordSeen(b.record));
    b.run(1000);
    assertThat(b.node(0).engine.status().record().groupId()).isEqualTo(PARENT);
    b.node(0).give(new Event.Lineage(NEXT, List.of(PARENT)));
    b.run(1000);
    assertThat(b.node(0).engine.status().record().groupId()).isEqualTo(NEXT);
  }

  @Test
  void theOneThatComesBackWaitsForTheLineageAndIsFilledThen() {
    final long write = writeThatWaits();
    final SetRecord old = b.record;
    succeed();
    tell(0, b.record, PARENT);
    b.run(10_000);
    assertThat(b.node(0).ok(write)).isTrue();
    SetRecord now = b.record;
    b.record = old;
    b.node(1).start();
    b.record = now;
    b.run(5_000);
    assertThat(b.record.inSyncMask()).as("the two groups exchange nothing").isEqualTo(1);
    assertThat(b.node(1).disk[8]).isZero();
    tell(1, b.record, PARENT);
    b.run(20_000);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.node(1).disk).isEqualTo(b.node(0).disk);
    assertThat(b.node(1).superblock.groupId()).isEqualTo(NEXT);
  }

  @Test
  void aStandbyMayBePromotedInTheSuccessor() {
    b.authorityUp = false;
    b.node(0).kill();
    b.run(1000);
    succeed();
    tell(1, b.record, PARENT);
    b.run(1000);
    long command = b.node(1).command(c -> new Event.Activate(c, false));
    b.run(20_000);
    assertThat(b.node(1).done(command)).as("%s", b.node(1).why(command)).isTrue();
    assertThat(b.record.groupId()).isEqualTo(NEXT);
    assertThat(b.record.active()).isEqualTo(1);
  }

  /** Its own numbers of the other line are higher, and say nothing. */
  @Test
  void whoWasGivenUpAfterASplitStepsDownForTheLineThatWasKept() {
    writeThatWaits();
    SetRecord mine = b.record.in(80);
    b.record = mine;
    b.authorityUp = true;
    tell(0, mine, PARENT);
    b.run(10_000);
    assertThat(b.node(0).engine.status().role()).isEqualTo(Role.ACTIVE);
    SetRecord kept = mine.in(NEXT).without(0);
    b.record = kept;
    tell(0, kept, PARENT, 80L);
    b.run(5_000);
    assertThat(b.node(0).engine.status().role()).isEqualTo(Role.STANDBY);
    assertThat(b.node(0).engine.status().record()).isEqualTo(kept);
  }
}
