// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.RestoredImage;
import io.meikyo.core.partition.RestoredImage.Flaw;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.disk.MetaStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The runbook's restore, in some seeds, when all is well: a backup with images of every replica,
 * more writes, every server off, other disks made from images, every server on again; with crashes
 * and lost answers while the replicas find together. What must come of it stands with each kind.
 *
 * <p>What it judges by is its own copy of the bytes, taken at the cut: until the backup mode of the
 * images is ended nobody may be made active, and nothing may be written, compared or copied; what a
 * decision calls a mirror must be byte for byte the one cut.
 */
final class RestoreTale {
  /** Which images are put where. */
  enum Kind {
    /** The active's image on every server. */
    ONE_IMAGE,
    /** Each server gets its own one back. */
    OWN_IMAGES,
    /** Each gets that of another server. */
    CROSSED,
    /** The power was lost in the hold: the state still knows it. */
    IN_THE_HOLD,
    /** Images of two cuts. */
    TWO_CUTS,
    /** One server is restored once more, from another cut, while they find together. */
    ONCE_MORE,
    /** Images taken after the hold had ended. */
    TOO_LATE,
    /** A block had rotted on one replica before the cut. */
    ROTTEN,
    /** One server only; the mirror goes on without it. */
    ONE_SERVER;

    /** They must come in sync by themselves. */
    boolean pairs() {
      return this == ONE_IMAGE || this == OWN_IMAGES || this == CROSSED || this == IN_THE_HOLD;
    }

    /** A pair may be decided, now or before. */
    boolean mayPair() {
      return pairs() || this == ONCE_MORE;
    }
  }

  private static final long MS = SwarmOptions.MS;
  private static final long WALL = 1_700_000_000_000L;

  private final World w;
  private final HealPhase heal;
  private final Prng prng;
  private final Kind kind;

  /** The bytes at the cut of the images that count. */
  private long[] truth = {};

  /** Images lie in the servers, and their backup mode was not ended. */
  private boolean held;

  private RestoreTale(World w, HealPhase heal, Kind kind) {
    this.w = w;
    this.heal = heal;
    this.prng = new Prng(w.seed * 31 + 7);
    this.kind = kind;
  }

  /** One tale, drawn from the seed; none for a seed that has none, or mirrors asynchronously. */
  static void tell(World w, HealPhase heal) {
    Kind[] kinds = Kind.values();
    if (w.seed % 3 == 0 && w.o.asyncMask == 0) {
      int which = (int) Math.floorMod(w.seed / 3, (long) kinds.length);
      RestoreTale tale = new RestoreTale(w, heal, kinds[which]);
      w.tale = tale;
      tale.run();
      w.cover.hit("restore/" + tale.kind);
      w.tale = null;
    }
  }

  private void run() {
    w.tell("----", "restore: " + kind);
    write();
    if (kind == Kind.ROTTEN) {
      rot();
    }
    boolean broken = kind == Kind.TOO_LATE && prng.chance(0.5);
    boolean stands = kind == Kind.IN_THE_HOLD || broken;
    List<Server.Image> first = backup(!stands);
    if (broken) {
      heal.await(
          10, "the hold cannot be broken", () -> ordered(heal.active(), Event.BreakHold::new));
    }
    if (kind != Kind.IN_THE_HOLD) {
      write();
    }
    boolean twice = kind == Kind.TWO_CUTS || kind == Kind.ONCE_MORE;
    List<Server.Image> second = twice ? backup(true) : first;
    if (kind == Kind.ONE_SERVER) {
      oneServer(first);
      return;
    }
    if (kind == Kind.TOO_LATE) {
      heal.rest();
      first = images();
      second = first;
    } else if (twice) {
      write();
    }
    truth = second.get(leader()).data().clone();
    off();
    held = true;
    for (Server s : w.servers) {
      put(s, choice(s, first, second));
      s.notBelieved = kind == Kind.TWO_CUTS && s.id == 0;
      s.fullFollow = false;
    }
    for (int b = 0; b < truth.length; b++) {
      w.registers.forced(b, truth[b], new long[0]);
    }
    on();
    trouble(first);
    resolve();
    heal.rest();
    w.setLaws.identical();
    heal.readAll(heal.active());
  }

