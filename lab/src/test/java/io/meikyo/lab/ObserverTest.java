// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.meikyo.lab.app.InNetwork;
import io.meikyo.lab.app.LedgerMain;
import io.meikyo.lab.app.Observer;
import io.meikyo.linux.Network;
import io.meikyo.linux.PacketSocket;
import java.io.BufferedReader;
import java.io.File;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The observer that judges every fault of the lab is not blind: actives are planted, in networks
 * like the lab's, without any cluster.
 */
@Timeout(120)
class ObserverTest {
  private static final long SECONDS = 40;
  private static final Pattern SEEN = Pattern.compile("(\\d+) questions.* (\\d+) stamps .*");

  @TempDir private Path folder;

  private final List<Process> services = new ArrayList<>();
  private LabNet net;

  @BeforeEach
  void makeNetworks() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    try {
      Shell.need("ip", "nsenter");
      Shell.run("ip", "netns", "list");
    } catch (LabProblem e) {
      assumeTrue(false, "needs iproute2 and network namespaces: " + e.getMessage());
    }
    LabPlan plan = LabPlan.fresh(LabPlan.Wish.raw(2, 1 << 20, false));
    net = new LabNet(new LabFolder(folder.resolve("lab")), plan);
    net.make();
  }

  @AfterEach
  void removeNetworks() throws Exception {
    for (Process p : services) {
      p.destroyForcibly().waitFor();
    }
    if (net != null) {
      net.remove();
    }
  }

  private Path network(int server) {
    return Path.of(LabNet.path(net.of(server)));
  }

  private Observer watch() {
    Map<String, Path> servers = new LinkedHashMap<>();
    servers.put("server1", network(1));
    servers.put("server2", network(2));
    return new Observer(
        "o",
        Path.of(LabNet.path(net.lan())),
        "sw",
        LabCluster.CLIENT,
        LabCluster.FLOATING,
        servers);
  }

  private void address(int server, String how) throws Exception {
    Shell.run(
        "nsenter",
        "--net=" + network(server),
        "ip",
        "addr",
        how,
        LabCluster.FLOATING + "/32",
        "dev",
        "lan0");
  }

  /** Starts the ledger in the network of a server, as a life of its own. */
  private Process serve(int server) throws Exception {
    Path classes =
        Path.of(LedgerMain.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path rows = Files.createDirectories(folder.resolve("rows" + server));
    Process process =
        new ProcessBuilder(
                "nsenter",
                "--net=" + network(server),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes.toString(),
                LedgerMain.class.getName(),
                rows.toString(),
                "7777",
                "server" + server)
            .redirectError(new File(folder.toFile(), "ledger" + server + ".log"))
            .start();
    services.add(process);
    try (BufferedReader out = process.inputReader(StandardCharsets.US_ASCII)) {
      assertThat(out.readLine()).isEqualTo("ready");
    }
    return process;
  }

  private void awaitRounds(Observer observer, int rounds) throws Exception {
    Wait.until(
        () -> {
          Matcher m = SEEN.matcher(observer.seen());
          return m.matches()
              && Integer.parseInt(m.group(1)) >= rounds
              && Integer.parseInt(m.group(2)) >= rounds;
        },
        SECONDS,
        "the observer has looked",
        folder);
  }

  private void awaitWrong(Observer observer, String what) throws Exception {
    Wait.until(
        () -> observer.wrong().stream().anyMatch(w -> w.contains(what)), SECONDS, what, folder);
  }

  @Test
  void oneActiveAfterTheOtherIsRight() throws Exception {
    address(1, "add");
    Process first = serve(1);
    Observer observer = watch();
    awaitRounds(observer, 10);
    first.destroyForcibly().waitFor();
    address(1, "del");
    address(2, "add");
    serve(2);
    awaitRounds(observer, 40);
    observer.finish();
    assertThat(observer.wrong()).isEmpty();
    assertThat(observer.seen()).contains("by 2 servers").endsWith("stamps of 2 lives");
  }

  @Test
  void twoWhoAnswerForTheAddressAreSeen() throws Exception {
    address(1, "add");
    serve(1);
    Observer observer = watch();
    awaitRounds(observer, 10);
    assertThat(observer.wrong()).isEmpty();
    address(2, "add");
    awaitWrong(observer, "at once");
    observer.finish();
    assertThat(observer.wrong())
        .allMatch(w -> w.startsWith(LabCluster.FLOATING + " was answered for by ["));
  }

  /** One that is cut off from everybody still serves whoever is in there with it. */
  @Test
  void twoLivesAtOneTimeAreSeenEvenIfNobodyReachesOne() throws Exception {
    address(1, "add");
    serve(1);
    Observer observer = watch();
    awaitRounds(observer, 10);
    net.off(2);
    Shell.run("nsenter", "--net=" + network(2), "ip", "link", "set", "lo", "up");
    serve(2);
    awaitWrong(observer, "served at the same time");
    observer.finish();
    assertThat(observer.wrong())
        .singleElement()
        .asString()
        .contains("server1-", "(seen on server2)");
  }

  /** A life that ended and came back is one life: what lies between is no overlap with itself. */
  @Test
  void aThirdLifeThatBeginsInTheSecondIsSeenAmongMany() throws Exception {
    address(1, "add");
    Process first = serve(1);
    Observer observer = watch();
    awaitRounds(observer, 5);
    first.destroyForcibly().waitFor();
    Process second = serve(1);
    awaitRounds(observer, 15);
    assertThat(observer.wrong()).as("one after the other on one server").isEmpty();
    serve(2);
    awaitWrong(observer, "served at the same time");
    observer.finish();
    second.destroyForcibly().waitFor();
    assertThat(observer.wrong())
        .as("the first one is not in it")
        .singleElement()
        .asString()
        .contains("(seen on server1)", "(seen on server2)");
    assertThat(observer.seen()).endsWith("stamps of 3 lives");
  }

  /** Who says that the address is his answers nobody's question; a server that takes it does so. */
  @Test
  void anAnnouncementIsNoAnswer() throws Exception {
    address(1, "add");
    serve(1);
    Observer observer = watch();
    awaitRounds(observer, 5);
    List<Exception> failed = new CopyOnWriteArrayList<>();
    Thread announces = InNetwork.start("announces", network(2), () -> announce(40), failed::add);
    announces.join();
    awaitRounds(observer, 20);
    observer.finish();
    assertThat(failed).isEmpty();
    assertThat(observer.wrong()).isEmpty();
    assertThat(observer.seen()).contains("by 1 servers");
  }

  /** Replies that nobody asked for, as a server sends them that has taken an address (RFC 5944). */
  private static void announce(int times) throws Exception {
    Network.Link lan =
        Network.links().stream().filter(l -> l.name().equals("lan0")).findFirst().orElseThrow();
    byte[] own = HexFormat.ofDelimiter(":").parseHex(lan.hardware());
    byte[] address = InetAddress.getByName(LabCluster.FLOATING).getAddress();
    byte[] all = new byte[6];
    Arrays.fill(all, (byte) -1);
    ByteBuffer b = ByteBuffer.allocate(28);
    b.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4).putShort((short) 2);
    b.put(own).put(address).put(all).put(address);
    try (PacketSocket socket = PacketSocket.open(lan.index(), PacketSocket.ARP)) {
      for (int i = 0; i < times; i++) {
        assertThat(socket.send(b.array(), all)).isPositive();
        PacketSocket.Packet _ = socket.receive(20_000_000);
      }
    }
  }

  @Test
  void anObserverThatCannotLookSaysSo() throws Exception {
    Observer observer =
        new Observer(
            "o",
            Path.of(LabNet.path(net.lan())),
            "no-such-link",
            LabCluster.CLIENT,
            LabCluster.FLOATING,
            Map.of("server1", network(1)));
    awaitWrong(observer, "the observer itself failed");
    observer.finish();
  }

  @Test
  void anObserverThatSawNothingSaysSo() throws Exception {
    Observer observer = watch();
    Wait.until(() -> !observer.seen().startsWith("0 questions"), SECONDS, "it asks", folder);
    observer.finish();
    assertThat(observer.wrong()).singleElement().asString().contains("saw nothing");
  }
}
