// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.resource.MirrorPort;
import java.util.List;

/**
 * Whether a mirror disk is whole: on the active, every replica in sync; on a standby, its own. What
 * is not in sync is a warning, since the service goes on; a replica whose disk failed is a failure.
 */
public final class MirrorDiskMonitor implements Monitor {
  private final Settings settings;
  private final MirrorView agent;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param mirror name of the mirror disk
   */
  public record Settings(String name, String mirror) {}

  /** Makes one. */
  public MirrorDiskMonitor(Settings settings, MirrorPort agent) {
    this.settings = settings;
    this.findings = new Findings(settings.name());
    this.agent = new MirrorView(agent, settings.mirror(), findings);
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    return agent.look(context, this::judged);
  }

  private MonitorResult judged(MirrorView.Status status) {
    String mirror = settings.mirror();
    if (status.fact("role").equals("FAILED") || status.fact("condition").equals("FAILED")) {
      return findings.failed(MonitorNotice.MIRROR_DISK_FAILED, mirror);
    }
    List<String> failed = status.peers(peer -> status.of(peer, "outcome").equals("PEER_FAILED"));
    if (!failed.isEmpty()) {
      return findings.warning(MonitorNotice.MIRROR_PEER_FAILED, mirror, named(failed));
    }
    if (!status.fact("role").equals("ACTIVE")) {
      return status.isInSync(status.fact("server"))
          ? findings.ok(MonitorNotice.MIRROR_WHOLE, mirror, status.fact("inSync"))
          : findings.warning(MonitorNotice.MIRROR_BEHIND, mirror, status.fact("condition"));
    }
    List<String> gone = status.peers(peer -> !status.connected(peer));
    if (!gone.isEmpty()) {
      return findings.warning(MonitorNotice.MIRROR_ALONE, mirror, named(gone), dirty(status, gone));
    }
    List<String> apart =
        status.peers(peer -> !status.isInSync(peer) && status.of(peer, "mode").equals("NONE"));
    if (!apart.isEmpty()) {
      return findings.warning(
          MonitorNotice.MIRROR_APART, mirror, named(apart), status.of(apart.getFirst(), "outcome"));
    }
    List<String> recovering = status.peers(peer -> !status.isInSync(peer));
    return recovering.isEmpty()
        ? findings.ok(MonitorNotice.MIRROR_WHOLE, mirror, status.fact("inSync"))
        : findings.warning(
            MonitorNotice.MIRROR_RECOVERS, mirror, named(recovering), dirty(status, recovering));
  }

  private static String named(List<String> servers) {
    return String.join(", ", servers);
  }

  private static long dirty(MirrorView.Status status, List<String> peers) {
    long sum = 0;
    for (String peer : peers) {
      String chunks = status.of(peer, "dirtyChunks");
      sum += chunks.isEmpty() ? 0 : Long.parseLong(chunks);
    }
    return sum;
  }
}
