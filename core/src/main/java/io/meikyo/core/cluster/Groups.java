// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one member at work: their runners, and what is remembered of each between two plans
 * ({@link Planner}). Belongs to its {@link ClusterNode}, and is called by it alone.
 */
final class Groups {
  private final ClusterNode node;
  private final Map<String, GroupRunner> runners = new LinkedHashMap<>();
  private final Map<String, Long> failedAt = new TreeMap<>();

  /** Monitors by which a group is taken for failed, though all its resources run. */
  private final Map<String, Set<String>> illBy = new HashMap<>();

  /** Since when a group that could start has been waiting for another one. */
  private final Map<String, Long> waitingSince = new TreeMap<>();

  /** Groups that we have offered back; nobody knows yet what became of that. */
  private final Set<String> releasing = new HashSet<>();

  /** Groups of which the operator has said something that their runners have not seen yet. */
  private final Set<String> again = new HashSet<>();

  private final Map<String, Decision> decisions = new LinkedHashMap<>();
  private final Map<String, List<String>> waiting = new TreeMap<>();
  private final FinalActions finalActions;

  Groups(ClusterNode node, FinalActions finalActions) {
    this.node = node;
    this.finalActions = finalActions;
  }

  Map<String, GroupRunner> runners() {
    return runners;
  }

  Map<String, Decision> decisions() {
    return decisions;
  }

  /** Per group, resources whose new definition waits until they, or the whole group, start anew. */
  Map<String, List<String>> waiting() {
    return waiting;
  }

  // ---- what is told

  void applied(ClusterState before, NodeEvent.Applied e) {
    String word = wordOn(e);
    e.state()
        .groups()
        .forEach((name, g) -> {
          GroupState old = before.groups().get(name);
          boolean moved = old == null || old.epoch() != g.epoch();
          if (moved) {
            releasing.remove(name);
          }
          if (moved || name.equals(word)) {
            forget(name);
            waitingSince.remove(name);
          }
        });
    if (word != null) {
      again.add(word);
    }
  }

  /** The group that the operator has just said something about; null if none. */
  private static @Nullable String wordOn(NodeEvent.Applied e) {
    Proposal p = e.proposal();
    if (p == null || !e.verdict().taken()) {
      return null;
    }
    return switch (p.command()) {
      case Command.Want want -> want.group();
      case Command.WantResource want -> want.group();
      default -> null;
    };
  }

  void configured(NodeEvent.Configured e) {
    for (Group group : e.config().groups()) {
      GroupRunner old = runners.get(group.name());
      if (old == null) {
        GroupRunner runner = new GroupRunner(group);
        group.resources().stream()
            .filter(r -> e.found().contains(r.name()))
            .forEach(r -> runner.adopt(r.name()));
        runners.put(group.name(), runner);
      } else {
        old.define(group);
      }
    }
    renew(e.config());
  }

  /** What is stopped takes its new definition, or goes if it has none any more. */
  private void renew(ClusterConfig config) {
    runners
        .entrySet()
        .removeIf(r ->
            config.group(r.getKey()).isEmpty()
                && r.getValue().state() == GroupRunner.State.STOPPED);
    for (var e : runners.entrySet()) {
      List<String> late = e.getValue().waiting();
      Group now = config.group(e.getKey()).orElse(null);
      if (now == null || late.isEmpty()) {
        waiting.remove(e.getKey());
      } else if (e.getValue().state() == GroupRunner.State.STOPPED) {
        e.setValue(e.getValue().anew(now));
        waiting.remove(e.getKey());
      } else if (!late.equals(waiting.put(e.getKey(), late))) {
        node.tell(NodeNotice.DEFINITION_WAITS, e.getKey(), String.join(", ", late));
      }
    }
  }

  void taskEnded(NodeEvent.TaskEnded e) {
    GroupRunner runner = runners.get(e.group());
    if (runner == null) {
      return;
    }
    run(e.group(), runner.ended(e.number(), e.well(), e.said()));
    if (!e.well() && e.said() != null) {
      node.emit(new NodeEffect.Tell(e.said().about("group", e.group())));
    }
  }

  /** A command that offered a group back was refused. */
  void kept(String group) {
    releasing.remove(group);
  }

  // ---- what monitors say

  /** A monitor says that a group does not do its work here. */
  void ill(String group, String monitor) {
    failedAt.putIfAbsent(group, node.now());
    illBy.computeIfAbsent(group, g -> new TreeSet<>()).add(monitor);
  }

  /**
   * A monitor that had said so takes it back. Returns true if the group is taken for well again: no
   * other one finds it ill, it runs, and its way to another server has not begun.
   */
  boolean well(String group, String monitor) {
    Set<String> others = illBy.get(group);
    if (others == null || !others.remove(monitor) || !others.isEmpty()) {
      return false;
    }
    illBy.remove(group);
    GroupRunner runner = runners.get(group);
    boolean stays = runner != null && runner.wanted() && runner.state() != GroupRunner.State.FAILED;
    return stays && failedAt.remove(group) != null;
  }

