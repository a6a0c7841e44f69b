// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Issues stamps (rule R2). A round gives one fresh stamp to us and to every peer that follows or is
 * about to:
 *
 * <pre>
 *   1. dirty pages of the peers that connect, then our superblock: each peer may show old or new
 *   2. Follow or Restamp ─▶ the peer's superblock: new ─▶ Following
 *   3. our superblock: new, each peer that answered must show new
 *   4. StampDone; only now data flows to those that connect
 * </pre>
 *
 * A crash between any two steps leaves a pair of stamps that we accept, and no data has flowed
 * under a stamp that we would not recognise.
 */
final class StampRounds {
  private final Replica r;
  private final List<Peer> waiting = new ArrayList<>();
  private final List<Peer> connecting = new ArrayList<>();
  private final List<Peer> unanswered = new ArrayList<>();
  private final List<Peer> answered = new ArrayList<>();
  private @Nullable Stamp stamp;
  private boolean sent;
  private boolean renew;
  private long issuedAt;
  private long sentAt;
  private int round;

  StampRounds(Replica r) {
    this.r = r;
  }

  void stop() {
    waiting.clear();
    connecting.clear();
    unanswered.clear();
    answered.clear();
    stamp = null;
    sent = false;
    renew = false;
    issuedAt = r.now;
    round++;
  }

  /** True while the peer waits for its stamp. */
  boolean has(Peer p) {
    return waiting.contains(p) || connecting.contains(p);
  }

  boolean idle() {
    return stamp == null;
  }

  /** The peer is to follow, in the mode that stands in it. */
  void connect(Peer p) {
    waiting.add(p);
    begin();
  }

  /** A new stamp for all that follow. */
  void renew() {
    renew = true;
    begin();
  }

  void tick() {
    if (!r.hold.writesHeld() && renewDue() && r.now - issuedAt >= r.config.times().restamp()) {
      renew();
    }
  }

  private boolean renewDue() {
    return r.role == Role.ACTIVE && stamp == null && r.app.wroteSince(issuedAt) && anyFlows();
  }

  long deadline() {
    return !r.hold.writesHeld() && renewDue()
        ? issuedAt + r.config.times().restamp()
        : Long.MAX_VALUE;
  }

  private boolean anyFlows() {
    for (Peer p : r.peers) {
      if (p.flowing) {
        return true;
      }
    }
    return false;
  }

  void begin() {
    if (stamp != null || (waiting.isEmpty() && !renew) || !r.active()) {
      return;
    }
    if (r.hold.writesHeld()) {
      return;
    }
    renew = false;
    int mine = ++round;
    connecting.addAll(waiting);
    waiting.clear();
    long counter = 0;
    for (Peer p : connecting) {
      counter = p.view == null ? counter : Math.max(counter, p.view.stamp().counter());
    }
    Stamp fresh = r.meta.freshStamp(counter);
    stamp = fresh;
    sent = false;
    issuedAt = r.now;
    unanswered.clear();
    answered.clear();
    unanswered.addAll(connecting);
    for (Peer p : r.peers) {
      if (p.flowing) {
        unanswered.add(p);
      }
    }
    int[] open = {1};
    Runnable pageDone =
        () -> {
          if (--open[0] == 0 && round == mine) {
            offer(fresh, mine);
          }
        };
    for (Peer p : connecting) {
      open[0]++;
      r.store.persist(p.id, pageDone);
    }
    pageDone.run();
  }

  private void offer(Stamp fresh, int mine) {
    for (Peer p : unanswered) {
      PeerSlot slot = r.meta.slots[p.id];
      boolean full = connecting.contains(p) && p.mode == Message.FollowMode.FULL;
      Stamp shown = p.view == null || p.flowing ? slot.base() : p.view.stamp();
      r.meta.slots[p.id] =
          full
              ? slot.withStamps(fresh, Stamp.NONE, true)
              : slot.withStamps(shown, fresh, slot.tracked());
    }
    r.meta.save(() -> {
      if (round != mine) {
        return;
      }
      sent = true;
      sentAt = r.now;
      for (Peer p : unanswered) {
        Message m =
            connecting.contains(p)
                ? new Message.Follow(p.mode, fresh, r.meta.generations, r.set.record().inSyncMask())
                : new Message.Restamp(fresh, r.meta.generations, r.set.record().inSyncMask());
        r.sessions.send(p, m);
      }
      check();
    });
  }

  void following(Peer p, Stamp shown) {
    if (shown.equals(stamp) && sent && unanswered.remove(p)) {
      answered.add(p);
      check();
    }
  }

  /** When the peer was asked for an answer that it still owes; far future if it owes none. */
  long askedAt(Peer p) {
    return sent && unanswered.contains(p) ? sentAt : Long.MAX_VALUE;
  }

  void lost(Peer p) {
    waiting.remove(p);
    connecting.remove(p);
    answered.remove(p);
    if (unanswered.remove(p) && sent) {
      check();
    }
  }

  private void check() {
    Stamp fresh = stamp;
    if (fresh == null || !sent || !unanswered.isEmpty()) {
      return;
    }
    int mine = round;
    sent = false;
    r.meta.stamp = fresh;
    for (Peer p : answered) {
      r.meta.slots[p.id] = r.meta.slots[p.id].withStamps(fresh, Stamp.NONE, true);
    }
    r.meta.save(() -> {
      if (round == mine) {
        finish(fresh);
      }
    });
  }

  private void finish(Stamp fresh) {
    r.tell(Say.STAMP_ISSUED, fresh.counter());
    stamp = null;
    List<Peer> ready = new ArrayList<>(connecting);
    connecting.clear();
    for (Peer p : answered) {
      r.sessions.send(p, new Message.StampDone(fresh));
    }
    ready.retainAll(answered);
    answered.clear();
    ready.forEach(r.leading::flow);
    begin();
    r.hold.progress();
    r.set.plan();
  }
}
