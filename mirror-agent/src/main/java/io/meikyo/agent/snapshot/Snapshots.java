// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Superblock;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All snapshots of one mirror disk on this server. Every change of the data partition passes {@link
 * #write} while one stands. For the loop's thread.
 */
public final class Snapshots {
  /** Most that stand at one time: each costs a copy of what is written for the first time. */
  public static final int COUNT_MAX = 4;

  /** One that nobody adopts is dropped after so long, s. */
  public static final long ADOPT_SECONDS = 60;

  /** One that is lost is shown for so long, s. */
  public static final long LOST_SECONDS = 3600;

  /** No more lost ones than these are shown. */
  private static final int LOST_MAX = 8;

  private static final long SECOND = 1_000_000_000L;
  private static final int COPIES = 16;
  private static final int READS = 8;
  private static final int SMALL_READS = 8;

  /** Is told which snapshots can be read. */
  public interface Listener {
    /** This one stands. */
    void added(String name, BlockService blocks);

    /** This one is gone. */
    void removed(String name);
  }

  /** Knows whether what a cut is worth may still be told. */
  @FunctionalInterface
  public interface Verdicts {
    /** True if it may; {@code ledHere}: this replica was the active at the cut. */
    boolean mayCome(boolean ledHere);
  }

  /** How an adoption ended. */
  public enum Adoption {
    /** It is theirs. */
    DONE,
    /** There is none of this cut. */
    UNKNOWN,
    /** It is lost. */
    LOST,
    /** Somebody else has it. */
    OF_OTHERS
  }

  private final IoLoop loop;
  private final String mirror;
  private final Origin origin;
  private final Provider provider;
  private final long limitNanos;
  final Beside beside;
  private final FormerLives former;
  private final Judging judging;
  private final RoomWatch room;
  private final Copier copier;
  private final Reader reader;
  private final InstantSource wall;
  private final Consumer<Notice> notices;
  private final Map<Long, Snapshot> all = new LinkedHashMap<>();
  private final Passage passage = new Passage();
  private final Owner owner = new Owner();
  private @Nullable Taking taking;
  private @Nullable Listener listener;
  private String socket = "";
  private long digestOf;
  private boolean closed;

  /**
   * Takes the memory for all that will be under way, and reads what a former life has left.
   *
   * @param source what snapshots are taken of, and by whom
   * @param arena for the memory; lives as long as the loop
   * @param notices takes sentences for the log
   */
  public Snapshots(
      IoLoop loop,
      SnapshotSource source,
      Arena arena,
      InstantSource wall,
      Consumer<Notice> notices) {
    this(loop, source, source.provider(), arena, wall, notices);
  }

  Snapshots(
      IoLoop loop,
      SnapshotSource source,
      Provider provider,
      Arena arena,
      InstantSource wall,
      Consumer<Notice> notices) {
    this.loop = loop;
    this.mirror = source.mirror();
    this.origin = source.origin();
    this.provider = provider;
    this.limitNanos = source.spec().nanos();
    this.beside = new Beside(mirror);
    this.wall = wall;
    this.notices = notices;
    BufferPool.Counts copies = new BufferPool.Counts(0, COPIES, 0, 0, false);
    BufferPool.Counts reads = new BufferPool.Counts(0, SMALL_READS, READS, 0, false);
    this.copier = new Copier(loop, origin, new BufferPool(arena, copies, loop::post));
    this.reader = new Reader(loop, origin, new BufferPool(arena, reads, loop::post));
    this.judging = new Judging(loop, all.values(), this::note);
    this.room = new RoomWatch(loop, provider, beside, mirror, all.values(), this::say);
    this.former = new FormerLives(loop, source, provider, beside, this::say);
    former.read(note -> {
      ImageSnapshot s =
          new ImageSnapshot(null, note.atCut(), note.takenMillis(), note.ledHere(), owner);
      s.judged(note.cut());
      s.adopt(note.by());
      all.put(note.cutId(), s);
    });
  }

  /** Removes or finds what former lives have left, beside the loop. */
  public void begin() {
    former.find(this::found, this::gone);
  }

  private void found(long cutId, Taken taken) {
    if (!closed && all.get(cutId) instanceof ImageSnapshot s && s.stands()) {
      s.found(taken);
      say(Notice.of(SnapshotNotice.FOUND, name(cutId), provider.word(), taken.where()));
      offer(s);
      room.watch();
    } else {
      close(taken); // deleted meanwhile
    }
  }

