// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The cut itself, and the proof that the replicas were equal at it (rules R8, R9).
 *
 * <pre>
 *   active: each peer may show old or new stamp (durable) ─▶ Cut
 *   standby: cut record, flag, stamp durable ─▶ snapshot ─▶ change pages, CutDone
 *   active: cut record, flag, stamp durable ─▶ snapshot ─▶ the cut stands
 *   active: union of the change maps ─▶ digest on every replica ─▶ verdict, durable everywhere
 * </pre>
 */
final class CutRound {
  private final Replica r;
  private final HoldMachine hold;

  /** What changed here after the last cut whose proof is not yet known. */
  private final ChunkMap sinceCut;

  private boolean counting;

  // ---- active
  private long cutId;
  private int waitingFor;
  private boolean failed;
  private boolean digesting;
  private final ChunkMap union;
  private int digestsOpen;
  private @Nullable Hash mine;
  private boolean differ;
  private boolean missing;

  // ---- standby

  /** The cut that is being written here; 0: none. */
  private long following;

  /** A write has come after it already: the active has given it up. */
  private boolean overtaken;

  private @Nullable Consumer<Boolean> snapshotDone;
  private @Nullable Consumer<@Nullable Hash> digestDone;
  private long digestOf;
  private final ChunkMap asked;
  private final List<Runnable> passing = new ArrayList<>();
  private int flagsGoingOff;

  CutRound(Replica r, HoldMachine hold) {
    this.r = r;
    this.hold = hold;
    this.sinceCut = new ChunkMap(r.geometry);
    this.union = new ChunkMap(r.geometry);
    this.asked = new ChunkMap(r.geometry);
  }

  /** Blocks change here. */
  void changed(long start, int count) {
    overtaken |= following != 0;
    if (counting) {
      sinceCut.setBlocks(start, count);
    }
  }

  /** The proof of the last cut is not under way any more. */
  boolean judged() {
    return !digesting;
  }

  void stop() {
    if (r.role == Role.FAILED) {
      // What waited for a superblock that will never be written is not under way any more.
      r.dataWrites -= passing.size();
      passing.clear();
      flagsGoingOff = 0;
    }
    cutId = 0;
    waitingFor = 0;
    digesting = false;
    following = 0;
    snapshotDone = null;
    digestDone = null;
  }

  // ---- active: the cut

  void begin(long id, long holdId) {
    cutId = id;
    failed = false;
    digesting = false;
    union.clearAll();
    union.or(r.changes());
    if (r.meta.changeMapPartial && baseProven()) {
      // Our map of what changed since the last proof lacks something: only all of it proves all.
      // Without a proven base there is nothing to prove, and the disk is spared.
      union.setAll();
    }
    Stamp fresh = r.meta.freshStamp(0);
    CutRecord record =
        new CutRecord(
            id,
            holdId,
            r.meta.generations.current(),
            r.epoch,
            fresh,
            r.log.sequence(),
            CutStatus.UNPROVEN,
            0,
            0);
    BackupRecord backup =
        hold.backupMode()
            ? new BackupRecord(true, holdId, id, hold.wallMillis())
            : BackupRecord.OFF;
    waitingFor = 0;
    for (Peer p : r.peers) {
      if (p.flowing) {
        waitingFor |= p.bit;
        PeerSlot slot = r.meta.slots[p.id];
        r.meta.slots[p.id] = slot.withStamps(slot.base(), fresh, true);
      }
    }
    r.meta.save(() -> {
      if (cutId != id) {
        return;
      }
      for (Peer p : r.peers) {
        if ((waitingFor & p.bit) != 0) {
          r.sessions.send(p, new Message.Cut(record, backup));
        }
      }
      if (waitingFor == 0) {
        own(record, backup);
      }
    });
    pending = record;
    pendingBackup = backup;
  }

  private boolean baseProven() {
    for (Peer p : r.peers) {
      if (!r.meta.slots[p.id].baseProven()) {
        return false;
      }
    }
    return true;
  }

  private CutRecord pending = CutRecord.NONE;
  private BackupRecord pendingBackup = BackupRecord.OFF;

  void changePage(Peer p, Message.ChangePage m) {
    if (m.cutId() == cutId && (waitingFor & p.bit) != 0) {
      union.orPage(m.page(), m.words());
    }
  }

