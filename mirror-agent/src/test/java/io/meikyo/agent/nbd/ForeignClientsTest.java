// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The server under clients that others wrote. A client that is not installed is left out. */
@Timeout(120)
class ForeignClientsTest {
  private static final int SECONDS = 60;

  @TempDir private Path folder;

  /** Each loop, over a Unix socket and over TCP. */
  static Stream<Way> ways() {
    return Stream.of(LoopKind.values())
        .flatMap(kind -> Stream.of(new Way(kind, true), new Way(kind, false)));
  }

  /** A loop and a kind of socket. */
  record Way(LoopKind kind, boolean unix) {
    String uri(Served served, String export) {
      return unix ? served.unixUri(export) : served.tcpUri(export);
    }
  }

  private static void needs(String command) {
    boolean there =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(place -> Files.isExecutable(Path.of(place, command)));
    assumeThat(there).as(command + " is installed").isTrue();
  }

  /** Runs a client for a limited time; returns what it printed. */
  private String run(int expected, String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", "");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    try {
      boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
      String said = Files.readString(out);
      assertThat(ended).as(String.join(" ", command) + " ends: " + said).isTrue();
      assertThat(process.exitValue())
          .as(String.join(" ", command) + ": " + said)
          .isEqualTo(expected);
      return said;
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private Path randomFile(String name, int bytes) throws IOException {
    byte[] data = new byte[bytes];
    new Random(bytes).nextBytes(data);
    return Files.write(folder.resolve(name), data);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void nbdinfo(Way way) throws Exception {
    needs("nbdinfo");
    try (Served served = new Served(way.kind)) {
      String uri = way.uri(served, "");
      String all = run(0, "nbdinfo", uri);
      assertThat(all)
          .contains("newstyle-fixed without TLS, using structured packets")
          .contains("export-size: 67108864 (64M)")
          .contains("description: the default one")
          .contains("base:allocation")
          .contains("can_flush: true")
          .contains("can_fua: true")
          .contains("can_multi_conn: true")
          .contains("can_trim: true")
          .contains("can_zero: true")
          .contains("can_df: true")
          .contains("can_cache: false")
          .contains("is_rotational: false")
          .contains("is_read_only: false")
          .contains("block_size_minimum: 512")
          .contains("block_size_preferred: 4096")
          .contains("block_size_maximum: 33554432");
      assertThat(run(0, "nbdinfo", "--list", way.uri(served, "")))
          .contains("export=\"\"", "export=\"disk\"", "export=\"ro\"", "export=\"big\"");
      assertThat(run(0, "nbdinfo", "--map", uri)).contains("67108864").contains("data");
      assertThat(run(0, "nbdinfo", "--size", uri).strip()).isEqualTo("67108864");
      for (String can : List.of("flush", "fua", "multi-conn", "trim", "zero", "df", "write")) {
        run(0, "nbdinfo", "--can", can, uri);
      }
      run(2, "nbdinfo", "--can", "cache", uri);
      run(2, "nbdinfo", "--is", "rotational", uri);
      run(0, "nbdinfo", "--is", "read-only", way.uri(served, "ro"));
      run(2, "nbdinfo", "--can", "trim", way.uri(served, "ro"));
      run(1, "nbdinfo", way.uri(served, "nothing"));
      assertThat(run(0, "nbdinfo", way.uri(served, "big"))).contains("block_size_minimum: 4096");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void nbdcopy(Way way) throws Exception {
    needs("nbdcopy");
    Path from = randomFile("from", Served.BYTES);
    Path to = folder.resolve("to");
    try (Served served = new Served(way.kind)) {
      for (String export : List.of("", "big")) {
        String uri = way.uri(served, export);
        run(0, "nbdcopy", "--connections=4", "--flush", from.toString(), uri);
        run(0, "nbdcopy", "--connections=4", "--requests=64", uri, to.toString());
        assertThat(Files.mismatch(from, to)).isEqualTo(-1);
        Files.delete(to);
        run(0, "nbdcopy", "--synchronous", "--request-size=33554432", uri, to.toString());
        assertThat(Files.mismatch(from, to)).isEqualTo(-1);
        Files.delete(to);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void qemuImg(Way way) throws Exception {
    needs("qemu-img");
    Path from = randomFile("from", Served.BYTES);
    try (Served served = new Served(way.kind)) {
      String uri = way.uri(served, "disk");
      assertThat(run(0, "qemu-img", "info", uri)).contains("virtual size: 64 MiB");
      run(
          0,
          "qemu-img",
          "convert",
          "-n",
          "-m",
          "8",
          "-W",
          "-f",
          "raw",
          "-O",
          "raw",
          from.toString(),
          uri);
      assertThat(run(0, "qemu-img", "compare", "-f", "raw", "-F", "raw", from.toString(), uri))
          .contains("Images are identical");
      run(0, "qemu-img", "convert", "-f", "raw", "-O", "qcow2", uri, "to.qcow2");
      run(0, "qemu-img", "compare", "-f", "qcow2", "-F", "raw", "to.qcow2", uri);
      assertThat(run(0, "qemu-img", "map", "-f", "raw", "--output=json", uri))
          .contains("\"data\": true");
    }
  }

  private String qemuIo(String uri, String... commands) throws Exception {
    List<String> all = new ArrayList<>(List.of("qemu-io", "-f", "raw"));
    for (String command : commands) {
      all.add("-c");
      all.add(command);
    }
    all.add(uri);
    return run(0, all.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void qemuIo(Way way) throws Exception {
    needs("qemu-io");
    try (Served served = new Served(way.kind)) {
      String said =
          qemuIo(
              way.uri(served, ""),
              "write -P 0xa1 0 64k",
              "write -f -P 0xb2 1M 3M",
              "write -P 0xc3 4095k 512",
              "write -z 2M 1M",
              "write -z -u 3M 64k",
              "discard 8k 8k",
              "flush",
              "aio_write -P 0xd4 16M 2M",
              "aio_write -P 0xe5 20M 64k",
              "aio_flush",
              "read -P 0xa1 0 8k",
              "read -P 0 8k 8k",
              "read -P 0xa1 16k 48k",
              "read -P 0xb2 1M 1M",
              "read -P 0 2M 1088k",
              "read -P 0xb2 3136k 512k",
              "read -P 0xc3 4095k 512",
              "read -P 0xd4 16M 2M",
              "read -P 0xe5 20M 64k",
              "read -P 0 5M 7M");
      assertThat(said).doesNotContainIgnoringCase("fail").doesNotContain("error");
      assertThat(served.on(served.disk::flushes)).isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void fio(Way way) throws Exception {
    needs("fio");
    try (Served served = new Served(way.kind)) {
      assumeThat(run(0, "fio", "--enghelp")).as("fio has its nbd engine").contains("nbd");
      for (String rw : List.of("randwrite", "randrw", "randtrimwrite")) {
        run(
            0,
            "fio",
            "--name=x",
            "--ioengine=nbd",
            "--uri=" + way.uri(served, ""),
            "--rw=" + rw,
            "--bsrange=4k-256k",
            "--bs_unaligned=0",
            "--blockalign=4k",
            "--iodepth=32",
            "--size=48m",
            "--verify=crc32c",
            "--verify_fatal=1",
            "--fsync=16",
            "--randrepeat=1");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void libnbdWithoutItsOwnChecks(Way way) throws Exception {
    assumeThat(Path.of("/usr/bin/python3")).as("python3 is installed").exists();
    Path script = folder.resolve("bad-requests.py");
    try (var in = getClass().getResourceAsStream("bad-requests.py")) {
      Files.write(script, in.readAllBytes());
    }
    Process module =
        new ProcessBuilder("/usr/bin/python3", "-c", "import nbd")
            .redirectErrorStream(true)
            .start();
    assumeThat(module.waitFor()).as("python3-libnbd is installed").isZero();
    try (Served served = new Served(way.kind)) {
      String said =
          run(
              0,
              "/usr/bin/python3",
              script.toString(),
              way.uri(served, ""),
              way.uri(served, "ro"),
              way.uri(served, "big"));
      assertThat(said).endsWith("all as expected\n");
    }
  }

  @ParameterizedTest
  @EnumSource
  void noiseAtTheDoor(LoopKind kind) throws Exception {
    try (Served served = new Served(kind)) {
      Random random = new Random(4);
      for (int i = 0; i < 300; i++) {
        try (Client client = new Client(served.port)) {
          byte[] noise = new byte[random.nextInt(300)];
          random.nextBytes(noise);
          if (i % 3 == 1) {
            client.greet(3);
          }
          client.out.write(noise, 0, i % 3 == 2 ? 0 : noise.length);
          client.flush();
        }
        if (i % 3 == 0) {
          try (Client client = Client.on(served.port, "", i % 2 == 0)) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            client.request(random.nextInt(8), 0, i, random.nextLong(), random.nextInt(100_000));
            client.out.write(noise);
            client.flush();
          }
        }
      }
      try (Client client = Client.on(served.port, "", true)) {
        assertThat(client.read(0, 4096)).hasSize(4096);
      }
    }
  }
}
