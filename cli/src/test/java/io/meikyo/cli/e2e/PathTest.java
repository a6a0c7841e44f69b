// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The better of two paths is lost and comes back, under load. */
@Timeout(180)
class PathTest extends WithPair {
  private int port;
  private Detour detour;

  /** The better path: as long as it is open, it leads to the other server. */
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
                for (Socket s : List.of(in, out)) {
                  s.setTcpNoDelay(true);
                  sockets.add(s);
                }
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

  @Override
  void prepare() throws Exception {
    port = FreePort.take();
    String better = "paths = [\"127.0.0.1:" + port + "\", ";
    Files.writeString(one.config, pair.config(one).replace("paths = [", better));
  }

  @AfterEach
  void closeDetour() throws IOException {
    if (detour != null) {
      detour.close();
    }
  }

  private void over(int path) throws Exception {
    one.await(60, "peers.server2.path", "127.0.0.1:" + path);
  }

  @Test
  void theLinkGoesBackToTheBetterPathWithoutLoss() throws Exception {
    over(pair.link(two));
    ledger.start();
    ledger.more(100, 30, "over the second path");
    for (int i = 0; i < 2; i++) {
      detour = new Detour(port, pair.link(two));
      over(port);
      ledger.more(200, 30, "over the first path");
      assertThat(one.fact("inSync")).isEqualTo("server1, server2");
      detour.close();
      over(pair.link(two));
      ledger.more(100, 30, "over the second path again");
    }
    assertThat(one.words()).contains("the connection moves there");
    settle(one);
    assertThat(ledger.refused()).isZero();
  }
}
