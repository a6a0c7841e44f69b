// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.snapshot.CopyBeforeWrite;
import io.meikyo.sim.disk.TokenPayload;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of one life of an agent, kept by copying before writing, with copies and reads that
 * take their time and fail. Each is read whole, at leisure, beside whatever is written; the judge
 * is a plain copy of the disk taken in the instant of the snapshot (law 6).
 */
final class SnapshotStore {
  /** Snapshots at a time; the oldest makes room. */
  private static final int KEPT = 3;

  /** Takes the bytes of a chunk, or null if the snapshot is gone. */
  private interface Got {
    void got(long @Nullable [] bytes);
  }

  private final World w;
  private final Agent agent;
  private final Prng prng;
  private final ArrayDeque<One> all = new ArrayDeque<>();
  private final Map<Long, Runnable> passing = new HashMap<>();

  SnapshotStore(Agent agent) {
    this.w = agent.w;
    this.agent = agent;
    this.prng = agent.prng.fork();
  }

  /** Takes one now. */
  void take(long cutId, long[] asItIs) {
    all.removeIf(s -> !s.cow.stands());
    if (all.size() == KEPT) {
      all.removeFirst().cow.delete();
    }
    One one = new One(cutId, asItIs);
    all.addLast(one);
    w.cover.hit("snapshot taken");
    one.readWhole();
  }

  /** Changes the disk when every snapshot allows it. */
  void write(long start, int count, Runnable change) {
    through(all.toArray(new One[0]), 0, start, count, change);
  }

  private void through(One[] those, int next, long start, int count, Runnable change) {
    if (next == those.length) {
      change.run();
      return;
    }
    One one = those[next];
    if (!one.cow.stands()) {
      through(those, next + 1, start, count, change);
      return;
    }
    long ticket = w.id();
    passing.put(ticket, () -> through(those, next + 1, start, count, change));
    one.cow.write(ticket, start, count);
    if (passing.containsKey(ticket)) {
      w.cover.hit("write waits for a copy");
    }
  }

  /** The digest of a cut, read from its snapshot. */
  void digest(Effect.ComputeDigest e) {
    for (One one : all) {
      if (one.cutId == e.cutId()) {
        one.digest(e);
        return;
      }
    }
    answer(e.cutId(), null);
  }

  private void answer(long cutId, @Nullable Hash hash) {
    w.cover.hit(hash == null ? "no digest" : "digest from a snapshot");
    agent.deliver(prng.exponential(w.o.diskMean * 3), new Event.DigestComputed(cutId, hash));
  }

  private void later(Runnable what) {
    long delay = prng.exponential(w.o.diskMean);
    w.after(
        delay,
        new AgentTask(agent) {
          @Override
          void perform() {
            what.run();
          }
        });
  }

  private final class One implements CopyBeforeWrite.Edge {
    final long cutId;
    final CopyBeforeWrite cow;
    private final long[] truth;
    private final int perChunk = w.o.snapshotChunk;
    private final Map<Integer, long[]> store = new HashMap<>();

    One(long cutId, long[] truth) {
      this.cutId = cutId;
      this.truth = truth;
      this.cow =
          new CopyBeforeWrite(
              CopyBeforeWrite.CHUNK_BYTES / perChunk, truth.length, w.o.snapshotSlots, this);
    }

    private int from(long chunk) {
      return (int) chunk * perChunk;
    }

    private long[] onDisk(long chunk) {
      int from = from(chunk);
      int count = Math.min(perChunk, truth.length - from);
      long[] bytes = new long[count];
      System.arraycopy(agent.server.disk.visible(), from, bytes, 0, count);
      return bytes;
    }

    @Override
    public void copy(long chunk, int slot) {
      World.check(
          !store.containsKey(slot) && slot < w.o.snapshotSlots, 0, "slot " + slot + " given twice");
      later(() -> {
        long[] bytes = onDisk(chunk);
        later(() -> {
          boolean ok = w.calm || !prng.chance(w.o.snapshotFails);
          if (ok) {
            store.put(slot, bytes);
          }
          cow.copied(chunk, ok);
        });
      });
    }

    @Override
    public void pass(long ticket) {
      Runnable change = passing.remove(ticket);
      World.check(change != null, 0, "a write passed a snapshot twice, or was never given");
      if (change != null) {
        change.run();
      }
    }

    @Override
    public void lost(CopyBeforeWrite.Loss why) {
      w.cover.hit("snapshot lost/" + why);
    }

    // ---- readers

    /** A chunk as a reader of the product finds it; null if the snapshot is gone. */
    private void chunk(long chunk, Got then) {
      later(() -> {
        if (!cow.stands()) {
          then.got(null);
          return;
        }
        int slot = cow.slotOf(chunk);
        long[] kept = store.get(slot);
        World.check(slot < 0 || kept != null, 6, "slot " + slot + " is named before it is written");
        if (slot >= 0) {
          w.cover.hit("read from the store");
          then.got(kept);
          return;
        }
        long[] bytes = onDisk(chunk);
        later(() -> {
          if (cow.stands() && cow.slotOf(chunk) >= 0) {
            w.cover.hit("read again from the store");
            chunk(chunk, then);
          } else {
            then.got(cow.stands() ? bytes : null);
          }
        });
      });
    }

    /** Reads everything, chunk by chunk, and compares with the truth. */
    void readWhole() {
      readFrom(0);
    }

    private void readFrom(long chunk) {
      if (from(chunk) >= truth.length) {
        w.cover.hit("image read whole");
        return;
      }
      chunk(
          chunk,
          bytes -> {
            if (bytes == null) {
              w.cover.hit("image given up");
              return;
            }
            judge(chunk, bytes);
            readFrom(chunk + 1);
          });
    }

    private void judge(long chunk, long[] bytes) {
      for (int i = 0; i < bytes.length; i++) {
        int block = from(chunk) + i;
        if (bytes[i] != truth[block]) {
          World.check(
              false,
              6,
              "the snapshot of cut "
                  + cutId
                  + " on "
                  + agent.server.name
                  + " shows "
                  + Long.toHexString(bytes[i])
                  + " in block "
                  + block
                  + ", but at the cut it was "
                  + Long.toHexString(truth[block]));
        }
      }
    }

    void digest(Effect.ComputeDigest e) {
      gather(e, new long[truth.length], 0);
    }

    private void gather(Effect.ComputeDigest e, long[] image, long chunk) {
      if (from(chunk) >= truth.length) {
        Hash hash = TokenPayload.hashChunks(image, e.chunks(), w.o.geometry.blocksPerChunk());
        answer(e.cutId(), hash);
        return;
      }
      chunk(
          chunk,
          bytes -> {
            if (bytes == null) {
              answer(e.cutId(), null);
              return;
            }
            judge(chunk, bytes);
            System.arraycopy(bytes, 0, image, from(chunk), bytes.length);
            gather(e, image, chunk + 1);
          });
    }
  }
}
