// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Snapshots of a pair under writers that verify: a short hold, a cut, and both servers show the
 * disk as it was at the cut, while the writers go on; until something ends a snapshot, which costs
 * nothing but the snapshot.
 */
@Timeout(600)
class SnapshotTest extends WithPair {
  private static final String CUT = "5aa9";
  private static final String NAME = "md1@" + CUT;
  private static final int PART = 1 << 20;

  /** Where the writers do not write. */
  private static final long ASIDE = 50L << 20;

  // ---- steps

  /** Holds the writes and cuts; returns what is on the disks of both servers at the cut. */
  private Path cut() throws Exception {
    one.must("hold", "max=60");
    one.must("cut", "cut=" + CUT);
    Path reference = pair.folder.resolve("reference");
    Files.copy(one.image(), reference, StandardCopyOption.REPLACE_EXISTING);
    return reference;
  }

  private void release() throws Exception {
    one.must("release");
  }

  private static Map<String, String> facts(Server s) throws IOException {
    return s.ask(List.of("snapshot.list", "md1")).facts();
  }

  private static void await(Server s, String fact, String value) throws Exception {
    Await.that(
        60,
        s.name() + " has " + fact + " = " + value,
        () -> {
          try {
            return facts(s) + s.words();
          } catch (IOException e) {
            return String.valueOf(e);
          }
        },
        () -> value.equals(facts(s).get(fact + "." + NAME)));
  }

  private static Server.Said keep(Server s, String by) throws IOException {
    return s.ask(List.of("snapshot.keep", "md1", "cut=" + CUT, "by=" + by));
  }

  /** Copies a snapshot over its socket. */
  private Path copy(Server s) throws IOException {
    Path to = Files.createTempFile(pair.folder, "copy", "");
    Path socket = Path.of(facts(s).get("socket." + NAME));
    try (Nbd nbd = new Nbd(socket, NAME);
        OutputStream out = Files.newOutputStream(to)) {
      for (long at = 0; at < Pair.BYTES; at += PART) {
        out.write(nbd.read(at, PART));
      }
    }
    return to;
  }

  private static void assertSame(Path one, Path other) throws IOException {
    assertThat(Files.mismatch(one, other)).as("first byte that differs").isEqualTo(-1);
  }

  // ---- tests

