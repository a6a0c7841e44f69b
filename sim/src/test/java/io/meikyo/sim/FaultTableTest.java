// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import static io.meikyo.sim.FaultScene.MS;
import static io.meikyo.sim.FaultScene.Write.ACKNOWLEDGED;
import static io.meikyo.sim.FaultScene.Write.FLUSHED;

import io.meikyo.core.mirror.Role;
import io.meikyo.sim.FaultScene.Write;
import org.junit.jupiter.api.Test;

/**
 * One test for each cell of the fault table (docs/fault-table.md). Each plays one fault in many
 * clusters, and looks at what the page promises and says: that the writes are read back, that both
 * replicas end equal and in sync, and what the operator was told.
 */
class FaultTableTest {

  // ---- process killed

  @Test
  void processKilledAtActiveAcknowledged() {
    processKilledAtActive(ACKNOWLEDGED);
  }

  @Test
  void processKilledAtActiveFlushed() {
    processKilledAtActive(FLUSHED);
  }

  private static void processKilledAtActive(Write write) {
    FaultCell cell = FaultCell.play(write, s -> kill(s, s.active));
    cell.always("killed");
    cell.always("failover", "active: MET_IN_SYNC_UNRECONCILED");
    cell.sometimes("failover");
    cell.sometimes("active: MET_IN_SYNC_UNRECONCILED");
  }

  @Test
  void processKilledAtStandbyAcknowledged() {
    processKilledAtStandby(ACKNOWLEDGED);
  }

  @Test
  void processKilledAtStandbyFlushed() {
    processKilledAtStandby(FLUSHED);
  }

  private static void processKilledAtStandby(Write write) {
    FaultCell cell = FaultCell.play(write, s -> kill(s, s.standby));
    cell.always("killed");
    cell.never("failover");
    cell.always("active: PEER_LOST");
    cell.always("active: MET_STILL_IN_SYNC", "active: SHRINK_PROPOSED");
    cell.sometimes("active: MET_STILL_IN_SYNC");
    cell.sometimes("active: SHRINK_PROPOSED");
  }

  private static void kill(FaultScene s, Server at) {
    Agent victim = at.agent;
    at.killAgent("fault table");
    s.saw(victim != null && !victim.alive, "killed");
    s.isOver(() -> at.runs());
  }

  // ---- power

  @Test
  void powerLostAtActiveAcknowledged() {
    powerLostAtActive(ACKNOWLEDGED);
  }

  @Test
  void powerLostAtActiveFlushed() {
    powerLostAtActive(FLUSHED);
  }

  private static void powerLostAtActive(Write write) {
    FaultCell cell = FaultCell.play(write, s -> powerLoss(s, s.active));
    cell.always("power lost");
    cell.always("failover");
    cell.always("active: CACHE_LOST_HERE");
    cell.always("standby: MET_CACHE_LOST");
  }

  @Test
  void powerLostAtStandbyAcknowledged() {
    powerLostAtStandby(ACKNOWLEDGED);
  }

  @Test
  void powerLostAtStandbyFlushed() {
    powerLostAtStandby(FLUSHED);
  }

  private static void powerLostAtStandby(Write write) {
    FaultCell cell =
        FaultCell.play(
            write,
            s -> {
              powerLoss(s, s.standby);
              if (write == FLUSHED) {
                s.ledger.assertDurable(s.standby);
              }
            });
    cell.always("power lost");
    cell.never("failover");
    cell.always("active: PEER_LOST");
    cell.always("active: SHRINK_PROPOSED");
    cell.always("active: MET_CACHE_LOST");
  }

  @Test
  void powerLostAtBothAcknowledged() {
    FaultCell cell = powerLostAtBoth(ACKNOWLEDGED);
    cell.sometimes("something acknowledged is lost");
  }

  @Test
  void powerLostAtBothFlushed() {
    FaultCell cell = powerLostAtBoth(FLUSHED);
    cell.sometimes("nothing acknowledged is lost");
  }

