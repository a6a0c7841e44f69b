// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static io.meikyo.agent.still.Waiting.aside;
import static io.meikyo.agent.still.Waiting.within;

import io.meikyo.agent.still.Backup.Frozen;
import io.meikyo.agent.still.FileSystems.End;
import io.meikyo.agent.still.FileSystems.How;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Descriptors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this process has frozen: each file system is told to the keeper and noted for the next life
 * before it is frozen, and both forget it when it is thawed (law 5). What cannot be thawed now is
 * kept in mind, and tried again when the child that hangs is gone. Only for the still point's
 * thread, like all that it takes.
 */
final class Frost {
  private static final long SECOND = 1_000_000_000L;

  /** Writing out what is in memory, before anything waits. */
  private static final long SYNC_NANOS = 120 * SECOND;

  /** Freezing one file system: its own writers are waited for. */
  private static final long FREEZE_NANOS = 20 * SECOND;

  private static final long THAW_NANOS = 10 * SECOND;

  /** The keeper answers at once, if it lives. */
  private static final long KEEPER_NANOS = 5 * SECOND;

  private static final String SILENT = "it does not answer";

  private final FileSystems files;
  private final FrozenNote note;
  private final Function<String, @Nullable FreezeKeeper> keepers;
  private final LongSupplier clock;
  private final Executor thread;
  private final Consumer<Notice> log;
  private final List<Frozen> left = new ArrayList<>();
  private final List<StillMount> former = new ArrayList<>();

  /**
   * Knows what a former life has left.
   *
   * @param keepers the keeper of a mirror disk; null: none
   * @param thread the still point's
   */
  Frost(
      FileSystems files,
      FrozenNote note,
      Function<String, @Nullable FreezeKeeper> keepers,
      LongSupplier clock,
      Executor thread,
      Consumer<Notice> log) {
    this.files = files;
    this.note = note;
    this.keepers = keepers;
    this.clock = clock;
    this.thread = thread;
    this.log = log;
    try {
      former.addAll(note.former());
      note.keep(former);
    } catch (IOException e) {
      log.accept(Notice.of(StillNotice.LOOK_FAILED, String.valueOf(e.getMessage())));
    }
  }

  /** What could not be thawed. */
  List<StillMount> left() {
    return left.stream().map(Frozen::mount).toList();
  }

  // ---- there

  /** Writes out what is in memory, while nothing waits. */
  void sync(Backup b, StillMount m) throws Backup.Failure {
    sync(b, m, SYNC_NANOS);
  }

  /**
   * Once more: what was written since would hold up every writer in the freeze. What it takes
   * counts to the deadline.
   */
  void syncAgain(Backup b, StillMount m) throws Backup.Failure {
    sync(b, m, left(b));
  }

  private void sync(Backup b, StillMount m, long nanos) throws Backup.Failure {
    End end = files.sync(m, nanos, b.broken);
    if (end.how() != How.DONE) {
      throw failed(b, StillNotice.SYNC_FAILED, m, end.said());
    }
  }

  /** It will be frozen: the keeper is told, and the next life. */
  void announce(Backup b, StillMount m, List<Notice> said) throws Backup.Failure {
    register(b, m, said);
    b.announced.add(m);
    try {
      note.add(m);
    } catch (IOException e) {
      throw failed(b, StillNotice.NOTE_FAILED, m, String.valueOf(e.getMessage()));
    }
  }

  /** What was announced and not frozen is nobody's business any more. */
  void forgetAnnounced(Backup b) {
    b.announced.forEach(this::forget);
    b.announced.clear();
  }

  void freeze(Backup b, StillMount m, List<Notice> said) throws Backup.Failure {
    b.announced.remove(m);
    b.held(m.mirror()).freezesFrom(clock.getAsLong());
    End end = files.freeze(m, Math.min(FREEZE_NANOS, left(b)), b.broken);
    switch (end.how()) {
      case DONE -> b.frozen.add(new Frozen(m, end.gone()));
      case ALREADY -> {
        // Somebody else's: we do not thaw it, and neither does anybody for us.
        said.add(Notice.of(StillNotice.FROZEN_BY_OTHERS, m.mirror(), m.at()));
        forget(m);
      }
      case FAILED -> {
        forget(m);
        throw failed(b, StillNotice.FREEZE_FAILED, m, end.said());
      }
      case CUT_SHORT -> {
        // It may be frozen, or be so in a moment.
        b.frozen.add(new Frozen(m, end.gone()));
        throw failed(b, StillNotice.FREEZE_FAILED, m, end.said());
      }
    }
  }

