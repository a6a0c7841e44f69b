// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import java.util.UUID;

/**
 * Two replicas that meet, for tests of the reconnect table. As it is made, an active with number 0
 * meets a standby with number 1 that is in the set and differs in nothing; a case changes what it
 * is about.
 */
final class Meeting {
  static final UUID CLUSTER = new UUID(1, 1);
  static final UUID DISK = new UUID(2, 2);
  static final Geometry SHAPE = new Geometry(512, 64, 4, 8, 3, 64);
  static final Stamp EXPECTED = new Stamp(10, 0xA);
  static final Stamp NEXT = new Stamp(11, 0xB);

  final Side here = new Side(0, Role.ACTIVE);
  final Side there = new Side(1, Role.STANDBY);
  int peerNumber = 1;
  PeerSlot slot = new PeerSlot(EXPECTED, Stamp.NONE, true, false, 0);
  boolean inSync = true;
  boolean dirty;
  boolean async;
  boolean discard;

  /** One of the two. */
  static final class Side {
    UUID cluster = CLUSTER;
    UUID disk = DISK;
    int number;
    Geometry shape = SHAPE;
    long group = 7;
    long epoch = 5;
    Role role;
    Generations generations = Generations.of(30, 20, 10);
    Stamp stamp = EXPECTED;
    Condition condition = Condition.CONSISTENT;
    boolean cacheLost;
    boolean wasActive;
    boolean forgetful;
    boolean rolledBack;
    boolean suspects;
    CutRecord cut = CutRecord.NONE;

    Side(int number, Role role) {
      this.number = number;
      this.role = role;
    }

    ReplicaView view() {
      return new ReplicaView(
          new Identity(cluster, disk, number),
          shape,
          group,
          epoch,
          role,
          generations,
          stamp,
          1,
          condition,
          cacheLost,
          wasActive,
          forgetful,
          rolledBack,
          suspects,
          cut,
          BackupRecord.OFF,
          1);
    }
  }

  static CutRecord cut(long id, Stamp stamp, CutStatus status, long digest) {
    return new CutRecord(id, 3, 30, 5, stamp, 1, status, digest, digest);
  }

  /** Not in the set any more, with something in the dirty map. */
  void dropped() {
    inSync = false;
    dirty = true;
  }

  ReconnectTable.Known known() {
    return new ReconnectTable.Known(peerNumber, slot, inSync, dirty, async, discard);
  }

  ReconnectRow decide() {
    return ReconnectTable.decide(here.view(), there.view(), known());
  }

  @Override
  public String toString() {
    return "here " + here.view() + "\nthere " + there.view() + "\n" + known();
  }
}
