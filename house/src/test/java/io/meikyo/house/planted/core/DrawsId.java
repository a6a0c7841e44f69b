// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class DrawsId {

  private DrawsId() {}

  static String id() {
    return java.util.UUID.randomUUID().toString();
  }
}
