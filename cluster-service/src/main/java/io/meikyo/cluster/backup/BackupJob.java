// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One order, its steps so far, and how it ended. Any thread. */
public final class BackupJob {
  /** A step that was done, or that began. */
  public enum What {
    /** Servers start nothing at boot from here on. */
    MODE_MANUAL,
    /** They start as before. */
    MODE_AUTO,
    /** Monitoring and failover are put to rest. */
    SUSPENDING,
    /** They rest on this server. */
    SUSPENDED,
    /** They are to go on. */
    RESUMING,
    /** They go on, on this server. */
    RESUMED,
    /** File systems are flushed and frozen, and writes are held. */
    BEGINNING,
    /** What was held is let go. */
    ENDING,
    /** This mirror disk is held. */
    FROZEN,
    /** It goes on. */
    UNFROZEN,
    /** The backup flags are raised. */
    FLAGS_ON,
    /** They are down. */
    FLAGS_OFF,
    /** What was done is taken back. */
    ROLLED_BACK
  }

  /**
   * A step.
   *
   * @param about server or mirror disk; empty: all
   * @param ok false if it has not come about
   */
  public record Step(What what, String about, boolean ok) {}

  /** How it ended. */
  public enum End {
    /** All is done. */
    DONE,
    /** There was nothing to do. */
    NOTHING,
    /** A step failed; what was done before is rolled back. */
    FAILED,
    /** The image must not be used. */
    VOID,
    /** Nothing was changed. */
    REFUSED,
    /** It is done, except on servers that could not be reached. */
    UNREACHED
  }

  /**
   * How it looks now.
   *
   * @param end null as long as it is under way
   * @param notices why it ended as it did
   * @param said what mirror agents said about that
   */
  public record View(
      long number,
      List<Step> steps,
      @Nullable End end,
      List<Notice> notices,
      List<String> said,
      long cutId) {}

  private final long number;
  private final List<Step> steps = new ArrayList<>();
  private final List<Notice> notices = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private @Nullable End end;
  private long cutId;

  BackupJob(long number) {
    this.number = number;
  }

  synchronized void step(What what, String about, boolean ok) {
    steps.add(new Step(what, about, ok));
  }

  void step(What what) {
    step(what, "", true);
  }

  synchronized void cut(long id) {
    cutId = id;
  }

  synchronized void because(Notice notice) {
    notices.add(notice);
  }

  synchronized void because(List<String> words) {
    said.addAll(words);
  }

  synchronized void end(End how) {
    if (end == null) {
      end = how;
    }
  }

  /** How it looks now. */
  public synchronized View view() {
    return new View(
        number, List.copyOf(steps), end, List.copyOf(notices), List.copyOf(said), cutId);
  }
}
