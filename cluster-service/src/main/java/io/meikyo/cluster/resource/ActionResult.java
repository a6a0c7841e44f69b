// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.core.notice.Notice;

/**
 * How an action ended.
 *
 * @param notice the sentence that says so, about the resource
 */
public record ActionResult(Outcome outcome, Notice notice) {
  /** Kinds of ends. */
  public enum Outcome {
    /** It is as it was asked for. */
    OK,
    /** It is not; the notice says why. Trying again may help. */
    FAILED,
    /** The deadline has passed. What was under way was killed; nobody knows how far it had come. */
    TIMED_OUT,
    /** The caller does not want it any more. What was under way was killed. */
    CANCELLED
  }

  /** True if it is as it was asked for. */
  public boolean ok() {
    return outcome == Outcome.OK;
  }
}
