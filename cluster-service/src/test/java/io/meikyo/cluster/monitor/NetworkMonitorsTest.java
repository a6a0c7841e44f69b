// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.cluster.real.Space;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Floating IP, interface, ping and port, on two hosts with a cable between them. */
@Timeout(120)
class NetworkMonitorsTest {
  private Space here;
  private Space there;

  @BeforeEach
  void connect() throws Exception {
    here = new Space();
    there = new Space();
    here.connect("a0", there, "b0");
    here.run("ip", "addr", "add", "192.0.2.1/24", "dev", "a0");
    there.run("ip", "addr", "add", "192.0.2.2/24", "dev", "b0");
    here.run("ip", "addr", "add", "2001:db8::1/64", "dev", "a0", "nodad");
    there.run("ip", "addr", "add", "2001:db8::2/64", "dev", "b0", "nodad");
  }

  @AfterEach
  void disconnect() {
    if (here != null) {
      here.close();
    }
    if (there != null) {
      there.close();
    }
  }

  private MonitorResult look(Monitor monitor) throws Exception {
    return look(monitor, Duration.ofSeconds(30));
  }

  private MonitorResult look(Monitor monitor, Duration time) throws Exception {
    return here.call(() -> monitor.check(Looks.context(time)));
  }

  @Test
  void theFloatingIpIsThereOrNot() throws Exception {
    Monitor easy =
        new FloatingIpMonitor(new FloatingIpMonitor.Settings("fipw1", "192.0.2.1", false));
    Monitor strict =
        new FloatingIpMonitor(new FloatingIpMonitor.Settings("fipw1", "192.0.2.1", true));
    Looks.ok(look(strict), MonitorNotice.FIP_THERE);
    there.run("ip", "link", "set", "b0", "down");
    Looks.ok(look(easy), MonitorNotice.FIP_THERE);
    Looks.failed(look(strict), MonitorNotice.NIC_DOWN);
    here.run("ip", "link", "set", "a0", "down");
    Looks.failed(look(easy), MonitorNotice.NIC_OFF);
    here.run("ip", "addr", "flush", "dev", "a0");
    Looks.failed(look(easy), MonitorNotice.FIP_GONE);
  }

  @Test
  void theInterfaceHasItsLinkOrNot() throws Exception {
    Monitor nic = new NicMonitor(new NicMonitor.Settings("nic1", "a0"));
    Looks.ok(look(nic), MonitorNotice.NIC_UP);
    there.run("ip", "link", "set", "b0", "down");
    Looks.failed(look(nic), MonitorNotice.NIC_DOWN);
    here.run("ip", "link", "set", "a0", "down");
    Looks.failed(look(nic), MonitorNotice.NIC_OFF);
    MonitorResult none = look(new NicMonitor(new NicMonitor.Settings("nic1", "eth7")));
    Looks.failed(none, MonitorNotice.NIC_NONE);
    assertThat(none.notice().toString()).contains("a0");
  }

  private static PingMonitor ping(boolean all, String... targets) {
    return new PingMonitor(
        new PingMonitor.Settings("ping1", List.of(targets), all, Duration.ofMillis(300)));
  }

  @Test
  void hostsAnswerOrNot() throws Exception {
    Looks.ok(look(ping(true, "192.0.2.2", "2001:db8::2")), MonitorNotice.PING_ANSWERED);
    MonitorResult half = look(ping(true, "192.0.2.2", "192.0.2.77"));
    Looks.failed(half, MonitorNotice.PING_SILENT);
    assertThat(half.notice().toString()).contains("192.0.2.77 ETIMEDOUT");
    Looks.is(
        look(ping(false, "192.0.2.2", "192.0.2.77")),
        MonitorResult.Found.WARNING,
        MonitorNotice.PING_PARTLY);
    Looks.failed(look(ping(false, "192.0.2.77", "198.51.100.1")), MonitorNotice.PING_SILENT);
    Looks.is(
        look(ping(true, "192.0.2.77", "192.0.2.2"), Duration.ofMillis(100)),
        MonitorResult.Found.TIMEOUT,
        MonitorNotice.TIMED_OUT);
    Looks.is(
        here.call(() -> ping(true, "192.0.2.2").check(Looks.cancelled())),
        MonitorResult.Found.WARNING,
        MonitorNotice.CANCELLED);
    assertThatThrownBy(() -> ping(true, "localhost")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPortIsOpenClosedOrSilent() throws Exception {
    int port;
    try (ServerSocket server =
        here.call(() -> new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1")))) {
      port = server.getLocalPort();
      Looks.ok(
          look(new PortMonitor(new PortMonitor.Settings("port1", "127.0.0.1", port))),
          MonitorNotice.PORT_OPEN);
    }
    Monitor gone = new PortMonitor(new PortMonitor.Settings("port1", "127.0.0.1", port));
    Looks.failed(look(gone), MonitorNotice.PORT_CLOSED);
    // Nobody has that address, so nobody refuses.
    Monitor silent = new PortMonitor(new PortMonitor.Settings("port1", "192.0.2.77", 5432));
    Looks.is(
        look(silent, Duration.ofMillis(300)), MonitorResult.Found.TIMEOUT, MonitorNotice.TIMED_OUT);
    Monitor nameless =
        new PortMonitor(new PortMonitor.Settings("port1", "no-such-host.invalid", 1));
    Looks.failed(look(nameless), MonitorNotice.PORT_CLOSED);
  }
}
