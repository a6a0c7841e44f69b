// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Payload;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operations given to the edges and not yet answered, each with what is to happen then. */
final class Ops {
  /** Continuation of an operation. */
  interface Handler {
    /** The operation ended; {@code payload} and {@code hash} only for reads that asked for them. */
    void done(boolean ok, @Nullable Payload payload, @Nullable Hash hash);
  }

  private final Map<Long, Handler> handlers = new HashMap<>();
  private long last;

  /** Registers an operation and returns its id. */
  long begin(Handler handler) {
    last++;
    handlers.put(last, handler);
    return last;
  }

  /** Runs the continuation. */
  void end(Event.DiskDone done) {
    Handler handler = handlers.remove(done.op());
    Invariant.check(handler != null, "a disk operation is answered once", done.op());
    if (handler != null) {
      handler.done(done.ok(), done.payload(), done.hash());
    }
  }

  /** Operations not yet answered. */
  int outstanding() {
    return handlers.size();
  }
}
