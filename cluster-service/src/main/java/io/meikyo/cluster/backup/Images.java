// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.core.partition.CutStatus;
import java.util.List;
import java.util.Map;

/** Images of cuts on any server of the cluster ({@link ImageJobs}). Calls block; any thread. */
public interface Images {
  /**
   * What a server says of an image.
   *
   * @param reached false: it did not answer, and nothing else counts
   * @param known false: it knows of none
   * @param state as in {@link ImageJobs.View}
   * @param place the folder with its files; empty: none
   * @param said sentences for people
   */
  record Seen(
      boolean reached,
      boolean known,
      ImageJobs.State state,
      long done,
      long total,
      CutStatus verdict,
      String place,
      List<String> said) {
    /** Freezes the sentences. */
    public Seen {
      said = List.copyOf(said);
    }

    /** One that nothing is known of. */
    public static Seen nothing(boolean reached, List<String> said) {
      return new Seen(reached, false, ImageJobs.State.FAILED, 0, 0, CutStatus.NONE, "", said);
    }
  }

  /**
   * Which image is wanted.
   *
   * @param folder on the server that writes; empty: its snapshots are only kept
   * @param bytesPerSecond 0: as fast as can be
   * @param takenAtMillis wall clock of the cut
   */
  record Order(
      long cutId,
      Map<String, ImageJobs.Still> disks,
      String folder,
      long bytesPerSecond,
      String by,
      long takenAtMillis) {}

  /**
   * What speaks against writing there.
   *
   * @param folder empty: nothing is to be written
   * @return not reached; or with sentences if something does
   */
  Seen against(String server, String folder, List<String> disks, String language)
      throws InterruptedException;

  /** Begins; the snapshots are adopted, or it has failed. */
  Seen start(String server, Order order, String language) throws InterruptedException;

  /** How far it is. */
  Seen look(String server, long cutId, String language) throws InterruptedException;
}