  private void register(Backup b, StillMount m, List<Notice> said) throws Backup.Failure {
    FreezeKeeper keeper = keepers.apply(m.mirror());
    if (keeper == null) {
      said.add(Notice.of(StillNotice.NO_KEEPER, m.mirror()));
      return;
    }
    CompletableFuture<@Nullable String> end = aside(() -> tellFrozen(keeper, m, b.deadline));
    String wrong = within(end, Math.min(KEEPER_NANOS, left(b))) ? end.join() : SILENT;
    if (wrong != null) {
      throw failed(b, StillNotice.KEEPER_FAILED, m, wrong);
    }
  }

  /** Null if it was told; else why not. */
  private static @Nullable String tellFrozen(FreezeKeeper keeper, StillMount m, long deadline) {
    try {
      int folder = Descriptors.open(m.at(), Descriptors.O_RDONLY | Descriptors.O_DIRECTORY);
      try {
        keeper.frozen(m.keeperName(), folder, deadline);
      } finally {
        Descriptors.close(folder);
      }
      return null;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private Backup.Failure failed(Backup b, StillNotice code, StillMount m, String reason) {
    if (b.broken.isDone()) {
      return new Backup.Failure(b.broken.join());
    }
    Notice notice = Notice.of(code, m.mirror(), m.at(), reason);
    return b.deadline != 0 && left(b) == 0
        ? new Backup.Failure(List.of(notice, Notice.of(StillNotice.LATE, Backup.seconds(b.nanos))))
        : new Backup.Failure(notice);
  }

  private long left(Backup b) {
    return Math.max(0, b.deadline - clock.getAsLong());
  }

  // ---- back

  /**
   * Thaws, outer ones first.
   *
   * @param frozen in the order of the freeze
   * @param said takes what became of each
   * @return when they went on; boot time, ns
   */
  long thaw(List<Frozen> frozen, List<Notice> said) {
    return thaw(frozen.reversed(), StillNotice.THAWED, said::add);
  }

  private long thaw(List<Frozen> frozen, StillNotice done, Consumer<Notice> said) {
    List<End> ends = files.thaw(frozen.stream().map(Frozen::mount).toList(), THAW_NANOS);
    long at = clock.getAsLong();
    for (int i = 0; i < frozen.size(); i++) {
      said.accept(thawed(frozen.get(i), ends.get(i), done));
    }
    return at;
  }

  private Notice thawed(Frozen f, End end, StillNotice done) {
    StillMount m = f.mount();
    boolean runs = end.how() == How.DONE || end.how() == How.ALREADY;
    if (end.how() == How.DONE || (runs && f.freezing().isDone())) {
      forget(m);
      StillNotice code = end.how() == How.DONE ? done : StillNotice.THAWED_BY_OTHERS;
      return Notice.of(code, m.mirror(), m.at());
    }
    left.add(f);
    // A child that hangs may end its work any time: what it froze then is thawed then.
    CompletableFuture<?> gone = CompletableFuture.allOf(f.freezing(), end.gone());
    if (!gone.isDone()) {
      var _ = gone.whenCompleteAsync((_, _) -> retry(), thread);
    }
    String reason = runs ? "the child that freezes it hangs in the kernel" : end.said();
    return Notice.of(StillNotice.STILL_FROZEN, m.mirror(), m.at(), reason);
  }

  /** Tries again what could not be thawed. */
  void retry() {
    if (!left.isEmpty()) {
      List<Frozen> again = List.copyOf(left);
      left.clear();
      thaw(again, StillNotice.THAWED_LATE, log);
    }
  }

  /** Thaws what a former life froze on a mirror disk. */
  void thawFormer(String mirror) {
    List<StillMount> ours = former.stream().filter(m -> m.mirror().equals(mirror)).toList();
    if (!ours.isEmpty()) {
      former.removeAll(ours);
      List<Frozen> outer = ours.reversed().stream().map(m -> new Frozen(m, End.NOBODY)).toList();
      thaw(outer, StillNotice.THAWED_FORMER, log);
    }
  }

  /** It is not frozen by us any more: nobody has to thaw it. */
  private void forget(StillMount m) {
    tellThawed(m);
    try {
      note.remove(m);
    } catch (IOException e) {
      log.accept(
          Notice.of(StillNotice.NOTE_FAILED, m.mirror(), m.at(), String.valueOf(e.getMessage())));
    }
  }

  private void tellThawed(StillMount m) {
    FreezeKeeper keeper = keepers.apply(m.mirror());
    if (keeper == null) {
      return;
    }
    CompletableFuture<@Nullable String> end =
        aside(() -> {
          try {
            keeper.thawed(m.keeperName());
            return null;
          } catch (IOException e) {
            return String.valueOf(e.getMessage());
          }
        });
    String wrong = within(end, KEEPER_NANOS) ? end.join() : SILENT;
    if (wrong != null) {
      log.accept(Notice.of(StillNotice.KEEPER_FAILED, m.mirror(), m.at(), wrong));
    }
  }
}
