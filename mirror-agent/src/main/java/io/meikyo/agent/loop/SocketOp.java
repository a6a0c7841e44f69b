// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.linux.Errno;
import io.meikyo.linux.Poll;
import java.lang.foreign.MemorySegment;

/** An operation of a {@link ThreadLoop} that waits for a descriptor to be ready. */
final class SocketOp {
  enum Kind {
    ACCEPT,
    CONNECT,
    RECEIVE,
    SEND,
    READABLE
  }

  private static final MemorySegment[] NONE = {};

  final Kind kind;
  final int fd;
  final MemorySegment memory;
  final MemorySegment[] parts;
  final int count;
  final int bytes;
  final Completion end;

  /** Bytes sent so far. */
  int done;

  /** Its number in the last poll. */
  int number;

  /** The events that the last poll has seen. */
  int seen;

  /** To be tried without asking poll first. */
  boolean isFresh;

  /** A connect that is under way in the kernel. */
  boolean begun;

  /** A connect that a timer tries again. */
  boolean later;

  int result;

  SocketOp(Kind kind, int fd, MemorySegment memory, Completion end) {
    this(kind, fd, memory, NONE, 0, 0, end);
  }

  SocketOp(int fd, MemorySegment[] parts, int count, int bytes, Completion end) {
    this(Kind.SEND, fd, MemorySegment.NULL, parts, count, bytes, end);
  }

  private SocketOp(
      Kind kind,
      int fd,
      MemorySegment memory,
      MemorySegment[] parts,
      int count,
      int bytes,
      Completion end) {
    this.kind = kind;
    this.fd = fd;
    this.memory = memory;
    this.parts = parts;
    this.count = count;
    this.bytes = bytes;
    this.end = end;
  }

  /** What to ask poll for. */
  int events() {
    return switch (kind) {
      case ACCEPT, RECEIVE, READABLE -> Poll.POLLIN;
      case SEND, CONNECT -> Poll.POLLOUT;
    };
  }

  int readable() {
    return (seen & Poll.POLLNVAL) != 0 ? -Errno.EBADF : seen;
  }
}
