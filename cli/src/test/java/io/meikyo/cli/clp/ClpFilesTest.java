// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.partition.InspectPartition;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that work on files of this server: what they leave there. */
class ClpFilesTest {
  private static final String KEY =
      "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqG\n-----END PRIVATE KEY-----\n";

  @TempDir private Path folder;
  private final FakeCluster cluster = new FakeCluster();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private boolean silent;

  private int run(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Clp.run(
        words,
        new ClpContext(
            r -> {
              if (silent) {
                throw new IOException("Connection refused");
              }
              return cluster.handle(r);
            },
            (order, errors) -> 1,
            new PrintWriter(out),
            new PrintWriter(err),
            new BufferedReader(new StringReader("")),
            "en",
            folder.resolve("state"),
            () -> false));
  }

  // ---- clplogcc

  private void state() throws IOException {
    Path state = Files.createDirectories(folder.resolve("state"));
    Files.createDirectories(state.resolve("pki"));
    Files.writeString(state.resolve("pki/ca.key"), KEY);
    Files.writeString(state.resolve("pki/node.key"), KEY);
    Files.writeString(state.resolve("pki/tokens"), "mkj1_geheim0123456789\n");
    Files.writeString(
        state.resolve("events.log"),
        """
        {"time":"2026-11-23T02:45:01.123Z","code":"node.leased"}
        join --token mkj1_geheim0123456789 10.77.0.1
        %s
        """
            .formatted(KEY));
    cluster.config =
        """
        [cluster]
        name = "c"
        # database-password = 'geheim0'
        [[group.resource]]
        environment = { DB_PASS = "geheim1", B = "geheim2" }
        [group.resource.environment]
        DB_PASS = "geheim3"

        [witness]
        url = "https://me:geheim4@witness.example:7704"
        password = "geheim5"
        """;
    Files.writeString(state.resolve("meikyo.toml"), cluster.config);
    Files.writeString(state.resolve("stranger"), "geheim6");
  }

  /** What stands in the archive, by name. */
  private Map<String, String> archive(Path file) throws IOException {
    byte[] all;
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      all = in.readAllBytes();
    }
    assertThat(all.length % 512).isZero();
    Map<String, String> files = new LinkedHashMap<>();
    int at = 0;
    while (all[at] != 0) {
      String name = text(all, at, 100);
      int size = Integer.parseInt(text(all, at + 124, 11), 8);
      byte[] header = Arrays.copyOfRange(all, at, at + 512);
      Arrays.fill(header, 148, 156, (byte) ' ');
      int sum = 0;
      for (byte b : header) {
        sum += b & 0xff;
      }
      assertThat(Integer.parseInt(text(all, at + 148, 6), 8)).isEqualTo(sum);
      files.put(name, new String(all, at + 512, size, StandardCharsets.UTF_8));
      at += 512 + (size + 511) / 512 * 512;
    }
    assertThat(all.length - at).isEqualTo(1024);
    return files;
  }

  private static String text(byte[] bytes, int from, int max) {
    int end = from;
    while (end < from + max && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  @Test
  void whatIsCollectedHasNoKeyTokenOrPassword() throws IOException {
    state();
    assertThat(run("clplogcc", "-o", folder.toString())).as(err.toString()).isZero();
    Path archive = folder.resolve("server1-log.tar.gz");
    assertThat(out.toString()).isEqualTo(archive + "\nCommand succeeded.\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)))
        .isEqualTo("rw-------");
    Map<String, String> files = archive(archive);
    assertThat(files)
        .containsKeys(
            "status.json",
            "why.json",
            "events.json",
            "config.toml",
            "state/events.log",
            "state/meikyo.toml",
            "mounts.txt",
            "missing.txt")
        .doesNotContainKeys("state/stranger", "state/pki/ca.key");
    assertThat(files.get("state/events.log")).contains("node.leased").contains("10.77.0.1");
    assertThat(files.get("config.toml")).isEqualTo(files.get("state/meikyo.toml"));
    assertThat(files.get("state/meikyo.toml"))
        .contains("[witness]")
        .contains("witness.example:7704")
        .contains("(removed)");
    files.forEach((name, content) ->
        assertThat(content).as(name).doesNotContain("geheim").doesNotContain("MIGHAgEA"));
    assertThat(files.get("status.json")).contains("\"server\":\"server1\"");
  }

  @Test
  void itIsCollectedAlsoWhenNothingAnswers() throws IOException {
    state();
    silent = true;
    assertThat(run("clplogcc", "-o", folder.toString())).as(err.toString()).isZero();
    Map<String, String> files = archive(folder.resolve("server-log.tar.gz"));
    assertThat(files).containsKey("state/events.log").doesNotContainKey("status.json");
    assertThat(files.get("missing.txt")).contains("/v1/status: Connection refused");
  }

  // ---- clpmdinit

  private void partitions() throws IOException {
    Path data = folder.resolve("data");
    Path own = folder.resolve("cluster");
    Files.write(data, new byte[16 << 20]);
    Files.write(own, new byte[32 << 20]);
    cluster.config =
        Files.readString(Path.of(System.getProperty("meikyo.root"), "docs/examples/meikyo.toml"))
            .replaceFirst("data = \"[^\"]*\"", "data = \"" + data + "\"")
            .replaceFirst("cluster = \"[^\"]*\"", "cluster = \"" + own + "\"");
    cluster.activeRole = "DETACHED";
  }

  private String inspected() throws Exception {
    return String.valueOf(InspectPartition.inspect(folder.resolve("cluster")));
  }

  @Test
  void aClusterPartitionIsMadeWithTheIdentityThatTheClusterKnows() throws Exception {
    partitions();
    assertThat(run("clpmdinit", "--create", "force", "md1")).as(err.toString()).isZero();
    assertThat(out.toString()).isEqualTo("Command succeeded.\n");
    assertThat(inspected())
        .contains("01234567-89ab-cdef-0011-223344556677")
        .contains("00000000-0000-0003-0000-000000000004");
    assertThat(run("clpmdinit", "--create", "normal", "md1")).isEqualTo(1);
    assertThat(err.toString()).endsWith("Command failed.\n");
    assertThat(run("clpmdinit", "--create", "force", "md1")).isZero();
  }

  @Test
  void whatIsInUseIsLeftAlone() throws Exception {
    partitions();
    cluster.activeRole = "STANDBY";
    assertThat(run("clpmdinit", "--create", "force", "md1")).isEqualTo(1);
    assertThat(err.toString()).contains("is attached here (STANDBY)");
    assertThat(Files.readAllBytes(folder.resolve("cluster"))).containsOnly(0);
    assertThat(run("clpmdinit", "--create", "force", "md9")).isEqualTo(1);
    assertThat(err.toString()).startsWith("There is no mirror disk md9 on server1.\n");
  }
}
