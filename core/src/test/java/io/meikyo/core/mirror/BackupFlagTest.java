// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.Bench.Node;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.Superblock;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A backup flag that is still on when it should not be, and what becomes of it (rule R14). */
class BackupFlagTest {

  private static Bench withCut(int replicas) {
    Bench b = Bench.inSync(replicas);
    b.node(0).write(5, 11);
    b.run(10);
    b.node(0).command(c -> new Event.Hold(c, 900, b.now + 60_000 * Bench.MS, true, 1));
    b.run(50);
    b.node(0).command(k -> new Event.Cut(k, 901));
    b.run(50);
    assertThat(b.node(1).superblock.backup().flagOn()).isTrue();
    return b;
  }

  /** The standby goes away with the flag on; the backup ends without it. */
  private static void missesTheEnd(Bench b) {
    b.node(1).kill();
    b.run(3000);
    assertThat(b.record.holdId()).isZero();
    assertThat(b.cutStatus()).isEqualTo(CutStatus.VOID);
    assertThat(b.record.inSync(1)).isFalse();
  }

  /** The operator's word is in the state; that its agent did not hear of it does not undo it. */
  @Test
  void aForcedActivationThatWasDecidedUnheardStands() {
    Bench b = withCut(2);
    missesTheEnd(b);
    b.node(0).kill();
    Node forced = b.node(1);
    forced.start();
    b.run(10);
    b.authorityUp = false;
    forced.log_.clear();
    forced.command(c -> new Event.Activate(c, true));
    b.run(10);
    b.record =
        forced.log_.stream()
            .filter(Effect.Propose.class::isInstance)
            .map(e -> ((Effect.Propose) e).next())
            .findFirst()
            .orElseThrow();
    forced.kill();
    b.authorityUp = true;
    assertThat(forced.superblock.backup().flagOn()).isTrue();

    forced.start();
    b.run(10);
    assertThat(forced.log_)
        .contains(
            new Effect.Tell(Say.FLAG_MEANS, java.util.List.of((Object) Meaning.CHOSEN_UNHEARD)));
    long a = forced.command(c -> new Event.Activate(c, false));
    b.run(10_000);
    assertThat(forced.why(a)).isEqualTo(Say.ACTIVE_NOW);
    assertThat(forced.superblock.backup().flagOn()).isFalse();
    assertThat(forced.superblock.cut().status()).isEqualTo(CutStatus.VOID);
  }

  /** The same flag without that decision waits for the word, as before. */
  @Test
  void whoMissedTheEndAndWasNotChosenWaits() {
    Bench b = withCut(2);
    missesTheEnd(b);
    b.node(0).kill();
    b.node(1).start();
    b.record =
        new SetRecord(
            b.record.groupId(),
            b.record.version() + 1,
            b.record.epoch() + 1,
            -1,
            0b11,
            b.record.generation(),
            b.record.stamps().stream().map(s -> io.meikyo.core.partition.Stamp.NONE).toList(),
            1,
            0,
            901,
            CutStatus.VOID);
    b.node(1).give(new Event.RecordSeen(b.record));
    b.run(10);
    long a = b.node(1).command(c -> new Event.Activate(c, false));
    b.run(10_000);
    assertThat(b.node(1).why(a)).isEqualTo(Say.RESTORED_WAITS);
  }

  /** An active that knows of no cut takes the flag of a follower down all the same. */
  @Test
  void anActiveThatKnowsNoCutTakesTheFlagDown() {
    Bench b = withCut(3);
    missesTheEnd(b);
    Node fresh = b.node(2);
    fresh.kill();
    b.run(3000);
    fresh.superblock = Superblock.blank(Bench.identity(2), Bench.GEOMETRY);
    fresh.log = LogTransaction.EMPTY;
    Arrays.fill(fresh.disk, 0);
    fresh.start();
    b.run(3000);
    assertThat(b.record.inSync(2)).isTrue();
    b.node(0).kill();
    b.run(10);
    long a = fresh.command(c -> new Event.Activate(c, false));
    b.run(10_000);
    assertThat(fresh.done(a)).isTrue();
    assertThat(fresh.superblock.cut().cutId()).isZero();

    b.node(1).start();
    b.run(5000);
    assertThat(b.record.inSync(1)).isTrue();
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
  }
}
