// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.notice.Notice;

/**
 * What a server does about a group now, and the sentence that says why.
 *
 * @param group the group
 * @param step what is done
 * @param because the reason, for log and {@code why}
 */
public record Decision(String group, Step step, Notice because) {

  /** What can be done. */
  public sealed interface Step {
    /** Nothing: it is as it should be, or something is waited for. */
    record Rest() implements Step {}

    /** A command goes into the log. */
    record Propose(Command command) implements Step {}

    /** The resources here are started. */
    record Start() implements Step {}

    /** The resources here are stopped in good order. */
    record Stop() implements Step {}

    /** The resources here are taken down at once. */
    record Fence() implements Step {}
  }
}
