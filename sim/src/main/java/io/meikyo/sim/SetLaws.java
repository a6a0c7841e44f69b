// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.mirror.RestoredPair;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.sim.disk.DataDisk;
import io.meikyo.sim.oracle.Registers;
import java.util.Arrays;

/**
 * The laws of the in-sync set, judged against what the simulated disks really hold: one active per
 * epoch (2), an answer only when every member has the bytes (3), only members are promoted (4), a
 * recovery never makes a member worse (8), a doubtful replica is not believed (12).
 */
final class SetLaws {
  private final World w;
  private long servingEpoch;
  private long servingSince;

  SetLaws(World w) {
    this.w = w;
  }

  /** An OK is given: may this agent serve? */
  void served(Agent a, Request r) {
    World.check(a.activeEpoch > 0, 2, a.server.name + " served without ever being made the active");
    if (a.activeEpoch > servingEpoch) {
      servingEpoch = a.activeEpoch;
      servingSince = w.registers.now();
    } else if (a.activeEpoch < servingEpoch
        && r.sent > servingSince
        && r.kind != Request.Kind.DISCARD) {
      // A discard that is ignored tells nobody anything, and needs no right to serve.
      World.check(
          false,
          2,
          a.server.name
              + " answered "
              + Words.of(r)
              + " as the active of epoch "
              + a.activeEpoch
              + " after the active of epoch "
              + servingEpoch
              + " had served");
    }
  }

  /** A write was answered OK: every member must have it. */
  void acknowledged(Request r) {
    if (r.kind == Request.Kind.DISCARD) {
      // One that is ignored everywhere needs nobody's word.
      return;
    }
    SetRecord record = w.authority.record();
    for (int m = record.inSyncMask(); m != 0; m &= m - 1) {
      Server s = w.servers[Integer.numberOfTrailingZeros(m)];
      if (w.registers.lostAt(s.id) > r.sent || s.ownImage != null) {
        continue;
      }
      for (int i = 0; i < r.count; i++) {
        int block = r.start + i;
        long shown = s.disk.visible(block);
        long wanted = r.payload == null ? 0 : r.payload.token(i);
        if (shown != wanted && !w.registers.permitted(block, shown)) {
          World.check(
              false,
              3,
              "acknowledged "
                  + Words.of(r)
                  + ", but member "
                  + s.name
                  + " holds "
                  + Long.toHexString(shown)
                  + "; "
                  + w.registers.describe(block));
        }
      }
    }
  }

  /** A flush was answered OK. */
  void flushed(Request r) {
    if (w.registers.now() % 16 != 0) {
      return;
    }
    // Now and then, because it looks at the whole disk: is it durable on every member?
    SetRecord record = w.authority.record();
    for (int m = record.inSyncMask(); m != 0; m &= m - 1) {
      Server s = w.servers[Integer.numberOfTrailingZeros(m)];
      if (w.registers.lostAt(s.id) > r.sent || s.notBelieved || s.ownImage != null) {
        continue;
      }
      DataDisk d = s.disk;
      for (int b = 0; b < d.blocks(); b++) {
        if (!w.registers.permittedAfterLoss(b, d.durable(b))) {
          World.check(
              false,
              1,
              "a flush was answered, but member "
                  + s.name
                  + " has only "
                  + Long.toHexString(d.durable(b))
                  + " durable; "
                  + w.registers.describe(b));
        }
      }
    }
  }

  /** The active told a standby how to follow. */
  void follow(Server from, Server to, FollowMode mode) {
    w.cover.hit("follow/" + mode);
    to.followMode = mode;
    if (to.ownImage != null && mode != FollowMode.NONE) {
      World.check(false, 12, from.name + " takes " + to.name + ", which has foreign partitions");
    }
    if (!to.notBelieved || mode == FollowMode.NONE) {
      return;
    }
    if (mode == FollowMode.FULL) {
      to.fullFollow = true;
      w.cover.hit("doubtful replica fully compared");
    } else if (!to.fullFollow) {
      World.check(
          false,
          12,
          to.name + " was rolled back or replaced, but " + from.name + " lets it " + mode);
    }
  }

  /** The authority decided. */
  void committed(SetRecord prev, SetAuthority.Proposal p) {
    SetRecord next = p.next;
    Registers reg = w.registers;
    reg.tick();
    RestoreTale tale = w.tale;
    if (tale != null) {
      tale.decided(p.activates);
    }
    if (RestoredPair.is(prev, next)) {
      paired(prev, next);
      return;
    }
    boolean changed = next.active() != prev.active() || next.inSyncMask() != prev.inSyncMask();
    World.check(next.groupId() == prev.groupId(), 2, "another group id is proposed");
    World.check(
        next.epoch() == prev.epoch() + (changed || p.activates ? 1 : 0),
        2,
        "the epoch must rise by one exactly when active or set change, or the active began anew: "
            + Words.of(prev)
            + " -> "
            + Words.of(next));
    World.check(
        next.active() < 0 || next.inSync(next.active()),
        4,
        "the active is not in the in-sync set: " + Words.of(next));
    World.check(
        prev.inSyncMask() == 0 || next.inSyncMask() != 0, 4, "the in-sync set became empty");
    World.check(
        next.inSyncMask() >> w.o.replicas == 0, 4, "the in-sync set has replicas unknown to all");
    World.check(
        next.active() == prev.active()
            ? p.from.server.id == prev.active() || next.active() < 0
            : p.from.server.id == next.active() || p.from.server.id == prev.active(),
        2,
        "the set was changed by " + p.from.server.name + ", which is not the active");
    if (p.activates) {
      activated(prev, p);
    }
    int joined = next.inSyncMask() & ~prev.inSyncMask();
    int whole = 0;
    for (int m = joined; m != 0; m &= m - 1) {
      Server s = w.servers[Integer.numberOfTrailingZeros(m)];
      boolean sameBoot = p.joinBoots[s.id] == s.boots && s.powered;
      if (s.notBelieved && (sameBoot || s.fullFollow)) {
        World.check(
            s.fullFollow, 12, s.name + " was rolled back or replaced and joins without a compare");
        s.notBelieved = false;
      }
      if (prev.inSyncMask() != 0 && sameBoot) {
        whole |= 1 << s.id;
        joined(s, p.from);
      }
    }
    if (reg.inSync(next.inSyncMask(), whole)) {
      w.cover.hit("a change of the set left only replicas that lost their caches");
    }
  }

