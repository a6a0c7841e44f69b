// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Aside;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Whether somebody takes connections at a TCP port. Nothing is said over them. */
public final class PortMonitor implements Monitor {
  private final Settings settings;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param host address or name
   * @param port its port
   */
  public record Settings(String name, String host, int port) {}

  /** Makes one. */
  public PortMonitor(Settings settings) {
    this.settings = settings;
    this.findings = new Findings(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    String address = settings.host() + ":" + settings.port();
    long began = context.limit().nanos();
    int millis = (int) Math.max(1, Math.min(Integer.MAX_VALUE, context.limit().leftMillis()));
    try {
      Boolean done =
          Aside.call(
              context.limit(),
              () -> {
                try (Socket socket = new Socket()) {
                  InetAddress host = InetAddress.getByName(settings.host());
                  socket.connect(new InetSocketAddress(host, settings.port()), millis);
                  return true;
                }
              });
      return done == null
          ? findings.over(context, address)
          : findings.ok(
              MonitorNotice.PORT_OPEN, address, (context.limit().nanos() - began) / 1_000_000);
    } catch (IOException e) {
      return context.limit().isOver()
          ? findings.over(context, address)
          : findings.failed(MonitorNotice.PORT_CLOSED, address, String.valueOf(e.getMessage()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
