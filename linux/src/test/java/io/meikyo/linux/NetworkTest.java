// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Interfaces, addresses and packets, in two networks with a cable between them. */
@Timeout(60)
class NetworkTest {
  private static final long SECOND = 1_000_000_000L;

  private Space here;
  private Space there;

  @BeforeEach
  void connect() throws Exception {
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    assumeThat(Path.of("/usr/sbin/ip")).as("iproute2").exists();
    here = new Space();
    there = new Space();
    here.run(
        "ip", "link", "add", "a0", "type", "veth", "peer", "name", "b0", "netns", there.number());
    here.run("ip", "link", "set", "a0", "address", "02:00:00:00:00:0a", "up");
    there.run("ip", "link", "set", "b0", "address", "02:00:00:00:00:0b", "up");
    here.run("ip", "addr", "add", "192.0.2.1/24", "dev", "a0");
    there.run("ip", "addr", "add", "192.0.2.2/24", "dev", "b0");
    here.run("ip", "addr", "add", "2001:db8::1/64", "dev", "a0", "nodad");
    there.run("ip", "addr", "add", "2001:db8::2/64", "dev", "b0", "nodad");
  }

  @AfterEach
  void disconnect() {
    if (here != null) {
      here.close();
      there.close();
    }
  }

  private Network.Link link(String name) throws Exception {
    return here.call(Network::links).stream()
        .filter(link -> link.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private List<Network.Address> addressesOf(String address) throws Exception {
    InetAddress wanted = InetAddress.getByName(address);
    return here.call(Network::addresses).stream().filter(a -> a.address().equals(wanted)).toList();
  }

  @Test
  void interfacesAreListed() throws Exception {
    Network.Link link = link("a0");
    assertThat(link.hardware()).isEqualTo("02:00:00:00:00:0a");
    assertThat(link.up()).isTrue();
    assertThat(link.carrier()).isTrue();
    assertThat(link.loopback()).isFalse();
    assertThat(link.resolves()).isTrue();
    assertThat(link("lo").loopback()).isTrue();
    there.run("ip", "link", "set", "b0", "down");
    assertThat(link("a0").carrier()).isFalse();
    assertThat(link("a0").up()).isTrue();
    here.run("ip", "link", "set", "a0", "down");
    assertThat(link("a0").up()).isFalse();
  }

  @Test
  void anAddressComesAndGoes() throws Exception {
    int index = link("a0").index();
    Network.Address four =
        new Network.Address(
            index, InetAddress.getByName("192.0.2.100"), 24, 0, 0, "a0:fip", null, true);
    here.call(() -> {
      Network.add(four);
      return 0;
    });
    assertThat(addressesOf("192.0.2.100"))
        .singleElement()
        .satisfies(a -> {
          assertThat(a.link()).isEqualTo(index);
          assertThat(a.prefix()).isEqualTo(24);
          assertThat(a.label()).isEqualTo("a0:fip");
          assertThat(a.flags() & Network.SECONDARY).isNotZero();
          assertThat(a.flags() & Network.PERMANENT).isNotZero();
        });
    assertThatThrownBy(() ->
            here.call(() -> {
              Network.add(four);
              return 0;
            }))
        .hasMessageContaining("EEXIST")
        .hasMessageContaining("192.0.2.100/24");
    here.call(() -> {
      Network.remove(four);
      return 0;
    });
    assertThat(addressesOf("192.0.2.100")).isEmpty();
    assertThatThrownBy(() ->
            here.call(() -> {
              Network.remove(four);
              return 0;
            }))
        .hasMessageContaining("EADDRNOTAVAIL");
  }

  @Test
  void anAddressOfIpv6IsThereAtOnceAndIsNotChosenForWhatGoesOut() throws Exception {
    Network.Address six =
        new Network.Address(
            link("a0").index(),
            InetAddress.getByName("2001:db8::100"),
            128,
            Network.NO_DUPLICATE_CHECK,
            0,
            "",
            null,
            false);
    here.call(() -> {
      Network.add(six);
      return 0;
    });
    assertThat(addressesOf("2001:db8::100"))
        .singleElement()
        .satisfies(a -> {
          assertThat(a.flags() & Network.TENTATIVE).isZero();
          assertThat(a.flags() & Network.PERMANENT).isNotZero();
          assertThat(a.preferred()).isFalse();
        });
    here.call(() -> {
      Network.remove(six);
      return 0;
    });
    assertThat(addressesOf("2001:db8::100")).isEmpty();
  }

  @Test
  void anInterfaceThatIsNotThereIsRefused() {
    assertThatThrownBy(() ->
            here.call(() -> {
              Network.add(
                  new Network.Address(
                      9999, InetAddress.getByName("192.0.2.9"), 24, 0, 0, "", null, true));
              return 0;
            }))
        .hasMessageContaining("ENODEV");
  }

  @Test
  void anArpProbeIsAnswered() throws Exception {
    int index = link("a0").index();
    PacketSocket.Packet answer =
        here.call(() -> {
          try (PacketSocket socket = PacketSocket.open(index, PacketSocket.ARP)) {
            byte[] probe =
                HexFormat.of()
                    .parseHex(
                        "0001080006040001"
                            + "02000000000a"
                            + "00000000"
                            + "000000000000"
                            + "c0000202");
            byte[] all = HexFormat.of().parseHex("ffffffffffff");
            assertThat(socket.send(probe, all)).isEqualTo(28);
            PacketSocket.Packet packet = socket.receive(5 * SECOND);
            while (packet != null && packet.bytes()[7] != 2) {
              packet = socket.receive(5 * SECOND);
            }
            return packet;
          }
        });
    assertThat(answer.from()).isEqualTo(HexFormat.of().parseHex("02000000000b"));
    assertThat(HexFormat.of().formatHex(answer.bytes()))
        .startsWith("0001080006040002" + "02000000000b" + "c0000202");
  }

  @Test
  void onlyNeighbourDiscoveryPasses() throws Exception {
    int index = link("a0").index();
    PacketSocket.Packet packet =
        here.call(() -> {
          try (PacketSocket socket = PacketSocket.open(index, PacketSocket.NEIGHBOUR_DISCOVERY)) {
            assertThat(Echo.roundTrip(InetAddress.getByName("2001:db8::2"), 5 * SECOND))
                .isPositive();
            PacketSocket.Packet first = socket.receive(5 * SECOND);
            PacketSocket.Packet next = first;
            while (next != null) {
              assertThat(next.bytes()[6]).isEqualTo((byte) 58);
              assertThat(next.bytes()[40] & 0xff).isIn(135, 136);
              next = socket.receive(SECOND / 10);
            }
            return first;
          }
        });
    assertThat(packet).isNotNull();
  }

  @Test
  void echoRequestsAreAnsweredOrNot() throws Exception {
    assertThat(echo("192.0.2.2", 5 * SECOND)).isPositive();
    assertThat(echo("2001:db8::2", 5 * SECOND)).isPositive();
    assertThat(echo("127.0.0.1", 5 * SECOND)).isPositive();
    assertThat(echo("192.0.2.77", SECOND / 10)).isEqualTo(-Errno.ETIMEDOUT);
    assertThat(echo("198.51.100.1", SECOND)).isEqualTo(-Errno.ENETUNREACH);
  }

  private long echo(String target, long nanos) throws Exception {
    return here.call(() -> Echo.roundTrip(InetAddress.getByName(target), nanos));
  }

  @Test
  void mountsOfASpaceAreSeenThereAlone(@org.junit.jupiter.api.io.TempDir Path folder)
      throws Exception {
    here.call(() -> {
      Mounts.mount("meikyo-test", folder, "tmpfs", 0, "size=1m");
      return 0;
    });
    Path at = folder.toRealPath();
    assertThat(here.call(Mounts::all))
        .anySatisfy(m -> {
          assertThat(m.at()).isEqualTo(at);
          assertThat(m.readOnly()).isFalse();
        });
    assertThat(Mounts.all()).noneMatch(m -> m.at().equals(at));
    here.run("mount", "-o", "remount,ro", folder.toString());
    assertThat(here.call(Mounts::all)).anyMatch(m -> m.at().equals(at) && m.readOnly());
    DeviceNumber device = here.call(() -> FileStat.of(folder).fileSystem());
    assertThat(here.call(Mounts::all)).anyMatch(m -> m.device().equals(device));
  }

  @Test
  void aFileIsNoWatchdog(@org.junit.jupiter.api.io.TempDir Path folder) throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    try (Watchdog watchdog = Watchdog.open(file)) {
      assertThatThrownBy(watchdog::model).hasMessageContaining("ENOTTY");
      assertThatThrownBy(watchdog::keepAlive).hasMessageContaining("ENOTTY");
      assertThatThrownBy(() -> watchdog.timeout(10)).hasMessageContaining("ENOTTY");
      watchdog.stop();
    }
    assertThat(Files.readString(file)).isEqualTo("V");
  }
}
