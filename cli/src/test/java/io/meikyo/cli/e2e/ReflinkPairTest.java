// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pair whose data partitions are files on XFS, with reflinks as snapshots, under writers that
 * verify: the cut, its proof, the death of an agent, and what its next life still has.
 */
@Timeout(600)
class ReflinkPairTest extends WithPair {
  private static final String CUT = "5aa9";
  private static final String NAME = "md1@" + CUT;
  private static final int PART = 1 << 20;
  private static final long XFS_BYTES = 1L << 30;

  @TempDir private Path temp;
  private Path mounted;

  @Override
  void prepare() throws Exception {
    Path mkfs = Path.of("/usr/sbin/mkfs.xfs");
    assumeThat(mkfs).as("xfsprogs").isExecutable();
    Path image = temp.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(XFS_BYTES);
    }
    Path at = Files.createDirectory(temp.resolve("disks"));
    assumeThat(run(mkfs.toString(), "-q", "-m", "reflink=1", image.toString())).isEmpty();
    assumeThat(run("mount", "-o", "loop", image.toString(), at.toString())).isEmpty();
    mounted = at;
    for (Server s : List.of(one, two)) {
      Path there = Files.createDirectory(at.resolve(s.name())).resolve("data.img");
      Files.move(s.data, there);
      Files.createSymbolicLink(s.data, there);
      Files.createSymbolicLink(s.folder.resolve("data.img"), there);
      String provider =
          "snapshot-provider = \"reflink\"\nsnapshot-folder = \"" + there.getParent() + "\"\n";
      Files.writeString(
          s.config,
          Files.readString(s.config).replace("[[mirror.peer]]", provider + "\n[[mirror.peer]]"));
    }
  }

  /** Runs a program; what it said if it failed. */
  private static String run(String... words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 0 ? "" : String.join(" ", words) + ": " + said;
  }

  @AfterEach
  @Override
  void stop() throws Exception {
    try {
      super.stop();
    } finally {
      if (mounted != null) {
        assertThat(run("umount", mounted.toString())).isEmpty();
      }
    }
  }

  private static Map<String, String> facts(Server s) throws IOException {
    return s.ask(List.of("snapshot.list", "md1")).facts();
  }

  private static void await(Server s, String fact, String value) throws Exception {
    Await.that(
        60,
        s.name() + " has " + fact + " = " + value,
        s::words,
        () -> value.equals(facts(s).get(fact + "." + NAME)));
  }

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

  private List<Path> left(Server s) throws IOException {
    try (Stream<Path> all = Files.list(mounted.resolve(s.name()))) {
      return all.filter(p -> p.toString().endsWith(".reflink")).toList();
    }
  }

  @Test
  void theCutIsProvenAndOutlivesTheAgent() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before the cut");
    one.must("hold", "max=60");
    one.must("cut", "cut=" + CUT);
    Path reference = pair.folder.resolve("reference");
    Files.copy(one.image(), reference);
    one.must("release");
    ledger.more(200, 60, "after the cut");
    for (Server s : List.of(one, two)) {
      await(s, "cutStatus", "PROVEN");
      assertThat(facts(s)).containsEntry("provider." + NAME, "reflink");
      assertThat(s.ask(List.of("snapshot.keep", "md1", "cut=" + CUT, "by=test")).status()).isZero();
      assertThat(Files.mismatch(copy(s), reference)).isEqualTo(-1);
    }
    Map<String, String> before = facts(two);

    two.agent().kill();
    two.start();
    await(two, "state", "STANDS");
    Await.that(30, "it is found", two::words, () -> two.words().contains("was found again"));
    assertThat(facts(two)).isEqualTo(before);
    ledger.more(100, 60, "after the death of an agent");
    assertThat(Files.mismatch(copy(two), reference)).isEqualTo(-1);
    Path clusterImage = pair.folder.resolve("cluster-image");
    assertThat(
            two.ask(List.of("snapshot.cluster-image", "md1", "cut=" + CUT, "to=" + clusterImage))
                .status())
        .isZero();
    for (Server s : List.of(one, two)) {
      assertThat(left(s)).hasSize(1);
      assertThat(s.ask(List.of("snapshot.delete", "md1", "cut=" + CUT)).status()).isZero();
      Await.that(30, "its file is gone", s::words, () -> left(s).isEmpty());
    }
    pair.awaitInSync(one);
    settle(one);
  }
}
