// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.cover;

import java.util.List;
import java.util.Map;

/**
 * What a run over the standard seeds must have met, and how often: the table that keeps the fault
 * model honest. A counter that falls short means that something is not tested any more.
 */
public final class Required {
  /** The standard seeds are 1 to this. */
  public static final int STANDARD_SEEDS = 6000;

  private static final int HITS = 20;

  /** One prefix, then what must exist under it. */
  private static final String[][] TABLE = {
    {
      "fault/", "AGENT_KILL", "AGENT_PAUSE", "POWER_ONE", "POWER_ALL", "LINK_RESET",
      "LINK_CUT_ONE_WAY", "LINK_CUT", "LINK_STALL", "DISK_SLOW", "AUTHORITY_CUT", "DISK_ERROR",
      "DISK_DEATH", "IMAGE", "ROLLBACK", "SWAP", "REPLACE"
    },
    {"power loss/", "DROP_ALL", "KEEP_ALL", "EACH_BLOCK"},
    {"disk error/", "READ", "WRITE", "FLUSH", "META"},
    {"torn at power loss/", "WriteSuperblock", "WriteLog", "WriteMapPage"},
    {"torn ", "superblock met", "log met", "map page met"},
    {"frame ", "lost", "twice", "of an old connection"},
    {"rolled back/", "member", "outside"},
    {
      "",
      "doubtful replica fully compared",
      "failed disk replaced",
      "forced activation",
      "needless activation",
      "planned move",
      "two servers activated at once",
      "request sent again",
      "request to a server that is not the active's",
      "record push lost",
      "proposal found decided",
      "detached",
      "snapshot refused",
      "snapshot taken",
      "snapshot lost/FULL",
      "snapshot lost/FAILED",
      "snapshot lost/DELETED",
      "write waits for a copy",
      "read from the store",
      "read again from the store",
      "image read whole",
      "image given up",
      "digest from a snapshot",
      "no digest",
      "consistent copy kept",
      "history refused",
      "async peer behind",
      "agent of the active died in a hold"
    },
    {
      "crash after/",
      "DiskWrite",
      "DiskZero",
      "DiskRead",
      "DiskFlush",
      "WriteSuperblock",
      "WriteLog",
      "WriteMapPage",
      "Send",
      "CloseLink",
      "Propose",
      "Reply",
      "CommandDone",
      "Tell",
      "HoldChanged",
      "TakeSnapshot",
      "CutKnown",
      "ComputeDigest",
      "Wake"
    },
    {
      "effect/",
      "CutKnown",
      "ComputeDigest",
      "HistoryAppend",
      "HistoryRead",
      "HistoryTrim",
      "KeepConsistentCopy",
      "DropConsistentCopy"
    },
    {
      "received/",
      "Hello",
      "Greet",
      "Suspects",
      "Follow",
      "Following",
      "StampDone",
      "Restamp",
      "Write",
      "Zero",
      "Written",
      "Flush",
      "Flushed",
      "Ping",
      "Pong",
      "Compare",
      "Compared",
      "Repair",
      "Repaired",
      "Recovered",
      "RecoveredAck",
      "Cut",
      "ChangePage",
      "CutDone",
      "DigestPage",
      "Digest",
      "CutVerdict",
      "CutVerdictAck",
      "Rest",
      "Goodbye"
    },
    {
      "event/",
      "Attach",
      "Detach",
      "Tick",
      "RecordSeen",
      "Proposed",
      "LinkUp",
      "LinkDown",
      "Received",
      "DiskDone",
      "SnapshotTaken",
      "DigestComputed",
      "Write",
      "WriteZeroes",
      "Discard",
      "Read",
      "Flush",
      "Activate",
      "Deactivate",
      "Seal",
      "LetGo",
      "Hold",
      "Cut",
      "Release",
      "FlagOff",
      "CancelRecovery",
      "ResumeRecovery",
      "SetRecoveryRate",
      "Verify",
      "DiscardPeer"
    },
    {
      "restore/",
      "ONE_IMAGE",
      "OWN_IMAGES",
      "CROSSED",
      "IN_THE_HOLD",
      "TWO_CUTS",
      "ONCE_MORE",
      "TOO_LATE",
      "ROTTEN",
      "ONE_SERVER"
    },
    {"image/", "FLAG_OFF", "VOID", "UNEQUAL"},
    {"", "restored pair", "restored by word", "flag off", "pair waits for the others", "sealed"},
    {
      "unknown/",
      "ACTIVATE/applied",
      "ACTIVATE/applied late",
      "ACTIVATE/not applied",
      "DEACTIVATE/applied",
      "DEACTIVATE/applied late",
      "DEACTIVATE/not applied",
      "EXPAND/applied",
      "EXPAND/applied late",
      "EXPAND/not applied",
      "SHRINK/applied",
      "SHRINK/applied late",
      "SHRINK/not applied"
    },
    {"follow/", "RESUME", "RECONCILE", "DIFFERENTIAL", "FULL", "BEHIND"},
    {
      "tell/MET/",
      "PEER_LEADS",
      "NOBODY_LEADS",
      "PEER_BLANK",
      "ROLLED_BACK",
      "STAMP_UNKNOWN",
      "CACHE_LOST",
      "CACHE_LOST_UNTRACKED",
      "WRITES_UNKNOWN",
      "STILL_IN_SYNC",
      "IN_SYNC_UNRECONCILED",
      "RECOVERY_GOES_ON",
      "KNOWN_DIFFERENCE",
      "KNOWN_DIFFERENCE_ASYNC",
      "OPERATOR_DISCARDS",
      "PEER_FAILED",
      "DIVERGED",
      "UNRELATED",
      "EPOCH_NEWER_THERE",
      "BOTH_ACTIVE_NEWER_HERE",
      "OLDER_CUT",
      "BOTH_ACTIVE_OLDER_HERE",
      "RECOVERY_RESTARTS",
      "FOREIGN_DISK",
      "SAME_REPLICA",
      "SWAPPED_REPLICA",
      "OTHER_SHAPE",
      "OTHER_GROUP",
      "PEER_RESTORED",
      "PEER_NEWER",
      "RESTORED_PAIR",
      "RESTORED_DIFFER"
    },
    {
      "tell/FLAG_MEANS/",
      "OWN_AGENT_CRASH",
      "OWN_SERVER_CRASH",
      "STATE_SILENT",
      "CHOSEN_UNHEARD",
      "MISSED_THE_END",
      "RESTORED_BOTH",
      "RESTORED_OR_MISSED"
    },
    {
      "tell/",
      "IDENTITY_DIFFERS",
      "ROLLED_BACK_HERE",
      "CACHE_LOST_HERE",
      "EXTENTS_EVICTED",
      "PEER_TOO_SLOW",
      "PEER_SILENT",
      "MESSAGE_MISSING",
      "STALE_MESSAGE_DROPPED",
      "CUT_VOID_AFTER_CRASH",
      "SUPERSEDED/ACTIVE",
      "SET_CHANGE_OVERTAKEN"
    },
    {
      "hold with/",
      "AGENT_PAUSE",
      "AGENT_KILL",
      "POWER_ONE",
      "POWER_ALL",
      "LINK_CUT",
      "LINK_CUT_ONE_WAY",
      "LINK_RESET",
      "LINK_STALL",
      "DISK_SLOW",
      "AUTHORITY_CUT"
    },
    {
      "hold ended/",
      "HOLD_RELEASED",
      "HOLD_DEADLINE",
      "HOLD_LOST_PEER",
      "HOLD_AGENT_STOPS",
      "CUT_SNAPSHOT_FAILED",
      "SEALED"
    },
    {"cut/", "PROVEN", "UNPROVEN", "VOID"},
    {"final cut/", "PROVEN", "UNPROVEN"},
    {"command done/", "VERIFY_EQUAL", "RECOVERY_CANCELLED", "PEER_DATA_GIVEN_UP"},
    {
      "command refused/",
      "NOT_IN_SYNC",
      "NOT_CONSISTENT",
      "ROLLED_BACK_HERE",
      "CACHE_LOST_PEER_UNKNOWN",
      "CACHE_LOST_PEER_BETTER",
      "DISK_HAS_FAILED"
    },
    {"reply/", "IO_ERROR", "OUT_OF_RANGE"},
  };

  private static final Tally TALLY = new Tally(TABLE, HITS);

  private Required() {}

  /** How many counters there are to meet. */
  public static int count() {
    return TALLY.count();
  }

  /** Those that were not met, with their numbers. */
  public static List<String> missing(Map<String, Long> counters) {
    return TALLY.missing(counters);
  }
}
