// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

/** A sample for CorePurityTest: what core may not do. */
final class OpensSocket {

  private OpensSocket() {}

  static Object socket() throws java.io.IOException {
    return java.nio.channels.SocketChannel.open();
  }
}