  /** The server whose image is the truth, if images differ. */
  private int leader() {
    return kind == Kind.TWO_CUTS || kind == Kind.ONCE_MORE ? w.servers.length - 1 : 0;
  }

  private Server.Image choice(Server s, List<Server.Image> first, List<Server.Image> second) {
    int n = w.servers.length;
    return switch (kind) {
      case ONE_IMAGE, IN_THE_HOLD -> second.get(0);
      case OWN_IMAGES, TOO_LATE, ROTTEN, ONE_SERVER, ONCE_MORE -> second.get(s.id);
      case CROSSED -> second.get((s.id + 1) % n);
      case TWO_CUTS -> (s.id == 0 ? first : second).get(s.id);
    };
  }

  // ---- before

  private void write() {
    Agent a = heal.active();
    int blocks = (int) w.o.geometry.blocks();
    for (int i = 0; i < 3; i++) {
      int count = 1 + prng.below(w.o.requestBlocksMax);
      int start = prng.below(blocks - count + 1);
      long[] tokens = new long[count];
      long id = w.id();
      for (int t = 0; t < count; t++) {
        tokens[t] = id << 8 | t;
      }
      heal.ask(
          a,
          new Request(
              w.id(),
              Request.Kind.WRITE,
              start,
              count,
              false,
              false,
              new io.meikyo.sim.disk.TokenPayload(tokens)));
      lastWritten = start;
    }
  }

  private int lastWritten;

  /** One block of a standby is not what was written there. */
  private void rot() {
    heal.rest();
    Server s = w.servers[(w.authority.record().active() + 1) % w.servers.length];
    w.tell(s.name, "block " + lastWritten + " rots");
    s.disk.writeThrough(lastWritten, 0x0bad0bad0badL);
  }

  private List<Server.Image> images() {
    List<Server.Image> all = new ArrayList<>();
    for (Server s : w.servers) {
      all.add(s.image());
    }
    return all;
  }

  /** Hold, cut, images of every replica when what the cut is worth is known, release. */
  private List<Server.Image> backup(boolean release) {
    List<Server.Image> all = new ArrayList<>();
    heal.await(10, "no backup with images succeeds", () -> tryBackup(all, release));
    return all;
  }

  private boolean tryBackup(List<Server.Image> all, boolean release) {
    Agent a = w.controller.healthyActive();
    if (a == null || a.hold != HoldState.NONE || !heal.whole(a)) {
      return false;
    }
    long holdId = w.id();
    long deadline = a.server.local(w.now) + 2_000 * MS;
    w.holdLaws.asked(a, holdId, deadline);
    if (!ordered(a, id -> new Event.Hold(id, holdId, deadline, true, WALL))) {
      return false;
    }
    long cutId = w.id();
    if (!ordered(a, id -> new Event.Cut(id, cutId))) {
      return false;
    }
    heal.await(10, "the cut is never judged", () -> judged(cutId) || a.hold == HoldState.NONE);
    if (a.hold != HoldState.CUT) {
      return false;
    }
    all.clear();
    all.addAll(images());
    if (release) {
      boolean _ = ordered(a, id -> new Event.Release(id, holdId));
    }
    return true;
  }

  /** The verdict and its digest stand on every partition: images of before differ in that. */
  private boolean judged(long cutId) {
    CutStatus verdict = w.holdLaws.verdict(cutId);
    CutRecord first = w.servers[0].meta.superblock().cut();
    for (Server s : w.servers) {
      CutRecord cut = s.meta.superblock().cut();
      boolean same =
          cut.cutId() == cutId
              && cut.digestHigh() == first.digestHigh()
              && cut.digestLow() == first.digestLow();
      if (verdict == null || cut.status() != verdict || !same) {
        return false;
      }
    }
    return verdict != null;
  }

