// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.net.Placement;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Network;
import java.net.InetAddress;
import java.util.List;

/** Whether a floating IP is on this server, can be used, and, if asked, has a cable. */
public final class FloatingIpMonitor implements Monitor {
  private final Settings settings;
  private final InetAddress address;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param address written out
   * @param needsCarrier true: the cable of its interface counts too
   */
  public record Settings(String name, String address, boolean needsCarrier) {}

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException if the address is none
   */
  public FloatingIpMonitor(Settings settings) {
    this.settings = settings;
    this.address = InetAddress.ofLiteral(settings.address());
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
      List<Network.Address> there = host.of(address);
      if (there.isEmpty()) {
        return findings.failed(MonitorNotice.FIP_GONE, settings.address());
      }
      Network.Address found = there.getFirst();
      Network.Link link = host.link(found.link());
      if (link == null || (found.flags() & Network.DUPLICATE) != 0) {
        return findings.failed(
            MonitorNotice.FIP_UNUSABLE, settings.address(), link == null ? "-" : link.name());
      }
      if (!link.up()) {
        return findings.failed(MonitorNotice.NIC_OFF, link.name());
      }
      return link.carrier() || !settings.needsCarrier()
          ? findings.ok(MonitorNotice.FIP_THERE, settings.address(), link.name())
          : findings.failed(MonitorNotice.NIC_DOWN, link.name());
    } catch (LinuxException e) {
      return findings.cannot(String.valueOf(e.getMessage()));
    }
  }
}
