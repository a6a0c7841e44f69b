// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Event;
import io.meikyo.sim.disk.TokenPayload;
import io.meikyo.sim.oracle.Version;
import org.jspecify.annotations.Nullable;

/** A request of the application that waits for its answer. */
final class Request {
  /** What it asks for. */
  enum Kind {
    READ,
    WRITE,
    ZERO,
    DISCARD,
    FLUSH
  }

  private static final Version[] NONE = {};

  final long id;
  final Kind kind;
  final int start;
  final int count;
  final boolean fua;
  final boolean mayUnmap;
  final @Nullable TokenPayload payload;

  /** One per block, for the oracle. */
  Version[] versions = NONE;

  /** The oracle's instant of its sending. */
  long sent;

  long sentNanos;

  /** Its sender expects it to be refused as outside the disk. */
  boolean outside;

  Request(
      long id,
      Kind kind,
      int start,
      int count,
      boolean fua,
      boolean mayUnmap,
      @Nullable TokenPayload payload) {
    this.id = id;
    this.kind = kind;
    this.start = start;
    this.count = count;
    this.fua = fua;
    this.mayUnmap = mayUnmap;
    this.payload = payload;
  }

  boolean changes() {
    return kind != Kind.READ && kind != Kind.FLUSH;
  }

  Event event() {
    return switch (kind) {
      case READ -> new Event.Read(id, start, count);
      case FLUSH -> new Event.Flush(id);
      case ZERO -> new Event.WriteZeroes(id, start, count, fua, mayUnmap);
      case DISCARD -> new Event.Discard(id, start, count);
      case WRITE -> {
        if (payload == null) {
          throw new IllegalStateException("a write without bytes");
        }
        yield new Event.Write(id, start, count, fua, payload);
      }
    };
  }

  /** The same once more, for another agent. */
  Request again(long newId) {
    return new Request(newId, kind, start, count, fua, mayUnmap, payload);
  }
}
