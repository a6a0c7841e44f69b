// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.net.Placement;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Network;

/** Whether a network interface is switched on and has a cable with somebody at the other end. */
public final class NicMonitor implements Monitor {
  private final Settings settings;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param link name of the interface
   */
  public record Settings(String name, String link) {}

  /** Makes one. */
  public NicMonitor(Settings settings) {
    this.settings = settings;
    this.findings = new Findings(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    try {
      Placement host = Placement.now();
      Network.Link link = host.link(settings.link());
      if (link == null) {
        return findings.failed(MonitorNotice.NIC_NONE, settings.link(), host.sentence());
      }
      if (!link.up()) {
        return findings.failed(MonitorNotice.NIC_OFF, settings.link());
      }
      return link.carrier()
          ? findings.ok(MonitorNotice.NIC_UP, settings.link())
          : findings.failed(MonitorNotice.NIC_DOWN, settings.link());
    } catch (LinuxException e) {
      return findings.cannot(String.valueOf(e.getMessage()));
    }
  }
}
