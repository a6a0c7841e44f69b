// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.link;

import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Stamp;

/**
 * How a replica describes itself when it greets a peer; all that the reconnect table looks at.
 *
 * @param identity who it is
 * @param geometry shape of its mirror disk
 * @param groupId lineage of its authority; 0 if it never heard of one
 * @param epoch newest epoch that it knows
 * @param role what it is doing
 * @param generations its line of data
 * @param stamp stamp on its partition
 * @param bootId boot of its server
 * @param condition what its bytes are good for
 * @param cacheLost its server was restarted while writes were in disk caches
 * @param wasActive it was active and stopped without giving the role back
 * @param forgetful it followed and was not closed cleanly: it cannot list the writes that were
 *     under way
 * @param rolledBack its own stamp is older than the authority says: an old image
 * @param suspects it will send the chunks in which it may differ from others
 * @param cut its last cut
 * @param backup its backup flag
 * @param zeroGranularity blocks to which a discard that leaves zeros must be aligned; 0 if its disk
 *     cannot promise zeros
 */
public record ReplicaView(
    Identity identity,
    Geometry geometry,
    long groupId,
    long epoch,
    Role role,
    Generations generations,
    Stamp stamp,
    long bootId,
    Condition condition,
    boolean cacheLost,
    boolean wasActive,
    boolean forgetful,
    boolean rolledBack,
    boolean suspects,
    CutRecord cut,
    BackupRecord backup,
    int zeroGranularity) {}