  private boolean ordered(Agent a, LongFunction<Event> make) {
    Effect.@Nullable CommandDone[] answer = {null};
    long id = w.id();
    a.command(make.apply(id), id, done -> answer[0] = done);
    heal.await(10, "a command is not answered", () -> answer[0] != null || !a.alive);
    Effect.CommandDone done = answer[0];
    return done != null && done.ok();
  }

  // ---- the restore

  private void off() {
    for (Server s : w.servers) {
      w.fronts[s.id].stop();
      s.keptDown = true;
      s.powerLoss();
    }
    pass(5 * MS);
  }

  private void on() {
    for (Server s : w.servers) {
      s.keptDown = false;
      s.powerOn();
    }
  }

  /** What {@code clprestore.sh --post} does to the disk of a server that is not in use. */
  private void put(Server s, Server.Image image) {
    LoadedPartition loaded = image.meta().image().load(new MetaStore.Damage());
    if (loaded == null) {
      World.check(false, 0, "an image cannot be read");
      return;
    }
    Superblock found = loaded.superblock();
    List<Flaw> flaws = RestoredImage.flaws(found, loaded.log(), false);
    boolean good = flaws.isEmpty();
    boolean mustBeGood = kind != Kind.TOO_LATE && kind != Kind.ROTTEN;
    World.check(!mustBeGood || good, 6, "the image of a cut is refused: " + flaws);
    World.check(mustBeGood || !good, 6, "an image is taken that is none: " + kind);
    flaws.forEach(f -> w.cover.hit("image/" + f));
    Superblock made =
        RestoredImage.initialised(
            found,
            w.identity(s.id),
            RestoredImage.stamp(found, WALL + w.now / MS + w.id(), prng.next()),
            good);
    MetaStore meta = w.partition(made);
    if (made.cut().logSequence() > 0) {
      LogTransaction empty = new LogTransaction(made.cut().logSequence(), new int[0]);
      meta.begin(new Effect.WriteLog(0, empty)).end();
    }
    w.tell(s.name, "RESTORED from the image of " + Words.server(image.replica()));
    s.restore(new Server.Image(s.id, image.data(), meta, made.stamp()));
    s.forcedOnce = false;
  }

  /** They find together while agents and servers crash, and answers of the state get lost. */
  private void trouble(List<Server.Image> first) {
    w.calm = false;
    int strokes = prng.below(4);
    for (int i = 0; i < strokes; i++) {
      pass(prng.exponential(4 * MS));
      Server s = w.servers[prng.below(w.servers.length)];
      if (prng.chance(0.5)) {
        s.killAgent("in the restore");
      } else if (s.powered) {
        s.powerLoss();
        w.after(prng.exponential(3 * MS), s::powerOn);
      }
    }
    pass(prng.exponential(6 * MS));
    if (kind == Kind.ONCE_MORE) {
      Server s = w.servers[0];
      s.keptDown = true;
      s.powerLoss();
      pass(MS);
      put(s, first.get(0));
      s.notBelieved = true;
      s.fullFollow = false;
      s.keptDown = false;
      s.powerOn();
    }
    pass(5 * MS);
    w.calm = true;
    w.faults.heal();
  }

  /** What the operator does then, and what he must find. */
  private void resolve() {
    if (kind.pairs()) {
      heal.await(10, "the restored replicas do not find together", this::together);
      w.cover.hit("restored pair");
      pass(20 * MS);
      World.check(together(), 4, "a restored mirror did not wait for the end of backup mode");
    } else {
      heal.await(10, "the servers are not up", this::up);
      pass(100 * MS);
    }
    Agent a = agent(leader());
    if (w.servers[leader()].meta.superblock().condition() == Condition.RESTORED) {
      held = false;
      force();
      return;
    }
    held = false;
    Server s = kind.pairs() ? w.servers[prng.below(w.servers.length)] : a.server;
    heal.await(
        10,
        "backup mode cannot be ended",
        () -> {
          Agent now = s.agent;
          return now != null && now.attached() && ordered(now, Event.FlagOff::new);
        });
    w.cover.hit("flag off");
  }

