// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.notice.Notice;

/** A provider could not do it, and this is why. */
final class NotTaken extends Exception {
  private static final long serialVersionUID = 1;
  private final transient Notice notice;
  private final String reason;

  /** With a sentence of its own. */
  NotTaken(Notice notice) {
    super(notice.toString());
    this.notice = notice;
    this.reason = notice.toString();
  }

  /** For a reason, in words. */
  NotTaken(String mirror, String provider, String reason) {
    super(reason);
    this.notice = Notice.of(SnapshotNotice.NOT_TAKEN, mirror, provider, reason);
    this.reason = reason;
  }

  /** What is wrong, as a sentence. */
  Notice notice() {
    return notice;
  }

  /** The reason alone. */
  String reason() {
    return reason;
  }
}