  private void gone(long cutId, String reason) {
    if (all.get(cutId) instanceof ImageSnapshot s) {
      s.notFound(reason);
    }
  }

  /** Who offers snapshots to clients, and where. */
  public void listener(Listener who, Path where) {
    listener = who;
    socket = where.toString();
  }

  /** Path of the socket at which clients find them; "": nowhere. */
  public String socket() {
    return socket;
  }

  /** Who knows whether verdicts may come. */
  public void verdicts(Verdicts who) {
    judging.verdicts(who);
  }

  private void say(Notice notice) {
    notices.accept(notice.about("mirror", mirror));
  }

  private String name(long cutId) {
    return mirror + "@" + Long.toHexString(cutId);
  }

  // ---- taking one

  /**
   * Keeps the disk as it is now, under the id of a cut. Nothing is under way that changes it; if
   * something comes before the answer, there is no snapshot.
   *
   * @param atCut superblock as it stands at the cut
   * @param ledHere this replica is the active
   * @param answer takes whether it stands; perhaps inside the call
   */
  public void take(Superblock atCut, boolean ledHere, Consumer<Boolean> answer) {
    long cutId = atCut.cut().cutId();
    Notice refusal = refusal(cutId);
    if (closed || refusal != null) {
      if (refusal != null) {
        say(refusal);
      }
      answer.accept(false);
      return;
    }
    Taking mine = new Taking(answer);
    taking = mine;
    long now = wall.millis();
    loop.at(loop.nanos() + limitNanos, () -> late(mine));
    beside.take(() -> {
      try {
        Taken taken = provider.take(cutId, limitNanos);
        try {
          // Its table is made here too: that of a large store takes a moment.
          Snapshot made = made(taken, atCut, now, ledHere);
          loop.post(() -> taken(mine, made, taken));
        } catch (OutOfMemoryError e) {
          loop.post(() -> release(cutId, taken));
          long cap = taken instanceof Taken.Store store ? store.capBytes() : 0;
          refused(mine, Notice.of(SnapshotNotice.NO_MEMORY, mirror, cap));
        }
      } catch (NotTaken e) {
        removeLater(cutId, null); // a part of it may be there
        refused(mine, e.notice());
      } catch (RuntimeException e) {
        removeLater(cutId, null);
        refused(mine, new NotTaken(mirror, provider.word(), e.toString()).notice());
      }
      provider.afterTake();
    });
  }

  private Snapshot made(Taken taken, Superblock atCut, long now, boolean ledHere) {
    return taken instanceof Taken.Store store
        ? new CopiedSnapshot(loop, origin, copier, store, atCut, now, ledHere, owner)
        : new ImageSnapshot(taken, atCut, now, ledHere, owner);
  }

  private void refused(Taking mine, Notice why) {
    loop.post(() -> {
      taking = null;
      if (!mine.isAnswered()) {
        say(why);
      }
      mine.answer(false);
    });
  }

  /** The cut does not wait any longer; what comes now is of another instant. */
  private void late(Taking mine) {
    if (taking == mine && !mine.isAnswered()) {
      mine.spoil();
      say(
          Notice.of(
              SnapshotNotice.LATE,
              mirror,
              provider.word(),
              TimeUnit.NANOSECONDS.toMillis(limitNanos)));
      mine.answer(false);
    }
  }

  private @Nullable Notice refusal(long cutId) {
    if (taking != null) {
      return Notice.of(SnapshotNotice.NOT_YET, mirror, provider.place());
    }
    if (!passage.isEmpty()) {
      return movedOn();
    }
    if (all.containsKey(cutId)) {
      return Notice.of(SnapshotNotice.TWICE, name(cutId));
    }
    return all.values().stream().filter(Snapshot::stands).count() >= COUNT_MAX
        ? Notice.of(SnapshotNotice.TOO_MANY, mirror, COUNT_MAX)
        : null;
  }

  private Notice movedOn() {
    return Notice.of(SnapshotNotice.MOVED_ON, mirror);
  }

  /** Says that there is no snapshot, since something is under way that changes the disk. */
  public void refuse() {
    say(movedOn());
  }

