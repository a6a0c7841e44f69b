// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.high;

import io.meikyo.house.planted.low.Below;
import java.util.List;

/** A sample for FloorsTest: a higher floor that uses a lower one, as it may. */
public final class Above {

  public static final List<Below> ANSWERS = List.of(new Below(42));

  private Above() {}
}
