// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import io.meikyo.cluster.backup.BackupJob.End;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One order to create a backup, how far it is, and how it ended. Any thread. */
public final class CreateJob {
  /** A step that was done, or that began. */
  public enum What {
    /** All is looked at: it is written on this server. */
    CHOSEN,
    /** File systems are flushed, and then everything stands still for a moment. */
    CUTTING,
    /** The cut of this mirror disk stands, and its writes go on. */
    CUT,
    /** The image is read on this server, or the snapshots are kept there. */
    READING,
    /** What the cut is worth is known. */
    JUDGED,
    /** The replicas differ: they are compared block by block. */
    VERIFYING,
    /** It is whole. */
    COMPLETE,
    /** What was done is taken back. */
    ROLLED_BACK
  }

  /**
   * A step.
   *
   * @param about server, mirror disk, verdict or folder
   * @param micros how long writes waited; 0 if it is not about that
   */
  public record Step(What what, String about, long micros) {}

  /**
   * How it looks now.
   *
   * @param end null as long as it is under way
   * @param cutId id of the cut and of the backup; 0: there is none yet
   * @param server the one that writes; empty: not chosen yet
   * @param done bytes read
   * @param total bytes to read; 0: not known
   * @param place folder on that server; empty: none
   * @param notices why it ended as it did, and what else is to be said
   * @param said what other processes said about that
   */
  public record View(
      long number,
      List<Step> steps,
      @Nullable End end,
      long cutId,
      String server,
      long done,
      long total,
      CutStatus verdict,
      String place,
      List<Notice> notices,
      List<String> said) {}

  private final long number;
  private final List<Step> steps = new ArrayList<>();
  private final List<Notice> notices = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private @Nullable End end;
  private long cutId;
  private String server = "";
  private long done;
  private long total;
  private CutStatus verdict = CutStatus.NONE;
  private String place = "";

  CreateJob(long number) {
    this.number = number;
  }

  synchronized void step(What what, String about, long micros) {
    steps.add(new Step(what, about, micros));
  }

  void step(What what, String about) {
    step(what, about, 0);
  }

  synchronized void cut(long id) {
    cutId = id;
  }

  synchronized void chosen(String name) {
    server = name;
    step(What.CHOSEN, name);
  }

  synchronized void because(Notice notice) {
    notices.add(notice);
  }

  synchronized void because(List<String> words) {
    said.addAll(words);
  }

  synchronized void seen(Images.Seen now) {
    done = now.done();
    total = now.total();
    place = now.place();
    if (verdict != now.verdict()) {
      verdict = now.verdict();
      step(What.JUDGED, verdict.name());
    }
  }

  synchronized void end(End how) {
    if (end == null) {
      end = how;
    }
  }

  /** How it looks now. */
  public synchronized View view() {
    return new View(
        number,
        List.copyOf(steps),
        end,
        cutId,
        server,
        done,
        total,
        verdict,
        place,
        List.copyOf(notices),
        List.copyOf(said));
  }
}
