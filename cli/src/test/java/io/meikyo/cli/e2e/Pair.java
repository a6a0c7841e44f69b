// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.core.partition.Identity;
import io.meikyo.linux.LoopDevices;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Two servers and the keeper of the record, each a real process, on loopback. Whatever happens,
 * {@link #close} leaves neither process nor file.
 */
final class Pair {
  static final long BYTES = 64L << 20;
  static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");

  final Path folder;
  final Server one;
  final Server two;
  final Path records;
  final int recordPort;
  private final int[] links;
  private final boolean devices;
  private final int[] pairPorts;
  private final boolean withKeeper;
  private Child keeper;

  /** A small one, reached over NBD. */
  Pair() throws Exception {
    this(true);
  }

  /** A small one, with a keeper of the record, or without one. */
  Pair(boolean withKeeper) throws Exception {
    this(BYTES, false, false, withKeeper);
  }

  /** With a keeper of the record. */
  Pair(long bytes, boolean devices, boolean discards) throws Exception {
    this(bytes, devices, discards, true);
  }

  /**
   * Of any kind.
   *
   * @param devices each server makes a block device, and has a process that keeps it
   * @param discards the data partitions take discards; files do not
   * @param withKeeper a process keeps the record; else the two agents do
   */
  private Pair(long bytes, boolean devices, boolean discards, boolean withKeeper) throws Exception {
    this.devices = devices;
    this.withKeeper = withKeeper;
    // Short, since the path of a socket has 107 bytes at most.
    folder = Files.createTempDirectory(Path.of("/tmp"), "mke2e");
    try {
      int[] ports = freePorts(7);
      pairPorts = new int[] {ports[5], ports[6]};
      links = new int[] {ports[0], ports[1]};
      recordPort = ports[4];
      one = new Server(0, Files.createDirectory(folder.resolve("1")), ports[2]);
      two = new Server(1, Files.createDirectory(folder.resolve("2")), ports[3]);
      records = folder.resolve("records");
      for (Server s : List.of(one, two)) {
        create(s, bytes);
        if (discards) {
          s.dataOnDevice();
        }
        Files.writeString(s.config, config(s));
      }
    } catch (Exception | AssertionError e) {
      remove();
      throw e;
    }
  }

  static void create(Server s, long bytes) throws Exception {
    create(s, bytes, CLUSTER.toString());
  }

  static void create(Server s, long bytes, String cluster) throws Exception {
    new CreatePartition(
            new CreatePartition.Request(
                s.data,
                s.cluster,
                new Identity(UUID.fromString(cluster), DISK, s.number),
                3,
                512,
                0,
                bytes,
                false),
            (what, done, total) -> {})
        .run(s.number + 12345);
  }

  String config(Server s) {
    int peer = 1 - s.number;
    String keeps = devices ? "keeper = \"" + s.folder.resolve("run/keeper.sock") + "\"\n" : "";
    return """
    control = "%s"
    state = "%s"
    trusted-link = true
    %s
    [[mirror]]
    name = "md1"
    cluster-id = "%s"
    disk-id = "%s"
    replica = %d
    server = "%s"
    data = "%s"
    cluster = "%s"
    listen = "127.0.0.1:%d"
    %s
    front-end = "%s"
    device = "%s"
    nbd = "127.0.0.1:%d"

    [[mirror.peer]]
    replica = %d
    server = "server%d"
    paths = ["127.0.0.1:%d"]
    %s
    """
        .formatted(
            s.control,
            s.folder.resolve("state"),
            keeps,
            CLUSTER,
            DISK,
            s.number,
            s.name(),
            s.data,
            s.cluster,
            links[s.number],
            withKeeper
                ? "record = \"127.0.0.1:" + recordPort + '"'
                : "record-port = " + pairPorts[s.number],
            devices ? "fuse" : "nbd",
            s.device,
            s.nbd,
            peer,
            peer + 1,
            links[peer],
            withKeeper ? "" : "record-port = " + pairPorts[peer]);
  }

  static int[] freePorts(int count) throws IOException {
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      ports[i] = FreePort.take();
    }
    return ports;
  }

  int link(Server s) {
    return links[s.number];
  }

  /** Waits until the two have met again: whoever is activated before goes on without the other. */
  void awaitMet() throws Exception {
    for (Server s : List.of(one, two)) {
      s.await(30, "peers." + other(s).name() + ".connected", "true");
    }
  }

  Server other(Server s) {
    return s == one ? two : one;
  }

  void startKeeper() throws Exception {
    keeper =
        new Child(
            folder.resolve("keeper.log"),
            Map.of(),
            "record",
            "--folder",
            records.toString(),
            "--listen",
            "127.0.0.1:" + recordPort);
    Await.that(
        20, "the keeper listens", keeper::words, () -> keeper.words().contains("listens on"));
  }

  Child keeper() {
    return keeper;
  }

  /** Starts everything and waits until both servers know each other. */
  Pair start() throws Exception {
    if (withKeeper) {
      startKeeper();
    }
    if (devices) {
      one.startKeeper();
      two.startKeeper();
    }
    one.startNow();
    two.startNow();
    for (Server s : List.of(one, two)) {
      s.await(30, "recordHeard", "true");
      s.await(30, "peers." + other(s).name() + ".connected", "true");
    }
    return this;
  }

  /** The first activation, and the first copy to the other server. */
  Pair first(Server active) throws Exception {
    active.until(20, "activate");
    awaitInSync(active);
    return this;
  }

  /** The active serves, and the other has everything. */
  void awaitInSync(Server active) throws Exception {
    active.await(60, "role", "ACTIVE");
    active.await(60, "inSync", "server1, server2");
    active.await(60, "peers." + other(active).name() + ".dirtyChunks", "0");
  }

  /** Compares both replicas with the product's own verify: they must be equal. */
  void verify(Server active) throws Exception {
    Server.Said said = active.ask("verify", "wait=60");
    assertThat(said.status()).as(said.text() + active.words()).isZero();
    assertThat(said.facts()).containsEntry("differing", "0");
  }

  /** All that was said. */
  String words() {
    return one.words()
        + "\n"
        + two.words()
        + "\nkeeper:\n"
        + (keeper == null ? "" : keeper.words());
  }

  private void remove() {
    try {
      for (LoopDevices.Loop loop : LoopDevices.all()) {
        if (loop.backing().startsWith(folder + "/")) {
          LoopDevices.detach(loop.device());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(p);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void close() throws IOException, InterruptedException {
    try {
      one.close();
    } finally {
      try {
        two.close();
      } finally {
        if (keeper != null) {
          keeper.close();
        }
        remove();
      }
    }
  }
}
