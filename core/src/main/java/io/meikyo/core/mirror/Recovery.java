// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Payload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings peers up to date, the active being the source, chunk by chunk: compare by hash, send what
 * differs. A chunk is locked against writes while it is worked on, so that a repair never overtakes
 * a write; reads go on. A dirty bit is cleared only after a flush of the peer that covers the
 * repair (rule R1), so recovery can stop at any moment and goes on from the maps.
 *
 * <p>Verify is the same walk over all chunks that repairs nothing.
 */
final class Recovery {
  /** Work on one chunk for one peer. */
  private static final class Work {
    final Peer peer;
    final int chunk;
    final boolean verify;
    long id;
    boolean reading;
    @Nullable Payload payload;
    long askedAt = Long.MAX_VALUE;

    Work(Peer peer, int chunk, boolean verify) {
      this.peer = peer;
      this.chunk = chunk;
      this.verify = verify;
    }

    void drop() {
      if (payload != null) {
        payload.drop();
      }
    }
  }

  private static final class Verify {
    final long command;
    final Peer peer;
    final long wallMillis;
    int cursor;
    int open;
    long differing;

    Verify(long command, Peer peer, long wallMillis) {
      this.command = command;
      this.peer = peer;
      this.wallMillis = wallMillis;
    }
  }

  private final Replica r;
  private final List<Work> open = new ArrayList<>();
  private final Map<Long, Work> byId = new HashMap<>();
  private final RecoveryPacer pacer = new RecoveryPacer();
  private final LatencyGuard guard;
  private int hurried = -1;
  private @Nullable Verify verify;
  private boolean pumping;

  Recovery(Replica r) {
    this.r = r;
    this.guard = new LatencyGuard(r.config.pace());
  }

  /** A write of the application was answered, after so long. */
  void answered(long latency) {
    guard.answered(latency, running());
  }

  // ---- what to do next

  /**
   * True if the window, the operator's ceiling and the application's latency allow one more chunk.
   * While reads wait for unreconciled chunks, recovery is what the application waits for.
   */
  private boolean mayBegin() {
    int most = r.config.limits().recoveryWindow();
    return open.size() < most
        && pacer.allows(r.now)
        && (!r.unreconciled.isEmpty() || guard.allows(r.now, open.size(), most, !r.app.idle()));
  }

  /** Begins work on as many chunks as may be. */
  void pump() {
    if (pumping || !r.active() || r.hold.writesHeld()) {
      return;
    }
    pumping = true;
    boolean more = true;
    while (more && mayBegin()) {
      more = false;
      for (Peer p : r.peers) {
        more |= p.flowing && beginNext(p);
      }
      more |= verifyNext();
    }
    pumping = false;
    for (Peer p : r.peers) {
      finishUp(p);
    }
  }

  private boolean beginNext(Peer p) {
    if (p.recoveryCancelled || p.streams() || !mayBegin()) {
      return false;
    }
    ChunkMap dirty = r.dirty(p);
    if (hurried >= 0 && dirty.get(hurried) && !p.repaired.get(hurried) && !working(p, hurried)) {
      int chunk = hurried;
      hurried = -1;
      begin(new Work(p, chunk, false));
      return true;
    }
    int chunk = dirty.next(p.cursor);
    while (chunk >= 0 && (p.repaired.get(chunk) || working(p, chunk))) {
      chunk = dirty.next(chunk + 1);
    }
    if (chunk < 0) {
      p.cursor = r.geometry.chunks();
      return false;
    }
    p.cursor = chunk + 1;
    begin(new Work(p, chunk, false));
    return true;
  }

  private boolean verifyNext() {
    Verify v = verify;
    if (v == null || !v.peer.flowing || v.cursor >= r.geometry.chunks() || !mayBegin()) {
      return false;
    }
    v.open++;
    begin(new Work(v.peer, v.cursor++, true));
    return true;
  }

  private boolean working(Peer p, int chunk) {
    for (Work w : open) {
      if (w.peer == p && w.chunk == chunk && !w.verify) {
        return true;
      }
    }
    return false;
  }

  private void begin(Work w) {
    w.id = r.random();
    open.add(w);
    byId.put(w.id, w);
    pacer.begun(r.now);
    guard.begun(r.now);
    read(w);
  }

  private long start(Work w) {
    return r.geometry.chunkStart(w.chunk);
  }

  private int length(Work w) {
    return r.geometry.chunkLength(w.chunk);
  }

  /** Reads our version once the writes that were under way in the chunk have ended. */
  private void read(Work w) {
    if (w.reading || r.app.busy(start(w), length(w))) {
      return;
    }
    w.reading = true;
    r.readData(start(w), length(w), true, (_, payload, hash) -> readDone(w, payload, hash));
  }

