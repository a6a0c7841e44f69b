// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.SetRecord;
import org.jspecify.annotations.Nullable;

/**
 * A disaster between the faults and the end of them, in some seeds: every member of the in-sync set
 * loses its power, and the operator says the explicit word for a replica outside it (law 4). From
 * then on its bytes are the truth, and what the others bring back must not mix with them.
 */
final class ForcedPhase {
  private static final long MS = SwarmOptions.MS;

  private final World w;

  ForcedPhase(World w) {
    this.w = w;
  }

  void run() {
    Server x = candidate();
    if (!w.o.forced || x == null) {
      return;
    }
    w.tell("----", "disaster: only " + x.name + " is left, and it is not in sync");
    for (Server s : w.servers) {
      if (s != x) {
        s.keptDown = true;
        s.powerLoss();
      }
    }
    long before = w.authority.record().epoch();
    for (int tries = 0; tries < 20 && !leads(x, before); tries++) {
      Agent a = x.agent;
      if (a != null && a.attached() && w.authority.undecided() == 0) {
        long id = w.id();
        a.forcing = true;
        w.tell("ctl", "activate " + x.name + " BY FORCE");
        a.command(
            new Event.Activate(id, true),
            id,
            done -> {
              if (done.ok() && a.alive) {
                w.fronts[x.id].start(a);
              }
            });
      }
      pass(20 * MS);
    }
    if (leads(x, before)) {
      pass(40 * MS);
    }
    for (Server s : w.servers) {
      s.keptDown = false;
      s.powerOn();
    }
    pass(100 * MS);
  }

  private boolean leads(Server x, long epochBefore) {
    SetRecord r = w.authority.record();
    return r.active() == x.id && r.epoch() > epochBefore;
  }

  private @Nullable Server candidate() {
    SetRecord r = w.authority.record();
    if (r.inSyncMask() == 0) {
      return null;
    }
    for (Server s : w.servers) {
      boolean usable = !s.failed && !s.dead && !s.notBelieved && s.ownImage == null && s.powered;
      if (usable && !r.inSync(s.id)) {
        return s;
      }
    }
    return null;
  }

  private void pass(long nanos) {
    long until = w.now + nanos;
    while (w.now < until && w.step()) {}
  }
}
