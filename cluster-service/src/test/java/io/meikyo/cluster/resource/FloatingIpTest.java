// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.cluster.net.Neighbours;
import io.meikyo.cluster.real.Space;
import io.meikyo.linux.Echo;
import io.meikyo.linux.Network;
import io.meikyo.linux.PacketSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two hosts with a cable between them, IPv4 and IPv6. */
@Timeout(120)
class FloatingIpTest {
  private static final String FOUR = "192.0.2.100";
  private static final String SIX = "2001:db8::100";
  private static final String MAC_THERE = "02:00:00:00:00:0b";

  private final Actions actions = new Actions();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private Space here;
  private Space there;

  @BeforeEach
  void connect() throws Exception {
    here = new Space();
    there = new Space();
    here.connect("a0", there, "b0");
    here.run("ip", "link", "set", "a0", "address", "02:00:00:00:00:0a");
    there.run("ip", "link", "set", "b0", "address", MAC_THERE);
    here.run("ip", "addr", "add", "192.0.2.1/24", "dev", "a0");
    there.run("ip", "addr", "add", "192.0.2.2/24", "dev", "b0");
    here.run("ip", "addr", "add", "2001:db8::1/64", "dev", "a0", "nodad");
    there.run("ip", "addr", "add", "2001:db8::2/64", "dev", "b0", "nodad");
  }

  @AfterEach
  void disconnect() {
    timer.shutdownNow();
    if (here != null) {
      here.close();
    }
    if (there != null) {
      there.close();
    }
  }

  private FloatingIp fip(String address) {
    return new FloatingIp(FloatingIp.Settings.of("fip1", address), timer);
  }

  private FloatingIp fip(
      String address, int prefix, String link, String label, boolean force, boolean needsCarrier) {
    return new FloatingIp(
        new FloatingIp.Settings(
            "fip1",
            address,
            prefix,
            link,
            label,
            force,
            needsCarrier,
            2,
            Duration.ofMillis(200),
            3,
            Duration.ofMillis(20)),
        timer);
  }

  private ActionResult start(FloatingIp fip) throws Exception {
    return here.call(() -> fip.start(actions.context()));
  }

  private ActionResult stop(FloatingIp fip) throws Exception {
    return here.call(() -> fip.stop(actions.context()));
  }

  private Status probe(FloatingIp fip) throws Exception {
    return here.call(() -> fip.probe(actions.context()));
  }

  private List<Network.Address> addresses(Space space, String address) throws Exception {
    InetAddress wanted = InetAddress.ofLiteral(address);
    return space.call(Network::addresses).stream().filter(a -> a.address().equals(wanted)).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {FOUR, SIX})
  void itComesIsUsedAndGoes(String address) throws Exception {
    FloatingIp fip = fip(address);
    Actions.is(probe(fip), Status.Found.STOPPED, ResourceNotice.FIP_NOT_HERE);
    Actions.ok(start(fip), ResourceNotice.FIP_UP);
    Actions.is(probe(fip), Status.Found.RUNNING, ResourceNotice.FIP_HERE);
    InetAddress target = InetAddress.ofLiteral(address);
    assertThat(there.call(() -> Echo.roundTrip(target, 5_000_000_000L))).isPositive();

    Actions.ok(start(fip), ResourceNotice.FIP_UP_ALREADY);
    // Another life of the cluster service finds it where it is.
    Actions.is(probe(fip(address)), Status.Found.RUNNING, ResourceNotice.FIP_HERE);

    Actions.ok(stop(fip), ResourceNotice.FIP_DOWN);
    assertThat(addresses(here, address)).isEmpty();
    Actions.ok(stop(fip), ResourceNotice.FIP_DOWN_ALREADY);
    assertThat(here.call(() -> fip.stopHard(actions.context())).ok()).isTrue();
    assertThat(actions.said).isEmpty();
  }

