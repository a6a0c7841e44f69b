// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.Payload;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads of the application. A read is local. It waits for the writes under way in its blocks, since
 * it must not show what a failover could take back; for chunks that are not reconciled (rule R8);
 * and, before the disk is asked and before the answer is given, for the lease (rule R5).
 */
final class ReadPath {
  private static final class ReadOp {
    final long request;
    final long start;
    final int count;
    boolean issued;
    @Nullable Payload read;

    ReadOp(long request, long start, int count) {
      this.request = request;
      this.start = start;
      this.count = count;
    }
  }

  private final Replica r;
  private final AppPath writes;
  private final List<ReadOp> reads = new ArrayList<>();

  ReadPath(Replica r, AppPath writes) {
    this.r = r;
    this.writes = writes;
  }

  void add(Event.Read e) {
    reads.add(new ReadOp(e.request(), e.start(), e.count()));
  }

  boolean isEmpty() {
    return reads.isEmpty();
  }

  int size() {
    return reads.size();
  }

  /** Asks the disk for what may be read now. */
  void issue() {
    for (int i = 0; i < reads.size(); i++) {
      ReadOp op = reads.get(i);
      if (op.issued || writes.busy(op.start, op.count) || !leaseHolds()) {
        continue;
      }
      if (r.unreconciled.anyBlocks(op.start, op.count)) {
        r.recovery.hurry(op.start, op.count);
        continue;
      }
      op.issued = true;
      r.readData(op.start, op.count, false, (_, payload, _) -> readDone(op, payload));
    }
  }

  private void readDone(ReadOp op, @Nullable Payload payload) {
    if (!reads.contains(op)) {
      return;
    }
    if (payload != null) {
      payload.keep();
      op.read = payload;
    }
    answer();
    writes.pump();
  }

  private void answer() {
    if (!leaseHolds()) {
      return;
    }
    for (int i = 0; i < reads.size(); i++) {
      ReadOp op = reads.get(i);
      Payload read = op.read;
      if (read != null) {
        reads.remove(i--);
        r.emit(new Effect.Reply(op.request, Effect.Status.OK, read));
        read.drop();
      }
    }
  }

  /** The lease may hold again. */
  void leaseRenewed() {
    writes.flushProgress();
    if (!reads.isEmpty()) {
      answer();
      writes.pump();
    }
  }

  /** Nobody else can be active now: every other member answered lately, or there is none (R5). */
  boolean leaseHolds() {
    return leaseHolds(r.now);
  }

  boolean leaseHolds(long now) {
    if (r.promotion.resting()) {
      return false;
    }
    int members = r.set.ackMask() & ~r.selfBit;
    if (members != 0) {
      for (Peer p : r.peers) {
        if (p.view != null && p.view.epoch() > r.epoch) {
          return false;
        }
        if ((p.bit & members) != 0 && p.leaseUntil < now) {
          return false;
        }
      }
    }
    return true;
  }

  /** True if the disk is being read in the range: a write must wait. */
  boolean busy(long start, int count) {
    for (int i = 0; i < reads.size(); i++) {
      ReadOp o = reads.get(i);
      if (o.issued && o.start < start + count && start < o.start + o.count) {
        return true;
      }
    }
    return false;
  }

  /** Adds the requests that will never be answered, and forgets them. */
  void giveUp(List<Long> requests) {
    for (ReadOp o : reads) {
      requests.add(o.request);
      if (o.read != null) {
        o.read.drop();
      }
    }
    reads.clear();
  }
}