  private void taken(Taking mine, Snapshot made, Taken taken) {
    taking = null;
    if (mine.isSpoiled() || closed) {
      release(made.cutId(), taken);
      if (mine.isSpoiled() && !mine.isAnswered()) {
        say(movedOn());
      }
      mine.answer(false);
      return;
    }
    long cutId = made.cutId();
    all.put(cutId, made);
    stand();
    offer(made);
    say(
        made instanceof CopiedSnapshot
            ? Notice.of(SnapshotNotice.STANDS, name(cutId), made.capBytes())
            : Notice.of(SnapshotNotice.TAKEN, name(cutId), provider.word(), taken.where()));
    dropLater(made);
    judging.watch();
    room.watch();
    mine.answer(true);
  }

  private void offer(Snapshot s) {
    Listener told = listener;
    if (told != null && s.readable()) {
      told.added(name(s.cutId()), new SnapshotBlocks(s, origin, reader));
    }
  }

  private void stand() {
    List<CopiedSnapshot> now = new ArrayList<>();
    for (Snapshot s : all.values()) {
      if (s instanceof CopiedSnapshot copied && s.stands()) {
        now.add(copied);
      }
    }
    passage.through(now);
  }

  private void dropLater(Snapshot s) {
    loop.at(
        loop.nanos() + ADOPT_SECONDS * SECOND,
        () -> {
          if (!s.stands() || !s.by().isEmpty()) {
            return;
          }
          if (s.isOpen() && digestOf == s.cutId()) {
            dropLater(s); // its proof is being read from it
          } else {
            say(Notice.of(SnapshotNotice.NOT_ADOPTED, name(s.cutId()), ADOPT_SECONDS));
            s.delete();
          }
        });
  }

  // ---- writes

  /** True if changes of the disk need not pass here. */
  public boolean none() {
    return passage.isFree() && taking == null;
  }

  /**
   * A change of the disk is about to begin.
   *
   * @param pass begins it; once, perhaps inside the call
   */
  public void write(long start, int count, Runnable pass) {
    Taking now = taking;
    if (now != null) {
      now.spoil();
    }
    passage.write(start, count, pass);
  }

  private final class Owner implements Snapshot.Owner {
    @Override
    public void pass(long ticket) {
      passage.advance(ticket);
    }

    @Override
    public void lost(Snapshot s) {
      stand();
      String name = name(s.cutId());
      Snapshot.Why why = s.why();
      switch (why == null ? Snapshot.Why.DELETED : why) {
        case FULL -> {
          if (s instanceof CopiedSnapshot) { // of an image it was said before
            say(Notice.of(SnapshotNotice.FULL, name, s.capBytes(), provider.place()));
          }
        }
        case FAILED ->
            say(
                s instanceof CopiedSnapshot
                    ? Notice.of(SnapshotNotice.FAILED, name, s.reason())
                    : Notice.of(SnapshotNotice.GONE, name, provider.word(), s.reason()));
        case STUCK ->
            say(
                Notice.of(
                    SnapshotNotice.STUCK,
                    name,
                    CopiedSnapshot.COPY_NANOS / SECOND,
                    provider.place()));
        case DELETED -> {
          say(
              s instanceof CopiedSnapshot
                  ? Notice.of(SnapshotNotice.DELETED, name, s.usedBytes())
                  : Notice.of(SnapshotNotice.DELETED_IMAGE, name, provider.word()));
          loop.post(() -> forget(s));
          return;
        }
      }
      loop.at(loop.nanos() + LOST_SECONDS * SECOND, () -> forget(s));
      loop.post(Snapshots.this::forgetOldest);
    }

    @Override
    public void unused(Snapshot s) {
      Taken taken = s.taken();
      if (taken != null) {
        close(taken);
      }
      if (!(s instanceof ImageSnapshot image && image.stays())) {
        removeLater(s.cutId(), taken);
      }
    }
  }

  /** Clients have a limited number of exports. */
  private void forgetOldest() {
    List<Snapshot> lost = all.values().stream().filter(s -> !s.stands()).toList();
    for (int i = 0; i < lost.size() - LOST_MAX; i++) {
      forget(lost.get(i));
    }
  }

  private void forget(Snapshot s) {
    Listener told = listener;
    if (all.remove(s.cutId(), s) && told != null && !closed) {
      told.removed(name(s.cutId()));
    }
  }

  private void release(long cutId, Taken taken) {
    close(taken);
    removeLater(cutId, taken);
  }

