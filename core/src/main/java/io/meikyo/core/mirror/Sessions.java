// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.link.ReplicaView;

/**
 * Sessions with the peers (rule R3): greeting with nonces, so that a message of an old connection
 * is never taken for one of this; sequence numbers; signs of life; the end of a session.
 *
 * <pre>
 *   link up ─▶ (old work of this peer drained) ─▶ Hello(nonce) ─▶ peer answers Greet(echo, view)
 *      both greeted ─▶ Suspects ─▶ the reconnect table decides
 * </pre>
 */
final class Sessions {
  private final Replica r;

  Sessions(Replica r) {
    this.r = r;
  }

  /** No answer is relied on for longer, ns: more than that is not asked for in earnest. */
  private static final long LEASE_MAX = 60_000_000_000L;

  // ---- the connection

  void linkUp(Peer p) {
    if (p.up) {
      lose(p);
    }
    p.up = true;
    p.greeted = false;
    p.helloSent = false;
    p.nonce = r.random();
    p.theirNonce = 0;
    p.session = 0;
    p.view = null;
    p.suspects.clearAll();
    p.suspectsComplete = false;
    p.heardAt = r.now;
    p.pingedAt = Long.MIN_VALUE / 2;
    hello(p);
  }

  void linkDown(Peer p) {
    if (p.up) {
      lose(p);
    }
  }

  /** The old session is drained: whatever it wrote has landed, or nothing is greeted. */
  private boolean drained(Peer p) {
    return p.workOpen == 0 && (r.role == Role.ACTIVE || r.dataWrites == 0);
  }

  /** Nothing changes the data partition any more: those who wait for that are greeted. */
  void quiet() {
    for (Peer p : r.peers) {
      if (p.up && !p.helloSent) {
        hello(p);
      }
    }
  }

  private void hello(Peer p) {
    if (r.role == Role.DETACHED || r.role == Role.FAILED || !drained(p)) {
      return;
    }
    p.helloSent = true;
    send(p, 0, 0, new Message.Hello(Frame.PROTOCOL_VERSION, p.nonce));
    if (p.theirNonce != 0) {
      greet(p);
    }
  }

  private void greet(Peer p) {
    ReplicaView view = view();
    p.sent = 0;
    send(p, sessionOf(p), 0, new Message.Greet(p.theirNonce, p.nonce, view));
    if (view.suspects()) {
      ChunkMap map = suspects();
      int last = map.pages() - 1;
      for (int page = 0; page <= last; page++) {
        if (map.pageHasBits(page) || page == last) {
          send(p, sessionOf(p), ++p.sent, new Message.Suspects(page, map.page(page), page == last));
        }
      }
    }
  }

  private long sessionOf(Peer p) {
    long low = r.self < p.id ? p.nonce : p.theirNonce;
    long high = r.self < p.id ? p.theirNonce : p.nonce;
    long s = low * 0x9E3779B97F4A7C15L ^ Long.rotateLeft(high, 29) * 0xD1B54A32D192ED03L;
    return s == 0 ? 1 : s;
  }

  /** Chunks in which we may differ from others (DESIGN: the union of both sides' maps counts). */
  private ChunkMap suspects() {
    ChunkMap map = new ChunkMap(r.geometry);
    if (r.role != Role.ACTIVE) {
      r.log.addTo(map);
      for (Peer p : r.peers) {
        map.or(r.dirty(p));
      }
      r.recent.addTo(map);
    }
    return map;
  }

  ReplicaView view() {
    return new ReplicaView(
        r.config.identity(),
        r.geometry,
        r.groupId,
        r.epoch,
        r.role,
        r.meta.generations,
        r.meta.stamp,
        r.bootId,
        r.meta.condition,
        r.cacheLost,
        r.meta.wasActive,
        r.forgetful,
        r.rolledBack,
        !suspects().isEmpty(),
        r.meta.cut,
        r.meta.backup,
        r.zeroGranularity);
  }

