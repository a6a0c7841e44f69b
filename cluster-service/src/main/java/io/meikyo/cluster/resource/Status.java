// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.core.notice.Notice;

/**
 * What a probe found.
 *
 * @param notice the sentence that says so, about the resource
 */
public record Status(Found found, Notice notice) {
  /** What can be found. */
  public enum Found {
    /** It is there and does its work, as far as can be seen from outside. */
    RUNNING,
    /** Nothing of it is there. */
    STOPPED,
    /** Nobody can say: the question failed or took too long. */
    UNKNOWN,
    /** It is there, or should be, and is broken. */
    FAILED
  }
}
