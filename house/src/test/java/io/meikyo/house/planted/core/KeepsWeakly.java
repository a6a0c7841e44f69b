// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class KeepsWeakly {

  private KeepsWeakly() {}

  static Object reference(Object target) {
    return new java.lang.ref.WeakReference<>(target);
  }
}
