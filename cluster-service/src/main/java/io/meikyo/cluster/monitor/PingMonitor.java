// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.linux.Echo;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whether hosts answer to echo requests, one after the other. */
public final class PingMonitor implements Monitor {
  private final Settings settings;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param targets addresses, written out
   * @param all true: each must answer; false: one is enough
   * @param patience how long each has for its answer
   */
  public record Settings(String name, List<String> targets, boolean all, Duration patience) {
    public Settings {
      targets = List.copyOf(targets);
    }
  }

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException if a target is no address
   */
  public PingMonitor(Settings settings) {
    this.settings = settings;
    this.findings = new Findings(settings.name());
    settings.targets().forEach(InetAddress::ofLiteral);
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    List<String> answered = new ArrayList<>();
    List<String> silent = new ArrayList<>();
    try {
      for (String target : settings.targets()) {
        if (context.limit().isOver()) {
          return findings.over(context, target);
        }
        long nanos =
            Echo.roundTrip(
                InetAddress.ofLiteral(target), context.limit().within(settings.patience()).left());
        if (nanos >= 0) {
          answered.add(target + " " + nanos / 1000 + " µs");
        } else {
          silent.add(target + " " + Errno.name((int) nanos));
        }
      }
    } catch (LinuxException e) {
      return findings.cannot(String.valueOf(e.getMessage()));
    }
    String who = String.join(", ", silent);
    if (silent.isEmpty()) {
      return findings.ok(MonitorNotice.PING_ANSWERED, String.join(", ", answered));
    }
    return settings.all() || answered.isEmpty()
        ? findings.failed(MonitorNotice.PING_SILENT, who)
        : findings.warning(MonitorNotice.PING_PARTLY, who, String.join(", ", answered));
  }
}
