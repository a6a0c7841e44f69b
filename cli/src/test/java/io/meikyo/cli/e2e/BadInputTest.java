// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an agent and a keeper refuse: with a clear message, a status, and nothing changed. */
@Timeout(120)
class BadInputTest {
  private Pair pair;
  private Server one;
  private Server two;

  @BeforeEach
  void make() throws Exception {
    pair = new Pair();
    one = pair.one;
    two = pair.two;
  }

  @AfterEach
  void remove() throws Exception {
    pair.close();
  }

  private static void configure(Server s, UnaryOperator<String> change) throws IOException {
    Files.writeString(s.config, change.apply(Files.readString(s.config)));
  }

  private static String hash(Path file) throws Exception {
    if (!Files.exists(file)) {
      return "none";
    }
    return HexFormat.of()
        .formatHex(
            java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  /** The agent does not start, says why, and has changed nothing. */
  private void refused(Server s, String... words) throws Exception {
    String before = hash(s.data) + hash(s.cluster);
    s.startNow();
    assertThat(s.agent().exit()).as(s.words()).isEqualTo(1);
    assertThat(s.words())
        .contains(words)
        .contains("why:", "do:")
        .doesNotContain("Exception", "defect of Meikyo");
    assertThat(hash(s.data) + hash(s.cluster)).as("the partitions are changed").isEqualTo(before);
  }

  @Test
  void noConfiguration() throws Exception {
    Files.delete(one.config);
    refused(one, one.config + " cannot be read");
  }

  @Test
  void aConfigurationWithSeveralErrorsNamesThemAll() throws Exception {
    configure(
        one,
        text ->
            text.replace("replica = 0", "replica = 9")
                .replace("front-end = \"nbd\"", "front-end = \"nfs\"\ncolour = \"blue\"")
                .replaceAll("disk-id = .*\n", ""));
    refused(one, "replica is 9", "front-end is nfs", "colour is not known", "disk-id is missing");
  }

  @Test
  void missingPartitions() throws Exception {
    Files.delete(one.data);
    refused(one, one.data.toString());
    Files.delete(one.cluster);
    refused(one, one.cluster.toString());
  }

  @Test
  void aSparseDataFile() throws Exception {
    Files.delete(one.data);
    try (RandomAccessFile f = new RandomAccessFile(one.data.toFile(), "rw")) {
      f.setLength(Pair.BYTES);
    }
    refused(one, one.data.toString(), "hole");
  }

  @Test
  void aDataPartitionThatIsTooSmall() throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(one.data.toFile(), "rw")) {
      f.setLength(Pair.BYTES / 2);
    }
    refused(one, one.data.toString(), String.valueOf(Pair.BYTES));
  }

  @Test
  void thePartitionOfTheOtherServer() throws Exception {
    Files.copy(two.cluster, one.cluster, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refused(one, "replica 1", "replica 0");
  }

  @Test
  void aSecondAgentOnTheSamePartition() throws Exception {
    one.start();
    configure(
        two,
        text ->
            pair.config(one)
                .replace(one.control.toString(), two.control.toString())
                .replaceAll("(listen|nbd) = .*", "$1 = \"127.0.0.1:0\""));
    two.startNow();
    assertThat(two.agent().exit()).as(two.words()).isEqualTo(1);
    assertThat(two.words()).contains("in use");
    one.await(10, "role", "STANDBY");
  }

  @Test
  void aPortThatIsTaken() throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    try (ServerSocket taken = new ServerSocket(pair.link(one), 1, here)) {
      assertThat(taken.isBound()).isTrue();
      refused(one, "Cannot listen on 127.0.0.1:" + pair.link(one));
    }
    try (ServerSocket taken = new ServerSocket(one.nbd, 1, here)) {
      assertThat(taken.isBound()).isTrue();
      refused(one, "Cannot listen on 127.0.0.1:" + one.nbd);
    }
  }

