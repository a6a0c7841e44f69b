// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.sim.Prng;
import java.util.HashSet;
import java.util.Set;

/**
 * Two networks between the members: one for heartbeats and log, one for the mirrors. Messages are
 * delayed, lost, doubled and overtake each other; each direction is cut for itself.
 */
final class ControlNet {
  enum Net {
    CONTROL,
    MIRROR
  }

  private record Cut(Net net, String from, String to) {}

  private final ControlWorld w;
  private final Prng prng;
  private final Set<Cut> cuts = new HashSet<>();

  ControlNet(ControlWorld w, Prng prng) {
    this.w = w;
    this.prng = prng;
  }

  void send(Net net, String from, String to, Runnable arrives) {
    if (!w.calm && prng.chance(w.o.messageLost)) {
      w.cover.hit("message lost");
      return;
    }
    once(net, from, to, arrives);
    if (!w.calm && prng.chance(w.o.messageTwice)) {
      w.cover.hit("message twice");
      once(net, from, to, arrives);
    }
  }

  private void once(Net net, String from, String to, Runnable arrives) {
    long mean = w.calm ? ControlOptions.MS : w.o.delayMean;
    w.clock.after(
        mean / 10 + prng.exponential(mean),
        () -> {
          if (!cuts.contains(new Cut(net, from, to))) {
            arrives.run();
          }
        });
  }

  void cutOneWay(Net net, String from, String to) {
    cuts.add(new Cut(net, from, to));
    if (net == Net.CONTROL) {
      w.consensus.cutOneWay(from, to);
    }
  }

  void cut(Net net, String a, String b) {
    cutOneWay(net, a, b);
    cutOneWay(net, b, a);
  }

  void mend(Net net, String a, String b) {
    cuts.remove(new Cut(net, a, b));
    cuts.remove(new Cut(net, b, a));
    if (net == Net.CONTROL) {
      w.consensus.mend(a, b);
    }
  }

  void heal() {
    cuts.clear();
    w.consensus.heal();
  }

  /** True if neither can be heard by the other. */
  boolean isCut(Net net, String a, String b) {
    return cuts.contains(new Cut(net, a, b)) && cuts.contains(new Cut(net, b, a));
  }
}
