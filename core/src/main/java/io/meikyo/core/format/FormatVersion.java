// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

/**
 * The version of what is written on partitions, and what is done about others.
 *
 * <p>Policy. Every structure carries its version. The first 32 bytes of a block and the checksums
 * mean the same in every version, so that "made by a newer Meikyo" and "damaged" are never mixed
 * up. A newer version is refused, untouched. An older one is read by the reader of that version,
 * which stays in this package for ever, and is written again in the current version only by an
 * explicit migration: one class {@code MigrationNtoM} per step, listed in {@link #migrations()},
 * started by {@code meikyo partition repair}; superblocks are written last, so that an interrupted
 * migration is started again from the old version. Golden files of each released version are in the
 * tests.
 */
public final class FormatVersion {
  /** What this code writes. */
  public static final int CURRENT = 1;

  /** The oldest version that this code can read. */
  public static final int OLDEST = 1;

  private FormatVersion() {}

  /** One step from a version to a later one. Version 1 is the first: there is none yet. */
  public interface Migration {
    /** Version that it starts from. */
    int from();

    /** Version that it leads to. */
    int to();
  }

  /** All known steps, oldest first. */
  public static java.util.List<Migration> migrations() {
    return java.util.List.of();
  }
}
