// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Frame;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.Meaning;
import io.meikyo.core.mirror.ReconnectRow;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.cover.Coverage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Meetings that no fault of a running cluster brings about: another disk's partition behind the
 * peer's address, the same replica on both servers, images put back by a restore, a line of data
 * that ours does not know. Two engines with partitions drawn for it greet each other. The row that
 * must be told stands with each kind, and whatever it is: nobody writes a data partition.
 */
final class Strangers {
  /** What is strange, and the row that the first of the two must tell. */
  enum Kind {
    FOREIGN_DISK(ReconnectRow.FOREIGN_DISK, true),
    SAME_REPLICA(ReconnectRow.SAME_REPLICA, true),
    SWAPPED_REPLICA(ReconnectRow.SWAPPED_REPLICA, true),
    OTHER_SHAPE(ReconnectRow.OTHER_SHAPE, true),
    OTHER_GROUP(ReconnectRow.OTHER_GROUP, true),
    PEER_RESTORED(ReconnectRow.PEER_RESTORED, true),
    UNRELATED(ReconnectRow.UNRELATED, true),
    PEER_NEWER(ReconnectRow.PEER_NEWER, true),
    DIVERGED(ReconnectRow.DIVERGED, true),
    RESTORED_PAIR(ReconnectRow.RESTORED_PAIR, false),
    RESTORED_DIFFER(ReconnectRow.RESTORED_DIFFER, false),
    FLAG_ON_ONE(ReconnectRow.NOBODY_LEADS, Meaning.MISSED_THE_END),
    FLAG_ON_BOTH(ReconnectRow.NOBODY_LEADS, Meaning.RESTORED_BOTH),
    FLAG_ON_CHOSEN(ReconnectRow.NOBODY_LEADS, Meaning.CHOSEN_UNHEARD);

    final ReconnectRow row;
    final boolean firstLeads;
    final @Nullable Meaning meaning;

    Kind(ReconnectRow row, boolean firstLeads) {
      this.row = row;
      this.firstLeads = firstLeads;
      this.meaning = null;
    }

    Kind(ReconnectRow row, Meaning meaning) {
      this.row = row;
      this.firstLeads = false;
      this.meaning = meaning;
    }
  }

  private static final UUID CLUSTER = new UUID(0, 1);
  private static final UUID DISK = new UUID(0, 2);
  private static final int STEPS_MAX = 1000;
  private static final Stamp ANNOUNCED = new Stamp(4, 44);

  private final Prng prng;
  private final Coverage cover;
  private final Kind kind;
  private final long generation;
  private final Side[] sides = new Side[2];
  private boolean linked;
  private boolean told;

  private Strangers(Prng prng, Coverage cover, Kind kind) {
    this.prng = prng;
    this.cover = cover;
    this.kind = kind;
    this.generation = prng.next() | 1;
  }

  /** One meeting, drawn from the seed. */
  static void meet(long seed, Prng prng, Coverage cover, Replica.Maker maker) {
    Kind[] kinds = Kind.values();
    new Strangers(prng, cover, kinds[(int) Math.floorMod(seed, (long) kinds.length)]).run(maker);
  }

  private void run(Replica.Maker maker) {
    sides[0] = new Side(0, maker);
    sides[1] = new Side(1, maker);
    settle();
    if (kind.firstLeads) {
      sides[0].inbox.add(new Event.Activate(1, false));
      settle();
    }
    linked = true;
    sides[0].inbox.add(new Event.LinkUp(1));
    sides[1].inbox.add(new Event.LinkUp(sides[1].peer));
    settle();
    World.check(told, 10, "the meeting " + kind + " was not told as " + kind.row);
    if (kind.meaning != null && kind.meaning.mayLead()) {
      sides[0].inbox.add(new Event.Activate(2, false));
      settle();
      Role role = sides[0].engine.status().role();
      World.check(role != Role.STANDBY, 10, "the flag of " + kind + " keeps it from leading");
    } else if (kind.meaning != null) {
      told = false;
      sides[0].inbox.add(new Event.Activate(2, false));
      settle();
      World.check(told, 10, "the flags of " + kind + " were not told as " + kind.meaning);
    }
  }

  private void settle() {
    for (int i = 0; i < STEPS_MAX; i++) {
      Side s = sides[prng.below(2)].inbox.isEmpty() ? null : sides[prng.below(2)];
      if (s == null || s.inbox.isEmpty()) {
        s = sides[0].inbox.isEmpty() ? sides[1] : sides[0];
      }
      if (s.inbox.isEmpty()) {
        return;
      }
      s.step();
    }
    World.check(false, 10, "the meeting " + kind + " never ends");
  }

  /** One server of the two. */
  private final class Side {
    final int index;
    final int peer;
    final Replica engine;
    final ArrayDeque<Event> inbox = new ArrayDeque<>();
    private SetRecord record;
    private long now;

