// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;

/** Short words for the lines of a story. */
final class Words {
  private Words() {}

  static String of(Event e) {
    return switch (e) {
      case Event.Received r -> of(r.frame()) + " from " + server(r.peer());
      case Event.RecordSeen r -> "RecordSeen " + of(r.record());
      case Event.Proposed p ->
          "Proposed "
              + Long.toHexString(p.proposalId())
              + " "
              + p.outcome()
              + (p.record() == null ? "" : " " + of(p.record()));
      case Event.LinkUp l -> "LinkUp " + server(l.peer());
      case Event.LinkDown l -> "LinkDown " + server(l.peer());
      case Event.DiskDone d ->
          "DiskDone "
              + d.op()
              + (d.ok() ? "" : " ERROR")
              + (d.payload() == null ? "" : " [" + d.payload() + "]");
      case Event.Attach a ->
          "Attach boot="
              + Long.toHexString(a.bootId())
              + " "
              + of(a.loaded().superblock())
              + " "
              + a.loaded().log()
              + (a.record() == null ? " no record" : " " + of(a.record()));
      default -> plain(e);
    };
  }

  static String of(Effect e) {
    return switch (e) {
      case Effect.Send s -> "Send " + server(s.peer()) + " " + of(s.frame());
      case Effect.Propose p -> "Propose " + Long.toHexString(p.proposalId()) + " " + of(p.next());
      case Effect.WriteSuperblock s -> "WriteSuperblock " + s.op() + " " + of(s.superblock());
      case Effect.WriteLog l -> "WriteLog " + l.op() + " " + l.transaction();
      case Effect.Tell t -> "Tell " + t.say() + " " + t.args();
      case Effect.WriteMapPage m ->
          "WriteMapPage " + m.op() + " " + m.page() + hex(m.page().words());
      case Effect.ComputeDigest d -> "ComputeDigest cut " + d.cutId() + hex(d.chunks());
      case Effect.CloseLink c -> "CloseLink " + server(c.peer()) + " " + c.why();
      default -> plain(e);
    };
  }

  static String of(Frame f) {
    return "{e"
        + f.epoch()
        + " s"
        + Long.toHexString(f.session() & 0xffff)
        + "#"
        + f.sequence()
        + " "
        + of(f.body())
        + "}";
  }

  static String of(Message m) {
    return switch (m) {
      case Message.Greet g ->
          "Greet "
              + g.view().role()
              + " "
              + g.view().condition()
              + " e"
              + g.view().epoch()
              + " gen "
              + g.view().generations()
              + " stamp "
              + of(g.view().stamp())
              + (g.view().cacheLost() ? " cacheLost" : "")
              + (g.view().wasActive() ? " wasActive" : "")
              + (g.view().forgetful() ? " forgetful" : "")
              + (g.view().rolledBack() ? " rolledBack" : "")
              + (g.view().suspects() ? " suspects" : "");
      case Message.Suspects p -> "Suspects page " + p.page() + hex(p.words()) + last(p.last());
      case Message.ChangePage p ->
          "ChangePage cut " + p.cutId() + " page " + p.page() + hex(p.words());
      case Message.DigestPage p ->
          "DigestPage cut " + p.cutId() + " page " + p.page() + hex(p.words()) + last(p.last());
      case Message.Follow f ->
          "Follow "
              + f.mode()
              + " stamp "
              + of(f.stamp())
              + " gen "
              + f.generations()
              + " set "
              + set(f.inSyncMask());
      default -> plain(m);
    };
  }

  private static String hex(long[] words) {
    StringBuilder b = new StringBuilder();
    for (long w : words) {
      b.append(' ').append(Long.toHexString(w));
    }
    return b.toString();
  }

  private static String last(boolean last) {
    return last ? " last" : "";
  }

  static String of(Stamp s) {
    return s.isSome() ? s.counter() + ":" + Long.toHexString(s.random() & 0xffff) : "none";
  }

  static String of(Superblock s) {
    StringBuilder b = new StringBuilder("sb#").append(s.sequence());
    b.append(" e").append(s.epoch()).append(" set ").append(Integer.toBinaryString(s.inSyncMask()));
    b.append(" act ").append(s.activeReplica()).append(' ').append(s.condition());
    b.append(s.wasActive() ? " wasActive" : "").append(s.clean() ? " clean" : "");
    b.append(" gen ").append(s.generations()).append(" stamp ").append(of(s.stamp()));
    if (s.stampPending().isSome()) {
      b.append(" pending ").append(of(s.stampPending()));
    }
    for (int i = 0; i < s.peers().size(); i++) {
      if (s.peers().get(i).base().isSome()) {
        b.append(" peer").append(i).append('=').append(of(s.peers().get(i).base()));
        b.append('/').append(of(s.peers().get(i).baseNext()));
        b.append(s.peers().get(i).tracked() ? "t" : "");
        b.append(s.peers().get(i).baseProven() ? "p" : "");
      }
    }
    if (s.cut().cutId() != 0) {
      b.append(" cut ").append(s.cut().cutId()).append(' ').append(s.cut().status());
    }
    return b.append(s.backup().flagOn() ? " FLAG" : "").toString();
  }

  static String of(SetRecord r) {
    StringBuilder b = new StringBuilder("[v").append(r.version()).append(" e").append(r.epoch());
    b.append(" act ").append(r.active() < 0 ? "-" : server(r.active()));
    b.append(" set ").append(set(r.inSyncMask()));
    b.append(" gen ").append(Long.toHexString(r.generation() & 0xffff)).append(" stamps");
    for (int i = 0; i < 3; i++) {
      b.append(' ').append(of(r.stamps().get(i)));
    }
    if (r.holdId() != 0) {
      b.append(" hold ").append(r.holdId());
    }
    if (r.cutId() != 0) {
      b.append(" cut ").append(r.cutId()).append(' ').append(r.cutStatus());
    }
    return b.append(']').toString();
  }

  static String of(Request r) {
    return r.kind
        + " #"
        + r.id
        + (r.count > 0 ? " at " + r.start + "+" + r.count : "")
        + (r.fua ? " fua" : "")
        + (r.payload == null ? "" : " [" + r.payload + "]");
  }

  static String set(int mask) {
    StringBuilder b = new StringBuilder("{");
    for (int m = mask; m != 0; m &= m - 1) {
      b.append(server(Integer.numberOfTrailingZeros(m)));
    }
    return b.append('}').toString();
  }

  static String server(int id) {
    return String.valueOf((char) ('A' + id));
  }

  private static String plain(Object o) {
    String s = o.toString();
    return s.length() > 300 ? s.substring(0, 300) + "…" : s;
  }
}
