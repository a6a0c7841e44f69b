// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.DiskState;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * At any instant at most one instance of a group acts: laws behind the leases (rules R5, R16).
 *
 * <p>Excused, since nothing inside a machine can help it: a machine that stands still, and the
 * moment after it goes on; and where there is no watchdog, a machine whose service is dead, stands
 * still or has not yet read what it owns. A watchdog excuses nothing.
 */
final class Instances {
  private static final long MOMENT = 40 * ControlOptions.MS;

  private final ControlWorld w;
  private final Map<String, Long> blindAt = new HashMap<>();
  private final Map<String, Long> aloneSince = new HashMap<>();
  private final Map<String, Long> stoodStillAt = new HashMap<>();

  Instances(ControlWorld w) {
    this.w = w;
  }

  void begins(Machine m, String group) {
    for (Machine other : w.servers()) {
      if (other != m && other.powered && other.things.acts(group)) {
        two(m, other, group);
      }
    }
  }

  /** Both act. */
  private void two(Machine a, Machine b, String group) {
    if (excused(a) || excused(b)) {
      w.cover.hit("two instances, excused");
      return;
    }
    Judge.check(false, 2, group, " acts on ", a.name, " and on ", b.name, " at once");
  }

  private boolean excused(Machine m) {
    if (m.still() || w.now() - m.stillUntil < MOMENT) {
      w.cover.hit("excused, stood still");
      return true;
    }
    if (!w.o.watchdog && wasBlind(m)) {
      w.cover.hit("excused, nobody looked after it");
      return true;
    }
    return false;
  }

  private boolean wasBlind(Machine m) {
    notice(m);
    Long at = blindAt.get(m.name);
    return at != null
        && w.now() - at < w.o.budget() + w.o.timing.leaseTtl() + 1000 * ControlOptions.MS;
  }

  private void notice(Machine m) {
    Service s = m.service;
    if (m.powered && (s == null || s.dead || s.still() || !s.configured)) {
      blind(m);
    }
    if (m.still()) {
      stoodStillAt.put(m.name, w.now());
    }
  }

  void blind(Machine m) {
    blindAt.put(m.name, w.now());
  }

  void down(Machine m) {
    aloneSince.remove(m.name);
  }

  void look() {
    for (Machine a : w.servers()) {
      for (String group : a.things.acting()) {
        for (Machine b : w.servers()) {
          if (a.name.compareTo(b.name) < 0 && b.things.acts(group)) {
            two(a, b, group);
          }
        }
      }
    }
  }

  void sweep() {
    for (Machine m : w.servers()) {
      notice(m);
      alone(m);
    }
    look();
  }

  /** Rule R16: who is cut off from everybody stops what others may take, in time. */
  private void alone(Machine m) {
    boolean cut = m.powered;
    for (Machine other : w.machines.values()) {
      if (other != m) {
        cut &= w.net.isCut(ControlNet.Net.CONTROL, m.name, other.name);
        cut &= w.net.isCut(ControlNet.Net.MIRROR, m.name, other.name);
      }
    }
    if (!cut) {
      aloneSince.remove(m.name);
      return;
    }
    long since = aloneSince.computeIfAbsent(m.name, n -> w.now());
    Long stood = stoodStillAt.get(m.name);
    if (stood != null && stood > since) {
      aloneSince.put(m.name, stood);
      return;
    }
    long bound =
        w.o.timing.leaseTtl()
            + w.o.agentSilence
            + w.o.budget()
            + (w.o.timing.leaseTtl() + w.o.budget()) / 50
            + 600 * ControlOptions.MS;
    if (w.now() - since < bound || (!w.o.watchdog && wasBlind(m))) {
      return;
    }
    w.cover.hit("alone for longer than the budget");
    for (String group : m.things.acting()) {
      Judge.check(
          group.equals("g1") && onlyMember(m),
          Judge.RULE + 16,
          m.name,
          " is alone for ",
          (w.now() - since) / 1_000_000,
          " ms and ",
          group,
          " acts");
      w.cover.hit("alone, and goes on");
    }
  }

  private boolean onlyMember(Machine m) {
    @Nullable DiskState disk = w.judge.truth().disks().get(ConfigBook.DISK);
    return disk != null && disk.record().inSyncMask() == 1 << m.replica;
  }
}