  /** Some writes have ended. */
  void unblocked() {
    for (int i = 0; i < open.size(); i++) {
      read(open.get(i));
    }
  }

  /** True if the range is being worked on: a write must wait. */
  boolean locked(long start, int count) {
    for (int i = 0; i < open.size(); i++) {
      Work w = open.get(i);
      long from = start(w);
      if (from < start + count && start < from + length(w)) {
        return true;
      }
    }
    return false;
  }

  /** A read waits for these chunks: they come first. */
  void hurry(long start, int count) {
    int last = r.geometry.chunkOf(start + count - 1);
    for (int c = r.geometry.chunkOf(start); c <= last; c++) {
      if (r.unreconciled.get(c)) {
        hurried = c;
        pump();
        return;
      }
    }
  }

  // ---- one chunk

  private void readDone(Work w, @Nullable Payload payload, @Nullable Hash hash) {
    if (byId.get(w.id) != w || hash == null) {
      return;
    }
    if (payload != null) {
      payload.keep();
      w.payload = payload;
    }
    w.askedAt = r.now;
    r.sessions.send(w.peer, new Message.Compare(w.id, start(w), length(w), hash));
  }

  void compared(Peer p, Message.Compared m) {
    Work w = byId.get(m.id());
    Payload payload = w == null ? null : w.payload;
    if (w == null || w.peer != p || payload == null) {
      return;
    }
    if (w.verify) {
      verified(w, m.same());
      end(w);
      return;
    }
    if (m.same()) {
      repaired(p, w.id);
      return;
    }
    w.askedAt = r.now;
    r.sessions.send(p, new Message.Repair(w.id, start(w), length(w), payload));
  }

  void repaired(Peer p, long id) {
    Work w = byId.get(id);
    if (w == null || w.peer != p) {
      return;
    }
    p.repaired.set(w.chunk);
    p.awaitingFlush.addLast(new long[] {++r.lastWrite, w.chunk});
    if (p.awaitingFlush.size() >= r.config.limits().flushEveryRepairs()) {
      r.leading.flush(p, r.lastWrite);
    }
    if (r.unreconciled.get(w.chunk)) {
      // Reads wait for it, and they may go on only when no power loss can bring back what was
      // there.
      r.leading.flush(p, r.lastWrite);
    }
    end(w);
  }

  /** Reads of the chunk may go on once every member of the set has our version of it, durably. */
  private void reconciled(int chunk) {
    if (!r.unreconciled.get(chunk)) {
      return;
    }
    for (Peer p : r.peers) {
      if (r.set.inSync(p) && r.dirty(p).get(chunk)) {
        return;
      }
    }
    r.unreconciled.clear(chunk);
  }

  /** The set has changed: what only a former member lacked does not keep reads waiting. */
  void recheck() {
    for (int c = r.unreconciled.next(0); c >= 0; c = r.unreconciled.next(c + 1)) {
      reconciled(c);
    }
  }

  /** When the oldest message was sent that the peer has not answered; far future if none. */
  long askedAt(Peer p) {
    long oldest = p.recoveredSent && !p.recoveredAck ? p.recoveredSentAt : Long.MAX_VALUE;
    for (Work w : open) {
      if (w.peer == p) {
        oldest = Math.min(oldest, w.askedAt);
      }
    }
    return oldest;
  }

  private void end(Work w) {
    open.remove(w);
    byId.remove(w.id);
    w.drop();
    r.app.pump();
    pump();
  }

  // ---- the end of a peer's recovery

  /** A flush has ended: what it covers is clean. */
  void flushProgress() {
    for (Peer p : r.peers) {
      boolean any = false;
      while (!p.awaitingFlush.isEmpty()
          && p.awaitingFlush.getFirst()[0] <= p.flush.flushedThrough()) {
        int chunk = (int) p.awaitingFlush.removeFirst()[1];
        r.dirty(p).clear(chunk);
        p.repaired.clear(chunk);
        reconciled(chunk);
        any = true;
      }
      if (any) {
        r.app.pump();
        pump();
        r.hold.progress();
      }
    }
  }

  private void finishUp(Peer p) {
    if (!p.flowing || p.recoveryCancelled || p.streams() || working(p)) {
      return;
    }
    if (!p.awaitingFlush.isEmpty()) {
      if (r.dirty(p).count() == p.repaired.count()) {
        r.leading.flush(p, r.lastWrite);
      }
      return;
    }
    if (!r.dirty(p).isEmpty()) {
      if (p.cursor >= r.geometry.chunks()) {
        p.cursor = 0;
        pump();
      }
      return;
    }
    if (!p.recoveredSent && p.mode != FollowMode.RESUME && p.mode != FollowMode.NONE) {
      p.recoveredSent = true;
      p.recoveredSentAt = r.now;
      if (p.mode == FollowMode.FULL) {
        r.meta.slots[p.id] = r.meta.slots[p.id].withProof(true, 0);
        allCompared();
      }
      r.sessions.send(p, new Message.Recovered(r.meta.generations));
    }
  }

