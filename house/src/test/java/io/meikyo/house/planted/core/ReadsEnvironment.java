// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class ReadsEnvironment {

  private ReadsEnvironment() {}

  static Object home() {
    return System.getenv("HOME");
  }
}
