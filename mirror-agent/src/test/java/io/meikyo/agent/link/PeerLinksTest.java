// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.link.Message;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections over real sockets on loopback, on both loops. */
@Timeout(60)
class PeerLinksTest extends WithLinks {
  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void twoMeetTalkPartAndMeetAgain(String kind) throws Exception {
    begin(kind);
    int a = freePort();
    int b = freePort();
    Side caller = new Side(replica(0), a, b);
    await(() -> caller.said("link.cannot-connect", "server2"));
    Side called = new Side(replica(1), b, a);
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");
    assertThat(caller.links.pathOf(1)).isEqualTo("127.0.0.1:" + b);
    caller.ping(1, 7);
    assertThat(called.next()).isEqualTo("ping 7");
    called.ping(0, 8);
    assertThat(caller.next()).isEqualTo("ping 8");

    on(() -> {
      called.links.close(0, Message.Parting.PROMOTING);
      return true;
    });
    assertThat(caller.next()).isEqualTo("down 1");
    assertThat(caller.next()).as("it calls again").isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");

    on(() -> {
      called.links.disconnect(0);
      return true;
    });
    assertThat(called.next()).isEqualTo("down 0");
    assertThat(caller.next()).isEqualTo("down 1");
    assertThat(called.told.poll(300, TimeUnit.MILLISECONDS)).as("it stays away").isNull();
    on(() -> {
      called.links.connect(0);
      return true;
    });
    assertThat(called.next()).isEqualTo("up 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void theSecondPathIsTakenWhenTheFirstIsRefusedOrSilent(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Side called = new Side(replica(1), b, freePort());
      Side caller = new Side(replica(0), freePort(), freePort(), silent.getLocalPort(), b);
      assertThat(caller.next()).isEqualTo("up 1");
      assertThat(called.next()).isEqualTo("up 0");
      assertThat(on(() -> caller.links.pathOf(1))).isEqualTo("127.0.0.1:" + b);
    }
  }

