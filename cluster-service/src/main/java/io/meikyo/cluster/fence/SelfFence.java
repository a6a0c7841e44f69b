// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import io.meikyo.core.notice.Notice;

/**
 * One way in which this server takes itself down. For one caller at a time; no call blocks longer
 * than a system call that waits for nothing.
 *
 * <pre>
 *  idle ── arm ──▶ armed ── alive, again and again ──▶ armed ── disarm ──▶ idle
 *                    └── strike ──▶ the server is down
 * </pre>
 *
 * An armed watchdog strikes by itself when {@link #alive} does not come in time: also when our
 * process hangs or is killed.
 */
public interface SelfFence {
  /** What it is, for people: {@code watchdog /dev/watchdog0}. */
  String name();

  /**
   * Makes it ready, once.
   *
   * @return what it is, or, as a warning or an error, why it would not work
   */
  Notice arm();

  /** A sign of life. Often enough: {@link #aliveMillis}. */
  void alive();

  /** Milliseconds within which a sign of life must come while it is armed; 0: none is needed. */
  long aliveMillis();

  /**
   * Takes the server down now. It may return: then what it did takes a moment, or it failed, which
   * the notice says; and the next way is tried.
   */
  Notice strike();

  /** The server may go on without it: an orderly stop of the cluster service. */
  void disarm();
}
