// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What lives of the agent leave to each other: snapshots that outlive it, with a note for each that
 * somebody has adopted. What has no note is nobody's, and is removed. For the loop's thread, but
 * for what is said and what is found, which come on another one.
 */
final class FormerLives {
  /** How often it is tried to open one that is said to be there. */
  private static final int TRIES = 10;

  private static final long AGAIN_NANOS = 30_000_000_000L;

  private final IoLoop loop;
  private final Provider provider;
  private final SnapshotNotes notes;
  private final Beside beside;
  private final String mirror;
  private final Consumer<Notice> said;
  private final Map<Long, String> wheres = new LinkedHashMap<>();

  FormerLives(
      IoLoop loop, SnapshotSource source, Provider provider, Beside beside, Consumer<Notice> said) {
    this.loop = loop;
    this.provider = provider;
    this.notes = source.notes();
    this.beside = beside;
    this.mirror = source.mirror();
    this.said = said;
  }

  /** Reads the notes; blocks for a moment. Those of another provider are said and left alone. */
  void read(Consumer<SnapshotNotes.Note> each) {
    for (SnapshotNotes.Note note : notes.all(said)) {
      if (note.provider().equals(provider.word())) {
        wheres.put(note.cutId(), note.where());
        each.accept(note);
      } else {
        said.accept(
            Notice.of(
                SnapshotNotice.OF_ANOTHER_PROVIDER,
                name(note.cutId()),
                note.provider(),
                note.where()));
      }
    }
  }

  private String name(long cutId) {
    return mirror + "@" + Long.toHexString(cutId);
  }

  /**
   * Looks for what has a note, and removes what has none. Returns at once.
   *
   * @param found takes what is there; on the loop's thread
   * @param gone takes the reason why something cannot be had any more; on the loop's thread
   */
  void find(BiConsumer<Long, Taken> found, BiConsumer<Long, String> gone) {
    Map<Long, String> noted = Map.copyOf(wheres);
    wheres.clear();
    beside.take(() -> {
      provider.begin().forEach(said);
      if (!provider.outlives()) {
        return;
      }
      Set<Long> there;
      try {
        there = provider.list();
      } catch (NotTaken e) {
        said.accept(e.notice());
        there = noted.keySet();
      }
      for (Map.Entry<Long, String> each : noted.entrySet()) {
        long cutId = each.getKey();
        if (there.contains(cutId)) {
          open(cutId, each.getValue(), TRIES, found, gone);
        } else {
          removeNote(cutId);
          loop.post(() -> gone.accept(cutId, "the provider does not know it any more"));
        }
      }
      for (long cutId : there) {
        if (!noted.containsKey(cutId)) {
          remove(cutId);
        }
      }
    });
  }

  /** What cannot be opened now may be later: a cloud that does not answer has lost nothing. */
  private void open(
      long cutId,
      String where,
      int tries,
      BiConsumer<Long, Taken> found,
      BiConsumer<Long, String> gone) {
    try {
      Taken taken = provider.find(cutId, where);
      loop.post(() -> found.accept(cutId, taken));
    } catch (NotTaken e) {
      if (tries == 1) {
        loop.post(() -> gone.accept(cutId, e.reason()));
        return;
      }
      if (tries == TRIES) {
        said.accept(e.notice());
      }
      loop.post(() ->
          loop.at(
              loop.nanos() + AGAIN_NANOS,
              () -> beside.take(() -> open(cutId, where, tries - 1, found, gone))));
    }
  }

  private void remove(long cutId) {
    beside.remove(() -> {
      Notice problem = provider.remove(cutId, null);
      said.accept(
          problem != null
              ? problem
              : Notice.of(SnapshotNotice.LEFT_BEHIND, name(cutId), provider.word()));
    });
  }

  /** Makes it last, and notes what the next life must know. Returns at once. */
  void note(Snapshot s, Taken taken) {
    SnapshotNotes.Note note =
        new SnapshotNotes.Note(
            provider.word(),
            taken.where(),
            s.by(),
            s.takenMillis(),
            s.ledHere(),
            s.cut(),
            s.atCut());
    beside.take(() -> {
      Notice problem = provider.settle(note.cutId(), taken);
      try {
        notes.write(note);
      } catch (IOException e) {
        problem =
            Notice.of(
                SnapshotNotice.NOT_SETTLED, mirror, taken.where(), String.valueOf(e.getMessage()));
      }
      if (problem != null) {
        said.accept(problem);
      }
    });
  }

  /** Forgets it. Returns at once. */
  void forget(long cutId) {
    if (!provider.outlives()) {
      return;
    }
    beside.take(() -> removeNote(cutId));
  }

  private void removeNote(long cutId) {
    try {
      notes.remove(cutId);
    } catch (IOException e) {
      said.accept(
          Notice.of(
              SnapshotNotice.NOT_REMOVED, mirror, provider.word(), String.valueOf(e.getMessage())));
    }
  }
}