  private void force() {
    heal.await(
        10,
        "the operator's word is not taken",
        () -> {
          Agent a = w.servers[leader()].agent;
          if (a == null || !a.attached() || w.authority.undecided() > 0) {
            return false;
          }
          a.forcing = true;
          boolean ok = ordered(a, id -> new Event.Activate(id, true));
          if (ok) {
            w.fronts[leader()].start(a);
          }
          return ok;
        });
    w.cover.hit("restored by word");
  }

  private boolean up() {
    for (Server s : w.servers) {
      Agent a = s.agent;
      if (a == null || !a.attached() || a.standsStill()) {
        return false;
      }
    }
    return true;
  }

  private Agent agent(int server) {
    heal.await(10, "the servers are not up", this::up);
    Agent a = w.servers[server].agent;
    if (a == null) {
      throw new IllegalStateException("unreachable");
    }
    return a;
  }

  /** In sync by the record, and on every partition, with backup mode still on. */
  private boolean together() {
    SetRecord r = w.authority.record();
    if (!up() || r.active() >= 0 || r.inSyncMask() != (1 << w.servers.length) - 1) {
      return false;
    }
    for (Server s : w.servers) {
      Superblock sb = s.meta.superblock();
      if (sb.condition() != Condition.CONSISTENT
          || !sb.backup().flagOn()
          || sb.generations().current() != r.generation()) {
        return false;
      }
    }
    return true;
  }

  /** One replica is put back beside a mirror that goes on: only the operator lets it be filled. */
  private void oneServer(List<Server.Image> images) {
    Server s = w.servers[(w.authority.record().active() + 1) % w.servers.length];
    s.keptDown = true;
    s.powerLoss();
    put(s, images.get(s.id));
    long[] bytes = images.get(s.id).data();
    s.notBelieved = true;
    s.fullFollow = false;
    s.keptDown = false;
    s.powerOn();
    pass(200 * MS);
    World.check(
        Arrays.equals(s.disk.visible(), bytes), 8, "a restored image was written without a word");
    heal.rest();
    w.setLaws.identical();
    heal.readAll(heal.active());
  }

  private void pass(long nanos) {
    long until = w.now + nanos;
    while (w.now < until && w.step()) {}
  }

  // ---- what the others ask it

  /** Until backup mode is ended, nothing is written and nothing is copied. */
  void touched(Agent a, String what) {
    World.check(!held, 8, a.server.name + " " + what + " before the restore was finished");
  }

  /** Something is compared or repaired. */
  void copies(Agent a) {
    World.check(
        !held && !kind.pairs(), 8, a.server.name + " copies between restored images of one cut");
  }

  /** A record was decided while images lie in the servers. */
  void decided(boolean activates) {
    World.check(
        !held || !activates,
        4,
        "a replica was made active before the backup mode of its image was ended");
  }

  /** Restored replicas were made a mirror. */
  void paired(SetRecord next) {
    // The proposal of one that was restored once more may be decided late, even after the operator
    // has begun to help.
    boolean before = held || kind == Kind.ONCE_MORE;
    World.check(before && kind.mayPair(), 4, "a mirror was made of what is none: " + kind);
    World.check(
        next.inSyncMask() == (1 << w.servers.length) - 1, 4, "a mirror was made of a part of it");
    for (Server s : w.servers) {
      // One that was restored once more after it had asked is not the one that is named.
      boolean named = next.stamps().get(s.id).equals(s.meta.superblock().stamp());
      World.check(named || kind == Kind.ONCE_MORE, 12, s.name + " is not named by its stamp");
      World.check(
          !named || Arrays.equals(s.disk.visible(), truth),
          6,
          "block "
              + Arrays.mismatch(s.disk.visible(), truth)
              + " of "
              + s.name
              + " is not that of the cut");
    }
  }
}
