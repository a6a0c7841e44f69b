// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.Bench.Node;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.RestoredImage;
import org.junit.jupiter.api.Test;

/** The role is given back at a cut, and flag and cut stay for servers that are shut down. */
class SealTest {
  private static final long HOLD = 900;
  private static final long CUT = 901;

  private static Bench withCut(long deadlineMs) {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(10);
    b.node(0).command(c -> new Event.Hold(c, HOLD, b.now + deadlineMs * Bench.MS, true, 1234));
    b.run(50);
    b.node(0).command(k -> new Event.Cut(k, CUT));
    b.run(50);
    return b;
  }

  private static long seal(Bench b) {
    long command = b.node(0).command(Event.Seal::new);
    b.run(200);
    return command;
  }

  private static Bench sealed() {
    Bench b = withCut(60_000);
    assertThat(b.node(0).why(seal(b))).isEqualTo(Say.SEALED);
    return b;
  }

  private static void assertImages(Bench b) {
    for (Node n : b.nodes) {
      assertThat(RestoredImage.flaws(n.superblock, n.log, false)).isEmpty();
      assertThat(n.superblock.cut().cutId()).isEqualTo(CUT);
      assertThat(n.superblock.cut().status()).isEqualTo(CutStatus.PROVEN);
    }
    assertThat(b.node(0).superblock.cut().digestLow())
        .isEqualTo(b.node(1).superblock.cut().digestLow());
    assertThat(b.node(0).disk).isEqualTo(b.node(1).disk);
  }

  private static void offAndOn(Bench b) {
    for (Node n : b.nodes) {
      long detach = n.command(Event.Detach::new);
      b.run(200);
      assertThat(n.done(detach)).isTrue();
    }
    assertImages(b);
    b.nodes.forEach(Node::kill);
    b.nodes.forEach(n -> {
      n.bootId++;
      n.log_.clear();
      n.start();
    });
    b.run(3000);
  }

