// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.ShellWord;
import io.meikyo.cluster.resource.MirrorPort;
import io.meikyo.cluster.systemd.Systemctl;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import java.nio.file.Path;
import java.time.Duration;

/** Makes monitors from the configuration. */
public final class MonitorMaker {
  /** How long one host of several has to answer to a ping at most. */
  private static final long PING_NANOS_MAX = 1_000_000_000L;

  private final MirrorPort agent;
  private final Systemctl systemctl;

  /** For this server. */
  public MonitorMaker(MirrorPort agent, Systemctl systemctl) {
    this.agent = agent;
    this.systemctl = systemctl;
  }

  /**
   * The monitor; it has not looked yet.
   *
   * @param floatingIp the address of its target; only a monitor of a floating IP asks for it
   * @throws IllegalArgumentException if an address or a pattern is none
   */
  public io.meikyo.cluster.monitor.Monitor of(Monitor monitor, String floatingIp) {
    String name = monitor.name();
    return switch (monitor.settings()) {
      case MonitorSettings.Fipw s ->
          new FloatingIpMonitor(new FloatingIpMonitor.Settings(name, floatingIp, s.linkWatch()));
      case MonitorSettings.Mdnw s ->
          new MirrorLinkMonitor(new MirrorLinkMonitor.Settings(name, s.mirror()), agent);
      case MonitorSettings.Mdw s ->
          new MirrorDiskMonitor(new MirrorDiskMonitor.Settings(name, s.mirror()), agent);
      case MonitorSettings.Ping s ->
          new PingMonitor(
              new PingMonitor.Settings(
                  name,
                  s.hosts().stream().map(IpAddress::toString).toList(),
                  s.all(),
                  patience(monitor, s.hosts().size())));
      case MonitorSettings.Nic s ->
          new NicMonitor(new NicMonitor.Settings(name, s.networkInterface()));
      case MonitorSettings.Disk s ->
          new DiskMonitor(new DiskMonitor.Settings(name, Path.of(s.path())));
      case MonitorSettings.Running s ->
          new ProcessMonitor(
              new ProcessMonitor.Settings(name, s.command(), "", null, s.min(), s.max()));
      case MonitorSettings.Script s ->
          new ScriptMonitor(new ScriptMonitor.Settings(name, ShellWord.of(s.path()), s.user(), 0));
      case MonitorSettings.Http s -> {
        String contains = s.contains();
        yield new HttpMonitor(
            new HttpMonitor.Settings(
                name,
                s.url(),
                "GET",
                s.statusMin(),
                s.statusMax(),
                contains == null ? "" : contains,
                s.verifyTls()));
      }
      case MonitorSettings.Port s ->
          new PortMonitor(new PortMonitor.Settings(name, s.address().host(), s.address().port()));
      case MonitorSettings.Postgresql s -> {
        String file = s.passwordFile();
        yield new PostgresMonitor(
            new PostgresMonitor.Settings(
                name,
                s.address().host(),
                s.address().port(),
                s.database(),
                s.user(),
                file == null ? null : Path.of(file),
                s.query()));
      }
      case MonitorSettings.Systemd s ->
          new SystemdMonitor(new SystemdMonitor.Settings(name, s.unit()), systemctl);
    };
  }

  /** All hosts are asked one after the other, within the timeout. */
  private static Duration patience(Monitor monitor, int hosts) {
    return Duration.ofNanos(Math.min(PING_NANOS_MAX, monitor.timeout() / Math.max(1, hosts)));
  }
}
