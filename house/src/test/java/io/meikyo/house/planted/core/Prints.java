// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class Prints {

  private Prints() {}

  static void print(String text) {
    System.err.println(text);
  }
}
