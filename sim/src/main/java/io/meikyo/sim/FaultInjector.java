// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.Superblock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong by itself. Faults that destroy data (a disk error, an old image, a new disk) come
 * only while another member of the in-sync set is whole and no decision is on its way: two of them
 * at once are more than any mirror survives.
 */
final class FaultInjector {
  private static final long MS = SwarmOptions.MS;

  private final World w;
  private final Prng prng;
  private final List<Server.@Nullable Image> images = new ArrayList<>();

  FaultInjector(World w, Prng prng) {
    this.w = w;
    this.prng = prng;
    for (int i = 0; i < w.servers.length; i++) {
      images.add(null);
    }
  }

  void begin() {
    for (Fault f : Fault.values()) {
      double mean = w.o.meanBetween(f);
      if (mean > 0) {
        w.after(prng.exponential(mean), () -> again(f, mean));
      }
    }
    w.after(5 * MS, this::replaceFailed);
  }

  private void again(Fault f, double mean) {
    if (w.calm || w.tale != null) {
      // A restore has troubles of its own.
      return;
    }
    w.after(prng.exponential(mean), () -> again(f, mean));
    strike(f);
  }

  /** A hold stands: one of the seed's faults now, since by chance alone it would be seldom. */
  void strikeInHold() {
    List<Fault> all = List.of(Fault.values());
    Fault f = all.get(prng.below(all.size()));
    if (!w.calm && w.o.meanBetween(f) > 0) {
      strike(f);
    }
  }

  private void strike(Fault f) {
    if (happens(f, w.servers[prng.below(w.servers.length)])) {
      w.cover.hit("fault/" + f);
      Agent a = w.controller.healthyActive();
      if (a != null && a.hold != HoldState.NONE) {
        w.cover.hit("hold with/" + f);
      }
    }
  }

  /** Returns false if it could not happen now. */
  private boolean happens(Fault f, Server s) {
    return switch (f) {
      case AGENT_KILL -> {
        boolean lives = s.agent != null;
        s.killAgent("fault");
        yield lives;
      }
      case AGENT_PAUSE -> pause(s);
      case POWER_ONE -> powerCycle(s);
      case POWER_ALL -> {
        for (Server one : w.servers) {
          w.after(prng.below(1000), () -> powerCycle(one));
        }
        yield true;
      }
      case DISK_SLOW -> {
        s.slowUntil = w.now + (long) prng.logBetween(5 * MS, 100 * MS);
        yield true;
      }
      case AUTHORITY_CUT -> {
        w.authority.cut(s, (long) prng.logBetween(5 * MS, 150 * MS));
        yield true;
      }
      case LINK_RESET, LINK_CUT, LINK_CUT_ONE_WAY, LINK_STALL -> link(f, s);
      case DISK_ERROR, DISK_DEATH -> disk(f, s);
      case IMAGE -> {
        boolean good = s.ownImage == null && !s.failed && !s.notBelieved;
        if (good) {
          images.set(s.id, s.image());
        }
        yield good;
      }
      case ROLLBACK -> rollBack(s);
      case SWAP -> swap(s);
      case REPLACE -> replace(s);
    };
  }

  private boolean pause(Server s) {
    Agent a = s.agent;
    if (a == null || a.standsStill()) {
      return false;
    }
    long nanos = (long) prng.logBetween(2 * MS, 150 * MS);
    w.tell(s.name, "stands still for " + nanos / 1000 + "us");
    a.standStill(nanos);
    return true;
  }

  private boolean powerCycle(Server s) {
    if (!s.powered || s.keptDown || w.calm) {
      return false;
    }
    s.powerLoss();
    w.after(prng.exponential(w.o.downMean), s::powerOn);
    return true;
  }

  private boolean link(Fault f, Server s) {
    int other = (s.id + 1 + prng.below(w.servers.length - 1)) % w.servers.length;
    Link l = w.links[s.id][other];
    long nanos = (long) prng.logBetween(2 * MS, 120 * MS);
    switch (f) {
      case LINK_RESET -> l.reset();
      case LINK_CUT -> l.cut(3, nanos);
      case LINK_CUT_ONE_WAY -> l.cut(1 + prng.below(2), nanos);
      default -> l.stall(prng.below(2), nanos / 2);
    }
    return true;
  }

  // ---- what destroys data

  /** Another member is whole, and nothing is being decided. */
  private boolean anotherIsWhole(Server s) {
    SetRecord r = w.authority.record();
    if (r.inSyncMask() == 0 || w.authority.undecided() > 0) {
      return false;
    }
    boolean another = false;
    for (Server o : w.servers) {
      boolean impaired = o.failed || o.dead || o.notBelieved || o.ownImage != null;
      if (impaired) {
        return false;
      }
      another |= o != s && r.inSync(o.id);
    }
    return another;
  }

