// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.systemd.Systemctl;

/** Whether a unit of systemd is active. */
public final class SystemdMonitor implements Monitor {
  private final Settings settings;
  private final Systemctl systemctl;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param unit such as {@code postgresql.service}
   */
  public record Settings(String name, String unit) {}

  /** Makes one. */
  public SystemdMonitor(Settings settings, Systemctl systemctl) {
    this.settings = settings;
    this.systemctl = systemctl;
    this.findings = new Findings(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    Systemctl.Answer shown = systemctl.show(settings.unit(), context.limit());
    if (shown.missing()) {
      return findings.cannot(shown.end().output());
    }
    if (shown.end().how() != Child.How.EXITED) {
      return findings.of(context, shown.end(), settings.unit());
    }
    if (!shown.ok()) {
      return findings.cannot(shown.end().said());
    }
    return switch (shown.value("ActiveState")) {
      case "active" -> findings.ok(MonitorNotice.UNIT_ACTIVE, settings.unit(), shown.state());
      case "activating", "reloading", "deactivating", "maintenance" ->
          findings.warning(MonitorNotice.UNIT_BETWEEN, settings.unit(), shown.state());
      default -> findings.failed(MonitorNotice.UNIT_INACTIVE, settings.unit(), shown.state());
    };
  }
}
