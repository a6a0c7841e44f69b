// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.core.notice.Notice;

/** A request that cannot be carried out as it is. */
final class Wrong extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final transient Notice notice;

  Wrong(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  Notice notice() {
    return notice;
  }
}
