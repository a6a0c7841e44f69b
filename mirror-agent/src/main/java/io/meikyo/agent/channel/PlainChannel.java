// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.channel;

import io.meikyo.agent.loop.Completion;
import io.meikyo.agent.loop.IoLoop;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The bytes as they are; the loop sends them from where they lie. */
final class PlainChannel implements Channel {
  private final IoLoop loop;
  private final int socket;
  private boolean closed;

  PlainChannel(IoLoop loop, int socket) {
    this.loop = loop;
    this.socket = socket;
  }

  @Override
  public void open(Opening opening) {
    opening.opened(null);
  }

  @Override
  public int take(MemorySegment to) {
    return 0;
  }

  @Override
  public void receive(MemorySegment to, Completion end) {
    loop.receive(socket, to, end);
  }

  @Override
  public void send(MemorySegment[] parts, int count, Completion end) {
    loop.send(socket, parts, count, end);
  }

  @Override
  public boolean isEncrypted() {
    return false;
  }

  @Override
  public @Nullable String trouble() {
    return null;
  }

  @Override
  public void judgeAgain() {
    // Nobody has said who it is.
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      loop.close(socket);
    }
  }
}