  @Test
  void bothServersShowTheDiskOfTheCutWhileWritersGoOn() throws Exception {
    byte[] some = new byte[3 * PART];
    new Random(9).nextBytes(some);
    Nbd client = new Nbd(one.nbd, 60);
    client.write(ASIDE, some, false);
    ledger.start();
    ledger.more(100, 30, "before the cut");
    Path reference = cut();
    for (Server s : List.of(one, two)) {
      assertThat(facts(s)).containsEntry("snapshots", NAME);
      assertThat(facts(s)).containsEntry("state." + NAME, "STANDS");
      assertSame(copy(s), reference);
    }
    release();
    client.zero(ASIDE + 4096, PART);
    client.write(ASIDE + 2 * PART, new byte[PART], true);
    client.close();
    ledger.more(300, 60, "after the cut");
    for (Server s : List.of(one, two)) {
      // Proven although writes went on: the digest is read from the snapshots.
      await(s, "cutStatus", "PROVEN");
      assertThat(keep(s, "test").status()).isZero();
      assertThat(keep(s, "test").status()).isZero();
      assertThat(keep(s, "others").status()).isEqualTo(4);
    }
    assertThat(facts(one).get("digest." + NAME))
        .isEqualTo(facts(two).get("digest." + NAME))
        .matches("[0-9a-f]{32}")
        .isNotEqualTo("0".repeat(32));
    for (String fact : List.of("generation.", "epoch.", "bytes.")) {
      assertThat(facts(one).get(fact + NAME)).isEqualTo(facts(two).get(fact + NAME));
    }
    CompletableFuture<Path> reader =
        CompletableFuture.supplyAsync(() -> {
          try {
            return copy(two);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    ledger.more(300, 60, "while it is read");
    assertSame(reader.join(), reference);
    assertSame(copy(one), reference);
    assertThat(Long.parseLong(facts(two).get("used." + NAME))).isPositive();
    for (Server s : List.of(one, two)) {
      for (int i = 0; i < 2; i++) {
        assertThat(s.ask(List.of("snapshot.delete", "md1", "cut=" + CUT)).status()).isZero();
      }
      assertThat(facts(s)).containsEntry("snapshots", "");
    }
    assertThat(keep(two, "test").status()).isEqualTo(4);
    settle(one);
  }

  /** The image of the standby, put into both servers, serves again with no copy (rule R13). */
  @Test
  void anImageFromTheStandbyIsRestoredOnBoth() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before the cut");
    one.must("hold", "max=60");
    one.must("cut", "cut=" + CUT);
    Path clusterImage = pair.folder.resolve("image-cluster");
    List<String> write =
        List.of("snapshot.cluster-image", "md1", "cut=" + CUT, "to=" + clusterImage);
    release();
    await(two, "cutStatus", "PROVEN");
    assertThat(keep(two, "test").status()).isZero();
    ledger.more(100, 30, "after the cut");
    Server.Said said = two.ask(write);
    assertThat(said.status()).as(said.text()).isZero();
    assertThat(said.facts()).containsEntry("cutStatus", "PROVEN");
    assertThat(Files.size(clusterImage)).isEqualTo(Files.size(two.cluster));
    assertThat(two.ask(write).status()).as("it is there already").isEqualTo(1);
    Path data = copy(two);
    ledger.more(100, 30, "after the image");
    ledger.finish();

    one.agent().kill();
    two.agent().kill();
    for (Server s : List.of(one, two)) {
      Files.copy(data, s.data, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(clusterImage, s.cluster, StandardCopyOption.REPLACE_EXISTING);
      Child restore =
          new Child(
              s.folder.resolve("restore.log"),
              Map.of(),
              "restore",
              "initialise",
              "--config",
              s.config.toString());
      assertThat(restore.exit()).as(Files.readString(restore.log)).isZero();
    }
    one.start();
    two.start();
    for (Server s : List.of(one, two)) {
      s.await(60, "condition", "CONSISTENT");
      s.await(30, "inSync", "server1, server2");
      s.await(30, "flag", "true");
    }
    for (Server s : List.of(one, two)) {
      s.flagOff(30);
    }
    pair.awaitMet();
    two.until(30, "activate");
    two.await(30, "peers.server1.mode", "RESUME");
    pair.awaitInSync(two);
    two.until(60, "verify");
    assertSame(one.data, data);
    assertSame(two.data, data);
  }

  @Test
  void theActiveDiesAndTheStandbysSnapshotStands() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before the cut");
    Path reference = cut();
    release();
    await(two, "cutStatus", "PROVEN");
    assertThat(keep(two, "test").status()).isZero();
    ledger.more(100, 30, "after the cut");
    one.agent().kill();
    assertSame(copy(two), reference);
    one.start();
    pair.awaitInSync(one);
    assertThat(facts(one)).as("a snapshot ends with the agent").containsEntry("snapshots", "");
    assertThat(one.words()).contains("ended with the former life of the mirror agent");
    ledger.more(100, 30, "after the restart");
    assertSame(copy(two), reference);
    await(two, "cutStatus", "PROVEN");
    settle(one);
    assertSame(copy(two), reference);
  }

  /** Nobody is left to judge: the cut is of unproven worth, and the snapshot as good as before. */
  @Test
  void withoutAVerdictItIsUnproven() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before the cut");
    Path reference = cut();
    one.agent().pause();
    assertThat(keep(two, "test").status()).isZero();
    one.agent().kill();
    Await.that(
        60,
        "it is known that nobody will say",
        () -> two.words(),
        () -> !"OPEN".equals(facts(two).get("cutStatus." + NAME)));
    assertSame(copy(two), reference);
    one.start();
    pair.awaitInSync(one);
    settle(one);
    assertSame(copy(two), reference);
  }

  /** Something else wrote to the standby's disk: the proof finds it, and the image says so. */
  @Test
  void replicasThatDifferAreFound() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before the cut");
    one.must("hold", "max=60");
    try (RandomAccessFile disk = new RandomAccessFile(two.data.toFile(), "rwd")) {
      for (long at = 0; at < 16L << 20; at += 64 << 10) {
        disk.seek(at + 100);
        int there = disk.read();
        disk.seek(at + 100);
        disk.write(there ^ 1);
      }
    }
    one.must("cut", "cut=" + CUT);
    release();
    for (Server s : List.of(one, two)) {
      await(s, "cutStatus", "UNEQUAL");
    }
    ledger.finish();
  }
}
