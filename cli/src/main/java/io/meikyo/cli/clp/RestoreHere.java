// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.agent.partition.FindPartition;
import io.meikyo.agent.partition.PartitionNotice;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.agent.partition.Progress;
import io.meikyo.agent.partition.RestorePartition;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes this server's replicas of the images in its partitions: all of them are looked at before
 * the first one is touched. One thread.
 */
public final class RestoreHere {
  /** All done. */
  public static final int DONE = 0;

  /** A step failed in the middle: the same command goes on from there. */
  public static final int FAILED = 1;

  /** An image holds no point in time at all. */
  public static final int VOID = 3;

  /** Refused, and nothing changed. */
  public static final int REFUSED = 4;

  /**
   * One mirror disk of this server.
   *
   * @param mirror its name
   * @param identity who its partition must be
   */
  public record Place(String mirror, Path data, Path cluster, Identity identity) {}

  /**
   * How it ended.
   *
   * @param status one of the constants here
   * @param cuts what each mirror disk is an image of, by name; as far as it was looked at
   * @param notices what there is to say, in order
   */
  public record Outcome(int status, Map<String, CutRecord> cuts, List<Notice> notices) {
    /** Freezes both. */
    public Outcome {
      cuts = Map.copyOf(cuts);
      notices = List.copyOf(notices);
    }
  }

  private final List<Place> places;
  private final boolean force;
  private final boolean alone;
  private final Progress progress;

  /**
   * For these mirror disks.
   *
   * @param force also images of unknown worth, see {@link RestorePartition.Request}
   * @param alone they are to pair with no other: a full copy is wanted
   */
  public RestoreHere(List<Place> places, boolean force, boolean alone, Progress progress) {
    this.places = List.copyOf(places);
    this.force = force;
    this.alone = alone;
    this.progress = progress;
  }

  private RestorePartition work(Place p) {
    return new RestorePartition(
        new RestorePartition.Request(p.data(), p.cluster(), p.identity(), force, alone), progress);
  }

  /** Only looks. */
  public Outcome check() {
    Map<String, CutRecord> cuts = new LinkedHashMap<>();
    List<Notice> notices = new ArrayList<>();
    int status = DONE;
    for (Place p : places) {
      try {
        RestorePartition.Result found = work(p).check();
        cuts.put(p.mirror(), found.cut());
        found.notices().forEach(n -> notices.add(about(p, n)));
      } catch (PartitionProblem e) {
        notices.add(about(p, e.notice()));
        moved(p, notices);
        int why = RestorePartition.isVoid(e) ? VOID : REFUSED;
        status = status == VOID ? VOID : why;
      }
    }
    return new Outcome(status, cuts, notices);
  }

  /** Says where the partition is, if device names have moved. */
  private static void moved(Place p, List<Notice> notices) {
    try {
      for (Path found : FindPartition.of(p.identity().diskId())) {
        if (!Files.exists(p.cluster()) || !Files.isSameFile(found, p.cluster())) {
          notices.add(
              about(p, Notice.of(PartitionNotice.FOUND_AT, p.mirror(), found, p.cluster())));
          Path data = FindPartition.dataBeside(p.data(), p.cluster(), found);
          if (data != null) {
            notices.add(about(p, Notice.of(PartitionNotice.DATA_BESIDE, p.mirror(), data, found)));
          }
        }
      }
    } catch (IOException e) {
      notices.add(
          about(
              p,
              Notice.of(PartitionNotice.CANNOT_OPEN, p.cluster(), String.valueOf(e.getMessage()))));
    }
  }

  /** Does it; every one is looked at first. */
  public Outcome run() {
    Outcome looked = check();
    if (looked.status() != DONE) {
      return looked;
    }
    SecureRandom random = new SecureRandom();
    List<Notice> notices = new ArrayList<>();
    for (Place p : places) {
      try {
        RestorePartition.Result made = work(p).run(random.nextLong(), System.currentTimeMillis());
        made.notices().forEach(n -> notices.add(about(p, n)));
      } catch (PartitionProblem e) {
        notices.add(about(p, e.notice()));
        return new Outcome(FAILED, looked.cuts(), notices);
      }
    }
    return new Outcome(DONE, looked.cuts(), notices);
  }

  private static Notice about(Place p, Notice notice) {
    return notice.about("mirror", p.mirror());
  }
}
