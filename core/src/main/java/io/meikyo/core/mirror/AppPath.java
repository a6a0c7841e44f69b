// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.partition.Payload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests of the application: order, issue, acknowledgement.
 *
 * <p>A write is issued, to our disk and to every peer that follows, when no hold stands, its
 * extents are in the activity log, and nothing that overlaps it is under way; so overlapping writes
 * have one order on all replicas. It is acknowledged when each member of {@link SetKeeper#ackMask}
 * has confirmed, and settled when each replica that it went to has. Reads are in {@link ReadPath}.
 */
final class AppPath {
  /** A write or zeroing that was issued and is not yet done everywhere. */
  static final class WriteOp {
    final long request;
    final long start;
    final int count;
    final boolean fua;
    final boolean mayUnmap;
    final @Nullable Payload payload;
    long write;
    long acceptedAt;
    long issuedAt;
    int waits;
    boolean local;
    boolean replied;

    WriteOp(
        long request,
        long start,
        int count,
        boolean fua,
        boolean mayUnmap,
        @Nullable Payload payload) {
      this.request = request;
      this.start = start;
      this.count = count;
      this.fua = fua;
      this.mayUnmap = mayUnmap;
      this.payload = payload;
    }

    void keep() {
      if (payload != null) {
        payload.keep();
      }
    }

    void drop() {
      if (payload != null) {
        payload.drop();
      }
    }
  }

  private record FlushOp(long request, long through) {}

  private final Replica r;
  private final List<WriteOp> waiting = new ArrayList<>();
  private final List<WriteOp> open = new ArrayList<>();
  private final Map<Long, WriteOp> byNumber = new HashMap<>();
  private final ReadPath reads;
  private final List<FlushOp> flushes = new ArrayList<>();
  private boolean selfFlushWaits;
  private long lastWriteAt = Long.MIN_VALUE;

  /** A hold, a lost peer or a decision kept writes back until then: no measure of latency. */
  private long disturbedAt = Long.MIN_VALUE;

  private boolean pumping;
  private boolean pumpAgain;

  AppPath(Replica r) {
    this.r = r;
    this.reads = new ReadPath(r, this);
  }

  ReadPath reads() {
    return reads;
  }

  // ---- what comes in

  void write(Event.Write w) {
    accept(new WriteOp(w.request(), w.start(), w.count(), w.fua(), false, w.payload()));
  }

  void writeZeroes(Event.WriteZeroes z) {
    accept(new WriteOp(z.request(), z.start(), z.count(), z.fua(), z.mayUnmap(), null));
  }

  /** Zeros on every replica for what is aligned, nothing anywhere for the rest (rule R6). */
  void discard(Event.Discard d) {
    int grain = discardGranularity();
    if (outside(d.start(), d.count())) {
      reply(d.request(), Effect.Status.OUT_OF_RANGE, null);
      return;
    }
    if (r.role != Role.ACTIVE) {
      reply(d.request(), Effect.Status.IO_ERROR, null);
      return;
    }
    long first = grain == 0 ? 0 : (d.start() + grain - 1) / grain * grain;
    long end = grain == 0 ? 0 : (d.start() + d.count()) / grain * grain;
    if (end <= first) {
      r.tell(Say.DISCARD_IGNORED);
      reply(d.request(), Effect.Status.OK, null);
      return;
    }
    accept(new WriteOp(d.request(), first, (int) (end - first), false, true, null));
  }

  private int discardGranularity() {
    int grain = r.zeroGranularity;
    for (Peer p : r.peers) {
      if (p.view != null && grain > 0) {
        int there = p.view.zeroGranularity();
        grain = there == 0 ? 0 : Math.max(grain, there);
      }
    }
    return grain;
  }

  private void accept(WriteOp w) {
    if (outside(w.start, w.count)) {
      reply(w.request, Effect.Status.OUT_OF_RANGE, null);
    } else if (r.role != Role.ACTIVE) {
      reply(w.request, Effect.Status.IO_ERROR, null);
    } else {
      w.keep();
      w.acceptedAt = r.now;
      waiting.add(w);
      pump();
      r.log.pump();
    }
  }

  void read(Event.Read e) {
    if (outside(e.start(), e.count())) {
      reply(e.request(), Effect.Status.OUT_OF_RANGE, null);
    } else if (!r.active()) {
      reply(e.request(), Effect.Status.IO_ERROR, null);
    } else {
      reads.add(e);
      pump();
    }
  }

  void flush(Event.Flush e) {
    if (!r.active()) {
      reply(e.request(), Effect.Status.IO_ERROR, null);
      return;
    }
    flushes.add(new FlushOp(e.request(), r.lastWrite));
    askFlush(r.lastWrite);
    for (Peer p : r.peers) {
      AsyncStream stream = p.stream;
      if (stream != null) {
        stream.barrier();
      }
    }
    flushProgress();
  }

  private boolean outside(long start, int count) {
    long widest = (long) r.geometry.logExtents() * r.geometry.blocksPerExtent();
    if (count > widest - r.geometry.blocksPerExtent() && count > r.geometry.blocksPerExtent()) {
      // It may need more extents at once than the log has: the edge must split it.
      r.tell(Say.REQUEST_TOO_WIDE, count, widest);
      return true;
    }
    return start < 0 || count <= 0 || start > r.geometry.blocks() - count;
  }

  private void reply(long request, Effect.Status status, @Nullable Payload payload) {
    r.emit(new Effect.Reply(request, status, payload));
  }

  // ---- issue

  /** Issues what may be issued now. */
  void pump() {
    if (pumping) {
      pumpAgain = true;
      return;
    }
    pumping = true;
    do {
      pumpAgain = false;
      reads.issue();
      issueWrites();
    } while (pumpAgain);
    pumping = false;
  }

  private void issueWrites() {
    if (waiting.isEmpty() || !r.active() || r.hold.writesHeld()) {
      return;
    }
    for (int i = 0; i < waiting.size(); i++) {
      WriteOp w = waiting.get(i);
      if (!overlapsOpen(w.start, w.count)
          && !reads.busy(w.start, w.count)
          && !overlapsEarlier(w, i)
          && !r.recovery.locked(w.start, w.count)
          && r.log.covers(w.start, w.count)) {
        waiting.remove(i--);
        issue(w);
      }
    }
  }

  private boolean overlapsOpen(long start, int count) {
    for (int i = 0; i < open.size(); i++) {
      WriteOp o = open.get(i);
      if (o.start < start + count && start < o.start + o.count) {
        return true;
      }
    }
    return false;
  }

  private boolean overlapsEarlier(WriteOp w, int index) {
    for (int i = 0; i < index; i++) {
      WriteOp o = waiting.get(i);
      if (o.start < w.start + w.count && w.start < o.start + o.count) {
        return true;
      }
    }
    return false;
  }

  private void issue(WriteOp w) {
    w.write = ++r.lastWrite;
    w.issuedAt = r.now;
    lastWriteAt = r.now;
    w.waits = r.selfBit;
    int acks = r.set.ackMask();
    r.log.issued(w.write, w.start, w.count);
    r.markChanged(w.start, w.count);
    for (Peer p : r.peers) {
      if (p.streams()) {
        continue;
      }
      if (p.flowing || (acks & p.bit) != 0) {
        w.waits |= p.bit;
        p.unflushed.setBlocks(w.start, w.count);
      } else {
        r.dirty(p).setBlocks(w.start, w.count);
      }
    }
    open.add(w);
    byNumber.put(w.write, w);
    Payload payload = w.payload;
    if (payload == null) {
      r.zeroData(w.start, w.count, w.fua, w.mayUnmap, () -> localDone(w));
    } else {
      r.writeData(w.start, w.count, w.fua, payload, () -> localDone(w));
    }
    for (Peer p : r.peers) {
      AsyncStream stream = p.stream;
      if (stream != null && stream.on()) {
        stream.offer(w);
      } else if (p.flowing) {
        send(p, w);
      }
    }
  }

  private void send(Peer p, WriteOp w) {
    Payload payload = w.payload;
    long settled = r.leading.settledEverywhere();
    r.sessions.send(
        p,
        payload == null
            ? new Message.Zero(w.write, settled, w.start, w.count, w.fua, w.mayUnmap)
            : new Message.Write(w.write, settled, w.start, w.count, w.fua, payload));
  }

  /** What was under way when the session ended is sent again, in order. */
  void resend(Peer p) {
    for (WriteOp w : open) {
      if ((w.waits & p.bit) != 0) {
        send(p, w);
      }
    }
  }

  // ---- confirmation

  private void localDone(WriteOp w) {
    w.local = true;
    confirmed(w, r.selfBit);
    if (selfFlushWaits) {
      beginSelfFlush();
    }
  }

  void written(Peer p, long number) {
    AsyncStream stream = p.stream;
    if (stream != null && stream.on()) {
      stream.written(number);
    }
    WriteOp w = byNumber.get(number);
    if (w != null && p.flowing) {
      confirmed(w, p.bit);
    }
  }

  private void confirmed(WriteOp w, int bit) {
    if ((w.waits & bit) == 0 || byNumber.get(w.write) != w) {
      return;
    }
    w.waits &= ~bit;
    if (acknowledge(w)) {
      settle(w);
      settledSome();
    } else if (w.replied) {
      r.set.plan();
    }
  }

  /** Answers the write if every member has it. Returns true if every replica has it. */
  private boolean acknowledge(WriteOp w) {
    if (!w.replied && (w.waits & (r.set.ackMask() | r.selfBit)) == 0) {
      w.replied = true;
      reply(w.request, Effect.Status.OK, null);
      if (w.acceptedAt > disturbedAt) {
        r.recovery.answered(r.now - w.acceptedAt);
      }
    }
    return w.waits == 0;
  }

  private void settle(WriteOp w) {
    open.remove(w);
    byNumber.remove(w.write);
    r.log.settled(w.start, w.count);
    w.drop();
  }

  private void settledSome() {
    r.recovery.unblocked();
    pump();
    r.log.pump();
    r.hold.progress();
    r.promotion.progress();
    r.set.plan();
  }

  /** The set, or what is asked of it, has changed: some may need fewer confirmations now. */
  void setChanged() {
    disturbedAt = r.now;
    boolean any = false;
    for (int i = 0; i < open.size(); i++) {
      WriteOp w = open.get(i);
      if (acknowledge(w)) {
        settle(w);
        i--;
        any = true;
      }
    }
    if (any) {
      settledSome();
    }
    if (!flushes.isEmpty()) {
      askFlush(flushes.getLast().through);
      flushProgress();
    }
    reads.leaseRenewed();
    pump();
    r.log.pump();
  }

  /** The peer will never confirm what is under way; what it lacks is in its dirty map. */
  void forget(Peer p) {
    for (WriteOp w : open) {
      w.waits &= ~p.bit;
    }
    setChanged();
  }

  // ---- flushes

  private void askFlush(long through) {
    if (r.flush.want(through, r.lastWrite)) {
      beginSelfFlush();
    }
    for (Peer p : r.peers) {
      if ((r.set.ackMask() & p.bit) != 0) {
        r.leading.flush(p, through);
      }
    }
  }

  /** Flushes our disk as soon as the writes that the flush must cover have ended. */
  void beginSelfFlush() {
    long covering = r.flush.covering();
    for (int i = 0; i < open.size(); i++) {
      WriteOp w = open.get(i);
      if (!w.local && w.write <= covering) {
        selfFlushWaits = true;
        return;
      }
    }
    selfFlushWaits = false;
    r.flushData(() -> {
      if (r.active() && r.flush.covering() == covering) {
        if (r.flush.done(r.lastWrite)) {
          beginSelfFlush();
        }
        r.flushProgress();
      }
    });
  }

  void flushProgress() {
    if (flushes.isEmpty() || !reads.leaseHolds()) {
      // Without the lease somebody else may be active: an answer would speak for the wrong one.
      return;
    }
    int i = 0;
    while (i < flushes.size() && durable(flushes.get(i).through)) {
      reply(flushes.get(i).request, Effect.Status.OK, null);
      i++;
    }
    flushes.subList(0, i).clear();
  }

  /** Every member of the set has made these writes durable. */
  boolean durable(long through) {
    if (r.flush.flushedThrough() < through) {
      return false;
    }
    for (Peer p : r.peers) {
      if ((r.set.ackMask() & p.bit) != 0 && p.flush.flushedThrough() < through) {
        return false;
      }
    }
    return true;
  }

  // ---- what others ask

  /** Every extent that waiting writes need, in their order, until the taker has enough. */
  void extentsWanted(IntPredicate taker) {
    if (r.hold.writesHeld()) {
      return;
    }
    for (WriteOp w : waiting) {
      int last = r.geometry.extentOf(w.start + w.count - 1);
      for (int e = r.geometry.extentOf(w.start); e <= last; e++) {
        if (!taker.test(e)) {
          return;
        }
      }
    }
  }

  /** True if a write under way touches the range. */
  boolean busy(long start, int count) {
    return overlapsOpen(start, count);
  }

  /** True if a write was answered that this peer has not confirmed. */
  boolean answeredWithout(Peer p) {
    for (int i = 0; i < open.size(); i++) {
      WriteOp w = open.get(i);
      if (w.replied && (w.waits & p.bit) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Blocks of writes that were answered and that this peer has not confirmed. */
  long answeredBlocksWithout(Peer p) {
    long blocks = 0;
    for (int i = 0; i < open.size(); i++) {
      WriteOp w = open.get(i);
      blocks += w.replied && (w.waits & p.bit) != 0 ? w.count : 0;
    }
    return blocks;
  }

  /** True if nothing is under way, whatever may wait. */
  boolean drained() {
    return open.isEmpty();
  }

  boolean idle() {
    return open.isEmpty() && waiting.isEmpty();
  }

  int openCount() {
    return open.size();
  }

  int waitingCount() {
    return waiting.size() + reads.size() + flushes.size();
  }

  /** All writes up to this number are done on every replica that they went to. */
  long settledThrough() {
    return open.isEmpty() ? r.lastWrite : open.getFirst().write - 1;
  }

  boolean wroteSince(long instant) {
    return lastWriteAt > instant;
  }

  /** When the oldest write was issued that the peer has not confirmed; far future if none. */
  long oldestUnanswered(Peer p) {
    AsyncStream stream = p.stream;
    if (stream != null && stream.on()) {
      return stream.oldestUnanswered();
    }
    for (int i = 0; i < open.size(); i++) {
      WriteOp w = open.get(i);
      if ((w.waits & p.bit) != 0) {
        return Math.max(w.issuedAt, p.flushAskedAt);
      }
    }
    return Long.MAX_VALUE;
  }

  /** The sentence that says what the oldest waiting request waits for (law 10). */
  Say waitingFor() {
    if (open.isEmpty() && waitingCount() == 0) {
      return Say.NOTHING;
    }
    if (r.set.undecided()) {
      return Say.WAITS_FOR_AUTHORITY;
    }
    if (!open.isEmpty() || !flushes.isEmpty()) {
      return Say.WAITS_FOR_REPLICAS;
    }
    if (r.hold.writesHeld() && !waiting.isEmpty()) {
      return Say.WAITS_FOR_HOLD;
    }
    if (!reads.isEmpty() && !reads.leaseHolds()) {
      return Say.WAITS_FOR_LEASE;
    }
    return waiting.isEmpty() ? Say.WAITS_FOR_DISK : Say.WAITS_FOR_LOG;
  }

  /** We cannot serve any more: what was asked may or may not have happened. */
  void failAll() {
    List<Long> requests = new ArrayList<>();
    open.stream().filter(w -> !w.replied).forEach(w -> requests.add(w.request));
    waiting.forEach(w -> requests.add(w.request));
    reads.giveUp(requests);
    open.forEach(WriteOp::drop);
    waiting.forEach(WriteOp::drop);
    flushes.forEach(o -> requests.add(o.request));
    open.clear();
    byNumber.clear();
    waiting.clear();
    flushes.clear();
    selfFlushWaits = false;
    requests.forEach(q -> reply(q, Effect.Status.IO_ERROR, null));
  }
}
