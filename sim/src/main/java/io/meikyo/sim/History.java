// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.partition.Payload;
import java.util.HashMap;
import java.util.Map;

/**
 * The history file of an agent's asynchronous peers. It dies with the agent: nobody needs it then.
 */
final class History {
  private final Agent agent;
  private final Map<Long, Payload> kept = new HashMap<>();

  History(Agent agent) {
    this.agent = agent;
  }

  private static long key(int peer, long write) {
    return write * 8 + peer;
  }

  void append(Effect.HistoryAppend e) {
    boolean ok = agent.w.calm || !agent.prng.chance(agent.w.o.historyFails);
    if (ok) {
      kept.put(key(e.peer(), e.write()), e.payload());
    } else {
      agent.w.cover.hit("history refused");
    }
    agent.deliver(delay(), new Event.DiskDone(e.op(), ok, null, null));
  }

  void read(Effect.HistoryRead e) {
    Payload payload = kept.get(key(e.peer(), e.write()));
    agent.deliver(delay(), new Event.DiskDone(e.op(), payload != null, payload, null));
  }

  void trim(Effect.HistoryTrim e) {
    if (e.write() == Long.MAX_VALUE) {
      kept.keySet().removeIf(k -> k % 8 == e.peer());
    } else {
      kept.remove(key(e.peer(), e.write()));
    }
  }

  private long delay() {
    return agent.prng.exponential(agent.w.o.diskMean);
  }
}
