// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class UsesQueue {

  private UsesQueue() {}

  static Object queue() {
    return new java.util.concurrent.ArrayBlockingQueue<Integer>(1);
  }
}
