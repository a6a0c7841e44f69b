// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

/**
 * Zeroes, trims and flushes: what changes something and brings no bytes. A range may be 4 GiB long;
 * a few parts of it are under way at a time.
 */
final class RangeJob extends Job {
  private static final int PARTS_MAX = 4;

  private final int partBytes;
  private final long length;
  private boolean flushLeft;
  private boolean admitted;
  private boolean issuing;
  private boolean ended;
  private long next;

  RangeJob(Connection connection, Request request) {
    super(connection, request, 0);
    partBytes = connection.device().requestBytesMax();
    length = request.length();
    flushLeft =
        request.command() == Wire.CMD_FLUSH
            || (request.command() == Wire.CMD_TRIM && request.fua());
  }

  @Override
  boolean advance() {
    if (!admitted && !connection.admitWrite()) {
      return false;
    }
    admitted = true;
    issue();
    return true;
  }

  /** Begins what can begin. Answers may come from inside: they leave the rest to this loop. */
  private void issue() {
    if (issuing) {
      return;
    }
    issuing = true;
    while (!ended && underWay < PARTS_MAX) {
      if ((next < length || flushLeft) && connection.refusing()) {
        fail(Wire.ESHUTDOWN);
      }
      if (errno() == 0 && next < length) {
        part();
      } else if (underWay > 0) {
        break;
      } else if (errno() == 0 && flushLeft) {
        flushLeft = false;
        partBegins();
        connection.device().flush((errno, none) -> done(errno));
      } else {
        ended = true;
        reply();
      }
    }
    issuing = false;
  }

  private void part() {
    int bytes = (int) Math.min(partBytes, length - next);
    long start = block(next);
    next += bytes;
    partBegins();
    if (request.command() == Wire.CMD_TRIM) {
      connection.device().discard(start, blocks(bytes), (errno, none) -> done(errno));
    } else {
      boolean mayUnmap = (request.flags() & Wire.FLAG_NO_HOLE) == 0;
      connection
          .device()
          .zero(start, blocks(bytes), request.fua(), mayUnmap, (errno, none) -> done(errno));
    }
  }

  private void done(int errno) {
    underWay--;
    fail(errno);
    issue();
    connection.serviced();
  }

  @Override
  void sent(Reply reply) {
    connection.writeEnded();
  }
}
