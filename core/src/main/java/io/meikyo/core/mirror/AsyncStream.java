// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.partition.Payload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes on their way to an asynchronous peer (rule R17): acknowledged to the application before
 * the peer has them, sent in their order, with a barrier where the application flushed, so that the
 * peer is at every moment what a disk is after a crash. The queue is bounded: beyond {@link
 * EngineConfig.Limits#asyncQueueBlocks} a write goes to the history, beyond {@link
 * EngineConfig.Limits#historyBlocks} the stream gives up and the dirty map takes over. A chunk
 * stays dirty until the peer has made it durable, so nothing here needs to survive a crash.
 */
final class AsyncStream {
  private static final class Entry {
    final long write;
    final long start;
    final int count;
    final boolean zero;
    final boolean barrier;
    final long offeredAt;
    @Nullable Payload payload;
    boolean spilled;
    boolean reading;
    boolean sent;
    long sentAt;

    Entry(long write, long start, int count, boolean zero, boolean barrier, long offeredAt) {
      this.write = write;
      this.start = start;
      this.count = count;
      this.zero = zero;
      this.barrier = barrier;
      this.offeredAt = offeredAt;
    }

    void payload(@Nullable Payload next) {
      if (next != null) {
        next.keep();
      }
      if (payload != null) {
        payload.drop();
      }
      payload = next;
    }
  }

  private final Replica r;
  private final Peer p;
  private final ArrayDeque<Entry> queue = new ArrayDeque<>();
  private final Map<Integer, Integer> queuedChunks = new HashMap<>();
  private final ChunkMap confirmed;
  private final ChunkMap flushing;
  private boolean on;
  private long memoryBlocks;
  private long historyBlocks;
  private long lagBlocks;
  private long flushOut = -1;
  private long consistentAt;
  private int life;

  AsyncStream(Replica r, Peer p) {
    this.r = r;
    this.p = p;
    this.confirmed = new ChunkMap(r.geometry);
    this.flushing = new ChunkMap(r.geometry);
  }

  /** True while writes go through the queue. */
  boolean on() {
    return on;
  }

  /** The peer has caught up: from now on it gets every write in order. */
  void start() {
    stop();
    on = true;
    // What was sent so far is not known to be durable there: the first flush will cover it.
    confirmed.or(p.unflushed);
    confirmed.or(p.unflushedBefore);
    r.dirty(p).or(confirmed);
    p.unflushed.clearAll();
    p.unflushedBefore.clearAll();
    // A flush of the recovery that is still under way is not one of the stream's.
    p.flush.reset(0);
    pump();
    r.tell(Say.ASYNC_STREAM_BEGINS, p.id);
  }

  /** The session is gone, or the role: what was queued is in the dirty map already. */
  void stop() {
    on = false;
    life++;
    if (historyBlocks > 0) {
      r.emit(new Effect.HistoryTrim(p.id, Long.MAX_VALUE));
    }
    queue.forEach(e -> e.payload(null));
    queue.clear();
    queuedChunks.clear();
    confirmed.clearAll();
    flushing.clearAll();
    memoryBlocks = 0;
    historyBlocks = 0;
    lagBlocks = 0;
    flushOut = -1;
  }

  /** Everything that was written is durable there. */
  boolean drained() {
    return queue.isEmpty() && confirmed.isEmpty() && flushing.isEmpty() && flushOut < 0;
  }

  /** Blocks acknowledged here and not confirmed there (law 9). */
  long lagBlocks() {
    return lagBlocks;
  }

  /** Age of the oldest of them, ns. */
  long lagNanos() {
    return queue.isEmpty() ? 0 : r.now - queue.getFirst().offeredAt;
  }

  /**
   * Number of the last barrier that is durable there: the point at which the peer is consistent.
   */
  long consistentAt() {
    return consistentAt;
  }

  // ---- in

  void offer(AppPath.WriteOp w) {
    Entry e = new Entry(w.write, w.start, w.count, w.payload == null, false, r.now);
    e.payload(w.payload);
    r.dirty(p).setBlocks(w.start, w.count);
    count(e, 1);
    lagBlocks += w.count;
    queue.addLast(e);
    if (e.payload != null && memoryBlocks + w.count > r.config.limits().asyncQueueBlocks()) {
      if (historyBlocks + w.count > r.config.limits().historyBlocks()) {
        overflow();
        return;
      }
      spill(e);
    } else if (e.payload != null) {
      memoryBlocks += w.count;
    }
    pump();
  }

  /** The application flushed: what comes later must not overtake what came before. */
  void barrier() {
    if (!on || (queue.isEmpty() && confirmed.isEmpty())) {
      return;
    }
    if (queue.isEmpty() || !queue.getLast().barrier) {
      queue.addLast(new Entry(r.lastWrite, 0, 0, false, true, r.now));
    }
    pump();
  }

  private void spill(Entry e) {
    e.spilled = true;
    historyBlocks += e.count;
    Payload payload = e.payload;
    if (payload == null) {
      return;
    }
    int mine = life;
    long op =
        r.ops.begin((ok, _, _) -> {
          if (life != mine) {
            return;
          }
          if (!ok) {
            r.tell(Say.ASYNC_HISTORY_FAILED, p.id);
            overflow();
          } else if (!e.sent) {
            e.payload(null);
            pump();
          }
        });
    r.emit(new Effect.HistoryAppend(op, p.id, e.write, payload));
    if (historyBlocks == e.count) {
      r.tell(Say.ASYNC_SPILLED, p.id);
    }
  }

  private void overflow() {
    r.tell(Say.ASYNC_OVERFLOW, p.id, lagBlocks);
    r.sessions.close(p, Message.Parting.TOO_FAR_BEHIND);
  }

  private void count(Entry e, int by) {
    int last = r.geometry.chunkOf(e.start + e.count - 1);
    for (int c = r.geometry.chunkOf(e.start); c <= last; c++) {
      queuedChunks.merge(c, by, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  // ---- out

  /** Sends what may be sent now, in order. */
  void pump() {
    if (!on || flushOut >= 0) {
      return;
    }
    long window = Math.max(1, r.config.limits().asyncQueueBlocks() / 2);
    List<Entry> inFlight = new ArrayList<>();
    long blocks = 0;
    Iterator<Entry> it = queue.iterator();
    while (it.hasNext()) {
      Entry e = it.next();
      if (e.sent) {
        inFlight.add(e);
        blocks += e.count;
        continue;
      }
      if (e.barrier) {
        if (inFlight.isEmpty()) {
          it.remove();
          flush(e.write);
        }
        return;
      }
      if ((blocks > 0 && blocks + e.count > window) || overlaps(inFlight, e)) {
        return;
      }
      if (!e.zero && e.payload == null) {
        readBack(e);
        return;
      }
      send(e);
      inFlight.add(e);
      blocks += e.count;
    }
    if (queue.isEmpty() && !confirmed.isEmpty()) {
      flush(r.lastWrite);
    }
  }

  private static boolean overlaps(List<Entry> inFlight, Entry e) {
    for (Entry o : inFlight) {
      if (o.start < e.start + e.count && e.start < o.start + o.count) {
        return true;
      }
    }
    return false;
  }

  private void send(Entry e) {
    e.sent = true;
    e.sentAt = r.now;
    Payload payload = e.payload;
    r.sessions.send(
        p,
        e.zero || payload == null
            ? new Message.Zero(e.write, 0, e.start, e.count, false, false)
            : new Message.Write(e.write, 0, e.start, e.count, false, payload));
  }

  private void readBack(Entry e) {
    if (e.reading) {
      return;
    }
    e.reading = true;
    int mine = life;
    long op =
        r.ops.begin((ok, payload, _) -> {
          if (life != mine) {
            return;
          }
          e.reading = false;
          if (!ok || payload == null) {
            r.tell(Say.ASYNC_HISTORY_FAILED, p.id);
            overflow();
            return;
          }
          e.payload(payload);
          pump();
        });
    r.emit(new Effect.HistoryRead(op, p.id, e.write));
  }

  private void flush(long through) {
    flushOut = through;
    flushing.or(confirmed);
    confirmed.clearAll();
    p.flushAskedAt = r.now;
    r.sessions.send(p, new Message.Flush(through));
  }

  // ---- answers

  void written(long write) {
    Iterator<Entry> it = queue.iterator();
    while (it.hasNext()) {
      Entry e = it.next();
      if (e.write == write && !e.barrier && e.sent) {
        it.remove();
        confirmed.setBlocks(e.start, e.count);
        count(e, -1);
        lagBlocks -= e.count;
        if (e.spilled) {
          historyBlocks -= e.count;
          r.emit(new Effect.HistoryTrim(p.id, e.write));
        } else if (!e.zero) {
          memoryBlocks -= e.count;
        }
        e.payload(null);
        break;
      }
    }
    pump();
    r.hold.progress();
  }

  void flushed(long number) {
    if (number != flushOut) {
      return;
    }
    flushOut = -1;
    consistentAt = number;
    for (int c = flushing.next(0); c >= 0; c = flushing.next(c + 1)) {
      if (!confirmed.get(c) && !queuedChunks.containsKey(c)) {
        r.dirty(p).clear(c);
      }
    }
    flushing.clearAll();
    pump();
    r.hold.progress();
  }

  /** When the oldest unanswered message was sent; far future if none. */
  long oldestUnanswered() {
    if (flushOut >= 0) {
      return p.flushAskedAt;
    }
    for (Entry e : queue) {
      if (e.sent) {
        return e.sentAt;
      }
    }
    return Long.MAX_VALUE;
  }
}