  /** Restored images became a mirror: nobody is active, and all hold the bytes of one cut. */
  private void paired(SetRecord prev, SetRecord next) {
    World.check(next.epoch() == prev.epoch() + 1, 2, "the epoch must rise: " + Words.of(next));
    World.check(next.active() < 0, 4, "a restored replica is made active: " + Words.of(next));
    World.check(next.holdId() == 0, 6, "a hold of former days goes on: " + Words.of(next));
    RestoreTale tale = w.tale;
    if (tale == null) {
      World.check(false, 4, "a mirror is made of replicas that nobody restored");
    } else {
      tale.paired(next);
    }
    boolean _ = w.registers.inSync(next.inSyncMask(), next.inSyncMask());
  }

  private void joined(Server s, Agent active) {
    // An active whose disk has failed meanwhile is no measure any more; the permitted values are.
    boolean leads = active.alive && active.engine.status().role() == Role.ACTIVE;
    for (int b = 0; b < s.disk.blocks(); b++) {
      long shown = s.disk.visible(b);
      long there = active.server.disk.visible(b);
      if (leads && shown != there && !w.registers.anyPending(b)) {
        World.check(
            false,
            8,
            s.name
                + " joined the in-sync set, but block "
                + b
                + " is "
                + Long.toHexString(shown)
                + " there and "
                + Long.toHexString(there)
                + " on the active "
                + active.server.name
                + "; "
                + w.registers.describe(b));
      }
      if (!w.registers.permitted(b, shown)) {
        World.check(
            false,
            8,
            s.name
                + " joined the in-sync set but holds "
                + Long.toHexString(shown)
                + "; "
                + w.registers.describe(b));
      }
    }
  }

  private void activated(SetRecord prev, SetAuthority.Proposal p) {
    SetRecord next = p.next;
    Server s = w.servers[next.active()];
    if (p.from.server == s) {
      p.from.activeEpoch = next.epoch();
    }
    if (prev.inSyncMask() == 0) {
      return;
    }
    if (p.forced && (!prev.inSync(s.id) || s.notBelieved)) {
      forced(s);
      return;
    }
    World.check(
        prev.inSync(s.id), 4, s.name + " was promoted but is not in sync: " + Words.of(prev));
    World.check(
        (next.inSyncMask() & ~prev.inSyncMask()) == 0,
        4,
        "a promotion added to the in-sync set: " + Words.of(prev) + " -> " + Words.of(next));
    World.check(!s.notBelieved, 12, s.name + " was rolled back or replaced and is promoted");
    World.check(
        s.forcedOnce || s.meta.superblock().condition() != Condition.INCONSISTENT,
        8,
        s.name + " is marked inconsistent and is promoted");
  }

  /** The operator's word: its bytes are the truth now. */
  private void forced(Server s) {
    w.cover.hit("forced activation");
    s.notBelieved = false;
    s.forcedOnce = true;
    for (int b = 0; b < s.disk.blocks(); b++) {
      w.registers.forced(b, s.disk.visible(b), s.disk.hidden(b));
    }
  }

  /** A repair has landed on the disk of a replica. */
  void repaired(Server s, int block, long token) {
    w.asyncLaws.repaired(s);
    SetRecord record = w.authority.record();
    if (record.inSync(s.id) && record.active() != s.id && !w.registers.permitted(block, token)) {
      World.check(
          false,
          8,
          "a repair put "
              + Long.toHexString(token)
              + " on the in-sync replica "
              + s.name
              + "; "
              + w.registers.describe(block));
    }
  }

  /** After everything: all replicas show the same bytes. */
  void identical() {
    for (Server s : w.servers) {
      if (!Arrays.equals(s.disk.visible(), w.servers[0].disk.visible())) {
        for (int b = 0; b < s.disk.blocks(); b++) {
          World.check(
              s.disk.visible(b) == w.servers[0].disk.visible(b),
              6,
              "at rest, block "
                  + b
                  + " is "
                  + Long.toHexString(w.servers[0].disk.visible(b))
                  + " on "
                  + w.servers[0].name
                  + " and "
                  + Long.toHexString(s.disk.visible(b))
                  + " on "
                  + s.name);
        }
      }
    }
  }
}
