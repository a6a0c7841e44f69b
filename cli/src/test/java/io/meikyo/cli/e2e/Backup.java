// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Online backups of a pair, as the cluster service would ask for them. */
final class Backup {
  private static long cuts = 0xc0de;

  private final Pair pair;
  private final String disks;

  Backup(Pair pair, String disks) {
    this.pair = pair;
    this.disks = disks;
  }

  /** Asks the first server for a freeze with a new cut. */
  Server.Said ask(int seconds) throws IOException {
    return pair.one.backup(
        "freeze", disks, "max=" + seconds, "cut=" + Long.toHexString(++cuts), "by=test");
  }

  /** The same; it must succeed. */
  Server.Said freeze(int seconds) throws IOException {
    Server.Said said = ask(seconds);
    assertThat(said.status()).as("freeze: %s%n%s", said.text(), pair.words()).isZero();
    assertThat(said.facts()).containsEntry("cut", Long.toHexString(cuts));
    return said;
  }

  Server.Said thaw() throws IOException {
    return pair.one.backup("thaw", disks);
  }

  /** Thaws; the image must be good, and the flags go off. */
  void good() throws Exception {
    Server.Said said = thaw();
    assertThat(said.status()).as("thaw: %s%n%s", said.text(), pair.words()).isZero();
    for (String disk : disks.split(",", -1)) {
      assertThat(said.facts()).containsEntry("outcome." + disk, "GOOD");
    }
    flagsAre("false");
  }

  /** It has ended by itself: thawing says that it is void, again and again. */
  void isVoid() throws Exception {
    for (int i = 0; i < 2; i++) {
      Server.Said said = thaw();
      assertThat(said.status()).as("thaw: %s%n%s", said.text(), pair.words()).isEqualTo(3);
      assertThat(said.facts()).containsValue("VOID");
    }
  }

  /** Both partitions of the first disk say that the cut is void. */
  void isVoidOnBoth() throws Exception {
    for (Server s : List.of(pair.one, pair.two)) {
      s.await(30, "cut", Long.toHexString(cuts));
      s.await(30, "cutStatus", "VOID");
      s.await(30, "flag", "false");
    }
  }

  void flagsAre(String flag) throws Exception {
    for (Server s : List.of(pair.one, pair.two)) {
      s.await(20, "flag", flag);
    }
  }

  /** Copies of what is on both data partitions, which must be the same. */
  Path image() throws IOException {
    assertThat(Files.mismatch(pair.one.image(), pair.two.image()))
        .as("first byte in which the replicas differ at the cut")
        .isEqualTo(-1);
    return Files.copy(pair.two.image(), pair.folder.resolve("image"));
  }
}
