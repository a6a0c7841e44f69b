// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.sim.Prng;
import org.jspecify.annotations.Nullable;

/**
 * One server or witness: power, boot-time clock, and what runs on it. Its clock goes on while the
 * machine stands still and begins anew at each boot.
 */
final class Machine {
  final ControlWorld w;
  final String name;
  final boolean witness;
  final Voter voter;
  final Prng prng;

  /** Number of its replica; -1 if it has none. */
  final int replica;

  final Things things;
  final @Nullable ReplicaModel agent;
  @Nullable Service service;

  boolean powered;
  int boots;

  /** The machine stands still until then, real time. */
  long stillUntil;

  // What the service keeps on disk.
  long life;
  boolean founded;
  StartMode startMode = StartMode.AUTO;
  boolean running;
  int journalBoot;

  /** What it does at its next boot, by a word that was given on it; null if none was. */
  @Nullable StartMode nextStart;

  /** It was booted while it was held, and was not started for that. */
  boolean bootedHeld;

  /** Not started at boot, since backup mode was on; it must start by itself when that is over. */
  boolean held;

  @Nullable String lastConfig;

  private double rate = 1;
  private long clockAt;
  private long clockThen;

  /** Counts the watchdog's settings, so that a former one does nothing. */
  private long watchdog;

  /** It counts down. */
  private boolean armed;

  Machine(ControlWorld w, String name, Prng prng) {
    this.w = w;
    this.name = name;
    this.prng = prng;
    this.witness = name.startsWith("witness");
    this.voter = new Voter(name + "#1", name + ":1");
    this.replica = w.o.replicas.indexOf(name);
    this.running = true;
    this.things = new Things(this, prng.fork());
    this.agent = replica < 0 ? null : new ReplicaModel(this, prng.fork());
  }

  MemberRole role() {
    return witness ? MemberRole.WITNESS : MemberRole.SERVER;
  }

  // ---- time

  /** The boot-time clock, ns. */
  long local() {
    return clockThen + (long) ((w.now() - clockAt) * rate);
  }

  /** Real time until the boot-time clock shows this, ns; at least 0. */
  long untilLocal(long local) {
    return Math.max(0, (long) Math.ceil((local - local()) / rate));
  }

  /** Real time that so much of this machine's time takes. */
  long real(long nanos) {
    return (long) Math.ceil(nanos / rate);
  }

  boolean still() {
    return w.now() < stillUntil;
  }

  /** It stands still for so long, with all that runs on it. */
  void pause(long nanos) {
    stillUntil = Math.max(stillUntil, w.now() + nanos);
    w.consensus.pause(voter.id(), stillUntil - w.now());
    w.clock.tell(name, "MACHINE STANDS STILL for " + nanos / 1_000_000 + " ms");
  }

  /** Does it when the machine goes on; never, if this boot is over by then. */
  void when(int boot, Runnable task) {
    if (!powered || boots != boot) {
      return;
    }
    if (still()) {
      w.clock.after(stillUntil - w.now(), () -> when(boot, task));
    } else {
      task.run();
    }
  }

  /** In so much of this machine's time, if it is still up then. */
  void after(long localNanos, Runnable task) {
    int boot = boots;
    w.clock.after(real(localNanos), () -> when(boot, task));
  }

  // ---- power

  void powerOn() {
    if (powered) {
      return;
    }
    powered = true;
    boots++;
    stillUntil = 0;
    double spread = w.o.clockSpread;
    rate = 1 + spread * (2 * prng.fraction() - 1);
    if (prng.chance(0.5)) {
      rate = prng.chance(0.5) ? 1 + spread : 1 - spread;
    }
    clockAt = w.now();
    clockThen = prng.between(1_000_000_000L, 1_000_000_000_000L);
    w.clock.tell(name, "POWER ON");
    if (agent != null) {
      after(prng.exponential(100_000_000L), agent::begin);
    }
    after(prng.exponential(200_000_000L), this::startService);
  }

  /** Nothing of it acts from here on. */
  void powerOff(String why) {
    if (!powered) {
      return;
    }
    w.clock.tell(name, "POWER OFF: " + why);
    powered = false;
    armed = false;
    killService();
    if (agent != null) {
      agent.kill();
    }
    things.gone();
    w.judge.wentDown(this);
  }

  /** Down at once, and up again by itself. */
  void reset(String why) {
    powerOff(why);
    int boot = boots;
    w.clock.after(
        prng.exponential(w.o.powerBack),
        () -> {
          if (boots == boot) {
            powerOn();
          }
        });
  }

  // ---- the service process

  void startService() {
    Service s = service;
    if (powered && (s == null || s.dead)) {
      Service next = new Service(this);
      service = next;
      next.begin();
    }
  }

  void killService() {
    Service s = service;
    if (s != null && !s.dead) {
      s.kill();
      w.judge.serviceDied(this);
    }
    service = null;
  }

  /** The service dies and is started again, as its manager does. */
  void crashService() {
    killService();
    after(prng.exponential(w.o.serviceRestart), this::startService);
  }

  /** True if its service works now. */
  boolean serviceWorks() {
    Service s = service;
    return powered && !still() && s != null && !s.dead && !s.still();
  }

  // ---- the watchdog

  /** Unless fed again, the machine is reset when the budget is over. */
  void feed() {
    if (!w.o.watchdog || witness) {
      return;
    }
    armed = true;
    long mine = ++watchdog;
    int boot = boots;
    w.clock.after(
        real(w.o.budget()),
        () -> {
          if (mine == watchdog && powered && boots == boot) {
            w.cover.hit("watchdog bites");
            reset("watchdog");
          }
        });
  }

  /** Something starts: from now on it must be fed; where it is set already, that is no food. */
  void arm() {
    if (!armed) {
      feed();
    }
  }

  /** Nothing runs here that it would have to stop. */
  void disarm() {
    armed = false;
    watchdog++;
  }
}
