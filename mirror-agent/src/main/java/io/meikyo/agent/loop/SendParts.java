// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.linux.SocketMessage;
import java.lang.foreign.MemorySegment;

/** Puts what is left of a send into a message. */
final class SendParts {
  private SendParts() {}

  /** The parts without the first {@code done} bytes, as many as the message has room for. */
  static void fill(SocketMessage message, MemorySegment[] parts, int count, long done) {
    message.clear();
    long skip = done;
    for (int i = 0; i < count && message.hasRoom(); i++) {
      long bytes = parts[i].byteSize();
      if (skip >= bytes) {
        skip -= bytes;
      } else {
        message.add(parts[i], skip);
        skip = 0;
      }
    }
  }
}
