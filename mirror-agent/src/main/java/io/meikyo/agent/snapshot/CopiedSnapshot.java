// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.partition.Superblock;
import io.meikyo.core.snapshot.CopyBeforeWrite;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in the built-in store: each chunk is copied there before it changes for the first
 * time. For the loop's thread.
 */
final class CopiedSnapshot extends Snapshot implements CopyBeforeWrite.Edge {
  /** A copy that takes longer keeps a write waiting for too long, ns. */
  static final long COPY_NANOS = 5_000_000_000L;

  private static final long LOOK_NANOS = 1_000_000_000L;

  /** Room that the file system gives before it is needed. */
  private static final long AHEAD_BYTES = 64L << 20;

  private final IoLoop loop;
  private final Origin origin;
  private final Copier copier;
  private final Taken.Store store;
  private final CopyBeforeWrite machine;
  private final ArrayDeque<Copier.Copy> copies = new ArrayDeque<>();
  private long allocated;
  private boolean watched;

  /**
   * The disk as it is now. May be made on another thread than the loop's, before the loop has it.
   *
   * @param atCut superblock of the cut
   * @param takenMillis wall clock
   * @param ledHere this replica was the active at the cut
   */
  CopiedSnapshot(
      IoLoop loop,
      Origin origin,
      Copier copier,
      Taken.Store store,
      Superblock atCut,
      long takenMillis,
      boolean ledHere,
      Owner owner) {
    super(atCut, takenMillis, ledHere, owner);
    this.loop = loop;
    this.origin = origin;
    this.copier = copier;
    this.store = store;
    this.machine = new CopyBeforeWrite(origin.blockBytes(), origin.blocks(), store.slots(), this);
  }

  Taken.Store store() {
    return store;
  }

  @Override
  Taken taken() {
    return store;
  }

  @Override
  boolean stands() {
    return machine.stands();
  }

  @Override
  boolean readable() {
    return machine.stands();
  }

  @Override
  int slotOf(long chunk) {
    return machine.slotOf(chunk);
  }

  @Override
  int diskFd() {
    return origin.fd();
  }

  @Override
  int storeFd() {
    return store.fd();
  }

  @Override
  long usedBytes() {
    return (long) machine.slotsUsed() * Origin.CHUNK;
  }

  @Override
  long capBytes() {
    return store.capBytes();
  }

  // ---- writes

  void write(long ticket, long start, int count) {
    machine.write(ticket, start, count);
  }

  @Override
  void delete() {
    lose(Why.DELETED, "");
  }

  private void lose(Why what, String words) {
    if (machine.stands()) {
      because(what, words);
      machine.delete();
    }
  }

  @Override
  public void copy(long chunk, int slot) {
    ahead((slot + 1L) * Origin.CHUNK);
    copies.addLast(copier.copy(this, chunk, slot));
    watch();
  }

  @Override
  public void pass(long ticket) {
    owner.pass(ticket);
  }

  @Override
  public void lost(CopyBeforeWrite.Loss loss) {
    because(
        switch (loss) {
          case FULL -> Why.FULL;
          case FAILED -> Why.FAILED;
          case DELETED -> Why.DELETED;
        },
        "");
    copier.forget(this);
    copies.clear();
    owner.lost(this);
    unusedIfLost();
  }

  /** Called by the copier. */
  void copyEnded(Copier.Copy copy, @Nullable String problem) {
    Copier.Copy oldest = copies.peekFirst();
    while (oldest != null && oldest.hasEnded()) {
      copies.removeFirst();
      oldest = copies.peekFirst();
    }
    if (problem != null && machine.stands()) {
      because(Why.FAILED, problem);
    }
    machine.copied(copy.chunk, problem == null);
  }

  /**
   * Asks for room early and in large pieces, so that copies do not wait while the file system finds
   * some. If it has none, a copy will fail by itself.
   */
  private void ahead(long needed) {
    long cap = store.capBytes();
    if (needed + AHEAD_BYTES / 2 > allocated && allocated < cap) {
      long from = allocated;
      allocated = Math.min(cap, allocated + AHEAD_BYTES);
      ioBegins();
      loop.allocate(store.fd(), 0, from, allocated - from, _ -> ioEnds());
    }
  }

  /** A store that hangs must not hold up the writes (law: a snapshot never does). */
  private void watch() {
    if (watched) {
      return;
    }
    watched = true;
    loop.at(
        loop.nanos() + LOOK_NANOS,
        () -> {
          watched = false;
          Copier.Copy oldest = copies.peekFirst();
          if (oldest == null) {
            return;
          }
          if (loop.nanos() - oldest.begunNanos >= COPY_NANOS) {
            lose(Why.STUCK, "");
          } else {
            watch();
          }
        });
  }
}
