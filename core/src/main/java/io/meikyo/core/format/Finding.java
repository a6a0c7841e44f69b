// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.notice.Notice;

/**
 * Something that is not as it should be on a cluster partition.
 *
 * @param what what it is
 * @param notice the same for people
 */
public record Finding(FormatNotice what, Notice notice) {

  static Finding of(FormatNotice what, Object... values) {
    return new Finding(what, Notice.of(what, values));
  }
}
