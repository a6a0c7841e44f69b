// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Payload;
import io.meikyo.core.partition.Superblock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a replica wants done. Effects are to be carried out in the order in which they
 * are emitted, or at least begun in it; each disk operation ends with one {@link Event.DiskDone}.
 */
public sealed interface Effect {

  // ---- data partition

  /** Write blocks; {@code fua}: end only when durable. */
  record DiskWrite(long op, long start, int count, boolean fua, Payload payload)
      implements Effect {}

  /** Write zeros, freeing room where the disk can, but leaving zeros in any case. */
  record DiskZero(long op, long start, int count, boolean fua, boolean mayUnmap)
      implements Effect {}

  /** Read blocks; {@code hash}: also hash them. */
  record DiskRead(long op, long start, int count, boolean hash) implements Effect {}

  /** Make durable every write of the data partition that has ended before. */
  record DiskFlush(long op) implements Effect {}

  // ---- cluster partition; each of these ends when it is durable

  /** Write the superblock to the place of the older one. */
  record WriteSuperblock(long op, Superblock superblock) implements Effect {}

  /** Append a transaction to the activity log. */
  record WriteLog(long op, LogTransaction transaction) implements Effect {}

  /** Write one page of a map. */
  record WriteMapPage(long op, MapPage page) implements Effect {}

  // ---- asynchronous mode (rule R17)

  /**
   * Keep the bytes of a write for an asynchronous peer in the history; may fail when it is full.
   */
  record HistoryAppend(long op, int peer, long write, Payload payload) implements Effect {}

  /** Read them back. */
  record HistoryRead(long op, int peer, long write) implements Effect {}

  /** Those of one write are not needed any more; {@code Long.MAX_VALUE}: all of the peer. */
  record HistoryTrim(int peer, long write) implements Effect {}

  /** The data partition is consistent now and will not be for a while: keep a copy as of now. */
  record KeepConsistentCopy(long op) implements Effect {}

  /** The data partition is consistent again: the copy is not needed any more. */
  record DropConsistentCopy() implements Effect {}

  // ---- link

  /** Send on the standing connection; nothing happens if it is gone. */
  record Send(int peer, Frame frame) implements Effect {}

  /** Close the connection; the edge makes a new one when it can. */
  record CloseLink(int peer, Message.Parting why) implements Effect {}

  // ---- authority

  /** Compare-and-set: make this the record if its version is the present one plus 1. */
  record Propose(long proposalId, SetRecord next) implements Effect {}

  // ---- answers

  /** The one answer to a request of the application. */
  record Reply(long request, Status status, @Nullable Payload payload) implements Effect {}

  /** How a request ended. */
  enum Status {
    /** Done. */
    OK,
    /** Not done, or perhaps done: this replica cannot serve any more. */
    IO_ERROR,
    /** Outside the disk. */
    OUT_OF_RANGE
  }

  /** The one answer to a command. {@code number}: what the command counts, else 0. */
  record CommandDone(long command, boolean ok, Say why, long number) implements Effect {}

  /** A sentence for the log, the status and the operator (law 10). */
  record Tell(Say say, List<Object> args) implements Effect {}

  /** The hold changed. */
  record HoldChanged(long holdId, HoldState state, Say why) implements Effect {}

  /** What a cut is worth has become known. */
  record CutKnown(long cutId, CutStatus status) implements Effect {}

  // ---- snapshots

  /** Keep the data partition as it is now; every effect before this one counts as done. */
  record TakeSnapshot(long cutId) implements Effect {}

  /** Hash the given chunks (bit per chunk) as they were at the cut, read back from the disk. */
  record ComputeDigest(long cutId, long[] chunks) implements Effect {}

  // ---- time

  /** Send a {@link Event.Tick} at this instant (ns); only the earliest of several counts. */
  record Wake(long atNanos) implements Effect {}
}
