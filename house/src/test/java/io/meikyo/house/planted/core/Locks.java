// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class Locks {

  private final Object lock = new Object();
  private volatile int seen;

  synchronized int seen() {
    return seen;
  }

  void see(int value) {
    synchronized (lock) {
      seen = value;
    }
  }
}