  @Test
  void anNbdSocketOfALivingProcess() throws Exception {
    Path path = pair.folder.resolve("nbd.sock");
    configure(one, text -> text.replaceAll("nbd = .*", "nbd = \"unix:" + path + "\""));
    try (ServerSocketChannel taken = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      taken.bind(UnixDomainSocketAddress.of(path));
      refused(one, "Cannot listen on unix:" + path, "another process listens there");
      assertThat(path).exists();
    }
    // The one that it left is nobody's any more.
    one.start();
    one.agent().kill();
    one.start();
  }

  @Test
  void aControlSocketOfALivingProcess() throws Exception {
    Files.createDirectories(one.control.getParent());
    Files.writeString(one.control, "precious");
    refused(one, "Cannot listen on " + one.control, "no socket");
    assertThat(one.control).hasContent("precious");
  }

  @Test
  void aMissingFolderOfASocketIsMade() throws Exception {
    Path path = pair.folder.resolve("a/b/nbd.sock");
    configure(one, text -> text.replaceAll("nbd = .*", "nbd = \"unix:" + path + "\""));
    one.start();
    assertThat(path).exists();
  }

  @Test
  void aKeeperThatIsNotThereIsWaitedForAndNamed() throws Exception {
    one.start();
    Await.that(10, "it says so", one::words, () -> one.words().contains("does not answer at"));
    assertThat(one.ask("status").text()).contains("DOES NOT ANSWER");
    Server.Said said = one.command("activate", Server.MIRROR);
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.text()).contains("why:");
    pair.startKeeper();
    one.until(20, "activate");
  }

  @Test
  void aKeeperThatLostItsFolderIsRefused() throws Exception {
    pair.start().first(one);
    pair.keeper().kill();
    one.agent().kill();
    two.agent().kill();
    Path record = pair.records.resolve(Pair.DISK + ".record");
    Path away = pair.folder.resolve("away");
    Files.move(record, away);
    pair.startKeeper();
    one.start();
    two.start();
    for (Server s : List.of(one, two)) {
      s.await(10, "role", "STANDBY");
      assertThat(s.ask("activate").status()).isEqualTo(1);
      assertThat(s.ask("status").text()).contains("another lineage");
      assertThat(s.words()).contains("another lineage");
    }
    // With its former folder all goes on by itself, and the former active leads again.
    pair.keeper().kill();
    Files.move(away, record, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    pair.startKeeper();
    pair.awaitInSync(one);
  }

  @Test
  void theKeepersDiskIsFull() throws Exception {
    assumeThat(System.getProperty("user.name")).as("a small disk needs root").isEqualTo("root");
    Files.createDirectories(pair.records);
    assumeThat(run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", pair.records.toString()))
        .as("tmpfs can be mounted")
        .isZero();
    try {
      pair.start().first(one);
      try (RandomAccessFile f =
          new RandomAccessFile(pair.records.resolve("filler").toFile(), "rw")) {
        byte[] page = new byte[4096];
        try {
          for (int i = 0; i < 100; i++) {
            f.write(page);
          }
        } catch (IOException e) {
          // Full.
        }
      }
      // A record has 256 bytes: some fit the last page of the file, and then none.
      for (int i = 0; i < 20 && pair.keeper().isAlive(); i++) {
        two.ask("disconnect");
        Await.that(20, "left", pair::words, () -> one.fact("inSync").equals("server1") || dead());
        two.ask("connect");
        Await.that(
            20, "back", pair::words, () -> one.fact("inSync").equals("server1, server2") || dead());
      }
      assertThat(pair.keeper().exit()).isEqualTo(1);
      assertThat(pair.keeper().words()).contains("cannot be kept", "why:", "do:");
      Files.delete(pair.records.resolve("filler"));
      pair.startKeeper();
      pair.awaitInSync(one);
    } finally {
      pair.keeper().kill();
      run("umount", "-l", pair.records.toString());
    }
  }

  private boolean dead() {
    return !pair.keeper().isAlive();
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  @Test
  void aMountedDevice() throws Exception {
    assumeThat(System.getProperty("user.name")).as("loop devices need root").isEqualTo("root");
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    assumeThat(run("mkfs.ext4", "-q", "-F", one.data.toString())).as("mkfs.ext4").isZero();
    Process losetup = new ProcessBuilder("losetup", "-f", "--show", one.data.toString()).start();
    String device = losetup.inputReader().readLine();
    assumeThat(losetup.waitFor()).as("losetup").isZero();
    Path at = Files.createDirectory(pair.folder.resolve("mnt"));
    try {
      assumeThat(run("mount", device, at.toString())).as("mount").isZero();
      configure(one, text -> text.replaceAll("data = .*", "data = \"" + device + "\""));
      one.startNow();
      assertThat(one.agent().exit()).isEqualTo(1);
      assertThat(one.words()).contains(device, at.toString());
    } finally {
      run("umount", at.toString());
      run("losetup", "-d", device);
    }
  }

  @Test
  void replicasOfDifferentSizes() throws Exception {
    Files.delete(two.data);
    Files.delete(two.cluster);
    Pair.create(two, Pair.BYTES / 2);
    pair.startKeeper();
    one.start();
    two.start();
    one.until(20, "activate", "force");
    Await.that(
        20,
        "it is said",
        pair::words,
        () -> one.ask("status").text().contains("NOT CONNECTED") && one.words().contains("size"));
    assertThat(one.fact("inSync")).isEqualTo("server1");
    assertThat(two.fact("condition")).isEqualTo("BLANK");
  }

  @Test
  void aPeerOfAnotherCluster() throws Exception {
    String other = "11111111-2222-3333-4444-555555555555";
    Files.delete(two.data);
    Files.delete(two.cluster);
    Pair.create(two, Pair.BYTES, other);
    configure(two, text -> text.replace(Pair.CLUSTER.toString(), other));
    pair.startKeeper();
    one.start();
    two.start();
    Await.that(
        20, "the called one says so", pair::words, () -> two.words().contains("OTHER_CLUSTER"));
    one.until(20, "activate");
    Server.Said status = one.ask("status");
    assertThat(status.text()).contains("NOT CONNECTED").doesNotContain("(-)");
    assertThat(two.words().split("OTHER_CLUSTER")).as("said once a minute").hasSizeLessThan(4);
  }

  @Test
  void commandsAboutWhatIsNotThere() throws Exception {
    one.start();
    Map<String, String[]> wrong =
        Map.of(
            "There is no mirror disk md9", new String[] {"status", "md9"},
            "There is no other server serverX",
                new String[] {"connect", "md1", "--server", "serverX"},
            "max is 900", new String[] {"hold", "md1", "--max", "900"},
            "hold is zz", new String[] {"release", "md1", "--hold", "zz"},
            "cannot be kept from here", new String[] {"recover", "md1", "--from", "server2"});
    for (Map.Entry<String, String[]> e : wrong.entrySet()) {
      Server.Said said = one.command(e.getValue());
      assertThat(said.status()).as(said.text()).isEqualTo(2);
      assertThat(said.text()).contains(e.getKey()).contains("why:", "do:");
    }
    Server.Said said = one.command("standby", "md1");
    assertThat(said.status()).as(said.text()).isEqualTo(1);
  }

  @Test
  void aKeeperWithoutAnAddressOrAFolder() throws Exception {
    Path log = pair.folder.resolve("k.log");
    Child bad =
        new Child(log, Map.of(), "record", "--folder", "/proc/no", "--listen", "127.0.0.1:0");
    assertThat(bad.exit()).isEqualTo(1);
    assertThat(bad.words()).contains("/proc/no", "why:").doesNotContain("defect");
    pair.startKeeper();
    Child taken =
        new Child(
            pair.folder.resolve("k2.log"),
            Map.of(),
            "record",
            "--folder",
            pair.folder.resolve("r2").toString(),
            "--listen",
            "127.0.0.1:" + pair.recordPort);
    assertThat(taken.exit()).isEqualTo(1);
    assertThat(taken.words()).contains("Cannot listen on 127.0.0.1:" + pair.recordPort);
  }
}
