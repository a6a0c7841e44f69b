// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.memory.Buffer;
import io.meikyo.core.base.Invariant;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Writes: takes the payload part by part into memory of the device, and gives each part to the
 * device when it is there whole. After an error the rest of the payload is taken and thrown away.
 */
final class WriteJob extends Job {
  /** What is missing of a part is received straight into it if it is at least so long. */
  private static final int STRAIGHT_BYTES_MIN = 32 << 10;

  private final int partBytes;
  private boolean admitted;
  private boolean taken;
  private boolean ended;
  private @Nullable Buffer part;
  private int filled;
  private long issued;

  WriteJob(Connection connection, Request request, int errno) {
    super(connection, request, errno);
    partBytes = connection.writePartBytes();
  }

  @Override
  boolean advance() {
    if (!admitted && !connection.admitWrite()) {
      return false;
    }
    admitted = true;
    Session session = connection.session();
    while (session.payloadLeft() > 0) {
      if (part == null && errno() == 0 && connection.refusing()) {
        fail(Wire.ESHUTDOWN);
      }
      if (part == null && errno() != 0) {
        int skipped = connection.inbox().skip(session.payloadLeft());
        session.payloadTaken(skipped);
        if (session.payloadLeft() > 0) {
          connection.hungry();
          return false;
        }
      } else if (!fillPart(session)) {
        return false;
      }
    }
    taken = true;
    endIfAll();
    return true;
  }

  /** Fills a part and issues it; false: bytes or memory are missing. */
  private boolean fillPart(Session session) {
    Buffer into = part;
    if (into == null) {
      int bytes = (int) Math.min(partBytes, session.payloadLeft());
      if (!connection.hasWriteBytes(bytes)) {
        return false;
      }
      into = connection.device().memory(bytes);
      if (into == null) {
        connection.awaitMemory();
        return false;
      }
      connection.writeBytesTaken(bytes);
      part = into;
      filled = 0;
    }
    int now = connection.inbox().take(into.bytes(), filled, into.length() - filled);
    return filled(session, into, now);
  }

  private boolean filled(Session session, Buffer into, int now) {
    filled += now;
    session.payloadTaken(now);
    if (filled < into.length()) {
      connection.hungry();
      return false;
    }
    issue(into);
    return true;
  }

  /** Where the next bytes should be received: the rest of a part, or null: the inbox. */
  @Nullable MemorySegment straight() {
    Buffer into = part;
    if (into == null || into.length() - filled < STRAIGHT_BYTES_MIN) {
      return null;
    }
    return into.bytes().asSlice(filled);
  }

  /** So many bytes came where {@link #straight} said. */
  void received(int count) {
    Buffer into = part;
    if (into == null) {
      throw new Invariant.Broken("bytes are received into a part");
    }
    filled(connection.session(), into, count);
  }

  private void issue(Buffer whole) {
    int bytes = whole.length();
    long at = issued;
    part = null;
    issued += bytes;
    partBegins();
    connection
        .device()
        .write(block(at), blocks(bytes), request.fua(), whole, (errno, none) -> done(bytes, errno));
    whole.drop();
  }

  private void done(int bytes, int errno) {
    underWay--;
    connection.writeBytesFree(bytes);
    fail(errno);
    endIfAll();
    connection.serviced();
  }

  private void endIfAll() {
    if (taken && underWay == 0 && !ended) {
      ended = true;
      reply();
    }
  }

  /** The connection is gone: the part that will never be whole goes back. */
  void forget() {
    Buffer partly = part;
    if (partly != null) {
      part = null;
      connection.writeBytesFree(partly.length());
      partly.drop();
    }
  }

  @Override
  void sent(Reply reply) {
    connection.writeEnded();
  }
}
