// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.sim.Prng;
import io.meikyo.sim.control.ControlNet.Net;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Set;

/** What breaks, and when. */
final class Faults {
  /** What can break. */
  enum Kind {
    SERVICE_KILL,
    SERVICE_PAUSE,
    MACHINE_PAUSE,
    POWER_ONE,
    POWER_ALL,
    AGENT_KILL,
    AGENT_PAUSE,
    CONTROL_CUT,
    CONTROL_CUT_ONE_WAY,
    CONTROL_ALONE,
    MIRROR_CUT,
    MIRROR_CUT_ONE_WAY,
    ALONE,
    ALONE_STEP_BY_STEP,
    THING_DIES,
    OWNER_PAUSE,
    OWNER_POWER
  }

  private final ControlWorld w;
  private final Prng prng;
  private final EnumMap<Kind, Double> weight = new EnumMap<>(Kind.class);

  Faults(ControlWorld w, Prng prng) {
    this.w = w;
    this.prng = prng;
    for (Kind kind : Kind.values()) {
      double drawn = prng.chance(0.3) ? 0 : prng.fraction();
      weight.put(
          kind,
          switch (kind) {
            case POWER_ALL -> drawn * 0.2;
            case ALONE, ALONE_STEP_BY_STEP -> drawn + 0.2;
            default -> drawn;
          });
    }
  }

  void begin() {
    w.clock.after(prng.exponential(w.o.faultMean), this::strike);
  }

  private void strike() {
    if (w.calm) {
      return;
    }
    w.clock.after(prng.exponential(w.o.faultMean), this::strike);
    double sum = 0;
    for (double x : weight.values()) {
      sum += x;
    }
    double pick = prng.fraction() * sum;
    for (Kind kind : Kind.values()) {
      pick -= weight.getOrDefault(kind, 0.0);
      if (pick <= 0) {
        w.cover.hit("fault/" + kind);
        w.clock.tell("fault", kind.name());
        inflict(kind);
        return;
      }
    }
  }

  private Machine any() {
    List<Machine> all = new ArrayList<>(w.machines.values());
    return all.get(prng.below(all.size()));
  }

  private Machine anyServer() {
    List<Machine> all = w.servers();
    return all.get(prng.below(all.size()));
  }

  /** One on which something acts, if there is one. */
  private Machine owner() {
    for (Machine m : w.servers()) {
      if (!m.things.acting().isEmpty() && prng.chance(0.7)) {
        return m;
      }
    }
    return anyServer();
  }

  private void inflict(Kind kind) {
    switch (kind) {
      case SERVICE_KILL -> any().crashService();
      case SERVICE_PAUSE -> {
        Service s = any().service;
        if (s != null) {
          s.pause(pause());
        }
      }
      case MACHINE_PAUSE -> any().pause(pause());
      case OWNER_PAUSE -> owner().pause(pause());
      case POWER_ONE -> any().reset("the power fails");
      case OWNER_POWER -> owner().reset("the power fails");
      case POWER_ALL -> w.machines.values().forEach(m -> m.reset("the power of all fails"));
      case AGENT_KILL -> {
        Machine m = anyServer();
        ReplicaModel agent = m.agent;
        if (agent != null && m.powered) {
          agent.kill();
          m.after(prng.exponential(ControlOptions.SECOND), agent::begin);
        }
      }
      case AGENT_PAUSE -> {
        ReplicaModel agent = anyServer().agent;
        if (agent != null) {
          agent.pause(pause());
        }
      }
      case CONTROL_CUT, CONTROL_CUT_ONE_WAY -> cut(Net.CONTROL, kind == Kind.CONTROL_CUT_ONE_WAY);
      case MIRROR_CUT, MIRROR_CUT_ONE_WAY -> cut(Net.MIRROR, kind == Kind.MIRROR_CUT_ONE_WAY);
      case CONTROL_ALONE -> alone(owner(), Set.of(Net.CONTROL), whole());
      case ALONE -> alone(owner(), Set.of(Net.CONTROL, Net.MIRROR), whole());
      case ALONE_STEP_BY_STEP -> {
        Machine m = owner();
        Net first = prng.chance(0.7) ? Net.CONTROL : Net.MIRROR;
        long until = 15 * ControlOptions.SECOND;
        long then = prng.between(ControlOptions.MS, until);
        alone(m, Set.of(first), until + whole());
        w.clock.after(
            then, () -> alone(m, Set.of(Net.CONTROL, Net.MIRROR), until - then + whole()));
      }
      case THING_DIES -> {
        if (owner().things.die()) {
          w.cover.hit("a resource stops working");
        }
      }
    }
  }

  private long pause() {
    return (long) (ControlOptions.MS * prng.logBetween(30, 12_000));
  }

  private long whole() {
    return (long) (ControlOptions.MS * prng.logBetween(100, 25_000));
  }

  private void cut(Net net, boolean oneWay) {
    Machine a = any();
    Machine b = any();
    if (a != b) {
      if (oneWay) {
        w.net.cutOneWay(net, a.name, b.name);
      } else {
        w.net.cut(net, a.name, b.name);
      }
      w.clock.tell("fault", a.name + " and " + b.name);
      w.clock.after(whole(), () -> w.net.mend(net, a.name, b.name));
    }
  }

  /** Nobody hears it any more on these networks. */
  private void alone(Machine m, Set<Net> nets, long nanos) {
    if (w.calm) {
      return;
    }
    w.clock.tell("fault", m.name + " is alone " + nets);
    for (Machine other : w.machines.values()) {
      for (Net net : nets) {
        if (other != m) {
          w.net.cut(net, m.name, other.name);
          w.clock.after(nanos, () -> w.net.mend(net, m.name, other.name));
        }
      }
    }
  }
}