  // ---- messages

  void received(Peer p, Frame f) {
    if (!p.up) {
      return;
    }
    switch (f.body()) {
      case Message.Hello m -> {
        if (m.protocolVersion() != Frame.PROTOCOL_VERSION) {
          r.tell(Say.PROTOCOL_VERSION_DIFFERS, p.id, m.protocolVersion());
          close(p, Parting.PROTOCOL);
        } else if (!p.greeted) {
          p.theirNonce = m.nonce();
          if (p.helloSent) {
            greet(p);
          }
        }
      }
      case Message.Greet m -> {
        if (m.echo() == p.nonce && p.helloSent && !p.greeted) {
          p.theirNonce = m.nonce();
          p.session = sessionOf(p);
          p.received = 0;
          p.greeted = true;
          p.heardAt = r.now;
          p.view = m.view();
          p.suspectsComplete = !m.view().suspects();
          if (p.suspectsComplete) {
            met(p);
          }
        }
      }
      default -> inSession(p, f);
    }
  }

  private void inSession(Peer p, Frame f) {
    if (!p.greeted || f.session() != p.session || f.sequence() <= p.received) {
      r.tell(Say.STALE_MESSAGE_DROPPED, p.id);
      return;
    }
    if (f.sequence() != p.received + 1) {
      r.tell(Say.MESSAGE_MISSING, p.id);
      close(p, Parting.PROTOCOL);
      return;
    }
    p.received = f.sequence();
    p.heardAt = r.now;
    if (f.epoch() < r.epoch && r.activeReplica != p.id && r.activeReplica >= 0 && leads(f.body())) {
      r.tell(Say.OLD_EPOCH_REFUSED, p.id, f.epoch(), r.epoch);
      close(p, Parting.OLD_EPOCH);
      return;
    }
    dispatch(p, f);
  }

  /** True for messages that only an active sends. */
  private static boolean leads(Message m) {
    return m instanceof Message.Follow
        || m instanceof Message.Restamp
        || m instanceof Message.Write
        || m instanceof Message.Zero
        || m instanceof Message.Flush
        || m instanceof Message.Repair
        || m instanceof Message.Recovered
        || m instanceof Message.Cut
        || m instanceof Message.CutVerdict
        || m instanceof Message.Rest;
  }

  private void dispatch(Peer p, Frame f) {
    switch (f.body()) {
      case Message.Hello _, Message.Greet _ -> {}
      case Message.Suspects m -> {
        p.suspects.orPage(m.page(), m.words());
        if (m.last() && !p.suspectsComplete) {
          p.suspectsComplete = true;
          met(p);
        }
      }
      case Message.Ping m -> {
        r.follower.settled(p, m.settled());
        // A pong is a promise: who may not give it stays silent (rule R5). It lasts as long as the
        // asker will rely on it, whose times may be others than ours.
        if (m.lease() >= 0
            && m.lease() <= LEASE_MAX
            && r.follower.mayPromise(p)
            && (f.epoch() >= r.epoch || r.activeReplica == p.id)) {
          long lease = Math.max(m.lease(), r.config.times().lease());
          r.promiseUntil = Math.max(r.promiseUntil, r.now + lease + r.config.times().leaseMargin());
          send(p, new Message.Pong(m.ping()));
        }
      }
      case Message.Pong m -> {
        p.leaseUntil = Math.max(p.leaseUntil, m.ping() + r.config.times().lease());
        r.app.reads().leaseRenewed();
      }
      case Message.Goodbye m -> {
        r.tell(Say.PEER_SAID_GOODBYE, p.id, m.why());
        if (r.active() && m.why() == Parting.DISK_FAILED) {
          p.mustDrop = true;
        }
        close(p, m.why());
      }
      case Message.Follow _,
          Message.StampDone _,
          Message.Restamp _,
          Message.Write _,
          Message.Zero _,
          Message.Flush _,
          Message.Compare _,
          Message.Repair _,
          Message.Recovered _,
          Message.Cut _,
          Message.DigestPage _,
          Message.Rest _ ->
          r.follower.received(p, f);
      case Message.CutVerdict m -> {
        boolean nobodyLeads = p.view != null && p.view.role() == Role.STANDBY;
        if (nobodyLeads && !p.following && r.role == Role.STANDBY) {
          r.restored.verdict(p, m);
        } else {
          r.follower.received(p, f);
        }
      }
      case Message.CutVerdictAck m -> {
        if (r.active()) {
          r.leading.received(p, m);
        } else {
          r.restored.verdictAck(p, m);
        }
      }
      case Message.Following _,
          Message.Written _,
          Message.Flushed _,
          Message.Compared _,
          Message.Repaired _,
          Message.RecoveredAck _,
          Message.ChangePage _,
          Message.CutDone _,
          Message.Digest _ -> {
        if (r.active()) {
          r.leading.received(p, f.body());
        }
      }
    }
  }

