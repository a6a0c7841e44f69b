// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.memory.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * One piece of an answer, on its way out.
 *
 * @param job whose answer it is
 * @param kind how it looks
 * @param errno for {@link Kind#SIMPLE} and {@link Kind#ERROR_CHUNK}
 * @param offset of the data, in bytes of the export
 * @param data what follows the head, held by this reply; null: nothing
 * @param last with it the request is answered
 */
record Reply(Job job, Kind kind, int errno, long offset, @Nullable Buffer data, boolean last) {

  /** How it looks. */
  enum Kind {
    /** A simple reply, with data or without. */
    SIMPLE,
    /** More data of a simple reply, without a head. */
    MORE_DATA,
    /** A chunk of data. */
    DATA_CHUNK,
    /** The last chunk of a request that failed. */
    ERROR_CHUNK,
    /** The status of a range. */
    STATUS_CHUNK
  }

  int dataBytes() {
    return data == null ? 0 : data.length();
  }
}
