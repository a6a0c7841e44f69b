// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.notice.Notice;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the data partition of one mirror disk as it is at an instant. What it is told by: the id of
 * the cut. Calls block. {@link #remove} is called on one thread, all else on another one.
 *
 * <p>While {@link #take} runs nothing changes the data partition, and all that was answered before
 * is durable on it: a hold stands, drained and flushed. If that ends before the call does, the
 * caller removes what was taken; so the provider need not know of holds.
 *
 * <p>Each implementation must pass {@code ProviderContract}.
 */
interface Provider extends AutoCloseable {
  /** What it is called in the configuration. */
  String word();

  /** Where it keeps what it takes, for people. */
  String place();

  /** What it takes stays when the agent ends; else {@link #begin} removes what is left. */
  boolean outlives();

  /**
   * Makes itself ready, once, before all else.
   *
   * @return what to say
   */
  List<Notice> begin();

  /**
   * Ids of the cuts that it has something of, also of former lives. Nothing, if it does not outlive
   * the agent.
   *
   * @throws NotTaken nobody can say
   */
  Set<Long> list() throws NotTaken;

  /**
   * Takes one.
   *
   * @param nanos what is not done by then is of no use; whoever can gives up
   * @throws NotTaken it has not; {@link #remove} is called then
   */
  Taken take(long cutId, long nanos) throws NotTaken;

  /** What must not be done while a hold waits; after each {@link #take}. */
  default void afterTake() {}

  /**
   * Makes what was taken last, also over a crash of the server.
   *
   * @return what to say; null: all is well
   */
  default @Nullable Notice settle(long cutId, Taken taken) {
    return null;
  }

  /**
   * Opens what a former life has taken.
   *
   * @param where as {@link Taken#where} was
   * @throws NotTaken it is gone, or cannot be opened
   */
  Taken find(long cutId, String where) throws NotTaken;

  /**
   * Looks whether the writes of the mirror disk still have room beside what was taken. Asked every
   * second while something stands.
   *
   * @return why not; null: they have
   */
  default @Nullable Notice crowded(String snapshot) {
    return null;
  }

  /**
   * Removes it; nothing happens if there is none.
   *
   * @param taken null: not known, perhaps in part. Its descriptor is being closed by the caller
   * @return what to say; null: it is gone
   */
  @Nullable Notice remove(long cutId, @Nullable Taken taken);

  /** Ends; what stands stays. */
  @Override
  default void close() {}
}