  private void met(Peer p) {
    ReplicaView v = p.view;
    if (v == null) {
      return;
    }
    if (r.role == Role.STANDBY && v.role() == Role.ACTIVE && leaveOther(p)) {
      return;
    }
    if (!r.active() && v.groupId() != 0 && v.groupId() == r.groupId && v.epoch() > r.epoch) {
      r.epoch = v.epoch();
      r.activeReplica = v.role() == Role.ACTIVE ? p.id : r.activeReplica;
    }
    r.leading.met(p);
    r.promotion.progress();
  }

  /**
   * Another active greets while we follow an old one: what came from that one since we listed our
   * suspects is in nobody's map. So both sessions end, and we greet anew with the whole list.
   */
  private boolean leaveOther(Peer leader) {
    boolean any = false;
    for (Peer q : r.peers) {
      if (q != leader && q.following) {
        close(q, Parting.OLD_EPOCH);
        any = true;
      }
    }
    if (any) {
      close(leader, Parting.OLD_EPOCH);
    }
    return any;
  }

  void send(Peer p, Message body) {
    if (p.up && p.greeted) {
      send(p, p.session, ++p.sent, body);
    }
  }

  private void send(Peer p, long session, long sequence, Message body) {
    r.emit(new Effect.Send(p.id, new Frame(r.groupId, r.epoch, session, sequence, body)));
  }

  // ---- time

  void tick() {
    for (Peer p : r.peers) {
      if (!p.up) {
        continue;
      }
      if (r.now - p.heardAt > r.config.times().silence() && (p.helloSent || r.dataWrites == 0)) {
        r.tell(Say.PEER_SILENT, p.id);
        close(p, Parting.SILENT);
      } else if (p.greeted && r.now - p.pingedAt >= r.config.times().ping()) {
        ping(p);
      }
    }
  }

  void ping(Peer p) {
    p.pingedAt = r.now;
    long settled = r.active() ? r.leading.settledEverywhere() : 0;
    send(p, new Message.Ping(r.now, settled, r.config.times().lease()));
  }

  long deadline() {
    long at = Long.MAX_VALUE;
    for (Peer p : r.peers) {
      if (p.up) {
        at = Math.min(at, p.heardAt + r.config.times().silence() + 1);
        if (p.greeted) {
          at = Math.min(at, p.pingedAt + r.config.times().ping());
        }
      }
    }
    return at;
  }

  // ---- the end

  /** Says goodbye and closes the connection. */
  void close(Peer p, Parting why) {
    if (!p.up) {
      return;
    }
    send(p, new Message.Goodbye(why));
    r.emit(new Effect.CloseLink(p.id, why));
    lose(p);
  }

  void closeAll(Parting why) {
    r.peers.forEach(p -> close(p, why));
  }

  private void lose(Peer p) {
    p.up = false;
    p.greeted = false;
    p.session = 0;
    p.view = null;
    r.follower.sessionLost(p);
    r.leading.sessionLost(p);
  }
}