  private static FaultCell powerLostAtBoth(Write write) {
    FaultCell cell =
        FaultCell.playWithLoss(
            write,
            s -> {
              powerLoss(s, s.active);
              s.pass(s.prng.below(1000));
              powerLoss(s, s.standby);
            });
    cell.always("power lost");
    cell.always("active: CACHE_LOST_HERE");
    cell.always("standby: CACHE_LOST_HERE");
    cell.sometimes("active: CACHE_LOST_PEER_UNKNOWN");
    cell.sometimes("standby: CACHE_LOST_PEER_UNKNOWN");
    cell.sometimes("failover");
    cell.sometimes("no failover");
    return cell;
  }

  static void powerLoss(FaultScene s, Server at) {
    long before = s.counted("power loss/");
    at.powerLoss();
    s.saw(s.counted("power loss/") == before + 1, "power lost");
    s.w.after(s.prng.exponential(s.w.o.downMean), at::powerOn);
    s.isOver(() -> at.runs());
  }

  // ---- disk error

  @Test
  void diskErrorAtActiveAcknowledged() {
    diskErrorAtActive(ACKNOWLEDGED);
  }

  @Test
  void diskErrorAtActiveFlushed() {
    diskErrorAtActive(FLUSHED);
  }

  private static void diskErrorAtActive(Write write) {
    FaultCell cell = FaultCell.play(write, s -> diskError(s, s.active));
    cell.always("disk error");
    cell.always("failover");
    cell.always(
        "active: DATA_PARTITION_FAILED",
        "active: FLUSH_FAILED",
        "active: CLUSTER_PARTITION_FAILED");
    cell.sometimes("active: DATA_PARTITION_FAILED");
    cell.sometimes("active: CLUSTER_PARTITION_FAILED");
    if (write == FLUSHED) {
      cell.sometimes("active: FLUSH_FAILED");
    }
  }

  @Test
  void diskErrorAtStandbyAcknowledged() {
    diskErrorAtStandby(ACKNOWLEDGED);
  }

  @Test
  void diskErrorAtStandbyFlushed() {
    diskErrorAtStandby(FLUSHED);
  }

  private static void diskErrorAtStandby(Write write) {
    FaultCell cell = FaultCell.play(write, s -> diskError(s, s.standby));
    cell.always("disk error");
    cell.never("failover");
    cell.always("active: PEER_SAID_GOODBYE", "active: PEER_LOST");
    cell.sometimes("active: PEER_SAID_GOODBYE");
    cell.always("active: SHRINK_PROPOSED");
    cell.sometimes("active: MET_PEER_FAILED");
  }

  /** The next operation fails, or all of them from now on; later the disk is replaced. */
  private static void diskError(FaultScene s, Server at) {
    if (s.prng.chance(0.3)) {
      at.dead = true;
    } else {
      at.failNext = 1;
    }
    Agent a = at.agent;
    s.await("the disk fails", () -> s.counted("disk error/") > 0);
    s.saw(s.counted("disk error/") > 0, "disk error");
    // Whoever replaces it takes a while.
    at.failed = false;
    s.w.after(
        s.prng.between(50L, 150L) * MS,
        () -> {
          at.failed = true;
        });
    s.await("its role ends", () -> a == null || !a.alive || a.status().role() == Role.FAILED);
    if (s.prng.chance(0.5)) {
      // A new life of the agent finds the disk marked as failed, if that could be written.
      s.pass(s.prng.below(20 * (int) MS));
      at.killAgent("restarted by hand");
    }
    s.isOver(() -> s.counted("failed disk replaced") > 0 && at.runs());
  }

  // ---- link cut

  @Test
  void linkCutAcknowledged() {
    linkCut(ACKNOWLEDGED);
  }

  @Test
  void linkCutFlushed() {
    linkCut(FLUSHED);
  }