  void done(Peer p, Message.CutDone m) {
    if (m.cutId() != cutId || (waitingFor & p.bit) == 0) {
      return;
    }
    waitingFor &= ~p.bit;
    failed |= !m.ok();
    if (waitingFor == 0) {
      if (failed) {
        hold.broken(Say.CUT_SNAPSHOT_FAILED);
      } else {
        own(pending, pendingBackup);
      }
    }
  }

  private void own(CutRecord record, BackupRecord backup) {
    long id = record.cutId();
    r.meta.cut = record;
    r.meta.backup = backup;
    r.meta.stamp = record.stamp();
    for (Peer p : r.peers) {
      if (p.flowing) {
        r.meta.slots[p.id] = r.meta.slots[p.id].withStamps(record.stamp(), Stamp.NONE, true);
      }
    }
    r.meta.save(() -> {
      if (cutId != id) {
        return;
      }
      snapshotDone =
          ok -> {
            if (cutId != id) {
              return;
            }
            if (!ok) {
              hold.broken(Say.CUT_SNAPSHOT_FAILED);
              return;
            }
            sinceCut.clearAll();
            counting = true;
            for (Peer p : r.peers) {
              if (p.flowing) {
                r.sessions.send(p, new Message.StampDone(record.stamp()));
              }
            }
            r.set.wantCut(id, CutStatus.UNPROVEN);
            hold.cutStands();
            digest(id);
          };
      r.emit(new Effect.TakeSnapshot(id));
    });
  }

  void snapshotTaken(Event.SnapshotTaken e) {
    Consumer<Boolean> then = snapshotDone;
    snapshotDone = null;
    if (then != null) {
      then.accept(e.ok());
    }
  }

  // ---- active: the proof

  private void digest(long id) {
    digesting = true;
    mine = null;
    differ = false;
    missing = false;
    digestsOpen = r.selfBit;
    int last = union.pages() - 1;
    for (Peer p : r.peers) {
      if (p.flowing) {
        digestsOpen |= p.bit;
        theirs[p.id] = null;
        for (int page = 0; page <= last; page++) {
          if (union.pageHasBits(page) || page == last) {
            r.sessions.send(p, new Message.DigestPage(id, page, union.page(page), page == last));
          }
        }
      }
    }
    digestOf = id;
    digestDone = hash -> digested(r.selfBit, -1, hash);
    r.emit(new Effect.ComputeDigest(id, union.copy()));
  }

  private final @Nullable Hash[] theirs =
      new @Nullable Hash[io.meikyo.core.partition.Identity.REPLICAS_MAX];

  void digest(Peer p, Message.Digest m) {
    if (digesting && m.cutId() == cutId) {
      digested(p.bit, p.id, m.hash().equals(Hash.ZERO) ? null : m.hash());
    }
  }

  void peerLost(Peer p) {
    if (digesting && (digestsOpen & p.bit) != 0) {
      digested(p.bit, p.id, null);
    }
  }

  private void digested(int bit, int peer, @Nullable Hash hash) {
    if (!digesting || (digestsOpen & bit) == 0) {
      return;
    }
    digestsOpen &= ~bit;
    missing |= hash == null;
    if (peer < 0) {
      mine = hash;
    } else {
      theirs[peer] = hash;
    }
    if (digestsOpen == 0) {
      judge();
    }
  }

  private void judge() {
    digesting = false;
    Hash own = mine;
    boolean proven = own != null && !missing;
    for (Peer p : r.peers) {
      Hash other = theirs[p.id];
      differ |= own != null && other != null && !other.equals(own);
      proven &= r.meta.slots[p.id].baseProven();
    }
    if (r.meta.cut.cutId() != cutId || r.meta.cut.status() == CutStatus.VOID) {
      return;
    }
    CutStatus status = differ ? CutStatus.UNEQUAL : proven ? CutStatus.PROVEN : CutStatus.UNPROVEN;
    CutRecord known = r.meta.cut.withStatus(status);
    r.meta.cut = own == null ? known : known.withDigest(own.high(), own.low());
    if (status == CutStatus.UNEQUAL) {
      for (Peer p : r.peers) {
        r.meta.slots[p.id] = r.meta.slots[p.id].withProof(false, 0);
      }
    }
    proven(status);
    r.tell(Say.CUT_JUDGED, status, cutId);
    r.emit(new Effect.CutKnown(cutId, status));
    r.set.wantCut(cutId, status);
    hold.declare();
  }

