// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Stamp;
import java.util.List;

/**
 * What a status view shows of one replica and of its peers as seen from it. A snapshot; immutable.
 *
 * @param role what it is doing
 * @param epoch epoch that it acts in
 * @param record newest record known here, or the initial one
 * @param condition what its bytes are good for
 * @param generation current generation
 * @param stamp stamp on its partition
 * @param hold state of the hold
 * @param holdId id of the hold, 0 if none
 * @param holdDeadlineNanos when it ends by itself
 * @param writesInFlight writes issued and not answered
 * @param requestsWaiting requests not yet issued, by a hold, a full log, a lock or a lost authority
 * @param waitingFor the sentence that says what the oldest waiting request waits for (law 10)
 * @param hotExtents extents in the activity log
 * @param verified chunks that the running verify has compared; -1 if none runs
 * @param holdOfBackup the hold that stands is one of backup mode
 * @param backup the backup flag on our partition
 * @param cut the newest cut that our partition knows of
 * @param peers one entry per configured peer
 */
public record MirrorStatus(
    Role role,
    long epoch,
    SetRecord record,
    Condition condition,
    long generation,
    Stamp stamp,
    HoldState hold,
    long holdId,
    long holdDeadlineNanos,
    int writesInFlight,
    int requestsWaiting,
    Say waitingFor,
    int hotExtents,
    long verified,
    boolean holdOfBackup,
    BackupRecord backup,
    CutRecord cut,
    List<Peer> peers) {

  /**
   * A peer as seen from here.
   *
   * @param replica its number
   * @param connected a session stands
   * @param mode how it follows in this session, if this replica is the active; NONE if it does not
   * @param inSync it is in the in-sync set by the record known here
   * @param outcome what the reconnect table said last
   * @param dirtyChunks chunks known or suspected to differ
   * @param baseProven it was once shown to be equal (rule R8)
   * @param lagBlocks asynchronous mode: blocks acknowledged to the application and not by it (law
   *     9)
   * @param lagNanos asynchronous mode: age of the oldest of them
   */
  public record Peer(
      int replica,
      boolean connected,
      FollowMode mode,
      boolean inSync,
      ReconnectRow outcome,
      long dirtyChunks,
      boolean baseProven,
      long lagBlocks,
      long lagNanos) {}
}
