// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class ReadsClockByReference {

  private ReadsClockByReference() {}

  static java.util.function.LongSupplier clock() {
    return System::currentTimeMillis;
  }
}
