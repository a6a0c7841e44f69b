// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * How far one replica, ourselves or a peer, has made writes durable. Writes are numbered in the
 * order in which they were issued; a flush covers all issued before it was begun. One flush of a
 * replica is under way at a time; those asked for meanwhile share the next. Whoever waits for a
 * number looks again when {@link Replica#flushProgress} is called.
 */
final class FlushTrack {
  private long flushed;
  private long covering = -1;
  private long wanted = -1;

  /** Every write numbered up to this is durable on the replica. */
  long flushedThrough() {
    return flushed;
  }

  /** Number that the flush under way covers, or -1 if none is under way. */
  long covering() {
    return covering;
  }

  /**
   * Asks that writes up to {@code through} become durable.
   *
   * @param issued number of the newest write issued
   * @return true if the caller must begin a flush now, which covers {@link #covering}
   */
  boolean want(long through, long issued) {
    if (through <= flushed || through <= covering) {
      return false;
    }
    wanted = Math.max(wanted, through);
    return begin(issued);
  }

  private boolean begin(long issued) {
    if (covering >= 0) {
      return false;
    }
    covering = Math.max(issued, wanted);
    wanted = -1;
    return true;
  }

  /** The flush under way has succeeded. Returns true if the caller must begin the next one now. */
  boolean done(long issued) {
    flushed = Math.max(flushed, covering);
    covering = -1;
    if (wanted <= flushed) {
      wanted = -1;
      return false;
    }
    return begin(issued);
  }

  /** Starts anew: only writes up to the number count as durable. */
  void reset(long flushedThrough) {
    covering = -1;
    wanted = -1;
    flushed = flushedThrough;
  }

  /** The flush under way will never be answered; it is wanted again in the next session. */
  void interrupt() {
    wanted = Math.max(wanted, covering);
    covering = -1;
  }

  /** After {@link #interrupt}: true if the caller must begin a flush now. */
  boolean again(long issued) {
    return wanted > flushed && begin(issued);
  }
}
