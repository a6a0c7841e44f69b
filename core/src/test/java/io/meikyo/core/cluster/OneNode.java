// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.notice.Notice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * server1 of {@link Sample}, which owns group g and is the only voter, with a world around it: what
 * it proposes is applied, and its tasks end at once.
 */
final class OneNode {
  static final long MS = 1_000_000;
  static final SelfFencing FENCING =
      new SelfFencing(1000 * MS, 1000 * MS, SelfFencing.LastResort.SYSRQ);

  final Sample cluster;
  final ClusterNode node;
  final List<NodeEffect> seen = new ArrayList<>();
  boolean startsWell = true;
  boolean stopsWell = true;

  /** Tasks end when {@link #endTasks} is called. */
  boolean slow;

  /** server2 is heard. */
  boolean other;

  private final Deque<NodeEffect.Run> open = new ArrayDeque<>();
  private long now;
  private long beats;

  OneNode() {
    this(Sample.running());
  }

  OneNode(Sample cluster) {
    this(
        cluster,
        new ClusterNode(
            "server1",
            MemberRole.SERVER,
            Sample.GROUP,
            new Pulse.Times(200 * MS, 600 * MS, 2000 * MS, 2000 * MS, 1000 * MS),
            FENCING,
            true,
            0));
  }

  OneNode(Sample cluster, ClusterNode node) {
    this.cluster = cluster;
    this.node = node;
    tell(new NodeEvent.Voters(Set.of("server1")));
    applied();
  }

  /** Tells the node what somebody else has put into the log. */
  void applied() {
    tell(new NodeEvent.Applied(new LogPosition(1, 1), null, cluster.state, cluster.last));
  }

  /** The operator's word, through this node. */
  Verdict says(Command command) {
    Verdict said = cluster.by("server1", command);
    Proposal p = new Proposal("server1", 1, 0, 0, command);
    tell(new NodeEvent.Applied(new LogPosition(1, 2), p, cluster.state, said));
    return said;
  }

  /** Tells the node, and lets the world answer what it wants. */
  void tell(NodeEvent first) {
    Deque<NodeEvent> events = new ArrayDeque<>(List.of(first));
    while (!events.isEmpty()) {
      for (NodeEffect effect : node.step(now, events.remove())) {
        seen.add(effect);
        switch (effect) {
          case NodeEffect.Propose p -> {
            Verdict verdict = cluster.by("server1", p.command());
            events.add(new NodeEvent.Applied(new LogPosition(1, 2), null, cluster.state, verdict));
            events.add(new NodeEvent.Answered(p.number(), verdict));
          }
          case NodeEffect.Run r when slow -> open.add(r);
          case NodeEffect.Run r -> events.add(ended(r));
          default -> {}
        }
      }
    }
  }

  private NodeEvent ended(NodeEffect.Run r) {
    boolean well = r.task().act() == GroupRunner.Act.START ? startsWell : stopsWell;
    return new NodeEvent.TaskEnded(r.group(), r.task().number(), well, null);
  }

  /** Ends what is under way. */
  void endTasks() {
    while (!open.isEmpty()) {
      tell(ended(open.remove()));
    }
  }

  void pass(long millis) {
    for (long t = 0; t < millis; t += 100) {
      now += 100 * MS;
      if (other) {
        Heartbeat beat =
            new Heartbeat(
                "server2",
                Sample.GROUP,
                ++beats,
                0,
                Set.of("server1"),
                Set.of(),
                new TreeMap<>(),
                0,
                true);
        tell(new NodeEvent.Beat(beat));
      }
      tell(new NodeEvent.Tick());
    }
  }

  void configured(long version, ClusterConfig config) {
    tell(new NodeEvent.Configured(version, config, new TreeSet<>()));
    pass(1000);
  }

  void looked(String monitor, boolean well) {
    Notice said = Notice.of(well ? NodeNotice.MONITOR_WELL : NodeNotice.MONITOR_ILL, monitor);
    tell(new NodeEvent.Looked(monitor, well, said));
  }

  List<FinalAction> acts() {
    return seen.stream()
        .filter(NodeEffect.Act.class::isInstance)
        .map(e -> ((NodeEffect.Act) e).action())
        .toList();
  }

  /** What was begun with resources, such as {@code STOP app}; forgotten then. */
  List<String> tasks() {
    List<String> all =
        seen.stream()
            .filter(NodeEffect.Run.class::isInstance)
            .map(e -> ((NodeEffect.Run) e).task())
            .map(t -> t.act() + " " + t.resource())
            .toList();
    seen.clear();
    return all;
  }

  boolean said(io.meikyo.core.notice.NoticeCode notice) {
    return seen.stream()
        .anyMatch(
            e -> e instanceof NodeEffect.Tell t && t.notice().code().equals(notice.spec().key()));
  }

  /** Why group g is as it is. */
  String why() {
    Decision d = node.decisions().get("g");
    return d == null ? "" : d.because().code();
  }
}
