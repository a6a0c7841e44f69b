// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.agent.snapshot.SnapWorld.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Snapshots under clients that others wrote, while the disk is written. A client that is not
 * installed is left out.
 */
@Timeout(180)
class SnapshotExportTest {
  private static final int SECONDS = 60;
  private static final long PLENTY = 64 << 20;

  @TempDir private Path folder;
  private Path sockets;
  private SnapWorld w;
  private SnapshotExport export;

  private Path begin(Kind kind, long cap) throws Exception {
    // Short, since the path of a socket has 107 bytes at most.
    sockets = Files.createTempDirectory(Path.of("/tmp"), "snap");
    Path socket = sockets.resolve("s");
    w = new SnapWorld(kind, folder, cap);
    export = new SnapshotExport(w.loop.real, w.arena, w.notices::add);
    w.run(() -> {
      try {
        export.listen(socket);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      w.snapshots.listener(export, socket);
    });
    return socket;
  }

  @AfterEach
  void end() throws Exception {
    if (w == null) {
      return;
    }
    CompletableFuture<Boolean> stopped = new CompletableFuture<>();
    w.run(() -> export.stop(() -> stopped.complete(true)));
    stopped.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    w.close();
    Files.deleteIfExists(sockets.resolve("s"));
    Files.deleteIfExists(sockets);
  }

  private static void needs(String command) {
    boolean there =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(place -> Files.isExecutable(Path.of(place, command)));
    assumeThat(there).as(command + " is installed").isTrue();
  }

  private record Ran(int status, String said) {}

  private Ran run(String... command) throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    try {
      boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
      String said = Files.readString(out);
      assertThat(ended).as(String.join(" ", command) + " ends: " + said).isTrue();
      return new Ran(process.exitValue(), said);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static String uri(Path socket, String name) {
    return "nbd+unix:///" + name + "?socket=" + socket;
  }

  /** Writes until it is told to stop. */
  private CompletableFuture<Void> writer(AtomicBoolean stop) {
    return CompletableFuture.runAsync(() -> {
      Random random = new Random(4);
      while (!stop.get()) {
        w.writeMuch(random, 1);
      }
    });
  }

  @ParameterizedTest
  @EnumSource
  void whatForeignClientsCopyIsTheDiskOfTheCut(Kind kind) throws Exception {
    needs("nbdcopy");
    needs("nbdinfo");
    needs("qemu-img");
    Path socket = begin(kind, PLENTY);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    assertThat(w.take(0xabc)).isTrue();
    byte[] cut = w.now();
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> writer = writer(stop);
    try {
      Ran info = run("nbdinfo", uri(socket, "md1@abc"));
      assertThat(info.status).as(info.said).isZero();
      assertThat(info.said)
          .contains("is_read_only: true")
          .contains("export-size: " + cut.length)
          .contains("can_multi_conn: true");
      Ran map = run("nbdinfo", "--map", uri(socket, "md1@abc"));
      assertThat(map.status).as(map.said).isZero();

      Path copy = folder.resolve("copy");
      Ran copied =
          run("nbdcopy", "--connections=3", "--requests=64", uri(socket, "md1@abc"), copy + "");
      assertThat(copied.status).as(copied.said).isZero();
      assertThat(Arrays.mismatch(Files.readAllBytes(copy), cut)).isEqualTo(-1);

      Path converted = folder.resolve("converted");
      Ran convert =
          run(
              "qemu-img",
              "convert",
              "-O",
              "raw",
              "-f",
              "raw",
              uri(socket, "md1@abc"),
              "" + converted);
      assertThat(convert.status).as(convert.said).isZero();
      byte[] bytes = Files.readAllBytes(converted);
      assertThat(Arrays.mismatch(Arrays.copyOf(bytes, cut.length), cut)).isEqualTo(-1);

      assertThat(run("nbdcopy", copy + "", uri(socket, "md1@abc")).status)
          .as("writing")
          .isNotZero();
      assertThat(run("nbdinfo", uri(socket, "md1@abd")).status).as("another one").isNotZero();
    } finally {
      stop.set(true);
      writer.join();
    }
    assertThat(w.view(0xabc).stands()).isTrue();
    assertThat(Arrays.mismatch(Files.readAllBytes(folder.resolve("copy")), cut)).isEqualTo(-1);
  }

  @ParameterizedTest
  @EnumSource
  void aClientOfOneThatIsLostGetsErrors(Kind kind) throws Exception {
    needs("nbdcopy");
    Path socket = begin(kind, Origin.CHUNK);
    assertThat(w.take(1)).isTrue();
    w.writeMuch(new Random(5), 1);
    assertThat(w.view(1).why()).isEqualTo("FULL");
    Ran copied = run("nbdcopy", uri(socket, "md1@1"), folder.resolve("copy") + "");
    assertThat(copied.status).isNotZero();
    assertThat(copied.said).contains("Input/output error");
    w.run(() -> w.snapshots.delete(1));
    assertThat(run("nbdcopy", uri(socket, "md1@1"), folder.resolve("copy") + "").status)
        .as("deleted")
        .isNotZero();
  }
}
