// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.low;

import io.meikyo.house.planted.high.Above;

/** A sample for FloorsTest: a lower floor that uses a higher one. */
public final class LooksUp {

  private LooksUp() {}

  public static int ask() {
    return Above.ANSWERS.size();
  }
}
