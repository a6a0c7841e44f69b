// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import static io.meikyo.sim.FaultScene.MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.meikyo.core.mirror.Say;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.FaultScene.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** A cell of the fault table, played with many seeds, and what was seen in each of them. */
final class FaultCell {
  private static final int SEEDS = 50;

  private final List<Set<String>> seen = new ArrayList<>();

  /** Everything acknowledged is kept. */
  static FaultCell play(Write write, Consumer<FaultScene> fault) {
    return play(write, FaultCell::nothing, fault, false, Replica.Maker.ENGINE);
  }

  /** Only what was flushed is kept. */
  static FaultCell playWithLoss(Write write, Consumer<FaultScene> fault) {
    return play(write, FaultCell::nothing, fault, true, Replica.Maker.ENGINE);
  }

  private static void nothing(FaultScene s) {}

  static FaultCell play(
      Write write,
      Consumer<FaultScene> before,
      Consumer<FaultScene> fault,
      boolean loss,
      Replica.Maker maker) {
    FaultCell cell = new FaultCell();
    for (long seed = 1; cell.seen.size() < SEEDS; seed++) {
      if (FaultScene.fits(seed)) {
        try {
          cell.seen.add(one(new FaultScene(seed, maker), write, before, fault, loss));
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
      }
    }
    return cell;
  }

  private static Set<String> one(
      FaultScene s,
      Write write,
      Consumer<FaultScene> before,
      Consumer<FaultScene> fault,
      boolean loss) {
    s.begin();
    before.accept(s);
    s.reach(write);

    fault.accept(s);

    // Whoever is active now has it, even while the other is still away.
    s.await("somebody serves", () -> s.serving() != null);
    Agent now = s.serving();
    s.ledger.load(false);
    s.await("everything is answered", s.ledger::quiet);
    long[] read = s.readAll();
    String by = now.server.name;
    int lost = s.ledger.assertFlushed(read, by);
    if (loss) {
      s.saw(lost > 0, "something acknowledged is lost");
      s.saw(lost == 0, "nothing acknowledged is lost");
      s.ledger.believe(read);
    } else {
      s.ledger.assertAcknowledged(read, by);
    }

    // Life goes on until the fault is over and everything is well.
    s.ledger.load(true);
    s.pass(s.prng.between(10L, 60L) * MS);
    s.awaitEnd();
    boolean failover = s.w.authority.record().active() != s.active.id;
    s.saw(failover, "failover");
    s.saw(!failover, "no failover");
    s.ledger.load(false);
    assertThat(new HealPhase(s.w).run()).as("healed").isTrue();

    s.await("in sync in the end", s::whole);
    s.ledger.assertAcknowledged(s.readAll(), "the active in the end");
    long[] a = s.w.servers[0].disk.visible();
    long[] b = s.w.servers[1].disk.visible();
    assertThat(Arrays.equals(a, b)).as("both replicas are equal").isTrue();
    s.ledger.assertAcknowledged(b, "the disk in the end");
    return s.seen;
  }

  /** An old image is put in place of a replica. */
  static FaultCell playWithImage(Write write, boolean atActive) {
    Server.Image[] image = {null};
    Consumer<FaultScene> before =
        s -> {
          s.await("writes before the image", () -> s.ledger.acknowledged >= 20);
          s.designate();
          Server victim = atActive ? s.active : s.standby;
          image[0] = s.w.servers[victim.id].image();
          if (atActive) {
            // The cluster state learns a newer stamp when the set changes.
            s.standby.keptDown = true;
            s.standby.killAgent("so that the set changes");
            s.await("it is alone", () -> s.w.authority.record().inSyncMask() != 3);
            s.standby.keptDown = false;
            s.standby.startLater();
            s.await("in sync again", s::whole);
          }
          s.await("its image is known as old", () -> isOld(s, victim, image[0], atActive));
        };
    Consumer<FaultScene> fault =
        s -> {
          Server victim = atActive ? s.active : s.standby;
          s.saw(s.ledger.olderIn(image[0].data()) > 0, "the image was older");
          victim.powerLoss();
          assertThat(isOld(s, victim, image[0], atActive)).isTrue();
          victim.restore(image[0]);
          victim.notBelieved = true;
          victim.fullFollow = false;
          s.saw(
              victim.meta.superblock().stamp().equals(image[0].stamp())
                  && Arrays.equals(victim.disk.visible(), image[0].data()),
              "rolled back");
          s.w.after(s.prng.exponential(s.w.o.downMean), victim::powerOn);
          s.isOver(victim::runs);
          if (atActive && s.prng.chance(0.5)) {
            s.await("it is back", () -> victim.agent != null && victim.agent.attached());
            s.activate(
                victim,
                done -> {
                  assertThat(done.ok()).as("an old image leads").isFalse();
                  s.saw(done.why() == Say.ROLLED_BACK_HERE, "refused to lead");
                });
          }
        };
    return play(write, before, fault, false, Replica.Maker.ENGINE);
  }

  /** The other replica expects a newer stamp; of an active also the cluster state knows one. */
  private static boolean isOld(FaultScene s, Server victim, Server.Image image, boolean byRecord) {
    Superblock old = image.meta().superblock();
    long newest = Math.max(old.stamp().counter(), old.stampPending().counter());
    PeerSlot there = s.w.servers[1 - victim.id].meta.superblock().peers().get(victim.id);
    return !there.accepts(old.stamp())
        && !there.accepts(old.stampPending())
        && (!byRecord || s.w.authority.record().stamps().get(victim.id).counter() > newest);
  }

  // ---- what was seen

  /** In every seed at least one of these. */
  void always(String... any) {
    List<Set<String>> without = seen.stream().filter(one -> !hasAny(one, any)).toList();
    if (!without.isEmpty()) {
      fail(
          "%s of %s seeds without %s; one of them saw %s",
          without.size(), seen.size(), List.of(any), without.getFirst());
    }
  }

  /** In at least one seed. */
  void sometimes(String what) {
    if (seen.stream().noneMatch(one -> one.contains(what))) {
      Set<String> all = new TreeSet<>();
      seen.forEach(all::addAll);
      fail("no seed with \"%s\"; all that was seen: %s", what, all);
    }
  }

  void never(String what) {
    long with = seen.stream().filter(one -> one.contains(what)).count();
    assertThat(with).as("seeds with " + what).isZero();
  }

  private static boolean hasAny(Set<String> one, String... any) {
    return Arrays.stream(any).anyMatch(one::contains);
  }
}