  /** After a proof only what came later counts as changed. */
  private void proven(CutStatus status) {
    if (status == CutStatus.PROVEN && counting) {
      r.changes().clearAll();
      r.changes().or(sinceCut);
      r.meta.changeMapPartial = false;
    }
    counting = false;
  }

  void digestComputed(Event.DigestComputed e) {
    if (e.cutId() != digestOf) {
      return; // of an older cut, and late
    }
    Consumer<@Nullable Hash> then = digestDone;
    digestDone = null;
    if (then != null) {
      then.accept(e.hash());
    }
  }

  // ---- standby

  /** The cut has come: everything before it is durable here, nothing after it has arrived. */
  void follow(Peer p, Message.Cut m) {
    long id = m.cut().cutId();
    long session = p.session;
    CutRecord c = m.cut();
    r.meta.cut =
        new CutRecord(
            id,
            c.holdId(),
            c.generation(),
            c.epoch(),
            c.stamp(),
            r.log.sequence(),
            c.status(),
            0,
            0);
    r.meta.backup = m.backup();
    asked.clearAll();
    sinceCut.clearAll();
    counting = true;
    following = id;
    overtaken = false;
    r.meta.save(() -> {
      boolean late = following != id || overtaken;
      following = following == id ? 0 : following;
      if (p.session != session) {
        return;
      }
      if (late) {
        // A snapshot now would have later writes in it.
        r.sessions.send(p, new Message.CutDone(id, false));
        return;
      }
      snapshotDone = ok -> snapshotStands(p, session, id, ok);
      r.emit(new Effect.TakeSnapshot(id));
    });
  }

  private void snapshotStands(Peer p, long session, long id, boolean ok) {
    if (p.session != session || !p.greeted) {
      return;
    }
    ChunkMap map = r.changes();
    for (int page = 0; page < map.pages(); page++) {
      if (map.pageHasBits(page)) {
        r.sessions.send(p, new Message.ChangePage(id, page, map.page(page)));
      }
    }
    r.sessions.send(p, new Message.CutDone(id, ok));
  }

  void digestPage(Peer p, Message.DigestPage m) {
    if (m.cutId() != r.meta.cut.cutId()) {
      return;
    }
    asked.orPage(m.page(), m.words());
    if (m.last()) {
      long session = p.session;
      digestOf = m.cutId();
      digestDone =
          hash -> {
            if (p.session == session && p.greeted) {
              r.sessions.send(p, new Message.Digest(m.cutId(), hash == null ? Hash.ZERO : hash));
            }
          };
      r.emit(new Effect.ComputeDigest(m.cutId(), asked.copy()));
    }
  }

  void verdict(Message.CutVerdict m) {
    boolean goesOff = r.meta.backup.flagOn() && !m.backup().flagOn();
    r.meta.backup = m.backup();
    if (goesOff) {
      flagGoesOff();
    }
    if (m.cutId() == r.meta.cut.cutId()) {
      r.meta.cut =
          r.meta.cut.withStatus(m.status()).withDigest(m.digest().high(), m.digest().low());
      if (m.status() != CutStatus.UNPROVEN) {
        proven(m.status());
      }
    }
  }

  /**
   * A write passes the cut on a standby. While the flag is on, the partition must say that it is no
   * image of the cut any more before the write lands (rule R11).
   */
  void passed(Runnable write) {
    if (r.meta.backup.flagOn()) {
      r.meta.backup = BackupRecord.OFF;
      r.meta.cut = r.meta.cut.withStatus(CutStatus.VOID);
      flagGoesOff();
    }
    if (flagsGoingOff == 0) {
      write.run();
      return;
    }
    r.dataWrites++;
    passing.add(write);
  }

  /** The flag is off in memory; until it is off on the partition no write may pass. */
  private void flagGoesOff() {
    flagsGoingOff++;
    r.meta.save(() -> {
      flagsGoingOff--;
      if (flagsGoingOff == 0) {
        List<Runnable> ready = List.copyOf(passing);
        passing.clear();
        for (Runnable write : ready) {
          write.run();
          r.dataWrites--;
        }
      }
    });
  }
}