  private boolean disk(Fault f, Server s) {
    boolean isActive = w.authority.record().active() == s.id;
    if (s.agent == null || !anotherIsWhole(s) || (isActive && prng.chance(0.5))) {
      return false;
    }
    if (f == Fault.DISK_ERROR) {
      w.tell(s.name, "its next disk operation will fail");
      s.failNext = 1;
    } else {
      w.tell(s.name, "its disk dies");
      s.dead = true;
      s.failed = true;
      w.registers.tick();
      w.registers.cachesLost(s.id);
    }
    return true;
  }

  /** The operator replaces a disk that has failed, once the set does without it. */
  private void replaceFailed() {
    w.after(5 * MS, this::replaceFailed);
    for (Server s : w.servers) {
      if (s.failed && !w.authority.record().inSync(s.id) && w.authority.undecided() == 0) {
        w.tell(s.name, "its disk is replaced");
        w.cover.hit("failed disk replaced");
        s.powerLoss();
        s.replaceByBlank();
        w.after(prng.exponential(w.o.restartMean), s::powerOn);
      }
    }
  }

  private boolean replace(Server s) {
    if (w.authority.record().inSync(s.id) || !anotherIsWhole(s) || !s.powered) {
      return false;
    }
    w.tell(s.name, "gets a new disk");
    s.powerLoss();
    s.replaceByBlank();
    images.set(s.id, null);
    w.after(prng.exponential(w.o.restartMean), s::powerOn);
    return true;
  }

  /** The authority, or the partition of every member, can tell that the image is old. */
  private boolean detectable(Server s, Server.Image image) {
    SetRecord r = w.authority.record();
    if (!image.stamp().isSome() || image.stamp().equals(s.meta.superblock().stamp())) {
      return false;
    }
    Superblock old = image.meta().superblock();
    long newest = Math.max(old.stamp().counter(), old.stampPending().counter());
    if (r.inSync(s.id) && r.stamps().get(s.id).counter() <= newest) {
      return false;
    }
    for (Server o : w.servers) {
      if (o == s || !r.inSync(o.id)) {
        continue;
      }
      Superblock sb = o.meta.superblock();
      if (sb.peers().get(s.id).accepts(old.stamp())
          || sb.peers().get(s.id).accepts(old.stampPending())) {
        return false;
      }
    }
    return true;
  }

  private boolean rollBack(Server s) {
    Server.Image image = images.get(s.id);
    if (image == null || !s.powered || !anotherIsWhole(s)) {
      return false;
    }
    s.powerLoss();
    if (!detectable(s, image) || w.authority.undecided() > 0) {
      w.cover.hit("rollback not detectable, left alone");
      w.after(prng.exponential(w.o.downMean), s::powerOn);
      return false;
    }
    w.tell(s.name, "ROLLED BACK to an image with stamp " + Words.of(image.stamp()));
    s.restore(image);
    s.notBelieved = true;
    s.fullFollow = false;
    w.cover.hit("rolled back/" + (w.authority.record().inSync(s.id) ? "member" : "outside"));
    w.after(prng.exponential(w.o.downMean), s::powerOn);
    return true;
  }

  private boolean swap(Server s) {
    Server other = w.servers[(s.id + 1) % w.servers.length];
    if (!s.powered || s.ownImage != null || other.ownImage != null || !anotherIsWhole(s)) {
      return false;
    }
    s.powerLoss();
    w.tell(s.name, "starts with the partitions of " + other.name);
    s.ownImage = s.image();
    s.restore(other.image());
    w.after(prng.exponential(w.o.restartMean), s::powerOn);
    w.after(prng.exponential(60 * MS), () -> swapBack(s));
    return true;
  }

  private void swapBack(Server s) {
    Server.Image own = s.ownImage;
    if (own == null) {
      return;
    }
    s.powerLoss();
    w.tell(s.name, "has its own partitions again");
    s.restore(own);
    s.ownImage = null;
    w.after(prng.exponential(w.o.restartMean), s::powerOn);
  }

  // ---- the end of all faults

  void heal() {
    w.tell("----", "all faults end");
    w.authority.heal();
    for (Server s : w.servers) {
      s.slowUntil = 0;
      s.failNext = 0;
      s.keptDown = false;
      swapBack(s);
      for (Server o : w.servers) {
        if (o.id > s.id) {
          w.links[s.id][o.id].healCuts();
        }
      }
      if (!s.powered) {
        w.after(prng.exponential(w.o.restartMean), s::powerOn);
      } else if (s.agent == null) {
        s.startLater();
      }
    }
  }

  /** A member of the set lost its bytes, so that the others may need the operator's word. */
  boolean memberLost() {
    SetRecord r = w.authority.record();
    for (Server s : w.servers) {
      if (r.inSync(s.id) && (s.dead || s.failed || s.notBelieved)) {
        return true;
      }
    }
    return false;
  }

  /** Every member of the set is beyond use: no mirror comes back from that. */
  boolean nobodyLeft() {
    SetRecord r = w.authority.record();
    for (Server s : w.servers) {
      if (r.inSync(s.id) && !s.dead && !s.failed && !s.notBelieved) {
        return false;
      }
    }
    return r.inSyncMask() != 0;
  }
}