  /**
   * Every chunk was compared with a peer while this replica was active, and its map of changes
   * covers all of that time: what the map lacked of the time before says nothing new. With a second
   * peer, that one would have to be compared too.
   */
  private void allCompared() {
    if (r.peers.size() == 1) {
      r.meta.changeMapPartial = false;
    }
  }

  private boolean working(Peer p) {
    for (Work w : open) {
      if (w.peer == p) {
        return true;
      }
    }
    return false;
  }

  /** True if a peer is being brought up to date, or a verify runs. */
  boolean running() {
    if (verify != null) {
      return true;
    }
    for (Peer p : r.peers) {
      if (p.flowing && !p.streams() && (!r.dirty(p).isEmpty() || !p.awaitingFlush.isEmpty())) {
        return true;
      }
    }
    return false;
  }

  // ---- loss

  void lost(Peer p) {
    boolean any = false;
    for (int i = 0; i < open.size(); i++) {
      Work w = open.get(i);
      if (w.peer == p) {
        open.remove(i--);
        w.drop();
        any = true;
      }
    }
    byId.values().removeIf(w -> w.peer == p);
    Verify v = verify;
    if (v != null && v.peer == p) {
      verify = null;
      r.commandDone(v.command, false, Say.PEER_LOST);
    }
    if (any) {
      r.app.pump();
    }
  }

  void stop() {
    open.forEach(Work::drop);
    open.clear();
    byId.clear();
    hurried = -1;
    Verify v = verify;
    verify = null;
    if (v != null) {
      r.commandDone(v.command, false, Say.SUPERSEDED);
    }
  }

  // ---- commands

  void cancel(Event.CancelRecovery c) {
    Peer p = r.peer(c.peer());
    if (p == null || !r.active()) {
      r.commandDone(c.command(), false, Say.NOT_ACTIVE_HERE);
      return;
    }
    if (r.set.inSync(p)) {
      r.commandDone(c.command(), false, Say.RECONCILE_CANNOT_STOP);
      return;
    }
    p.recoveryCancelled = true;
    r.commandDone(c.command(), true, Say.RECOVERY_CANCELLED);
  }

  void resume(Event.ResumeRecovery c) {
    Peer p = r.peer(c.peer());
    if (p == null || !r.active()) {
      r.commandDone(c.command(), false, Say.NOT_ACTIVE_HERE);
      return;
    }
    p.recoveryCancelled = false;
    p.cursor = 0;
    r.commandDone(c.command(), true, Say.RECOVERY_RESUMED);
    pump();
  }

  void rate(Event.SetRecoveryRate c) {
    if (c.chunksPerSecond() < 0) {
      r.commandDone(c.command(), false, Say.RATE_OUT_OF_RANGE);
      return;
    }
    pacer.limit(c.chunksPerSecond());
    r.commandDone(c.command(), true, Say.RECOVERY_RATE_SET);
    pump();
  }

  void verify(Event.Verify c) {
    Peer p = r.peer(c.peer());
    if (p == null || !r.active()) {
      r.commandDone(c.command(), false, Say.NOT_ACTIVE_HERE);
    } else if (!p.flowing || !r.set.inSync(p) || running()) {
      r.commandDone(c.command(), false, Say.VERIFY_NEEDS_IN_SYNC);
    } else {
      verify = new Verify(c.command(), p, c.wallMillis());
      pump();
    }
  }

  private void verified(Work w, boolean same) {
    Verify v = verify;
    if (v == null || v.peer != w.peer) {
      return;
    }
    v.open--;
    if (!same) {
      v.differing++;
      r.tell(Say.VERIFY_DIFFERS, v.peer.id, start(w), length(w));
    }
    if (v.open == 0 && v.cursor >= r.geometry.chunks()) {
      verify = null;
      boolean equal = v.differing == 0;
      r.meta.slots[v.peer.id] = r.meta.slots[v.peer.id].withProof(equal, v.wallMillis);
      if (equal) {
        allCompared();
      }
      r.meta.save(() ->
          r.emit(
              new Effect.CommandDone(
                  v.command, equal, equal ? Say.VERIFY_EQUAL : Say.VERIFY_DIFFERS, v.differing)));
    }
  }

  /** Chunks that the running verify has compared; -1 if none runs. */
  long verified() {
    Verify v = verify;
    return v == null ? -1 : v.cursor - v.open;
  }

  void tick() {
    if (r.active()) {
      pump();
    }
  }

  long deadline() {
    return r.active() && open.isEmpty() && running()
        ? Math.min(pacer.nextAllowed(r.now), guard.nextAllowed(r.now))
        : Long.MAX_VALUE;
  }
}
