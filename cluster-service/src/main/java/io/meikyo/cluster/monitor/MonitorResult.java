// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.core.notice.Notice;

/**
 * What a look found.
 *
 * @param notice the sentence that says so, about the monitor
 */
public record MonitorResult(Found found, Notice notice) {
  /** What can be found. */
  public enum Found {
    /** As it should be. */
    OK,
    /** It works, but less well than it should; or it could not be looked at. Nothing is done. */
    WARNING,
    /** It does not work. */
    FAILED,
    /** It did not answer in time. */
    TIMEOUT
  }
}