  /** Before it is removed, and an image on the same thread: a volume that is open stays. */
  private void close(Taken taken) {
    if (taken instanceof Taken.Store) {
      loop.close(taken.fd());
    } else if (taken.fd() >= 0) {
      beside.remove(() -> Descriptors.close(taken.fd()));
    }
  }

  private void removeLater(long cutId, @Nullable Taken taken) {
    former.forget(cutId);
    beside.remove(() -> {
      Notice problem = provider.remove(cutId, taken);
      if (problem != null) {
        say(problem);
      }
    });
  }

  // ---- what a cut is worth

  /** What a cut is worth has become known. */
  public void judged(CutRecord known) {
    Snapshot s = all.get(known.cutId());
    if (s != null) {
      judging.judged(s, known);
    }
  }

  /** Another cut is taken: nobody judges an older one any more. */
  public void overtaken() {
    judging.overtaken();
  }

  /** Its digest is being read from it; 0: none is. */
  public void digesting(long cutId) {
    digestOf = cutId;
  }

  /** The digest of this cut is done, or nobody wants it any more. */
  public void digested(long cutId) {
    if (digestOf == cutId) {
      digestOf = 0;
    }
  }

  // ---- readers

  /** True if a snapshot of this cut stands, and can be read here. */
  public boolean readable(long cutId) {
    Snapshot s = all.get(cutId);
    return s != null && s.readable();
  }

  /**
   * Reads for whoever is in no hurry.
   *
   * @return false: there is no memory now, {@link #whenFree} tells when
   */
  public boolean read(long cutId, long start, int count, BlockService.Answer answer) {
    Snapshot s = all.get(cutId);
    if (s == null) {
      answer.done(Errno.EIO, null);
      return true;
    }
    return reader.begin(s, start, count, answer);
  }

  /** Runs the task once, soon after memory for reads has come back. */
  public void whenFree(Runnable task) {
    reader.whenFree(task);
  }

  // ---- commands

  /** All that there are, also lost ones, oldest first. */
  public List<SnapshotView> views() {
    return all.values().stream().map(s -> s.view(name(s.cutId()), provider.word())).toList();
  }

  /** The one of this cut; null if there is none. */
  public @Nullable SnapshotView view(long cutId) {
    Snapshot s = all.get(cutId);
    return s == null ? null : s.view(name(cutId), provider.word());
  }

  /** Somebody wants it: it stays until it is deleted. */
  public Adoption adopt(long cutId, String by) {
    Snapshot s = all.get(cutId);
    if (s == null) {
      return Adoption.UNKNOWN;
    }
    if (!s.stands()) {
      return Adoption.LOST;
    }
    if (!s.by().isEmpty() && !s.by().equals(by)) {
      return Adoption.OF_OTHERS;
    }
    s.adopt(by);
    note(s);
    return Adoption.DONE;
  }

  /** What the next life of the agent must know of it. */
  private void note(Snapshot s) {
    Taken taken = s.taken();
    if (s instanceof ImageSnapshot && taken != null && s.stands() && !s.by().isEmpty()) {
      former.note(s, taken);
    }
  }

  /**
   * Runs the task, on a thread of its own, when what was adopted until now stays so, also if the
   * agent ends. It must not block.
   */
  public void settled(Runnable task) {
    beside.take(task);
  }

  /** Nobody wants it any more; nothing happens if there is none. */
  public void delete(long cutId) {
    Snapshot s = all.get(cutId);
    if (s != null) {
      s.delete();
      forget(s);
      if (s instanceof ImageSnapshot image && image.stays()) {
        removeLater(cutId, null); // it was not found, and may be there all the same
      }
    }
  }

  /** Pieces of memory lent at this moment. */
  int lent() {
    return copier.lent() + reader.lent();
  }

  /** What the end of the process would close. */
  List<Integer> descriptors() {
    return all.values().stream()
        .map(Snapshot::taken)
        .filter(taken -> taken != null && taken.fd() >= 0)
        .map(Taken::fd)
        .toList();
  }

  /** The agent stops: all are dropped but what outlives it and is adopted. What waits passes. */
  public void close() {
    closed = true;
    for (Snapshot s : List.copyOf(all.values())) {
      if (s instanceof ImageSnapshot image && s.stands() && !s.by().isEmpty()) {
        image.leave();
      } else {
        s.delete();
      }
    }
    all.clear();
    beside.take(provider::close);
    beside.close();
  }
}
