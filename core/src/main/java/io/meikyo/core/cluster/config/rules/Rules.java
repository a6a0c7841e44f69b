// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import io.meikyo.core.cluster.config.form.ConfigPath;
import io.meikyo.core.cluster.config.form.Finding;
import io.meikyo.core.cluster.config.form.Words;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the rules of all areas write into, and the questions that several of them ask. */
final class Rules {
  private final List<Finding> findings = new ArrayList<>();

  List<Finding> findings() {
    return findings;
  }

  void add(ConfigPath path, RuleNotice code, Object... args) {
    findings.add(Finding.of(path, code, args));
  }

  /** The path of row {@code i} of a list. */
  static ConfigPath row(String list, int i) {
    return ConfigPath.of(list, i);
  }

  /** The name must be one of the known ones; {@code kind} is where those stand. */
  boolean known(ConfigPath path, String kind, String name, Collection<String> known) {
    if (known.contains(name)) {
      return true;
    }
    String near = Words.nearest(name, known);
    String all = String.join(", ", known);
    if (near == null) {
      add(path, RuleNotice.NAME_UNKNOWN, kind, name, all.isEmpty() ? "–" : all);
    } else {
      add(path, RuleNotice.NAME_UNKNOWN_NEAR, kind, name, all, near);
    }
    return false;
  }

  /** What may be used once only, and who has it. */
  final class Taken {
    private final Map<Object, String> by = new HashMap<>();
    private final RuleNotice code;
    private final Set<String> twice = new HashSet<>();

    Taken(RuleNotice code) {
      this.code = code;
    }

    /** Takes it; {@code who} is how a later one is told of it. */
    void take(ConfigPath path, Object what, String who) {
      String other = by.putIfAbsent(what, who);
      if (other != null) {
        add(path, code, what, other);
        twice.add(what.toString());
      }
    }

    /** What was taken twice, and is said. */
    Set<String> twice() {
      return twice;
    }
  }

  /**
   * The nodes of a graph must not lead back to themselves.
   *
   * @param edges from each node to others; those that are no nodes are passed over
   * @param path where a node's edges stand
   */
  void noCycle(Map<String, List<String>> edges, Map<String, ConfigPath> path) {
    Set<String> done = new LinkedHashSet<>();
    for (String start : edges.keySet()) {
      walk(start, new ArrayList<>(), done, edges, path);
    }
  }

  private void walk(
      String node,
      List<String> way,
      Set<String> done,
      Map<String, List<String>> edges,
      Map<String, ConfigPath> path) {
    int before = way.indexOf(node);
    ConfigPath at = path.get(node);
    if (before >= 0 && at != null) {
      List<String> cycle = new ArrayList<>(way.subList(before, way.size()));
      cycle.add(node);
      add(at, RuleNotice.CYCLE, String.join(" → ", cycle));
    }
    if (before >= 0 || done.contains(node)) {
      return;
    }
    way.add(node);
    for (String next : edges.getOrDefault(node, List.of())) {
      if (!next.equals(node)) {
        walk(next, way, done, edges, path);
      }
    }
    way.removeLast();
    done.add(node);
  }
}
