// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.partition.Payload;
import io.meikyo.sim.disk.TokenPayload;
import org.jspecify.annotations.Nullable;

/**
 * The pool of buffers of one agent, as far as the engine has to do with it: a payload that comes
 * with an event is good until the step has ended, and longer only while the engine keeps it. An
 * effect with a payload that nobody holds any more would carry other bytes; a payload that is kept
 * for ever is memory lost.
 */
final class Memory {
  private @Nullable TokenPayload inStep;
  private int lent;

  /** The event with its payload in a buffer of this agent. */
  Event lend(Event e) {
    return switch (e) {
      case Event.Write w ->
          new Event.Write(w.request(), w.start(), w.count(), w.fua(), take(w.payload()));
      case Event.DiskDone d when d.payload() instanceof TokenPayload t ->
          new Event.DiskDone(d.op(), d.ok(), take(t), d.hash());
      case Event.Received r when r.frame().body().payloadOrNull() != null ->
          new Event.Received(r.peer(), frame(r.frame()));
      default -> e;
    };
  }

  private Frame frame(Frame f) {
    Message body =
        switch (f.body()) {
          case Message.Write m ->
              new Message.Write(
                  m.write(), m.settled(), m.start(), m.count(), m.fua(), take(m.payload()));
          case Message.Repair m ->
              new Message.Repair(m.id(), m.start(), m.count(), take(m.payload()));
          default -> f.body();
        };
    return new Frame(f.groupId(), f.epoch(), f.session(), f.sequence(), body);
  }

  private Payload take(Payload payload) {
    lent++;
    TokenPayload buffer = ((TokenPayload) payload).lent(() -> lent--);
    inStep = buffer;
    return buffer;
  }

  /** The step has ended: what came with it is the engine's affair now. */
  void stepped() {
    TokenPayload buffer = inStep;
    inStep = null;
    if (buffer != null) {
      buffer.drop();
    }
  }

  /** An effect may only carry bytes that somebody holds. */
  void check(Effect effect) {
    Payload payload =
        switch (effect) {
          case Effect.DiskWrite e -> e.payload();
          case Effect.HistoryAppend e -> e.payload();
          case Effect.Reply e -> e.payload();
          case Effect.Send e -> e.frame().body().payloadOrNull();
          default -> null;
        };
    if (payload instanceof TokenPayload t) {
      World.check(t.isHeld(), 1, "an effect carries bytes whose buffer was given back: " + effect);
    }
  }

  /** Buffers that the engine still keeps. */
  int lent() {
    return lent;
  }
}
