// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.resource.MirrorPort;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/** Asks the mirror agent for the state of a mirror disk, and puts what is wrong with the asking. */
final class MirrorView {
  private static final String PEERS = "peers.";
  private static final String CONNECTED = ".connected";

  private final MirrorPort agent;
  private final String mirror;
  private final Findings findings;

  MirrorView(MirrorPort agent, String mirror, Findings findings) {
    this.agent = agent;
    this.mirror = mirror;
    this.findings = findings;
  }

  /** The agent's facts. */
  record Status(Map<String, String> facts) {
    String fact(String name) {
      return facts.getOrDefault(name, "");
    }

    /** A fact about a peer. */
    String of(String peer, String name) {
      return fact(PEERS + peer + "." + name);
    }

    boolean connected(String peer) {
      return of(peer, "connected").equals("true");
    }

    /** By the deciding record. */
    boolean isInSync(String server) {
      return List.of(fact("inSync").split(", ", -1)).contains(server);
    }

    /** The other servers of which something is true, sorted. */
    List<String> peers(Predicate<String> which) {
      return facts.keySet().stream()
          .filter(name -> name.startsWith(PEERS) && name.endsWith(CONNECTED))
          .map(name -> name.substring(PEERS.length(), name.length() - CONNECTED.length()))
          .filter(which)
          .sorted()
          .toList();
    }

    /** {@code server2 over 10.0.0.2:7760}. */
    List<String> paths(List<String> peers) {
      return peers.stream().map(peer -> peer + " over " + of(peer, "path")).toList();
    }
  }

  MonitorResult look(CheckContext context, Function<Status, MonitorResult> judge) {
    CompletableFuture<MirrorPort.Answer> asked =
        agent.ask(List.of("mirror.status", mirror), context.limit());
    boolean _ = context.limit().await(asked);
    MirrorPort.Answer answer =
        asked.getNow(new MirrorPort.Answer(MirrorPort.Kind.OVER, -1, Map.of(), ""));
    return switch (answer.kind()) {
      case OVER -> findings.over(context, "mirror agent");
      case NO_AGENT, LOST, SILENT ->
          findings.failed(MonitorNotice.AGENT_GONE, mirror, agent.place(), answer.said());
      case ANSWERED ->
          answer.ok()
              ? judge.apply(new Status(answer.facts()))
              : findings.failed(MonitorNotice.AGENT_GONE, mirror, agent.place(), answer.said());
    };
  }
}
