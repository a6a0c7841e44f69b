// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one of two agents remembers of their decisions. Whatever a method writes is on stable
 * storage when it returns. For one thread.
 *
 * @see PairFolder
 */
interface PairBook extends AutoCloseable {
  /**
   * The operator's word that the other server is off.
   *
   * @param who who said it
   * @param atMillis when, by the wall clock
   */
  record Word(String who, long atMillis) {}

  /** The newest decision. */
  SetRecord newest();

  /** The decision of a version; null if it is not known (any more). */
  @Nullable SetRecord at(long version);

  /** Decisions from a version on, as far as they are kept, oldest first. */
  List<SetRecord> from(long version);

  /** Adds the next decision. */
  void append(SetRecord next) throws IOException;

  /** Puts other decisions in the place of all that are here, and forgets word and pending. */
  void replace(List<SetRecord> all) throws IOException;

  /** What this side has asked for and nobody has decided; null if nothing. */
  @Nullable SetRecord pending();

  /** Remembers what this side is about to ask for. */
  void pending(@Nullable SetRecord record) throws IOException;

  /** The word that lets this side decide alone; null if there is none. */
  @Nullable Word alone();

  /** Remembers the word, or that it does not hold any more. */
  void alone(@Nullable Word word) throws IOException;

  @Override
  void close() throws IOException;
}
