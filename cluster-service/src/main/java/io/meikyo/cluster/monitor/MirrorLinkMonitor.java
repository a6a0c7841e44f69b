// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.resource.MirrorPort;

/** Whether this server's replica of a mirror disk is connected with each of the others. */
public final class MirrorLinkMonitor implements Monitor {
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
  public MirrorLinkMonitor(Settings settings, MirrorPort agent) {
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
    return agent.look(
        context,
        status -> {
          var gone = status.peers(peer -> !status.connected(peer));
          var there = status.peers(status::connected);
          if (gone.isEmpty()) {
            return findings.ok(
                MonitorNotice.LINK_UP, settings.mirror(), String.join(", ", status.paths(there)));
          }
          return there.isEmpty()
              ? findings.failed(MonitorNotice.LINK_DOWN, settings.mirror(), String.join(", ", gone))
              : findings.warning(
                  MonitorNotice.LINK_PARTLY,
                  settings.mirror(),
                  String.join(", ", gone),
                  String.join(", ", there));
        });
  }
}
