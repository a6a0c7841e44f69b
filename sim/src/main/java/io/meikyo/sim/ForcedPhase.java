// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.SetRecord;

/**
 * A disaster between the faults and the end of them, in some seeds: every member of the in-sync set
 * loses its power, and the operator says the explicit word for a replica outside it (law 4). From
 * then on its bytes are the truth, and what the others bring back must not mix with them.
 */
final class ForcedPhase {
  private static final long MS = SwarmOptions.MS;

  private final World w;
  private final LastWord word;

  ForcedPhase(World w) {
    this.w = w;
    this.word = new LastWord(w);
  }

  void run() {
    Server x = word.outsider();
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
      word.say(x);
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

  private void pass(long nanos) {
    long until = w.now + nanos;
    while (w.now < until && w.step()) {}
  }
}