  /** A path that leads to a port of this machine, while it is there. */
  private static final class Detour implements AutoCloseable {
    private final ServerSocket server;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    Detour(int at, int to) throws IOException {
      server = new ServerSocket(at, 16, InetAddress.getLoopbackAddress());
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (true) {
                Socket in = server.accept();
                Socket out = new Socket(InetAddress.getLoopbackAddress(), to);
                sockets.add(in);
                sockets.add(out);
                pump(in, out);
                pump(out, in);
              }
            } catch (IOException e) {
              // Closed.
            }
          });
    }

    private static void pump(Socket from, Socket to) {
      Thread.ofVirtual()
          .start(() -> {
            try (from;
                to) {
              from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException e) {
              // Closed.
            }
          });
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket s : sockets) {
        s.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void theBetterPathIsTakenAgainWhenItIsProven(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    int better = freePort();
    Side called = new Side(replica(1), b, freePort());
    Side caller = new Side(replica(0), freePort(), better, b);
    boolean[] free = {false};
    on(() -> {
      caller.links.returnsAfter(50_000_000);
      caller.links.movesOnlyWhen(() -> free[0]);
      return true;
    });
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");
    assertThat(on(() -> caller.links.pathOf(1))).isEqualTo("127.0.0.1:" + b);
    try (Detour _ = new Detour(better, b)) {
      assertThat(caller.told.poll(2500, TimeUnit.MILLISECONDS)).as("it may not yet").isNull();
      on(() -> free[0] = true);
      assertThat(caller.next()).isEqualTo("down 1");
      assertThat(caller.next()).isEqualTo("up 1");
      assertThat(called.next()).isEqualTo("down 0");
      assertThat(called.next()).isEqualTo("up 0");
      assertThat(on(() -> caller.links.pathOf(1))).isEqualTo("127.0.0.1:" + better);
      assertThat(caller.said("link.moves", "" + better)).isTrue();
      caller.ping(1, 9);
      assertThat(called.next()).isEqualTo("ping 9");
    }
    assertThat(caller.next()).isEqualTo("down 1");
    assertThat(called.next()).isEqualTo("down 0");
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");
    assertThat(on(() -> caller.links.pathOf(1))).isEqualTo("127.0.0.1:" + b);
  }

  /** Whoever holds writes does not let its connection be replaced. */
  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void aConnectionIsNotReplacedAtABadMoment(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    on(() -> {
      called.links.movesOnlyWhen(() -> false);
      return true;
    });
    try (Socket first = call(b);
        Socket second = call(b)) {
      first.getOutputStream().write(greeting(CLUSTER, DISK, 0, 1));
      assertThat(called.next()).isEqualTo("up 0");
      second.getOutputStream().write(greeting(CLUSTER, DISK, 0, 1));
      assertThat(isClosed(second)).isTrue();
      called.ping(0, 5);
      assertThat(new DataInputStream(first.getInputStream()).readNBytes(Preamble.BYTES + 64))
          .hasSize(Preamble.BYTES + 64);
      assertThat(called.told).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void aNewConnectionReplacesTheOld(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    try (Socket first = call(b);
        Socket second = call(b)) {
      first.getOutputStream().write(greeting(CLUSTER, DISK, 0, 1));
      assertThat(called.next()).isEqualTo("up 0");
      byte[] answer = new DataInputStream(first.getInputStream()).readNBytes(Preamble.BYTES);
      assertThat(answer).isEqualTo(greeting(CLUSTER, DISK, 1, 0));
      second.getOutputStream().write(greeting(CLUSTER, DISK, 0, 1));
      assertThat(called.next()).isEqualTo("down 0");
      assertThat(called.next()).isEqualTo("up 0");
      assertThat(isClosed(first)).isTrue();
      called.ping(0, 5);
      assertThat(new DataInputStream(second.getInputStream()).readNBytes(Preamble.BYTES + 64))
          .hasSize(Preamble.BYTES + 64);
      second.getOutputStream().write("and now something else".repeat(10).getBytes());
      assertThat(called.next()).as("damaged bytes end it").isEqualTo("down 0");
      await(() -> called.said("link.damaged", "FOREIGN"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void strangersAreRefused(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    byte[] torn = greeting(CLUSTER, DISK, 0, 1);
    torn[20] ^= 1;
    Map<String, byte[]> strangers =
        Map.of(
            "OTHER_CLUSTER", greeting(new UUID(9, 9), DISK, 0, 1),
            "OTHER_DISK", greeting(CLUSTER, new UUID(9, 9), 0, 1),
            "OTHER_REPLICA", greeting(CLUSTER, DISK, 3, 1),
            "FOREIGN", "x".repeat(64).getBytes(StandardCharsets.UTF_8),
            "CHECKSUM", torn);
    for (Map.Entry<String, byte[]> e : strangers.entrySet()) {
      for (int i = 0; i < 3; i++) {
        try (Socket s = call(b)) {
          s.getOutputStream().write(e.getValue());
          assertThat(isClosed(s)).as(e.getKey()).isTrue();
        }
      }
      assertThat(called.said("link.stranger", e.getKey())).as(e.getKey()).isTrue();
    }
    try (Socket self = call(b)) {
      self.getOutputStream().write(greeting(CLUSTER, DISK, 1, 1));
      assertThat(isClosed(self)).as("its own number").isTrue();
    }
    assertThat(called.notices).as("each said once").hasSize(strangers.size());
    assertThat(called.told).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void whoeverSaysNothingIsClosedAndTakesNobodysPlace(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    List<Socket> scans = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        scans.add(call(b));
      }
      long began = System.nanoTime();
      for (Socket s : scans) {
        assertThat(isClosed(s)).isTrue();
      }
      assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(5));
      Side caller = new Side(replica(0), freePort(), b);
      assertThat(caller.next()).isEqualTo("up 1");
      assertThat(called.next()).isEqualTo("up 0");
    } finally {
      for (Socket s : scans) {
        s.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void whoeverLeavesTakesAndMakesNoConnection(String kind) throws Exception {
    begin(kind);
    int a = freePort();
    int b = freePort();
    Side caller = new Side(replica(0), a, b);
    Side called = new Side(replica(1), b, a);
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");
    on(() -> {
      caller.links.leave();
      caller.links.close(1, Message.Parting.DETACHING);
      return true;
    });
    assertThat(called.next()).isEqualTo("down 0");
    assertThat(called.told.poll(500, TimeUnit.MILLISECONDS)).isNull();
    assertThat(caller.told).isEmpty();
  }
}
