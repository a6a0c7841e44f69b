// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.notice;

/** One named argument of a notice. The value is text, so that a notice survives any wire. */
public record Arg(String name, String value) {

  /** The argument as it is shown where its code has no text: {@code name=value}. */
  @Override
  public String toString() {
    return name + "=" + value;
  }
}
