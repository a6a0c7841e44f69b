// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Superblock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The laws of the still point: a hold ends (5), and replicas are equal at a cut (6). */
final class HoldLaws {
  private static final long SLACK = 5 * SwarmOptions.MS;

  private final World w;
  private final Map<Long, List<Taken>> cuts = new HashMap<>();

  private final Map<Long, CutStatus> verdicts = new HashMap<>();

  private record Taken(int replica, boolean byActive, int setMask, long[] copy) {}

  HoldLaws(World w) {
    this.w = w;
  }

  /** A hold was asked for: it must be over soon after its deadline. */
  void asked(Agent a, long holdId, long deadlineLocal) {
    long limit = a.server.toSim(deadlineLocal) + w.o.times.voidBudget() + SLACK;
    w.at(limit, new Task.Call(() -> mustBeOver(a, holdId)));
  }

  private void mustBeOver(Agent a, long holdId) {
    if (!a.alive) {
      return;
    }
    if (a.standsStill() || w.now - a.stoodStillLast < SLACK + w.o.times.voidBudget()) {
      w.after(SLACK + w.o.times.voidBudget(), () -> mustBeOver(a, holdId));
      return;
    }
    World.check(
        a.status().hold() == HoldState.NONE || a.status().holdId() != holdId,
        5,
        a.server.name
            + " still holds writes ("
            + a.status().hold()
            + ") after the deadline of hold "
            + holdId);
  }

  void changed(Agent a, Effect.HoldChanged e) {
    if (e.state() == HoldState.NONE) {
      w.cover.hit("hold ended/" + e.why());
    }
  }

  void agentDied(Agent a) {
    if (a.hold != HoldState.NONE) {
      w.cover.hit("agent of the active died in a hold");
    }
  }

  /** A snapshot was taken. */
  void snapshot(Agent a, long cutId, long[] copy) {
    World.check(
        !a.server.writesInFlight(), 6, "a snapshot was taken with writes in flight, cut " + cutId);
    // One that was superseded in the middle of its cut takes a snapshot that nobody will ever name.
    boolean byActive = a.hold == HoldState.CUTTING && w.authority.record().active() == a.server.id;
    List<Taken> all = cuts.computeIfAbsent(cutId, id -> new ArrayList<>());
    all.add(new Taken(a.server.id, byActive, w.authority.record().inSyncMask(), copy));
    if (!byActive) {
      return;
    }
    for (int b = 0; b < copy.length; b++) {
      if (!w.registers.permittedAtRest(b, copy[b])) {
        World.check(
            false,
            6,
            "the snapshot of cut "
                + cutId
                + " holds "
                + Long.toHexString(copy[b])
                + ", which is no acknowledged state; "
                + w.registers.describe(b));
      }
    }
  }

  /** Flag, cut and verdict were left on every partition of the set, as an image has them. */
  void sealed(Agent a, long cutId) {
    Superblock own = a.server.meta.superblock();
    World.check(!a.server.writesInFlight(), 6, a.server.name + " was sealed with writes in flight");
    for (Server s : w.servers) {
      // Whoever is activated next takes the flag down, and may have been decided already.
      boolean member = w.authority.record().active() < 0 && w.authority.record().inSync(s.id);
      Superblock there = s.meta.superblock();
      World.check(
          !member
              || (there.backup().flagOn()
                  && there.cut().cutId() == cutId
                  && there.cut().status() != CutStatus.VOID
                  && there.cut().status() == own.cut().status()),
          6,
          s.name + " is no image of the cut " + cutId + " at which it was sealed");
    }
  }

  /** The verdict on a cut; null if there is none yet. */
  @Nullable CutStatus verdict(long cutId) {
    return verdicts.get(cutId);
  }

  /** The verdict. */
  void known(Agent a, Effect.CutKnown e) {
    verdicts.put(e.cutId(), e.status());
    List<Taken> all = cuts.getOrDefault(e.cutId(), List.of());
    if (e.status() == CutStatus.VOID || e.status() == CutStatus.NONE || all.isEmpty()) {
      return;
    }
    boolean equal = true;
    int present = 0;
    int set = 0;
    String differs = "";
    for (Taken t : all) {
      present |= 1 << t.replica;
      set |= t.byActive ? t.setMask : 0;
      if (!Arrays.equals(t.copy, all.get(0).copy)) {
        equal = false;
        int b = Arrays.mismatch(t.copy, all.get(0).copy);
        differs =
            "block "
                + b
                + " is "
                + Long.toHexString(t.copy[b])
                + " on "
                + Words.server(t.replica)
                + " and "
                + Long.toHexString(all.get(0).copy[b])
                + " on "
                + Words.server(all.get(0).replica);
      }
    }
    if (e.status() == CutStatus.UNEQUAL) {
      World.check(!equal, 6, "cut " + e.cutId() + " is called unequal, but snapshots are equal");
      return;
    }
    World.check(equal, 6, "cut " + e.cutId() + " is called " + e.status() + ", but " + differs);
    World.check(
        e.status() != CutStatus.PROVEN || (set & ~present) == 0,
        6,
        "cut " + e.cutId() + " is called proven without the snapshot of every member");
  }
}
