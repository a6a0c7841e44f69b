// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was read from a cluster partition when it was opened, already decoded and repaired on the
 * safe side: an unreadable map page counts as all ones.
 *
 * @param superblock the newer valid superblock
 * @param log the newest valid log transaction
 * @param maps words of each map, {@link MapPage#MAPS} of them; null for a map that the partition
 *     has no room for
 */
public record LoadedPartition(
    Superblock superblock, LogTransaction log, List<long @Nullable []> maps) {}
