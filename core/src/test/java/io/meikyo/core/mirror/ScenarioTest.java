// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.Superblock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short stories, each one thing that a reader of the engine should be able to follow. */
class ScenarioTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void newReplicasBecomeInSync(int replicas) {
    Bench b = Bench.inSync(replicas);
    assertThat(b.record.active()).isZero();
    assertThat(b.record.inSyncMask()).isEqualTo((1 << replicas) - 1);
  }

  @Test
  void aWriteIsOnBothDisksWhenItIsAcknowledged() {
    Bench b = Bench.inSync(2);
    long w = b.node(0).write(5, 11, 12, 13);
    b.run(1);
    assertThat(b.node(0).ok(w)).isTrue();
    assertThat(b.node(1).disk[6]).isEqualTo(12);
    long r = b.node(0).read(5, 3);
    b.run(1);
    assertThat(b.node(0).answer(r)).containsExactly(11, 12, 13);
  }

  @Test
  void manyExtentsGoThroughASmallLog() {
    Bench b = Bench.inSync(2);
    long last = 0;
    for (int i = 0; i < 64; i += 3) {
      last = b.node(0).write(i, 100 + i);
    }
    b.run(50);
    assertThat(b.node(0).ok(last)).isTrue();
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
  }

  /** Law 3. */
  @Test
  void aWriteWaitsUntilTheLostPeerHasLeftTheSet() {
    Bench b = Bench.inSync(2);
    b.authorityUp = false;
    b.cut(0, 1, true);
    long w = b.node(0).write(5, 11);
    b.run(3000);
    assertThat(b.node(0).ok(w)).isFalse();
    b.authorityUp = true;
    b.run(5000);
    assertThat(b.node(0).ok(w)).isTrue();
    assertThat(b.record.inSyncMask()).isEqualTo(1);
    b.cut(0, 1, false);
    b.run(2000);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.node(1).disk[5]).isEqualTo(11);
  }

  /** Law 4: the operator's word chooses among data; it does not make data of a new disk. */
  @Test
  void aNewDiskIsNotActivatedOverWhatOthersHaveHeldEvenByForce() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(10);
    b.cut(0, 1, true);
    b.node(0).kill();
    b.node(1).kill();
    b.node(1).superblock = Superblock.blank(Bench.identity(1), Bench.GEOMETRY);
    b.node(1).log = LogTransaction.EMPTY;
    b.node(1).start();
    long forced = b.node(1).command(c -> new Event.Activate(c, true));
    b.run(5000);
    assertThat(b.node(1).commands.get(forced).why()).isEqualTo(Say.BLANK_HERE);
    assertThat(b.record.active()).isZero();

    // The other one has lost its disk too: then there is nothing left to lose.
    b.node(0).superblock = Superblock.blank(Bench.identity(0), Bench.GEOMETRY);
    b.node(0).log = LogTransaction.EMPTY;
    b.node(0).start();
    b.cut(0, 1, false);
    b.run(1000);
    long again = b.node(1).command(c -> new Event.Activate(c, true));
    b.run(10_000);
    assertThat(b.node(1).commands.get(again).ok()).isTrue();
    assertThat(b.record.active()).isOne();
  }

  @Test
  void aStandbyTakesOverAndTheFormerActiveIsRecovered() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(10);
    b.node(0).kill();
    long a = b.node(1).command(c -> new Event.Activate(c, false));
    b.run(10_000);
    assertThat(b.node(1).done(a)).isTrue();
    assertThat(b.record.active()).isEqualTo(1);
    assertThat(b.record.inSyncMask()).isEqualTo(2);
    b.node(1).write(6, 12);
    b.node(0).start();
    b.run(3000);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
  }

  @Test
  void aRestartedAgentGoesOnWithoutLeavingTheSet() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(10);
    b.node(0).kill();
    b.node(0).start();
    b.run(10);
    b.node(0).command(c -> new Event.Activate(c, false));
    long w = b.node(0).write(7, 13);
    b.run(400);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    long r = b.node(0).read(5, 1);
    b.run(10);
    assertThat(b.node(0).answer(r)).containsExactly(11);
    assertThat(w).isPositive();
  }

  @Test
  void theRoleIsHandedOver() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    long d = b.node(0).command(Event.Deactivate::new);
    b.run(100);
    assertThat(b.node(0).done(d)).isTrue();
    long a = b.node(1).command(c -> new Event.Activate(c, false));
    b.run(300);
    assertThat(b.node(1).done(a)).isTrue();
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    long w = b.node(1).write(6, 12);
    b.run(1000);
    assertThat(b.node(1).ok(w)).isTrue();
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
  }

  /** Cut off from all, so that nobody takes the role back: it is lost all the same. */
  @Test
  void theRoleIsLetGoOfWithoutAnybody() {
    Bench b = Bench.inSync(2);
    b.authorityUp = false;
    b.cut(0, 1, true);
    long w = b.node(0).write(5, 11);
    b.run(3000);
    long d = b.node(0).command(Event.Deactivate::new);
    b.run(1000);
    assertThat(b.node(0).done(d)).isFalse();
    long l = b.node(0).command(Event.LetGo::new);
    b.run(10);
    assertThat(b.node(0).done(l)).isTrue();
    assertThat(b.node(0).why(l)).isEqualTo(Say.LET_GO);
    assertThat(b.node(0).ok(w)).isFalse();
    long r = b.node(0).read(5, 1);
    b.run(10);
    assertThat(b.node(0).ok(r)).isFalse();
    b.authorityUp = true;
    b.cut(0, 1, false);
    b.run(100);
    // Nobody took over meanwhile: it may have the role again, and goes on with the peer in the set.
    long a = b.node(0).command(c -> new Event.Activate(c, false));
    b.run(3000);
    assertThat(b.node(0).done(a)).isTrue();
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    long again = b.node(0).write(6, 12);
    b.run(1000);
    assertThat(b.node(0).ok(again)).isTrue();
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
  }

  @Test
  void anOnlineBackupHoldsCutsProvesAndReleases() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(10);
    long h = b.node(0).command(c -> new Event.Hold(c, 900, b.now + 60_000 * Bench.MS, true, 1));
    b.run(50);
    assertThat(b.node(0).why(h)).isEqualTo(Say.HOLD_STANDS);
    long w = b.node(0).write(6, 12);
    long c = b.node(0).command(k -> new Event.Cut(k, 901));
    b.run(50);
    assertThat(b.node(0).why(c)).isEqualTo(Say.CUT_STANDS);
    assertThat(b.node(0).ok(w)).isFalse();
    assertThat(b.node(0).snapshots.get(901L)).isEqualTo(b.node(1).snapshots.get(901L));
    assertThat(b.node(0).superblock.backup().flagOn()).isTrue();
    assertThat(b.node(1).superblock.backup().flagOn()).isTrue();
    assertThat(b.node(0).log.extents()).isEmpty();
    assertThat(b.record.holdId()).isEqualTo(900);
    long e = b.node(0).command(k -> new Event.Release(k, 900));
    b.run(50);
    assertThat(b.node(0).why(e)).isEqualTo(Say.HOLD_RELEASED);
    assertThat(b.node(0).ok(w)).isTrue();
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
    assertThat(b.cutStatus()).isEqualTo(CutStatus.PROVEN);
    assertThat(b.record.holdId()).isZero();
  }

  /** Law 5, rule R11. */
  @Test
  void aForgottenHoldEndsByItselfAndIsVoid() {
    Bench b = Bench.inSync(2);
    b.node(0).command(c -> new Event.Hold(c, 900, b.now + 1000 * Bench.MS, true, 1));
    b.run(50);
    b.node(0).command(k -> new Event.Cut(k, 901));
    long w = b.node(0).write(6, 12);
    b.run(2100);
    assertThat(b.node(0).ok(w)).isTrue();
    assertThat(b.cutStatus()).isEqualTo(CutStatus.VOID);
    assertThat(b.node(1).superblock.cut().status()).isEqualTo(CutStatus.VOID);
    long e = b.node(0).command(k -> new Event.Release(k, 900));
    b.run(10);
    assertThat(b.node(0).why(e)).isEqualTo(Say.HOLD_NOT_STANDING);
  }

  /** Rule R10: release first, then the rest. */
  @Test
  void anAgentThatIsStoppedInAHoldEndsItAndTheImageIsVoid() {
    Bench b = Bench.inSync(2);
    b.node(0).command(c -> new Event.Hold(c, 900, b.now + 60_000 * Bench.MS, true, 1));
    b.run(50);
    b.node(0).command(k -> new Event.Cut(k, 901));
    long w = b.node(0).write(6, 12);
    b.run(50);
    assertThat(b.node(0).ok(w)).isFalse();
    long s = b.node(0).command(Event.BreakHold::new);
    b.run(50);
    assertThat(b.node(0).why(s)).isEqualTo(Say.HOLD_AGENT_STOPS);
    assertThat(b.node(0).ok(w)).isTrue();
    assertThat(b.cutStatus()).isEqualTo(CutStatus.VOID);
    assertThat(b.node(1).superblock.cut().status()).isEqualTo(CutStatus.VOID);
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
    assertThat(b.record.holdId()).isZero();
    long again = b.node(0).command(c -> new Event.BreakHold(c, Say.HOLD_GIVEN_UP));
    b.run(10);
    assertThat(b.node(0).done(again)).isTrue();
    assertThat(b.node(0).why(again)).isEqualTo(Say.HOLD_GIVEN_UP);
  }

  /** Rule R17, law 9. */
  @Test
  void anAsynchronousPeerLagsFirstInMemoryThenInTheHistoryThenInTheDirtyMap() {
    Bench b = new Bench(2);
    b.asyncMask = 0b11;
    b.limits = new EngineConfig.Limits(4, 8, 8, 16);
    b.begin();
    assertThat(b.record.inSyncMask()).isEqualTo(1);
    long w = b.node(0).write(3, 7);
    b.run(5);
    assertThat(b.node(0).ok(w)).isTrue();
    assertThat(b.node(1).disk[3]).isEqualTo(7);
    b.node(1).diskStalls = true;
    for (int i = 0; i < 20; i++) {
      w = b.node(0).write(i, 100 + i);
      b.run(2);
      assertThat(b.node(0).ok(w)).isTrue();
    }
    assertThat(b.node(0).engine.status().peers().getFirst().lagBlocks()).isEqualTo(20);
    assertThat(b.node(0).history).isNotEmpty();
    b.node(1).unstall();
    b.run(50);
    assertThat(b.node(0).engine.status().peers().getFirst().lagBlocks()).isZero();
    assertThat(b.node(1).disk).isEqualTo(b.node(0).disk);
    b.node(1).diskStalls = true;
    for (int i = 0; i < 40; i++) {
      b.node(0).write(i, 200 + i);
      b.run(2);
    }
    b.node(1).unstall();
    b.run(3000);
    assertThat(b.node(0).log_)
        .anyMatch(e -> e instanceof Effect.Tell t && t.say() == Say.ASYNC_OVERFLOW);
    assertThat(b.node(1).log_).anyMatch(e -> e instanceof Effect.KeepConsistentCopy);
    assertThat(b.node(1).disk).isEqualTo(b.node(0).disk);
  }

  /** Rule R17: whatever the reason that it must be compared, a consistent state is kept first. */
  @Test
  void anAsynchronousStandbyThatLostItsCachesKeepsACopyUntilItIsWholeAgain() {
    Bench b = new Bench(2);
    b.asyncMask = 0b11;
    b.begin();
    b.node(0).write(3, 7);
    b.run(100);
    b.node(1).kill();
    b.node(0).write(4, 8);
    b.run(100);
    b.node(1).bootId = 2;
    b.node(1).log_.clear();
    b.node(1).start();
    b.run(3000);
    assertThat(b.node(1).disk).isEqualTo(b.node(0).disk);
    List<String> order = new ArrayList<>();
    for (Effect e : b.node(1).log_) {
      switch (e) {
        case Effect.Tell t when t.say() == Say.FOLLOWS -> order.add("follows " + t.args().get(0));
        case Effect.KeepConsistentCopy _ -> order.add("keep");
        case Effect.DiskWrite _ -> order.add("repair");
        case Effect.DropConsistentCopy _ -> order.add("drop");
        case Effect.WriteSuperblock w -> order.add(w.superblock().condition().name());
        default -> {}
      }
    }
    assertThat(order)
        .containsSubsequence(
            "follows DIFFERENTIAL", "keep", "INCONSISTENT", "repair", "CONSISTENT", "drop");
    assertThat(order.indexOf("drop")).isGreaterThan(order.lastIndexOf("INCONSISTENT"));
    assertThat(order.indexOf("drop")).isGreaterThan(order.indexOf("CONSISTENT"));
  }

  /** Law 9: a lag is stated only of a peer that follows; of one that is away nothing is known. */
  @Test
  void aPeerThatIsAwayFollowsInNoMode() {
    Bench b = Bench.inSync(2);
    assertThat(b.node(0).engine.status().peers().getFirst().mode()).isEqualTo(FollowMode.FULL);
    b.node(1).kill();
    b.run(5);
    assertThat(b.node(0).engine.status().peers().getFirst().mode()).isEqualTo(FollowMode.NONE);
  }

  /** Chunks still dirty after a while of recovery, beside writes that take so long, ms. */
  private static int leftAfterRecoveryBesideWritesOf(int millis) {
    Bench b = new Bench(2);
    b.pace = new EngineConfig.Pace(50 * Bench.MS, 10_000 * Bench.MS, 2, Bench.MS);
    b.begin();
    b.node(1).kill();
    b.run(3000);
    for (int i = 0; i < 64; i += 4) {
      b.node(0).write(i, 100 + i);
      b.run(5);
    }
    b.node(0).command(c -> new Event.SetRecoveryRate(c, 20));
    b.node(1).start();
    b.run(20);
    for (int i = 0; i < 64; i++) {
      b.node(0).diskStalls = millis > 0;
      b.node(0).write(i, 300 + i);
      b.run(millis);
      b.node(0).unstall();
      b.run(10 - millis);
    }
    return (int) b.node(0).engine.status().peers().getFirst().dirtyChunks();
  }

  @Test
  void recoveryGivesWayToAnApplicationThatBecameSlower() {
    int beside = leftAfterRecoveryBesideWritesOf(0);
    assertThat(leftAfterRecoveryBesideWritesOf(6)).isGreaterThan(beside + 3);
  }

  /** What a reader has seen, no failover may take back. */
  @Test
  void aReadWaitsForTheUnconfirmedWriteInItsBlocks() {
    Bench b = Bench.inSync(2);
    b.node(1).diskStalls = true;
    long w = b.node(0).write(5, 11);
    b.run(1);
    long r = b.node(0).read(5, 1);
    long elsewhere = b.node(0).read(9, 1);
    b.run(5);
    assertThat(b.node(0).disk[5]).isEqualTo(11);
    assertThat(b.node(0).replies).doesNotContainKeys(w, r).containsKey(elsewhere);
    b.node(1).unstall();
    b.run(5);
    assertThat(b.node(0).ok(w)).isTrue();
    assertThat(b.node(0).answer(r)).containsExactly(11);
  }

  /** Rule R8. */
  @Test
  void afterARestartReadsOfHotChunksWaitUntilTheyAreReconciled() {
    Bench b = Bench.inSync(2);
    b.node(1).diskStalls = true;
    b.node(0).write(5, 11);
    b.run(5);
    b.cut(0, 1, true);
    b.node(0).kill();
    b.node(1).kill();
    b.node(1).disk[5] = 0; // the write reached the active only, and nobody confirmed it
    b.node(1).diskStalls = false;
    b.node(0).start();
    b.node(1).start();
    b.run(10);
    b.node(0).command(c -> new Event.Activate(c, false));
    b.run(5);
    long hot = b.node(0).read(5, 1);
    b.run(100);
    assertThat(b.node(0).replies).doesNotContainKey(hot);
    b.cut(0, 1, false);
    b.run(300);
    assertThat(b.node(0).answer(hot)).containsExactly(11);
    assertThat(b.node(1).disk[5]).isEqualTo(11);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
  }
}