  @Test
  void whatGoesOutKeepsItsOwnAddress() throws Exception {
    assertThat(start(fip(SIX)).ok()).isTrue();
    assertThat(start(fip(FOUR)).ok()).isTrue();
    assertThat(here.run("ip", "-6", "route", "get", "2001:db8::2")).contains("src 2001:db8::1 ");
    assertThat(here.run("ip", "route", "get", "192.0.2.2")).contains("src 192.0.2.1 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {FOUR, SIX})
  void whoHasItAlreadyIsNamed(String address) throws Exception {
    String withPrefix = address + (address.equals(SIX) ? "/64" : "/24");
    there.run("ip", "addr", "add", withPrefix, "dev", "b0");
    if (address.equals(SIX)) {
      // The kernel there looks for duplicates itself first, and does not answer before.
      Actions.eventually(() -> {
        try {
          return addresses(there, SIX).stream().allMatch(a -> (a.flags() & Network.TENTATIVE) == 0);
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      });
    }
    ActionResult result = start(fip(address));
    Actions.failed(result, ResourceNotice.FIP_DUPLICATE);
    assertThat(result.notice().toString()).contains("owner=" + MAC_THERE).contains("link=a0");
    assertThat(addresses(here, address)).isEmpty();

    Actions.ok(start(fip(address, 0, "", "", true, false)), ResourceNotice.FIP_UP);
    assertThat(actions.heard(ResourceNotice.FIP_FORCED)).isTrue();
    assertThat(addresses(here, address)).hasSize(1);
  }

  @Test
  void theFormerOwnerIsGivenTimeToLetGo() throws Exception {
    there.run("ip", "addr", "add", FOUR + "/24", "dev", "b0");
    CompletableFuture<ActionResult> started =
        CompletableFuture.supplyAsync(() -> {
          try {
            return start(fip(FOUR));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    awaitProbe();
    assertThat(started).isNotDone();
    there.run("ip", "addr", "del", FOUR + "/24", "dev", "b0");
    Actions.ok(started.get(30, TimeUnit.SECONDS), ResourceNotice.FIP_UP);
  }

  /** Waits until the other side is asked for the address. */
  private void awaitProbe() throws Exception {
    int index =
        there.call(Network::links).stream()
            .filter(l -> l.name().equals("b0"))
            .findFirst()
            .orElseThrow()
            .index();
    try (PacketSocket socket = there.call(() -> PacketSocket.open(index, PacketSocket.ARP))) {
      PacketSocket.Packet packet = there.call(() -> socket.receive(10_000_000_000L));
      assertThat(packet).isNotNull();
    }
  }

  private PacketSocket ears() throws Exception {
    int index =
        there.call(Network::links).stream()
            .filter(l -> l.name().equals("b0"))
            .findFirst()
            .orElseThrow()
            .index();
    return there.call(() -> PacketSocket.open(index, PacketSocket.ARP));
  }

  private void prepare(FloatingIp fip) throws Exception {
    here.call(() -> {
      fip.prepare(actions.context());
      return true;
    });
  }

  /** Reads questions for the address until something else is said about it. */
  private int questions(PacketSocket ears) throws Exception {
    Neighbours neighbours = new Neighbours(InetAddress.ofLiteral(FOUR), MAC_THERE);
    int questions = 0;
    while (true) {
      PacketSocket.Packet packet = there.call(() -> ears.receive(10_000_000_000L));
      assertThat(packet).as("packet after " + questions).isNotNull();
      if (neighbours.claimant(packet) != null) {
        if (packet.bytes()[14] != 0) {
          return questions;
        }
        questions++;
      }
    }
  }

  @Test
  void whatWasAskedBeforeItsTurnIsNotAskedAgain() throws Exception {
    FloatingIp fip = fip(FOUR);
    try (PacketSocket ears = ears()) {
      prepare(fip);
      assertThat(addresses(here, FOUR)).isEmpty();
      Actions.ok(start(fip), ResourceNotice.FIP_UP);
      assertThat(questions(ears)).isEqualTo(2);
      Actions.ok(stop(fip), ResourceNotice.FIP_DOWN);
    }
    try (PacketSocket ears = ears()) {
      // Each start has a check of its own.
      Actions.ok(start(fip), ResourceNotice.FIP_UP);
      assertThat(questions(ears)).isEqualTo(2);
    }
  }

  @Test
  void whoSpeaksUpAfterTheQuestionsIsHeard() throws Exception {
    FloatingIp fip = fip(FOUR);
    Neighbours neighbours = new Neighbours(InetAddress.ofLiteral(FOUR), MAC_THERE);
    try (PacketSocket ears = ears()) {
      prepare(fip);
      for (int questions = 0; questions < 2; ) {
        PacketSocket.Packet packet = there.call(() -> ears.receive(10_000_000_000L));
        assertThat(packet).as("a question").isNotNull();
        questions += neighbours.claimant(packet) == null ? 0 : 1;
      }
      there.run("ip", "addr", "add", FOUR + "/24", "dev", "b0");
      Neighbours.Outgoing word = neighbours.announcement(false, false);
      assertThat(ears.send(word.bytes(), word.to())).isPositive();
      Actions.failed(start(fip), ResourceNotice.FIP_DUPLICATE);
      assertThat(addresses(here, FOUR)).isEmpty();
    }
  }

  @Test
  void theFormerOwnerMayLetGoAfterItWasAsked() throws Exception {
    FloatingIp fip = fip(FOUR);
    there.run("ip", "addr", "add", FOUR + "/24", "dev", "b0");
    try (PacketSocket ears = ears()) {
      prepare(fip);
      assertThat(there.call(() -> ears.receive(10_000_000_000L))).as("a question").isNotNull();
    }
    there.run("ip", "addr", "del", FOUR + "/24", "dev", "b0");
    Actions.ok(start(fip), ResourceNotice.FIP_UP);
  }

  @ParameterizedTest
  @ValueSource(strings = {FOUR, SIX})
  void everybodyIsToldSeveralTimes(String address) throws Exception {
    int index =
        there.call(Network::links).stream()
            .filter(l -> l.name().equals("b0"))
            .findFirst()
            .orElseThrow()
            .index();
    int protocol = address.equals(SIX) ? PacketSocket.NEIGHBOUR_DISCOVERY : PacketSocket.ARP;
    Neighbours ears = new Neighbours(InetAddress.ofLiteral(address), MAC_THERE);
    try (PacketSocket socket = there.call(() -> PacketSocket.open(index, protocol))) {
      assertThat(start(fip(address, 0, "a0", "", false, false)).ok()).isTrue();
      int announcements = 0;
      while (announcements < 6) {
        PacketSocket.Packet packet = there.call(() -> socket.receive(10_000_000_000L));
        assertThat(packet).as("packet after " + announcements).isNotNull();
        boolean probe =
            address.equals(SIX) ? (packet.bytes()[40] & 0xff) == 135 : packet.bytes()[14] == 0;
        String claimant = ears.claimant(packet);
        if (!probe && claimant != null) {
          assertThat(claimant).isEqualTo("02:00:00:00:00:0a");
          announcements++;
        }
      }
    }
  }

  @Test
  void aNeighbourThatKnewTheOldOwnerLearnsOfTheNew() throws Exception {
    try (Space third = new Space()) {
      // A switch with three hosts; the address moves from one to the other, the third looks on.
      there.run("ip", "link", "add", "sw", "type", "bridge");
      there.run("ip", "link", "set", "sw", "up");
      there.run("ip", "addr", "flush", "dev", "b0");
      there.run("ip", "link", "set", "b0", "master", "sw");
      there.run("ip", "addr", "add", "192.0.2.2/24", "dev", "sw");
      third.connect("c0", there, "b1");
      third.run("ip", "addr", "add", "192.0.2.3/24", "dev", "c0");
      there.run("ip", "link", "set", "b1", "master", "sw");
      ScheduledExecutorService other = Executors.newSingleThreadScheduledExecutor();
      try {
        FloatingIp old =
            new FloatingIp(
                new FloatingIp.Settings(
                    "fip1", FOUR, 0, "", "", false, false, 0, Duration.ZERO, 1, Duration.ZERO),
                other);
        Actions.ok(third.call(() -> old.start(actions.context())), ResourceNotice.FIP_UP);
        InetAddress target = InetAddress.ofLiteral(FOUR);
        assertThat(there.call(() -> Echo.roundTrip(target, 5_000_000_000L))).isPositive();
        assertThat(there.run("ip", "neigh", "show", FOUR)).doesNotContain("02:00:00:00:00:0a");
        // It goes without a word, as from a server that lost its power.
        third.run("ip", "addr", "del", FOUR + "/32", "dev", "c0");
        Actions.ok(start(fip(FOUR)), ResourceNotice.FIP_UP);
        Actions.eventually(() -> {
          try {
            return there.run("ip", "neigh", "show", FOUR).contains("02:00:00:00:00:0a");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
      } finally {
        other.shutdownNow();
      }
    }
  }

  @Test
  void theInterfaceIsFoundByItsNetworkOrNamed() throws Exception {
    ActionResult lost = start(fip("198.51.100.7"));
    Actions.failed(lost, ResourceNotice.FIP_NO_NETWORK);
    assertThat(lost.notice().toString()).contains("a0 192.0.2.1/24");
    Actions.failed(start(fip(FOUR, 24, "eth7", "", false, false)), ResourceNotice.FIP_NO_LINK);
    Actions.ok(start(fip("198.51.100.7", 24, "a0", "a0:fip", false, false)), ResourceNotice.FIP_UP);
    assertThat(addresses(here, "198.51.100.7"))
        .singleElement()
        .satisfies(a -> {
          assertThat(a.prefix()).isEqualTo(24);
          assertThat(a.label()).isEqualTo("a0:fip");
        });
  }

  @Test
  void onAnotherInterfaceItIsNotOurs() throws Exception {
    here.run("ip", "addr", "add", FOUR + "/32", "dev", "lo");
    FloatingIp fip = fip(FOUR, 0, "a0", "", false, false);
    Actions.failed(start(fip), ResourceNotice.FIP_ELSEWHERE);
    Actions.is(probe(fip), Status.Found.FAILED, ResourceNotice.FIP_ELSEWHERE);
  }

  @Test
  void anInterfaceThatIsOffOrWithoutACable() throws Exception {
    there.run("ip", "link", "set", "b0", "down");
    Actions.failed(start(fip(FOUR, 0, "a0", "", false, true)), ResourceNotice.FIP_NO_CARRIER);
    Actions.ok(start(fip(FOUR, 0, "a0", "", false, false)), ResourceNotice.FIP_UP);
    assertThat(actions.heard(ResourceNotice.FIP_CARRIER_MISSING)).isTrue();
    here.run("ip", "link", "set", "a0", "down");
    Actions.is(
        probe(fip(FOUR, 0, "a0", "", false, false)),
        Status.Found.FAILED,
        ResourceNotice.FIP_LINK_OFF);
    assertThat(stop(fip(FOUR)).ok()).isTrue();
    Actions.failed(start(fip(FOUR, 0, "a0", "", false, false)), ResourceNotice.FIP_LINK_OFF);
  }

  @Test
  void addressesThatTheKernelTakesWithItComeBack() throws Exception {
    here.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/conf/all/promote_secondaries");
    here.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/conf/a0/promote_secondaries");
    here.run("ip", "addr", "flush", "dev", "a0");
    FloatingIp fip = fip(FOUR, 24, "a0", "", false, false);
    assertThat(start(fip).ok()).isTrue();
    here.run("ip", "addr", "add", "192.0.2.1/24", "dev", "a0");
    here.run("ip", "addr", "add", "192.0.2.9/24", "dev", "a0", "label", "a0:nine");
    assertThat(stop(fip).ok()).isTrue();
    assertThat(addresses(here, "192.0.2.1")).hasSize(1);
    assertThat(addresses(here, "192.0.2.9")).extracting("label").containsExactly("a0:nine");
    assertThat(actions.heard(ResourceNotice.FIP_PUT_BACK)).isTrue();
  }

  @Test
  void theCheckEndsWhenItIsNotWanted() throws Exception {
    actions.cancellation.cancel();
    Actions.is(start(fip(FOUR)), ActionResult.Outcome.CANCELLED, ResourceNotice.CANCELLED);
    assertThat(addresses(here, FOUR)).isEmpty();
  }

  @Test
  void aNameIsNoAddress() {
    assertThatThrownBy(() -> fip("localhost")).isInstanceOf(IllegalArgumentException.class);
  }
}