    Side(int index, Replica.Maker maker) {
      this.index = index;
      boolean strange = index == 1;
      int number = number(strange);
      this.peer = number == 0 && strange ? 1 : 0;
      Geometry shape = new Geometry(512, shapeBlocks(strange), 4, 8, 4, 64);
      UUID disk = strange && kind == Kind.FOREIGN_DISK ? new UUID(0, prng.next() | 4) : DISK;
      Identity identity = new Identity(CLUSTER, disk, number);
      int peers = index == 0 ? 0b10 : 1 << peer;
      Prng entropy = prng.fork();
      engine =
          maker.make(
              new EngineConfig(
                  identity,
                  shape,
                  peers,
                  0,
                  EngineConfig.Times.standard(),
                  EngineConfig.Limits.standard()),
              entropy::next);
      record = record(strange);
      List<long @Nullable []> maps = new ArrayList<>();
      for (int m = 0; m < MapPage.MAPS; m++) {
        maps.add(new long[shape.pages() * shape.wordsPerPage()]);
      }
      inbox.add(
          new Event.Attach(
              new LoadedPartition(superblock(identity, shape, strange), LogTransaction.EMPTY, maps),
              9,
              1,
              record));
    }

    private int number(boolean strange) {
      if (!strange || kind == Kind.SAME_REPLICA) {
        return 0;
      }
      return kind == Kind.SWAPPED_REPLICA ? 2 + prng.below(6) : 1;
    }

    private int shapeBlocks(boolean strange) {
      return strange && kind == Kind.OTHER_SHAPE ? 64 + 8 * (1 + prng.below(8)) : 64;
    }

    private SetRecord record(boolean strange) {
      long group = strange && kind == Kind.OTHER_GROUP ? 8 : 7;
      boolean restored = kind == Kind.RESTORED_PAIR || kind == Kind.RESTORED_DIFFER;
      return new SetRecord(
          group,
          5,
          5,
          kind == Kind.FLAG_ON_CHOSEN ? 0 : -1,
          restored ? 0 : 1,
          restored ? 0 : generation,
          Collections.nCopies(
              Identity.REPLICAS_MAX, kind == Kind.FLAG_ON_CHOSEN ? ANNOUNCED : Stamp.NONE),
          1,
          0,
          0,
          CutStatus.NONE);
    }

    private Superblock superblock(Identity identity, Geometry shape, boolean strange) {
      boolean restored =
          kind == Kind.RESTORED_PAIR
              || kind == Kind.RESTORED_DIFFER
              || (strange && kind == Kind.PEER_RESTORED);
      long cutId = strange && kind == Kind.RESTORED_DIFFER ? 78 : 77;
      Superblock s = Superblock.blank(identity, shape);
      return new Superblock(
          1,
          identity,
          shape,
          record(strange).groupId(),
          5,
          1,
          -1,
          line(strange),
          restored ? Condition.RESTORED : Condition.CONSISTENT,
          false,
          true,
          9,
          new Stamp(3, prng.next()),
          kind == Kind.FLAG_ON_CHOSEN && !strange ? ANNOUNCED : Stamp.NONE,
          s.peers(),
          restored
              ? new CutRecord(cutId, 1, generation, 5, Stamp.NONE, 0, CutStatus.PROVEN, 1, 2)
              : CutRecord.NONE,
          restored || flagOn(strange) ? new BackupRecord(true, 1, cutId, 0) : BackupRecord.OFF,
          false);
    }

    private boolean flagOn(boolean strange) {
      return kind == Kind.FLAG_ON_BOTH
          || (!strange && (kind == Kind.FLAG_ON_ONE || kind == Kind.FLAG_ON_CHOSEN));
    }

    private Generations line(boolean strange) {
      long other = prng.next() | 1;
      if (!strange) {
        return kind == Kind.DIVERGED ? Generations.of(generation, 11) : Generations.of(generation);
      }
      return switch (kind) {
        case UNRELATED -> Generations.of(other);
        case PEER_NEWER -> Generations.of(other, generation);
        case DIVERGED -> Generations.of(other, 11);
        default -> Generations.of(generation);
      };
    }

    void step() {
      Event e = inbox.removeFirst();
      now += 1000;
      engine.step(now, e, this::carryOut);
    }

    private void done(long op) {
      inbox.add(new Event.DiskDone(op, true, null, null));
    }

    private void carryOut(Effect effect) {
      switch (effect) {
        case Effect.DiskWrite _, Effect.DiskZero _ ->
            World.check(false, 8, "data was written in the meeting " + kind);
        case Effect.DiskFlush d -> done(d.op());
        case Effect.WriteSuperblock d -> done(d.op());
        case Effect.WriteLog d -> done(d.op());
        case Effect.WriteMapPage d -> done(d.op());
        case Effect.Propose p -> {
          record = p.next();
          inbox.add(new Event.Proposed(p.proposalId(), Event.Outcome.COMMITTED, record));
        }
        case Effect.Send s -> send(s.frame());
        case Effect.CloseLink _ -> {
          if (linked) {
            linked = false;
            Side other = sides[1 - index];
            other.inbox.add(new Event.LinkDown(other.peerNumber()));
          }
        }
        case Effect.Tell t -> {
          if (!t.args().isEmpty() && t.args().getFirst() instanceof Enum<?> first) {
            cover.hit("tell/" + t.say() + "/" + first.name());
            told |= index == 0 && linkedMeeting(first);
          }
        }
        default -> {}
      }
    }

    private boolean linkedMeeting(Enum<?> first) {
      return first == kind.row || (kind.meaning != null && first == kind.meaning);
    }

    private int peerNumber() {
      return index == 0 ? 1 : peer;
    }

    private void send(Frame frame) {
      Side other = sides[1 - index];
      if (linked && other != null) {
        other.inbox.add(new Event.Received(other.peerNumber(), frame));
      }
    }
  }
}
