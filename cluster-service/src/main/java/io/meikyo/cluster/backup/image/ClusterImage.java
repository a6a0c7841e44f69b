// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.agent.partition.PartitionFile;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.RestoredImage;
import io.meikyo.core.partition.Superblock;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** The image of a cluster partition, looked at as a restore will look at it. Blocks; any thread. */
final class ClusterImage {
  private ClusterImage() {}

  /**
   * What it says of itself.
   *
   * @param id the backup that it must be of
   * @param dataBytes size of the mirror disk
   * @throws ImageProblem a restore would refuse it, or it is of another cut
   */
  static Superblock look(Path file, String id, long dataBytes) throws ImageProblem {
    Superblock s;
    try (PartitionFile in = PartitionFile.open(file, PartitionFile.Mode.READ)) {
      PartitionReading reading = PartitionReader.read(in);
      if (!(reading instanceof PartitionReading.Loaded loaded)
          || loaded.superblocks().newestLost()) {
        throw bad(file, "it is damaged");
      }
      s = loaded.partition().superblock();
      List<RestoredImage.Flaw> flaws =
          RestoredImage.flaws(s, loaded.partition().log(), loaded.log().everythingMayDiffer());
      if (!flaws.isEmpty()) {
        throw bad(file, "a restore would refuse it: " + flaws);
      }
      if (loaded.written().layout().dataBytes() != dataBytes) {
        throw bad(
            file,
            "it is of a mirror disk of "
                + loaded.written().layout().dataBytes()
                + " B, not of "
                + dataBytes);
      }
      if (in.size() < loaded.written().layout().requiredBytes()) {
        throw bad(file, "it ends too early");
      }
    } catch (PartitionProblem e) {
      throw new ImageProblem(e.notice());
    } catch (UncheckedIOException e) {
      throw bad(file, String.valueOf(e.getMessage()));
    }
    String cut = Long.toHexString(s.cut().cutId());
    if (!cut.equals(id)) {
      throw bad(file, "it is of the cut " + cut + ", not of " + id);
    }
    if (s.cut().status() != CutStatus.PROVEN && s.cut().status() != CutStatus.UNPROVEN) {
      throw bad(file, "its cut is " + s.cut().status());
    }
    return s;
  }

  /** The digest that it carries, 32 hexadecimal digits. */
  static String digest(Superblock s) {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(s.cut().digestHigh()) + hex.toHexDigits(s.cut().digestLow());
  }

  /** When the whole disk was last compared with its peers, ms since 1970; 0: never. */
  static long provenAt(Superblock s) {
    return s.peers().stream()
        .filter(p -> p.baseProven() && p.provenAtMillis() > 0)
        .mapToLong(p -> p.provenAtMillis())
        .min()
        .orElse(0);
  }

  private static ImageProblem bad(Path file, String why) {
    return new ImageProblem(ImageNotice.PARTITION_BAD, file, why);
  }
}
