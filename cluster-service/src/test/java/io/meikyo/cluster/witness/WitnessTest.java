// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.cluster.arbitration.Arbitration.Answer;
import io.meikyo.core.cluster.config.ClusterConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The witness: its table, and over the network. */
class WitnessTest {
  private static final UUID CLUSTER = new UUID(1, 1);
  private static final UUID GROUP = new UUID(2, 2);
  private static final UUID NEXT = new UUID(3, 3);
  private static final UUID FIRST = new UUID(7, 1);
  private static final UUID SECOND = new UUID(7, 2);

  @TempDir private Path folder;

  private WitnessTable table() throws IOException {
    return new WitnessTable(folder.resolve("table"), FIRST);
  }

  @Test
  void aGroupGoesToWhoAsksFirstForEver() throws IOException {
    WitnessTable t = table();
    assertThat(t.holder(CLUSTER, GROUP, "server1").winner()).isNull();
    assertThat(t.claim(CLUSTER, GROUP, "server1", false).won()).isTrue();
    assertThat(t.claim(CLUSTER, GROUP, "server2", false))
        .isEqualTo(new WitnessTable.Claimed(false, "server1", "server1"));
    assertThat(t.claim(CLUSTER, GROUP, "server1", false).won()).as("asked twice").isTrue();
    WitnessTable again = new WitnessTable(folder.resolve("table"), SECOND);
    assertThat(again.incarnation()).isEqualTo(FIRST);
    assertThat(again.claim(CLUSTER, GROUP, "server2", false).won()).as("after a restart").isFalse();
    assertThat(again.claim(new UUID(9, 9), GROUP, "server2", false).won())
        .as("of another cluster it knows nothing")
        .isTrue();
  }

  @Test
  void whoHasNotTheNewestDataGetsNothingUntilBothHaveThemAgain() throws IOException {
    WitnessTable t = table();
    t.claim(CLUSTER, GROUP, "server1", false);
    assertThat(t.claim(CLUSTER, NEXT, "server2", false))
        .isEqualTo(new WitnessTable.Claimed(false, null, "server1"));
    assertThat(
            new WitnessTable(folder.resolve("table"), SECOND)
                .claim(CLUSTER, NEXT, "server2", false))
        .isEqualTo(new WitnessTable.Claimed(false, null, "server1"));
    assertThat(t.holder(CLUSTER, NEXT, "server2").winner()).isNull();
    t.newest(CLUSTER, null);
    assertThat(t.claim(CLUSTER, NEXT, "server2", false).won()).isTrue();
    assertThat(t.claim(CLUSTER, new UUID(4, 4), "server1", true).won())
        .as("who is sure by the state of the cluster gets it")
        .isTrue();
  }

  @Test
  void anEmptiedTableIsAnotherWitness() throws IOException {
    table();
    Files.delete(folder.resolve("table"));
    assertThat(new WitnessTable(folder.resolve("table"), SECOND).incarnation()).isEqualTo(SECOND);
  }

  @Test
  void aTornTableIsNotTakenForAnEmptyOne() throws IOException {
    WitnessTable t = table();
    t.claim(CLUSTER, GROUP, "server1", false);
    Path file = folder.resolve("table");
    String whole = Files.readString(file);
    for (int length = 0; length < whole.length() - 1; length++) {
      Files.writeString(file, whole.substring(0, length));
      assertThatThrownBy(() -> new WitnessTable(file, SECOND))
          .as(whole.substring(0, length))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void ofManyWhoAskAtOnceOneWins() throws Exception {
    try (WitnessServer server = server("");
        ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        String name = "server" + i;
        all.add(() -> {
          try (WitnessClient c = client(server, "")) {
            return c.claim(FIRST, CLUSTER, GROUP, name, false, true).won();
          }
        });
      }
      int won = 0;
      for (Future<Boolean> f : pool.invokeAll(all)) {
        won += f.get() ? 1 : 0;
      }
      assertThat(won).isEqualTo(1);
    }
  }

  @Test
  void aServerThatKnowsAnotherIncarnationIsRefused() throws Exception {
    try (WitnessServer server = server("");
        WitnessClient c = client(server, "")) {
      assertThat(c.incarnation()).isEqualTo(FIRST);
      assertThatThrownBy(() -> c.claim(SECOND, CLUSTER, GROUP, "server1", false, true))
          .isInstanceOf(WitnessClient.OtherIncarnation.class);
      assertThat(c.claim(FIRST, CLUSTER, GROUP, "server2", true, true).winner())
          .as("nothing was taken")
          .isEmpty();
    }
  }

  @Test
  void onlyWhoKnowsThePathMayAsk() throws Exception {
    try (WitnessServer server = server("/secret");
        WitnessClient stranger = client(server, "");
        WitnessClient c = client(server, "/secret")) {
      assertThatThrownBy(stranger::incarnation).isInstanceOf(IOException.class);
      assertThat(c.incarnation()).isEqualTo(FIRST);
    }
  }

  @Test
  void theArbiterTellsWonLostAndUnknownApart() throws Exception {
    try (WitnessServer server = server("")) {
      ClusterConfig config = config(server.port());
      assertThat(ask(config, "server1", FIRST, true)).isEqualTo(Answer.WON);
      assertThat(ask(config, "server2", FIRST, true)).isEqualTo(Answer.LOST);
      assertThat(ask(config, "server2", FIRST, false)).isEqualTo(Answer.LOST);
      assertThat(ask(config, "server1", FIRST, false)).isEqualTo(Answer.WON);
      assertThat(ask(config, "server1", SECOND, true)).isEqualTo(Answer.UNKNOWN);
      assertThat(ask(config, "server1", SECOND, false)).isEqualTo(Answer.LOST);
      assertThat(ask(config, "server1", null, true)).isEqualTo(Answer.UNKNOWN);
    }
    assertThat(ask(config(1), "server1", FIRST, true)).isEqualTo(Answer.UNKNOWN);
    assertThat(ask(config(1), "server1", FIRST, false)).isEqualTo(Answer.UNKNOWN);
  }

  private static Answer ask(ClusterConfig config, String self, UUID pin, boolean claim)
      throws InterruptedException {
    return Arbiters.ask(
            config, new Arbiters.Question(CLUSTER, GROUP, self, "other", pin, claim, true))
        .answer();
  }

  private static ClusterConfig config(int port) {
    String text =
        """
        [cluster]
        name = "c"
        [witness]
        kind = "http"
        url = "http://127.0.0.1:%d"
        [[server]]
        name = "server1"
        address = "127.77.3.1/8"
        interconnect = ["127.77.3.1"]
        mirror-connect = ["127.77.3.1"]
        [[server]]
        name = "server2"
        address = "127.77.3.2/8"
        interconnect = ["127.77.3.2"]
        mirror-connect = ["127.77.3.2"]
        """
            .formatted(port);
    return io.meikyo.cluster.config.ConfigReader.read("test", text).config().orElseThrow();
  }

  private WitnessServer server(String path) throws IOException {
    return new WitnessServer(new InetSocketAddress("127.0.0.1", 0), path, table());
  }

  private static WitnessClient client(WitnessServer server, String path) {
    return new WitnessClient("http://127.0.0.1:" + server.port() + path, Duration.ofSeconds(20));
  }
}
