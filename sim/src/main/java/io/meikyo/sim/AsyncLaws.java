// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.Condition;

/**
 * The laws of asynchronous peers: loss is bounded and stated (9), a mixture is never alone (R17).
 */
final class AsyncLaws {
  private final World w;

  AsyncLaws(World w) {
    this.w = w;
  }

  boolean isAsync(int replica) {
    return (w.o.asyncMask & 1 << replica) != 0;
  }

  /** Looked at now and then: what the peer lacks is not more than its active says. */
  void look(Agent active) {
    if (w.o.asyncMask == 0) {
      return;
    }
    MirrorStatus s = active.status();
    if (s.role() != Role.ACTIVE) {
      return;
    }
    for (MirrorStatus.Peer p : s.peers()) {
      if (!isAsync(p.replica()) || p.mode() == FollowMode.NONE || !p.connected()) {
        continue;
      }
      Server peer = w.servers[p.replica()];
      Connection c = active.connections[p.replica()];
      if (c == null || c.dead || c.other(active) != peer.agent) {
        // It is gone, and nobody here can know yet.
        continue;
      }
      long lacks = 0;
      for (int b = 0; b < peer.disk.blocks(); b++) {
        lacks += w.registers.permitted(b, peer.disk.visible(b)) ? 0 : 1;
      }
      long stated = p.lagBlocks() + p.dirtyChunks() * w.o.geometry.blocksPerChunk();
      w.cover.hit(lacks == 0 ? "async peer level" : "async peer behind");
      World.check(
          lacks <= stated,
          9,
          peer.name
              + " lacks "
              + lacks
              + " blocks, but "
              + active.server.name
              + " states "
              + p.lagBlocks()
              + " and "
              + p.dirtyChunks()
              + " chunks");
    }
  }

  /**
   * A repair mixes two points in time on an asynchronous standby. One that is still a member of the
   * set is not behind: what is repaired there are writes that were under way, and a disk may hold
   * any of these after a crash.
   */
  void repaired(Server s) {
    boolean member = s.followMode == FollowMode.RESUME || s.followMode == FollowMode.RECONCILE;
    if (!isAsync(s.id) || member) {
      return;
    }
    Condition now = s.meta.superblock().condition();
    boolean mixes =
        now == Condition.CONSISTENT
            || (now == Condition.INCONSISTENT && s.mixedFrom == Condition.CONSISTENT);
    World.check(
        !mixes || s.hasCopy() || s.copyFailed,
        9,
        s.name + " is repaired without a copy of its last consistent state");
  }
}
