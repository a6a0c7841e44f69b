// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.agent.mirror.RecordPort;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the deciding record of a mirror disk is kept, as its agent sees it: with a keeper elsewhere
 * ({@link RecordClient}), or by the two agents together ({@link PairRecord}). Whoever else decides
 * either speaks the keeper's protocol or is one more implementation.
 *
 * <p>What every implementation promises: a proposal is answered once, with COMMITTED only when the
 * decision is on stable storage wherever it must be; versions never go back; what was answered with
 * UNKNOWN may be put again under the same id and is then found. Methods are for the loop's thread,
 * and so are the events.
 */
public interface RecordSource extends RecordPort, AutoCloseable {
  /** Begins to connect. */
  void begin();

  /** True while something can be decided. */
  boolean connected();

  /** Newest record that was heard of; null if none. */
  @Nullable SetRecord newest();

  /** Groups that the newest record's group goes on from, newest first. */
  default List<Long> former() {
    return List.of();
  }

  /** Who decides, for people: an address, or the name of the other server. */
  String where();

  /** How decisions are made now, for programs: one word. */
  String mode();

  /** How decisions are made now, or why none can be (law 10). */
  Notice view();

  /** Why it makes no sense to ask for the role now; null if it may be asked for. */
  default @Nullable Notice obstacle() {
    return null;
  }

  /** How a word of the operator was taken. */
  record Taken(boolean ok, Notice notice) {}

  /**
   * The operator says that the other server is off: from now on this one decides alone.
   *
   * @param who who says it, for the log
   * @param force also if nobody knows here what was decided last
   * @param answer called once, later, on the loop's thread
   */
  void peerIsOff(String who, boolean force, Consumer<Taken> answer);

  /**
   * True if both sides have decided alone, and the operator must say whose decisions count before
   * the replicas can meet.
   */
  default boolean apart() {
    return false;
  }

  /**
   * The operator says that the decisions of this side count and those of the other are given up.
   *
   * @param who who says it, for the log
   * @param answer called once, later, on the loop's thread
   */
  void keepThis(String who, Consumer<Taken> answer);

  /** Is told on the loop's thread when {@link #view} or {@link #mayMeet} may have changed. */
  default void watch(Runnable changed) {}

  /** True if the replicas may connect as far as decisions go. */
  default boolean mayMeet() {
    return true;
  }

  @Override
  void close() throws IOException;
}
