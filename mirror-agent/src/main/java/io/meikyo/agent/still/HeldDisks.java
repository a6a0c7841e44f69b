// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static io.meikyo.agent.still.Waiting.within;

import io.meikyo.agent.still.Backup.Held;
import io.meikyo.agent.still.StillDisk.Answer;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of all disks of a backup at once, and waited for, each time for a limited time.
 * Only for the still point's thread.
 */
final class HeldDisks {
  private static final long SECOND = 1_000_000_000L;

  /** A loop that lives answers sooner; and VOID takes at most a second. */
  private static final long BREAK_NANOS = 3 * SECOND;

  /** The flags go off on every replica; a peer that is lost meanwhile is given up sooner. */
  private static final long RELEASE_NANOS = 15 * SECOND;

  /** A hold answers by itself at its deadline, or soon after. */
  private static final long GRACE_NANOS = 3 * SECOND;

  /** How long the proof of a cut is waited for, at most, and which part of what is left. */
  private static final long PROOF_NANOS = 5 * SECOND;

  private static final int PROOF_PART = 4;

  private final LongSupplier clock;
  private final LongSupplier wallMillis;

  HeldDisks(LongSupplier clock, LongSupplier wallMillis) {
    this.clock = clock;
    this.wallMillis = wallMillis;
  }

  /** Null if its loop does not answer. */
  StillDisk.@Nullable View view(StillDisk disk) {
    CompletableFuture<StillDisk.View> look = disk.view();
    return within(look, BREAK_NANOS) ? look.join() : null;
  }

  void hold(Backup b) throws Backup.Failure {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    long wall = wallMillis.getAsLong();
    for (Held h : b.held) {
      h.asked = true;
      answers.add(h.disk.hold(h.holdId, b.deadline, wall, !b.brief));
    }
    awaitAll(b, answers);
  }

  void cut(Backup b) throws Backup.Failure {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (Held h : b.held) {
      answers.add(h.disk.cut(b.cutId));
    }
    awaitAll(b, answers);
  }

  private void awaitAll(Backup b, List<CompletableFuture<Answer>> answers) throws Backup.Failure {
    for (int i = 0; i < answers.size(); i++) {
      CompletableFuture<Answer> answer = answers.get(i);
      StillDisk disk = b.held.get(i).disk;
      boolean heard =
          within(CompletableFuture.anyOf(answer, b.broken), left(b.deadline) + GRACE_NANOS);
      if (answer.isDone() && !answer.join().ok()) {
        throw new Backup.Failure(answer.join().notice().about("mirror", disk.name()));
      }
      if (b.broken.isDone()) {
        throw new Backup.Failure(b.broken.join());
      }
      if (!heard) {
        throw new Backup.Failure(Notice.of(StillNotice.LOOP_SILENT, disk.name()));
      }
    }
  }

  /** The verdict on the cut is part of an image; a short wait brings it in most of the time. */
  void awaitProof(Backup b) throws Backup.Failure {
    long nanos = Math.min(PROOF_NANOS, left(b.deadline) / PROOF_PART);
    CompletableFuture<?> all =
        CompletableFuture.allOf(
            b.held.stream().map(h -> h.judged).toArray(CompletableFuture[]::new));
    var _ = within(CompletableFuture.anyOf(all, b.broken), nanos);
    if (b.broken.isDone()) {
      throw new Backup.Failure(b.broken.join());
    }
  }

  /** Ends all holds well; false if one of them had ended before, or does not answer. */
  boolean release(Backup b, List<Notice> said) {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (Held h : b.held) {
      answers.add(h.disk.release(h.holdId));
    }
    boolean good = true;
    long until = clock.getAsLong() + RELEASE_NANOS;
    for (int i = 0; i < answers.size(); i++) {
      CompletableFuture<Answer> answer = answers.get(i);
      StillDisk disk = b.held.get(i).disk;
      if (!within(answer, left(until))) {
        said.add(Notice.of(StillNotice.LOOP_SILENT, disk.name()));
        good = false;
      } else if (!answer.join().ok()) {
        said.add(answer.join().notice().about("mirror", disk.name()));
        good = false;
      }
    }
    return good;
  }

  /** Ends whatever holds there are, as broken. */
  void breakAll(Backup b, Say reason, List<Notice> said) {
    Map<StillDisk, CompletableFuture<Answer>> answers = new LinkedHashMap<>();
    for (Held h : b.held) {
      if (h.asked) {
        answers.put(h.disk, h.disk.breakOff(reason));
      }
    }
    long until = clock.getAsLong() + BREAK_NANOS;
    answers.forEach((disk, answer) -> {
      if (!within(answer, left(until))) {
        said.add(Notice.of(StillNotice.LOOP_SILENT, disk.name()));
      }
    });
  }

  private long left(long deadline) {
    return Math.max(0, deadline - clock.getAsLong());
  }
}
