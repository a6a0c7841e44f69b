// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import io.meikyo.core.notice.Notice;

/**
 * Decides who becomes a member, beyond that it has a token. Called by one thread at a time; may
 * take its time.
 */
public interface JoinPolicy {
  /** What is decided. */
  sealed interface Admission {
    /**
     * It is a member.
     *
     * @param configuration what it must know besides its keys; at most {@link
     *     JoinServer#CONFIGURATION_BYTES_MAX} bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
    record Welcome(byte[] configuration) implements Admission {}

    /** It is not; its token is good for another attempt. */
    record Refused(Notice why) implements Admission {}
  }

  /**
   * Admits a server, whose token is used up by now. After a lost answer or a crash the same server
   * asks again: the last answer is the one that counts.
   *
   * @param server name that it wants, and that nobody else has (or that its token replaces)
   */
  Admission admit(String server);
}
