// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.memory.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads.
 *
 * <p>With structured replies each part leaves as a chunk as soon as it is there. A simple reply of
 * several parts is read part by part, with no other read of the connection beside it, so that
 * nobody holds memory while he waits for more; if a later part fails, nothing can say so any more
 * and the connection is closed, as the protocol demands.
 */
final class ReadJob extends Job {
  private final int partBytes;
  private final boolean alone;
  private boolean admitted;
  private boolean begun;
  private boolean ended;
  private long next;

  ReadJob(Connection connection, Request request) {
    super(connection, request, 0);
    // A chunk that must not be fragmented is no longer than a part, or is refused.
    this.partBytes = connection.readPartBytes();
    boolean one = request.length() <= partBytes;
    this.alone = !connection.structured() && !one;
    if (!one && (request.flags() & Wire.FLAG_DF) != 0) {
      fail(Wire.EOVERFLOW);
    }
  }

  @Override
  boolean advance() {
    if (!admitted && !connection.admitRead()) {
      return false;
    }
    admitted = true;
    while (errno() == 0 && next < request.length()) {
      boolean mustFinish = alone && begun && !connection.isClosed();
      if (connection.refusing() && !mustFinish) {
        fail(Wire.ESHUTDOWN);
        break;
      }
      if (alone && (next == 0 ? connection.readBytes() > 0 : underWay > 0)) {
        return false;
      }
      int bytes = (int) Math.min(partBytes, request.length() - next);
      if (!connection.admitReadBytes(bytes)) {
        return false;
      }
      long at = next;
      next += bytes;
      partBegins();
      connection
          .device()
          .read(block(at), blocks(bytes), (errno, data) -> done(at, bytes, errno, data));
    }
    endIfAll();
    return !alone || ended;
  }

  private void done(long at, int bytes, int errno, @Nullable Buffer data) {
    underWay--;
    if (errno == 0 && data != null && data.length() == bytes && !connection.isClosed()) {
      data.keep();
      boolean last = all() && errno() == 0;
      ended |= last;
      connection.reply(new Reply(this, kind(), 0, request.offset() + at, data, last));
      begun = true;
    } else {
      connection.readBytesFree(bytes);
      fail(errno == 0 ? Wire.EIO : errno);
    }
    endIfAll();
    connection.serviced();
  }

  private Reply.Kind kind() {
    if (connection.structured()) {
      return Reply.Kind.DATA_CHUNK;
    }
    return begun ? Reply.Kind.MORE_DATA : Reply.Kind.SIMPLE;
  }

  private boolean all() {
    return underWay == 0 && (errno() != 0 || next == request.length());
  }

  /** Says that it has failed, when the last part is back. */
  private void endIfAll() {
    if (ended || !all() || errno() == 0) {
      return;
    }
    ended = true;
    if (begun && !connection.structured()) {
      connection.cutOff(errno());
    } else {
      reply();
    }
  }

  @Override
  void sent(Reply reply) {
    connection.readBytesFree(reply.dataBytes());
    if (reply.last()) {
      connection.readEnded();
    }
  }
}