  private static void linkCut(Write write) {
    FaultCell cell =
        FaultCell.play(
            write,
            s -> {
              Link link = s.w.links[0][1];
              long nanos = s.prng.between(40L, 300L) * MS;
              link.cut(s.prng.chance(0.7) ? 3 : 1 + s.prng.below(2), nanos);
              s.saw(link.isCut(), "cut");
              s.isOver(() -> !link.isCut());
              if (s.prng.chance(0.5)) {
                // The controller loses sight of the active and moves the service; sometimes the
                // active loses sight of the cluster state, too.
                if (s.prng.chance(0.5)) {
                  s.w.authority.cut(s.active, nanos);
                }
                // The standby follows until it has noticed the cut, and refuses until then.
                s.pass(s.prng.between(1L, 60L) * MS);
                s.activate(s.standby, done -> s.saw(done.ok(), "taken over"));
                s.pass(s.prng.between(20L, 100L) * MS);
              }
            });
    cell.always("cut");
    cell.always("active: SHRINK_PROPOSED", "failover");
    cell.sometimes("no failover");
    cell.sometimes("failover");
    cell.sometimes("taken over");
    cell.sometimes("active: SUPERSEDED");
  }

  // ---- long pause

  @Test
  void longPauseAtActiveAcknowledged() {
    longPauseAtActive(ACKNOWLEDGED);
  }

  @Test
  void longPauseAtActiveFlushed() {
    longPauseAtActive(FLUSHED);
  }

  private static void longPauseAtActive(Write write) {
    FaultCell cell =
        FaultCell.play(
            write,
            s -> {
              pause(s, s.active);
              if (s.prng.chance(0.5)) {
                // When it wakes up, it hears of the other active first from that one.
                s.w.authority.cut(s.active, s.prng.between(500L, 600L) * MS);
              }
            });
    cell.always("pause");
    cell.always("failover");
    cell.always("active: SUPERSEDED");
    cell.sometimes("standby: MET_BOTH_ACTIVE_NEWER_HERE");
  }

  @Test
  void longPauseAtStandbyAcknowledged() {
    longPauseAtStandby(ACKNOWLEDGED);
  }

  @Test
  void longPauseAtStandbyFlushed() {
    longPauseAtStandby(FLUSHED);
  }

  private static void longPauseAtStandby(Write write) {
    FaultCell cell = FaultCell.play(write, s -> pause(s, s.standby));
    cell.always("pause");
    cell.never("failover");
    cell.always("active: PEER_TOO_SLOW", "active: PEER_SILENT");
    cell.always("active: SHRINK_PROPOSED");
  }

  private static void pause(FaultScene s, Server at) {
    Agent a = at.agent;
    if (a == null) {
      throw new AssertionError("nobody to pause");
    }
    a.standStill(s.prng.between(200L, 500L) * MS);
    s.saw(a.standsStill(), "pause");
    s.isOver(() -> !a.standsStill());
  }

  // ---- image rolled back

  @Test
  void rolledBackAtActiveAcknowledged() {
    rolledBackAtActive(ACKNOWLEDGED);
  }

  @Test
  void rolledBackAtActiveFlushed() {
    rolledBackAtActive(FLUSHED);
  }

  private static void rolledBackAtActive(Write write) {
    FaultCell cell = FaultCell.playWithImage(write, true);
    cell.always("rolled back");
    cell.always("failover");
    cell.sometimes("active: ROLLED_BACK_HERE");
    cell.always("standby: MET_ROLLED_BACK");
    cell.sometimes("the image was older");
    cell.sometimes("refused to lead");
  }

  @Test
  void rolledBackAtStandbyAcknowledged() {
    rolledBackAtStandby(ACKNOWLEDGED);
  }

  @Test
  void rolledBackAtStandbyFlushed() {
    rolledBackAtStandby(FLUSHED);
  }

  private static void rolledBackAtStandby(Write write) {
    FaultCell cell = FaultCell.playWithImage(write, false);
    cell.always("rolled back");
    cell.never("failover");
    cell.always("active: MET_ROLLED_BACK", "active: MET_OLDER_CUT", "active: MET_STAMP_UNKNOWN");
    cell.sometimes("the image was older");
  }
}
