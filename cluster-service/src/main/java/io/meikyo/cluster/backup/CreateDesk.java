// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import io.meikyo.cluster.backup.BackupJob.End;
import io.meikyo.cluster.backup.CreateJob.What;
import io.meikyo.cluster.backup.CreatePlan.Chosen;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Creates backups, one at a time: a cut on all replicas, for which writes wait some milliseconds,
 * and then an image of it on one server, while the service and its monitoring and failover go on.
 * Any thread; an order goes on when whoever gave it has gone, and an image goes on, on the server
 * that writes it, when this service has gone.
 *
 * <pre>
 *   refused? ─▶ cut on the active (scripts around it) ─▶ image job on the writing server
 *                   └── failed: snapshots deleted        └─▶ its end is our end
 *   verdict known: the snapshots of the other servers are deleted
 * </pre>
 */
public final class CreateDesk {
  /** So many looks in a row that a server does not answer: about a minute. */
  private static final int SILENT_LOOKS = 120;

  /** Lets a moment pass between two looks at an image that is written. */
  public interface Pause {
    /** Returns when it is time for the next look. */
    void moment() throws InterruptedException;
  }

  /**
   * What is wanted.
   *
   * @param disks mirror disks; empty: all
   * @param folder where to write, on the server that does; empty: only keep the snapshots
   * @param on the server that writes; empty: a standby
   * @param millis the longest that the freeze and the hold may take
   * @param bytesPerSecond how fast the image is read; 0: as fast as can be
   * @param language of what other processes say
   */
  public record Wish(
      List<String> disks,
      String folder,
      String on,
      long millis,
      long bytesPerSecond,
      String by,
      String language) {}

  private final String self;
  private final NodeDriver node;
  private final Holds holds;
  private final Images images;
  private final LongSupplier random;
  private final Pause pause;
  private @Nullable CreateJob last;
  private long numbers;

  /**
   * A desk.
   *
   * @param random ids of cuts
   */
  public CreateDesk(
      String self, NodeDriver node, Holds holds, Images images, LongSupplier random, Pause pause) {
    this.self = self;
    this.node = node;
    this.holds = holds;
    this.images = images;
    this.random = random;
    this.pause = pause;
  }

  /** Begins; refused if another one is not over yet. */
  public synchronized CreateJob create(Wish wish) {
    CreateJob former = last;
    CreateJob job = new CreateJob(++numbers);
    if (former != null && former.view().end() == null) {
      job.because(Notice.of(CreateNotice.BUSY));
      job.end(End.REFUSED);
      return job;
    }
    last = job;
    Thread.ofPlatform().daemon().name("create-backup").start(() -> carryOut(job, wish));
    return job;
  }

  /** The last order; null if there was none, or if this is not its number. */
  public synchronized @Nullable CreateJob job(long number) {
    CreateJob job = last;
    return job != null && job.view().number() == number ? job : null;
  }

  private void carryOut(CreateJob job, Wish wish) {
    try {
      create(job, wish);
    } catch (InterruptedException e) {
      job.because(Notice.of(CreateNotice.BROKEN, "interrupted"));
    } catch (RuntimeException e) {
      job.because(Notice.of(CreateNotice.BROKEN, String.valueOf(e)));
    } finally {
      job.end(End.FAILED);
    }
  }

  private void create(CreateJob job, Wish wish) throws InterruptedException {
    CreatePlan plan = CreatePlan.of(self, node.view(), wish.disks(), wish.on());
    Chosen chosen = plan.chosen();
    if (chosen == null) {
      plan.against().forEach(job::because);
      job.end(End.REFUSED);
      return;
    }
    Images.Seen against =
        images.against(chosen.writer(), wish.folder(), chosen.disks(), wish.language());
    if (!against.reached() || !against.said().isEmpty()) {
      job.because(Notice.of(CreateNotice.AGAINST, chosen.writer()));
      job.because(against.said());
      job.end(End.REFUSED);
      return;
    }
    job.chosen(chosen.writer());
    long cut = random.getAsLong() | 1;
    job.cut(cut);
    job.step(What.CUTTING, chosen.active());
    Holds.Answer stands =
        holds.cut(chosen.active(), chosen.disks(), cut, wish.millis(), wish.by(), wish.language());
    if (!stands.done()) {
      notCut(job, chosen, cut, stands);
      return;
    }
    Map<String, ImageJobs.Still> stills = new TreeMap<>();
    for (String disk : chosen.disks()) {
      long held = micros(stands, "held." + disk);
      long stalled = micros(stands, "stalled." + disk);
      stills.put(disk, new ImageJobs.Still(chosen.active(), held, stalled));
      job.step(What.CUT, disk, stalled);
    }
    long taken = micros(stands, "wallMillis");
    Images.Order order =
        new Images.Order(cut, stills, wish.folder(), wish.bytesPerSecond(), wish.by(), taken);
    Images.Seen seen = images.start(chosen.writer(), order, wish.language());
    if (!seen.reached()) {
      job.because(Notice.of(CreateNotice.AWAY, chosen.writer(), "?"));
      job.because(seen.said());
      forget(chosen, cut, chosen.all());
      job.step(What.ROLLED_BACK, "");
      return;
    }
    job.step(What.READING, chosen.writer());
    follow(job, wish, chosen, cut, seen);
  }