  @Test
  void bothPartitionsAreImagesAndNobodyIsActive() {
    Bench b = sealed();
    assertThat(b.record.active()).isEqualTo(-1);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.record.holdId()).isEqualTo(HOLD);
    assertThat(b.record.cutStatus()).isEqualTo(CutStatus.PROVEN);
    assertThat(b.node(0).engine.status().role()).isEqualTo(Role.STANDBY);
    assertThat(b.node(0).engine.status().hold()).isEqualTo(HoldState.NONE);
    assertImages(b);
  }

  @Test
  void afterTheServersAreBackTheFlagGoesOffAndNothingIsCopied() {
    Bench b = sealed();
    offAndOn(b);
    assertImages(b);
    long off = b.node(1).command(Event.FlagOff::new);
    b.run(3000);
    assertThat(b.node(1).why(off)).isEqualTo(Say.FLAG_OFF);
    for (Node n : b.nodes) {
      assertThat(n.superblock.backup().flagOn()).isFalse();
      assertThat(n.superblock.cut().status()).isEqualTo(CutStatus.PROVEN);
    }
    long active = b.node(1).command(c -> new Event.Activate(c, false));
    b.run(10_000);
    assertThat(b.node(1).why(active)).isEqualTo(Say.ACTIVE_NOW);
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.record.holdId()).as("the state forgets the hold").isZero();
    assertThat(b.record.cutStatus()).isEqualTo(CutStatus.PROVEN);
    for (Node n : b.nodes) {
      assertThat(n.log_.stream().filter(Effect.DiskWrite.class::isInstance)).isEmpty();
    }
  }

  @Test
  void rule11WhoIsActivatedWithTheFlagOnVoidsItFirst() {
    Bench b = sealed();
    offAndOn(b);
    long active = b.node(0).command(c -> new Event.Activate(c, false));
    b.run(10_000);
    assertThat(b.node(0).why(active)).isEqualTo(Say.ACTIVE_NOW);
    for (Node n : b.nodes) {
      assertThat(n.superblock.backup().flagOn()).isFalse();
    }
    assertThat(b.node(0).superblock.cut().status()).isEqualTo(CutStatus.VOID);
    assertThat(b.record.holdId()).isZero();
    assertThat(b.record.inSyncMask()).isEqualTo(3);
  }

  @Test
  void oneServerAloneTakesItsOwnFlagDown() {
    Bench b = sealed();
    b.node(1).kill();
    b.run(1000);
    long off = b.node(0).command(Event.FlagOff::new);
    b.run(3000);
    assertThat(b.node(0).why(off)).isEqualTo(Say.FLAG_OFF_HERE);
    assertThat(b.node(1).superblock.backup().flagOn()).isTrue();
    long active = b.node(0).command(c -> new Event.Activate(c, false));
    b.run(10_000);
    assertThat(b.node(0).why(active)).isEqualTo(Say.ACTIVE_NOW);
    b.node(1).bootId++;
    b.node(1).start();
    b.run(10_000);
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
    assertThat(b.record.inSyncMask()).isEqualTo(3);
    assertThat(b.record.holdId()).isZero();
  }

  // ---- refused, and broken off

  @Test
  void withoutACutOrWhileSomebodyWritesItIsRefused() {
    Bench b = Bench.inSync(2);
    long elsewhere = b.node(1).command(Event.Seal::new);
    b.run(10);
    assertThat(b.node(1).why(elsewhere)).isEqualTo(Say.NOT_ACTIVE_HERE);
    assertThat(b.node(0).why(seal(b))).isEqualTo(Say.SEAL_NEEDS_CUT);
    Bench c = withCut(60_000);
    long write = c.node(0).write(6, 12);
    assertThat(c.node(0).why(seal(c))).isEqualTo(Say.SEAL_IN_USE);
    c.node(0).command(k -> new Event.Release(k, HOLD));
    c.run(50);
    assertThat(c.node(0).ok(write)).isTrue();
  }

  /** Rule R8: what differs is no image of either, and nobody is to shut down for it. */
  @Test
  void rule8ReplicasThatDifferAreNotGivenBackAsAnImage() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(10);
    b.node(0).command(c -> new Event.Hold(c, HOLD, b.now + 60_000 * Bench.MS, true, 1234));
    b.run(50);
    b.node(1).disk[5] = 12; // it has rotted
    b.node(0).command(k -> new Event.Cut(k, CUT));
    b.run(50);
    assertThat(b.node(0).superblock.cut().status()).isEqualTo(CutStatus.UNEQUAL);
    assertThat(b.node(0).why(seal(b))).isEqualTo(Say.SEAL_NEEDS_CUT);
    assertThat(b.node(0).engine.status().role()).isEqualTo(Role.ACTIVE);
    assertThat(b.node(0).engine.status().hold()).isEqualTo(HoldState.CUT);
  }

  /** No flag was raised: a partition of such a cut would be no image to a restore. */
  @Test
  void aHoldOutsideOfBackupModeIsNotSealed() {
    Bench b = Bench.inSync(2);
    b.node(0).command(c -> new Event.Hold(c, HOLD, b.now + 60_000 * Bench.MS, false, 1234));
    b.run(50);
    b.node(0).command(k -> new Event.Cut(k, CUT));
    b.run(50);
    assertThat(b.node(0).engine.status().hold()).isEqualTo(HoldState.CUT);
    assertThat(b.node(0).why(seal(b))).isEqualTo(Say.SEAL_NEEDS_CUT);
    assertThat(b.node(0).engine.status().role()).isEqualTo(Role.ACTIVE);
  }

  /** What the cut is worth belongs to the image: the role stays until it stands on both. */
  @Test
  void itWaitsForTheVerdictOnBothPartitions() {
    Bench b = Bench.inSync(2);
    b.node(0).write(5, 11);
    b.run(10);
    b.node(0).command(c -> new Event.Hold(c, HOLD, b.now + 60_000 * Bench.MS, true, 1234));
    b.run(50);
    b.node(1).digestStalls = true;
    b.node(0).command(k -> new Event.Cut(k, CUT));
    b.run(50);
    assertThat(b.node(0).engine.status().hold()).isEqualTo(HoldState.CUT);
    long command = b.node(0).command(Event.Seal::new);
    b.run(200);
    assertThat(b.node(0).why(command)).as("no digest of the other yet").isEqualTo(Say.NOTHING);
    assertThat(b.record.active()).isZero();
    b.node(1).diskStalls = true;
    b.node(1).digest();
    b.run(200);
    assertThat(b.node(0).why(command)).as("not on its partition yet").isEqualTo(Say.NOTHING);
    assertThat(b.record.active()).isZero();
    b.node(1).unstall();
    b.run(200);
    assertThat(b.node(0).why(command)).isEqualTo(Say.SEALED);
    assertImages(b);
  }

  /** The other server goes while the role is on its way back: the image is void, and it says so. */
  @Test
  void withoutTheOtherServerItIsVoid() {
    Bench b = withCut(60_000);
    b.authorityUp = false;
    long command = b.node(0).command(Event.Seal::new);
    b.run(50);
    b.node(1).kill();
    b.run(3000);
    b.authorityUp = true;
    b.run(10_000);
    assertThat(b.node(0).done(command)).isFalse();
    assertThat(b.node(0).why(command)).isEqualTo(Say.HOLD_NOT_STANDING);
    assertThat(b.node(0).superblock.backup().flagOn()).isFalse();
    assertThat(b.node(0).superblock.cut().status()).isEqualTo(CutStatus.VOID);
  }

  /** Law 5: it is not decided before the deadline. */
  @Test
  void law5AtTheDeadlineItIsVoid() {
    Bench b = withCut(2_000);
    b.authorityUp = false;
    long command = b.node(0).command(Event.Seal::new);
    b.run(5000);
    assertThat(b.node(0).superblock.cut().status()).isEqualTo(CutStatus.VOID);
    b.authorityUp = true;
    b.run(10_000);
    assertThat(b.node(0).why(command)).isEqualTo(Say.HOLD_NOT_STANDING);
    assertThat(b.record.active()).isEqualTo(-1);
    assertThat(b.node(1).superblock.backup().flagOn()).isFalse();
  }
}
