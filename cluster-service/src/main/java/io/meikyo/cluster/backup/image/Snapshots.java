// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.List;

/** The snapshots of this server's mirror agent. Calls block; any thread. */
interface Snapshots {
  /**
   * A snapshot.
   *
   * @param name {@code md1@HEX}
   * @param stands false: it was lost, and holds nothing
   * @param why it was lost; empty if it stands
   * @param verdict {@link CutStatus#NONE} as long as it is open
   * @param adopted by whom; empty: by nobody, and it ends by itself
   * @param bytes size of the mirror disk
   * @param digest 32 hexadecimal digits, as far as it is known
   * @param provenAtMillis when the whole disk was last compared, ms since 1970; 0: never
   * @param elsewhere where its bytes are, if nobody can read them here; empty: they are read here
   * @param socket where it can be read, by NBD under its name
   */
  record Snapshot(
      String name,
      String disk,
      boolean stands,
      String why,
      CutStatus verdict,
      String adopted,
      long bytes,
      String digest,
      long provenAtMillis,
      String elsewhere,
      Path socket) {}

  /** All that are known. */
  List<Snapshot> list() throws ImageProblem;

  /** Adopts one: it stands until it is deleted. */
  void keep(String disk, String cut, String by) throws ImageProblem;

  /** Ends one; no error if it is gone. */
  void delete(String disk, String cut) throws ImageProblem;

  /** Writes the cluster partition as it was at the cut into a new file; its verdict is known. */
  void clusterImage(String disk, String cut, Path to) throws ImageProblem;

  /**
   * Size of a mirror disk of this server as its agent says.
   *
   * @throws ImageProblem the agent does not answer, or does not know it
   */
  long bytes(String disk) throws ImageProblem;
}