  private static long micros(Holds.Answer answer, String fact) {
    String value = answer.facts().getOrDefault(fact, "");
    return value.matches("[0-9]{1,18}") ? Long.parseLong(value) : 0;
  }

  private void notCut(CreateJob job, Chosen chosen, long cut, Holds.Answer answer)
      throws InterruptedException {
    boolean unreached = answer.status() == Holds.UNREACHED;
    CreateNotice what = unreached ? CreateNotice.CUT_UNKNOWN : CreateNotice.CUT_FAILED;
    job.because(Notice.of(what, chosen.active()));
    job.because(answer.said());
    if (answer.status() == Holds.REFUSED) {
      job.end(End.REFUSED);
      return;
    }
    forget(chosen, cut, chosen.all());
    job.step(What.ROLLED_BACK, "");
    job.end(unreached ? End.UNREACHED : End.FAILED);
  }

  /** Those that cannot be told now drop theirs by themselves, since nobody adopts them. */
  private void forget(Chosen chosen, long cut, List<String> servers) throws InterruptedException {
    for (String server : servers) {
      Holds.Answer _ = holds.forget(server, chosen.disks(), cut);
    }
  }

  // ---- the image

  private void follow(CreateJob job, Wish wish, Chosen chosen, long cut, Images.Seen first)
      throws InterruptedException {
    List<String> others = new ArrayList<>(chosen.all());
    others.remove(chosen.writer());
    boolean theirs = true;
    int silent = 0;
    Images.Seen seen = first;
    while (true) {
      if (seen.reached()) {
        silent = 0;
        if (!seen.known()) {
          job.because(Notice.of(CreateNotice.IMAGE_UNKNOWN, chosen.writer(), ImageJobs.id(cut)));
          break;
        }
        job.seen(seen);
        if (theirs && seen.verdict() != CutStatus.NONE) {
          // Theirs was there for the proof only, and costs a copy at each first write.
          theirs = false;
          forget(chosen, cut, others);
        }
        if (seen.state().over()) {
          break;
        }
      } else if (++silent >= SILENT_LOOKS) {
        job.because(Notice.of(CreateNotice.UNREACHED, chosen.writer(), ImageJobs.id(cut)));
        job.end(End.UNREACHED);
        break;
      }
      pause.moment();
      seen = images.look(chosen.writer(), cut, wish.language());
    }
    if (theirs) {
      forget(chosen, cut, others);
    }
    if (seen.reached() && seen.known()) {
      ended(job, chosen, cut, seen);
    }
  }

  private void ended(CreateJob job, Chosen chosen, long cut, Images.Seen seen)
      throws InterruptedException {
    String id = ImageJobs.id(cut);
    String disks = String.join(", ", chosen.disks());
    if (seen.verdict() == CutStatus.UNEQUAL) {
      job.because(Notice.of(CreateNotice.UNEQUAL, disks));
      verify(job, chosen);
    }
    boolean whole =
        (seen.state() == ImageJobs.State.COMPLETE || seen.state() == ImageJobs.State.KEPT)
            && (seen.verdict() == CutStatus.PROVEN || seen.verdict() == CutStatus.UNPROVEN);
    if (!whole) {
      job.because(Notice.of(CreateNotice.IMAGE_FAILED, chosen.writer(), id));
      job.because(seen.said());
      return;
    }
    job.because(seen.said());
    if (seen.verdict() != CutStatus.PROVEN) {
      job.because(Notice.of(CreateNotice.UNPROVEN, disks));
    }
    if (seen.state() == ImageJobs.State.KEPT) {
      List<String> names = chosen.disks().stream().map(d -> d + "@" + id).toList();
      job.because(Notice.of(CreateNotice.KEPT, String.join(", ", names), chosen.writer()));
    } else {
      job.because(Notice.of(CreateNotice.WRITTEN, id, chosen.writer(), seen.place()));
    }
    job.step(What.COMPLETE, seen.place());
    job.end(End.DONE);
  }

  /** Which of them differ is not told apart: all are compared, where they are active. */
  private void verify(CreateJob job, Chosen chosen) throws InterruptedException {
    Holds.Answer begun = holds.verify(chosen.active(), chosen.disks());
    if (begun.done()) {
      job.step(What.VERIFYING, String.join(", ", chosen.disks()));
    } else {
      job.because(
          Notice.of(CreateNotice.NOT_VERIFIED, String.join(", ", chosen.disks()), chosen.active()));
      job.because(begun.said());
    }
  }
}
