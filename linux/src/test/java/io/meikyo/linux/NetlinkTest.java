// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What leaves for the kernel, byte by byte (little-endian), and what comes back. */
class NetlinkTest {
  private static final NbdClient.Patience PATIENCE = new NbdClient.Patience(5, 60);

  private static String hex(NetlinkAttributes attributes) {
    return HexFormat.of().formatHex(attributes.toBytes());
  }

  private static List<NetlinkAttributes.Attribute> parse(String hex) {
    return NetlinkAttributes.parse(ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))));
  }

  @Test
  void aRequestHasItsHeadAndItsAttributes() {
    NetlinkAttributes asked = new NetlinkAttributes().text(2, "nbd");
    assertThat(HexFormat.of().formatHex(GenericNetlink.request(16, 2, 3, 7, asked)))
        .isEqualTo("1c0000001000050007000000000000000302000008000200" + "6e626400");
  }

  @Test
  void aTextIsFilledUpToFourBytes() {
    assertThat(hex(new NetlinkAttributes().text(10, "md1:0")))
        .isEqualTo("0a000a006d64313a30000000");
  }

  @Test
  void connectingNamesEverythingOnce() {
    assertThat(hex(NbdClient.connecting(9, new NbdClient.Export(1 << 20, 4096, 13, "a"), PATIENCE)))
        .isEqualTo(
            "0c000200"
                + "0000100000000000" // bytes
                + "0c000300"
                + "0010000000000000" // block
                + "0c000500"
                + "0d00000000000000" // flags
                + "0c000400"
                + "0500000000000000" // timeout
                + "0c000800"
                + "3c00000000000000" // dead-connection timeout
                + "10000780"
                + "0c000180"
                + "08000100"
                + "09000000" // sockets, item, descriptor
                + "06000a00"
                + "61000000"); // name
  }

  @Test
  void reconnectingNamesTheDevice() {
    assertThat(hex(NbdClient.reconnecting(3, 9, "a", PATIENCE)))
        .isEqualTo(
            "08000100"
                + "03000000"
                + "06000a00"
                + "61000000"
                + "0c000400"
                + "0500000000000000"
                + "0c000800"
                + "3c00000000000000"
                + "10000780"
                + "0c000180"
                + "08000100"
                + "09000000");
  }

  @Test
  void zeroSecondsAreRefused() {
    assertThatThrownBy(() -> new NbdClient.Patience(0, 60))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new NbdClient.Patience(5, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aListOfDevicesIsTakenApart() {
    String used = "14000100 08000100 02000000 05000200 01000000";
    String free = "14000100 08000100 03000000 05000200 00000000";
    var list = parse("2c000900" + used + free);
    assertThat(list).hasSize(1);
    assertThat(list.getFirst().type()).isEqualTo(9);
    assertThat(list.getFirst().list().stream().map(d -> NbdClient.inUse(d.list())))
        .containsExactly(2, -1);
  }

  @Test
  void whatIsCutOffEndsTheList() {
    assertThat(parse("08000100 02000000 0c000200 0100")).hasSize(1);
    assertThat(parse("03000100 02000000")).isEmpty();
    assertThat(parse("0000")).isEmpty();
    // Without the zeros that fill up the last one.
    assertThat(parse("05000200 01").getFirst().value().get(0)).isEqualTo((byte) 1);
  }

  @Test
  void theKernelAnswers() throws Exception {
    try (GenericNetlink netlink = new GenericNetlink()) {
      // The subsystem that names the others is itself the sixteenth, on every kernel.
      assertThat(netlink.family("nlctrl")).isEqualTo(16);
      assertThatThrownBy(() -> netlink.family("no-such-family"))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("no-such-family failed: ENOENT");
      assertThat(netlink.family("nlctrl")).isEqualTo(16);
    }
  }

  @Test
  void aKernelWithoutTheModuleSaysSo() {
    assumeThat(Files.exists(Path.of("/sys/module/nbd"))).as("nbd is loaded").isFalse();
    assertThatThrownBy(NbdClient::check)
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    assertThatThrownBy(() -> NbdClient.named("a")).isInstanceOf(LinuxException.class);
  }

  @Test
  void aHangUpIsSeenBehindWhatWasNotReceived() throws Exception {
    int[] ends = Sockets.pair();
    try {
      assertThat(Sockets.hungUp(ends[1])).isFalse();
      try (var arena = java.lang.foreign.Arena.ofConfined()) {
        assertThat(Descriptors.write(ends[0], arena.allocate(10))).isEqualTo(10);
      }
      assertThat(Sockets.hungUp(ends[1])).isFalse();
      assertThat(Sockets.shutdown(ends[0], 2)).isZero();
      assertThat(Sockets.hungUp(ends[1])).isTrue();
    } finally {
      Descriptors.close(ends[0]);
      Descriptors.close(ends[1]);
    }
  }
}
