// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.notice;

/** How much a notice asks of its reader. */
public enum Severity {
  /** Something happened as intended; nothing to do. */
  INFO,
  /** It goes on, but with less than intended: somebody should look. */
  WARNING,
  /** It was not done. */
  ERROR
}
