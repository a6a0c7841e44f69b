// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.mirror.SetRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cluster service, as far as the engine feels it: it looks at the servers every few
 * milliseconds, activates a replica when nobody serves, moves the role now and then, and makes
 * mistakes: two servers at once, needless activations, impatience.
 */
final class Controller {
  private final World w;
  private final Prng prng;
  private boolean loadOff;
  private long badSince = -1;
  private long patience;
  private long attemptUntil;
  private int moveTo = -1;
  private final long[] silentWaitSince = new long[8];

  Controller(World w, Prng prng) {
    this.w = w;
    this.prng = prng;
  }

  void begin() {
    w.after(1, this::look);
    if (w.o.moveMean > 0) {
      w.after(prng.exponential(w.o.moveMean), this::move);
    }
  }

  /** The application is silent. */
  boolean loadOff() {
    return loadOff;
  }

  void load(boolean on) {
    loadOff = !on;
  }

  private void look() {
    w.after((long) (w.o.controlEvery * (0.5 + prng.fraction())), this::look);
    Agent active = healthyActive();
    stopOldFrontEnds();
    if (active != null) {
      badSince = -1;
      lookForSilentWaits(active);
      w.asyncLaws.look(active);
      if (!w.calm && prng.chance(w.o.needlessActivate)) {
        Agent other = w.servers[prng.below(w.servers.length)].agent;
        if (other != null && other != active) {
          w.cover.hit("needless activation");
          activate(other);
        }
      }
      return;
    }
    if (badSince < 0) {
      badSince = w.now;
      patience = w.calm ? 0 : prng.exponential(w.o.patienceMean);
    }
    if (w.now - badSince < patience || w.now < attemptUntil) {
      return;
    }
    Agent choice = choose();
    if (choice == null) {
      return;
    }
    attemptUntil = w.now + (w.o.times.lease() + w.o.times.leaseMargin()) * 2 + 20 * SwarmOptions.MS;
    activate(choice);
    if (!w.calm && prng.chance(w.o.doubleActivate)) {
      Agent other = choose();
      if (other != null && other != choice) {
        w.cover.hit("two servers activated at once");
        activate(other);
      }
    }
  }

  /** The agent that is the active by the record and by its own word. */
  @Nullable Agent healthyActive() {
    int id = w.authority.record().active();
    Agent a = id < 0 ? null : w.servers[id].agent;
    if (a == null || a.standsStill() || a.activeEpoch == 0) {
      return null;
    }
    Role role = a.status().role();
    return role == Role.ACTIVE || role == Role.DEMOTING ? a : null;
  }

  private void stopOldFrontEnds() {
    int active = w.authority.record().active();
    for (int i = 0; i < w.fronts.length; i++) {
      if (i != active && w.fronts[i].runs() && prng.chance(0.05)) {
        w.fronts[i].stop();
      }
    }
  }

  private @Nullable Agent choose() {
    if (moveTo >= 0) {
      Agent a = w.servers[moveTo].agent;
      boolean async = w.asyncLaws.isAsync(moveTo);
      moveTo = -1;
      if (a != null && !async) {
        return a;
      }
    }
    SetRecord r = w.authority.record();
    List<Agent> members = new ArrayList<>();
    List<Agent> others = new ArrayList<>();
    for (Server s : w.servers) {
      Agent a = s.agent;
      boolean never = w.asyncLaws.isAsync(s.id) && !r.inSync(s.id);
      if (a != null && a.attached() && !a.standsStill() && !never) {
        (r.inSyncMask() == 0 || r.inSync(s.id) ? members : others).add(a);
      }
    }
    if (members.isEmpty() || (!w.calm && !others.isEmpty() && prng.chance(0.1))) {
      return others.isEmpty() || w.calm ? null : others.get(prng.below(others.size()));
    }
    return members.get(prng.below(members.size()));
  }

  private void activate(Agent a) {
    long id = w.id();
    w.tell("ctl", "activate " + a.server.name);
    a.command(
        new Event.Activate(id, false),
        id,
        done -> {
          attemptUntil = Math.min(attemptUntil, w.now + 2 * SwarmOptions.MS);
          if (done.ok() && a.alive) {
            w.fronts[a.server.id].start(a);
          }
        });
  }

  private void move() {
    if (w.calm) {
      return;
    }
    w.after(prng.exponential(w.o.moveMean), this::move);
    Agent a = healthyActive();
    if (a == null) {
      return;
    }
    w.tell("ctl", "move away from " + a.server.name);
    w.cover.hit("planned move");
    if (prng.chance(0.8)) {
      w.fronts[a.server.id].stop();
    }
    long id = w.id();
    int next = (a.server.id + 1 + prng.below(w.servers.length)) % w.servers.length;
    a.command(
        // As one that self-fencing takes the disk from: now and then.
        id % 5 == 0 ? new Event.LetGo(id) : new Event.Deactivate(id),
        id,
        done -> {
          if (done.ok()) {
            moveTo = next;
            badSince = w.now;
            patience = 0;
            attemptUntil = 0;
          } else if (a.alive) {
            w.fronts[a.server.id].start(a);
          }
        });
  }

  /** Law 10: a request that waits waits for something that has a name. */
  private void lookForSilentWaits(Agent a) {
    MirrorStatus s = a.status();
    int id = a.server.id;
    if (s.requestsWaiting() > 0 && s.waitingFor() == Say.NOTHING) {
      if (silentWaitSince[id] == 0) {
        silentWaitSince[id] = w.now;
      }
      World.check(
          w.now - silentWaitSince[id] < 4 * w.o.times.answer(),
          10,
          a.server.name + " lets " + s.requestsWaiting() + " requests wait and says for nothing");
    } else {
      silentWaitSince[id] = 0;
    }
  }
}