  private void forget(String group) {
    failedAt.remove(group);
    illBy.remove(group);
  }

  // ---- the plan

  void plan(ClusterConfig c) {
    renew(c);
    for (var e : runners.entrySet()) {
      GroupState g = node.state().groups().get(e.getKey());
      GroupRunner runner = e.getValue();
      boolean mine = g != null && g.ownedBy(node.self());
      boolean may = mine && node.fresh() && node.leased();
      if (again.contains(e.getKey()) && (may || !runner.wanted())) {
        again.remove(e.getKey());
        run(e.getKey(), runner.again());
      }
      if (g == null || !mine) {
        continue;
      }
      if (runner.state() == GroupRunner.State.FAILED) {
        failedAt.putIfAbsent(e.getKey(), node.now());
      }
      if (may) {
        run(e.getKey(), runner.hold(g.off()));
        if (runner.stalled()) {
          run(e.getKey(), runner.start());
        }
      }
    }
    for (Decision d : Planner.plan(node.state(), c, outlook(c))) {
      Decision before = decisions.put(d.group(), d);
      if (before == null || !before.because().equals(d.because())) {
        node.emit(new NodeEffect.Tell(d.because()));
      }
      waits(d);
      carryOut(d);
      GroupRunner runner = runners.get(d.group());
      if (runner != null) {
        finalActions.look(d, runner);
      }
    }
  }

  private void waits(Decision d) {
    String code = d.because().code();
    if (code.equals(PlanNotice.WAITS_FOR_GROUP.key())
        || code.equals(PlanNotice.WAITED_IN_VAIN.key())) {
      waitingSince.putIfAbsent(d.group(), node.now());
    } else {
      waitingSince.remove(d.group());
    }
  }

  private void carryOut(Decision d) {
    GroupRunner runner = runners.get(d.group());
    switch (d.step()) {
      case Decision.Step.Rest s -> {}
      case Decision.Step.Propose s -> {
        boolean out = node.proposeOnce("group " + d.group(), s.command());
        if (out && s.command() instanceof Command.Release) {
          releasing.add(d.group());
        }
      }
      case Decision.Step.Start s -> {
        forget(d.group());
        if (runner != null) {
          run(d.group(), runner.start());
        }
      }
      case Decision.Step.Stop s -> {
        if (runner != null && runner.wanted()) {
          run(d.group(), runner.stop());
        }
      }
      case Decision.Step.Fence s -> {
        if (runner != null) {
          run(d.group(), runner.fence());
        }
      }
    }
  }

  void run(String group, List<GroupRunner.Task> tasks) {
    tasks.forEach(task -> node.emit(new NodeEffect.Run(group, task)));
  }

  private Outlook outlook(ClusterConfig c) {
    Map<String, Health> health = new TreeMap<>();
    for (String member : node.state().servers().keySet()) {
      health.put(member, node.health(member));
    }
    Map<String, GroupRunner.State> local = new TreeMap<>();
    Map<String, Boolean> over = new TreeMap<>();
    Map<String, String> culprits = new TreeMap<>();
    Set<String> images = new TreeSet<>();
    for (Group group : c.groups()) {
      String name = group.name();
      GroupRunner runner = runners.get(name);
      if (runner != null) {
        local.put(name, runner.state());
        culprit(name, runner, culprits);
      }
      if (group.mirrors().stream().anyMatch(this::imageWaits)) {
        images.add(name);
      }
      GroupState g = node.state().groups().get(name);
      if (g != null) {
        boolean agents = !group.mirrors().isEmpty();
        over.put(name, g.deposed().entrySet().stream().allMatch(d -> node.isOver(d, agents)));
      }
    }
    return new Outlook(
        node.self(),
        node.now(),
        node.startedAt(),
        node.fresh(),
        node.leased(),
        health,
        local,
        over,
        failedAt,
        releasing,
        culprits,
        waitingSince,
        images,
        node.wallMillis(),
        node.serves());
  }

  private boolean imageWaits(String disk) {
    NodeEvent.Agent.Still still = node.still(disk, Long.MIN_VALUE);
    return still != null && still.imageWaits();
  }

  /** What to name when a group is taken for failed: a resource, or the monitors. */
  private void culprit(String group, GroupRunner runner, Map<String, String> culprits) {
    Set<String> monitors = illBy.getOrDefault(group, Set.of());
    if (runner.culprit() != null) {
      culprits.put(group, runner.culprit().name());
    } else if (!monitors.isEmpty()) {
      culprits.put(group, String.join(", ", monitors));
    }
  }
}
