// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.linux.PacketSocket.Packet;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NeighboursTest {
  private static final String OWN = "02:00:00:00:00:0a";
  private static final String PEER = "02:00:00:00:00:0b";
  private static final HexFormat HEX = HexFormat.of();

  private final Neighbours four = new Neighbours(InetAddress.ofLiteral("192.0.2.100"), OWN);
  private final Neighbours fourThere = new Neighbours(InetAddress.ofLiteral("192.0.2.100"), PEER);
  private final Neighbours six = new Neighbours(InetAddress.ofLiteral("2001:db8::ab:cdef"), OWN);
  private final Neighbours sixThere =
      new Neighbours(InetAddress.ofLiteral("2001:db8::ab:cdef"), PEER);

  private static Packet from(Neighbours.Outgoing outgoing, String sender) {
    return new Packet(outgoing.bytes(), HexFormat.ofDelimiter(":").parseHex(sender));
  }

  @Test
  void anArpProbeClaimsNothing() {
    assertThat(HEX.formatHex(four.probe().bytes()))
        .isEqualTo("0001080006040001" + "02000000000a00000000" + "000000000000c0000264");
    assertThat(HEX.formatHex(four.probe().to())).isEqualTo("ffffffffffff");
  }

  @Test
  void anArpAnnouncementSaysTheAddressTwice() {
    assertThat(HEX.formatHex(four.announcement(false, false).bytes()))
        .isEqualTo("0001080006040001" + "02000000000ac0000264" + "000000000000c0000264");
    assertThat(HEX.formatHex(four.announcement(true, false).bytes()))
        .isEqualTo("0001080006040002" + "02000000000ac0000264" + "ffffffffffffc0000264");
  }

  @Test
  void aSolicitationGoesToTheGroupOfTheAddress() {
    assertThat(HEX.formatHex(six.probe().to())).isEqualTo("3333ffabcdef");
    assertThat(HEX.formatHex(six.probe().bytes()))
        .isEqualTo(
            "6000000000183aff"
                + "00000000000000000000000000000000"
                + "ff0200000000000000000001ffabcdef"
                + "8700afb900000000"
                + "20010db8000000000000000000abcdef");
  }

  @Test
  void anAdvertisementOverridesWhatOthersKnow() {
    assertThat(HEX.formatHex(six.announcement(false, false).to())).isEqualTo("333300000001");
    assertThat(HEX.formatHex(six.announcement(false, false).bytes()))
        .startsWith("6000000000203aff" + "20010db8000000000000000000abcdef")
        .contains("8800")
        .contains("20000000" + "20010db8000000000000000000abcdef")
        .endsWith("0201" + "02000000000a");
    assertThat(HEX.formatHex(six.announcement(false, true).bytes())).contains("a0000000");
  }

  @Test
  void whoAnnouncesAnswersOrProbesIsAClaimant() {
    for (boolean answer : new boolean[] {false, true}) {
      assertThat(four.claimant(from(fourThere.announcement(answer, false), PEER))).isEqualTo(PEER);
      assertThat(six.claimant(from(sixThere.announcement(answer, false), PEER))).isEqualTo(PEER);
    }
    assertThat(four.claimant(from(fourThere.probe(), PEER))).isEqualTo(PEER);
    assertThat(six.claimant(from(sixThere.probe(), PEER))).isEqualTo(PEER);
  }

  @Test
  void ourOwnPacketsThatComeBackAreNone() {
    assertThat(four.claimant(from(four.probe(), OWN))).isNull();
    assertThat(four.claimant(from(four.announcement(true, false), OWN))).isNull();
    assertThat(six.claimant(from(six.probe(), OWN))).isNull();
    assertThat(six.claimant(from(six.announcement(true, false), OWN))).isNull();
  }

  @Test
  void otherAddressesAreNone() {
    Neighbours other = new Neighbours(InetAddress.ofLiteral("192.0.2.101"), PEER);
    assertThat(four.claimant(from(other.announcement(true, false), PEER))).isNull();
    assertThat(four.claimant(from(other.probe(), PEER))).isNull();
    Neighbours otherSix = new Neighbours(InetAddress.ofLiteral("2001:db8::ac:cdef"), PEER);
    assertThat(six.claimant(from(otherSix.announcement(true, false), PEER))).isNull();
    assertThat(six.claimant(from(otherSix.probe(), PEER))).isNull();
  }

  @Test
  void aPacketThatARouterPassedOnIsNotBelieved() {
    byte[] packet = sixThere.announcement(false, false).bytes();
    packet[7] = (byte) 254;
    assertThat(six.claimant(new Packet(packet, new byte[6]))).isNull();
  }

  @Test
  void rubbishIsNobodysClaim() {
    Random random = new Random(1);
    byte[][] good = {
      fourThere.announcement(true, false).bytes(), sixThere.announcement(true, false).bytes()
    };
    for (int i = 0; i < 20_000; i++) {
      byte[] packet = good[i % 2].clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        packet[random.nextInt(packet.length)] = (byte) random.nextInt();
      }
      packet = java.util.Arrays.copyOf(packet, random.nextInt(packet.length + 40));
      // Whatever comes out, it comes out.
      String claimant = (i % 2 == 0 ? four : six).claimant(new Packet(packet, new byte[6]));
      assertThat(claimant == null || claimant.length() == 17).isTrue();
    }
  }

  @Test
  void anInterfaceWithoutSuchAnAddressIsRefused() {
    assertThatThrownBy(() -> new Neighbours(InetAddress.ofLiteral("192.0.2.1"), "02:00"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
