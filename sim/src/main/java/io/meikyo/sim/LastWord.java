// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.Condition;
import org.jspecify.annotations.Nullable;

/** The operator's explicit word for a replica that would never lead by itself (law 4). */
final class LastWord {
  private final World w;

  LastWord(World w) {
    this.w = w;
  }

  /** A replica outside the in-sync set that can be used, or null. */
  @Nullable Server outsider() {
    SetRecord r = w.authority.record();
    if (r.inSyncMask() == 0) {
      return null;
    }
    for (Server s : w.servers) {
      boolean usable = !s.failed && !s.dead && !s.notBelieved && s.ownImage == null && s.powered;
      if (usable && !r.inSync(s.id) && !isBlank(s)) {
        return s;
      }
    }
    return null;
  }

  /** A new disk: it has nothing that could be forced to be the truth. */
  private static boolean isBlank(Server s) {
    Agent a = s.agent;
    return a != null && a.status().condition() == Condition.BLANK;
  }

  /** Says the word, if it can be heard now. */
  void say(Server s) {
    Agent a = s.agent;
    if (a == null || !a.attached() || w.authority.undecided() > 0) {
      return;
    }
    long id = w.id();
    a.forcing = true;
    w.tell("ctl", "activate " + s.name + " BY FORCE");
    a.command(
        new Event.Activate(id, true),
        id,
        done -> {
          if (done.ok() && a.alive) {
            w.fronts[s.id].start(a);
          }
        });
  }
}
