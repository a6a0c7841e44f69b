// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

  @ParameterizedTest
  @CsvSource({
    "10.77.0.1, 10.77.0.1",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "fd00::1, fd00::1",
    "FD00:0:0:0:0:0:0:1, fd00::1",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
    "0:1:2:3:4:5:6:7, 0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0"
  })
  void anAddressIsShownInItsShortForm(String written, String shown) {
    assertThat(IpAddress.parse(written)).hasToString(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        ":",
        ":::",
        "10.77.0",
        "10.77.0.1.2",
        "10.77.0.256",
        "10.77.0.01",
        "10.77.0.-1",
        "10.77.0.1 ",
        "server1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "g::",
        "1:2:3:4:5:6:7:8::",
        "fe80::1%eth0",
        "::10.0.0.1",
        "１０.77.0.1",
        ":1:2:3:4:5:6:7",
        "1:::2"
      })
  void whatIsNoAddressIsRefused(String written) {
    assertThat(IpAddress.parse(written)).isNull();
  }

  @Test
  void whatWeReadAndShowIsWhatTheJdkReads() throws UnknownHostException {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[i % 3 == 0 ? 4 : 16];
      for (int b = 0; b < bytes.length; b++) {
        // Many zeros, so that every place of the gap comes about.
        bytes[b] = random.nextInt(3) == 0 ? (byte) random.nextInt(256) : 0;
      }
      InetAddress jdk = InetAddress.getByAddress(bytes);
      if (jdk.getAddress().length == 4 && bytes.length == 16) {
        continue;
      }
      IpAddress ours = IpAddress.parse(jdk.getHostAddress());
      assertThat(ours).as(jdk.getHostAddress()).isNotNull();
      assertThat(InetAddress.getByName(String.valueOf(ours))).isEqualTo(jdk);
      assertThat(IpAddress.parse(String.valueOf(ours))).isEqualTo(ours).hasSameHashCodeAs(ours);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.77.0.1/24, 10.77.0.100, true",
    "10.77.0.1/24, 10.77.1.100, false",
    "10.77.0.1/23, 10.77.1.100, true",
    "10.77.0.1/32, 10.77.0.1, true",
    "10.77.0.1/32, 10.77.0.2, false",
    "10.77.0.1/1, 127.0.0.1, true",
    "fd00::1/64, fd00::2, true",
    "fd00::1/64, fd00:0:0:1::2, false",
    "fd00::1/64, 10.77.0.1, false"
  })
  void aNetworkKnowsItsOwn(String network, String address, boolean inside) {
    IpNetwork parsed = IpNetwork.parse(network);
    IpAddress other = IpAddress.parse(address);
    assertThat(parsed).isNotNull().hasToString(network);
    assertThat(parsed != null && other != null && parsed.contains(other)).isEqualTo(inside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.77.0.1",
        "10.77.0.1/",
        "10.77.0.1/0",
        "10.77.0.1/33",
        "10.77.0.1/024",
        "/24",
        "fd00::1/129",
        "10.77.0.1/24/1",
        "10.77.0.1/-1"
      })
  void whatIsNoNetworkIsRefused(String written) {
    assertThat(IpNetwork.parse(written)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.1:7701", "[fd00::1]:1", "witness.example:65535", "a:1", "x-1.y2:80"})
  void hostAndPortAreReadAndShown(String written) {
    assertThat(HostPort.parse(written)).hasToString(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":1",
        "a",
        "a:",
        "a:0",
        "a:65536",
        "a:b",
        "fd00::1:80",
        "[10.0.0.1]:80",
        "[fd00::1]",
        "[fd00::1:80",
        "10.0.0.256:80",
        "1.2.3:80",
        "a..b:80",
        "-a:80",
        "a-:80",
        "a_b:80",
        "a b:80",
        "a:+1",
        "a:080",
        "a/b:80"
      })
  void whatIsNoHostAndPortIsRefused(String written) {
    assertThat(HostPort.parse(written)).isNull();
  }

  @Test
  void aFloatingIpTakesTheNetworkOfItsServer() {
    Server server =
        new Server(
            "server1",
            network("10.77.0.1/24"),
            null,
            List.of(),
            List.of(),
            new HostPort("a", 1),
            new HostPort("a", 2));

    assertThat(fip("10.77.0.100", -1).on(server)).hasToString("10.77.0.100/24");
    assertThat(fip("10.99.0.100", -1).on(server)).hasToString("10.99.0.100/32");
    assertThat(fip("10.99.0.100", 16).on(server)).hasToString("10.99.0.100/16");
    assertThat(fip("fd00::9", -1).on(server)).hasToString("fd00::9/128");
  }

  private static IpNetwork network(String text) {
    IpNetwork network = IpNetwork.parse(text);
    return network == null ? new IpNetwork(address("0.0.0.0"), 1) : network;
  }

  private static IpAddress address(String text) {
    return Objects.requireNonNull(IpAddress.parse(text));
  }

  private static ResourceSettings.Fip fip(String address, int prefix) {
    return new ResourceSettings.Fip(address(address), prefix, null, true, 3);
  }
}
