// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.cluster.exec.Programs;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the commands about snapshots and backups do by themselves, without an agent. */
class SnapshotCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine commandLine = Main.commandLine(Map.of("LANG", "C.UTF-8"));
    commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return commandLine.execute(args);
  }

  // ---- words

  @Test
  void namesThatAreNoneAreWrongUsage() {
    for (String name : List.of("md1", "md1@", "@5", "md1@XYZ", "md1@0123456789abcdef0", "a b@5")) {
      assertThat(run("snapshot", "delete", name)).as(name).isEqualTo(Main.WRONG_USAGE);
    }
    assertThat(err.toString()).contains("meikyo snapshot list");
    assertThat(run("backup", "verify", "../x/")).isEqualTo(Main.FAILED);
    assertThat(run("backup", "cancel", "not-hex")).isEqualTo(Main.WRONG_USAGE);
  }

  @Test
  void anAgentThatIsNotThereIsSaid() {
    String socket = folder.resolve("none").toString();
    assertThat(run("snapshot", "list", "--agent", socket)).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("No mirror agent answers on " + socket);
    assertThat(run("snapshot", "export", "md1@5", "--agent", socket)).isEqualTo(Main.FAILED);
  }

  @Test
  void aFolderWithoutAManifestIsNoBackup() throws Exception {
    assertThat(run("backup", "verify", folder.toString())).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("manifest.json").contains("does not exist");
    Files.writeString(folder.resolve("manifest.json"), "{\"format\": \"meikyo-backup\"}");
    assertThat(run("backup", "verify", "--json", folder.toString())).isEqualTo(Main.FAILED);
    assertThat(out.toString()).contains("image.manifest-bad").contains("\"good\": false");
  }

  // ---- the relay

  /** Answers each client with what it says. */
  private ServerSocketChannel echo(Path socket) throws IOException {
    ServerSocketChannel listens = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listens.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              SocketChannel client = listens.accept();
              Thread.ofVirtual().start(() -> answer(client));
            }
          } catch (IOException e) {
            err.write("closed");
          }
        });
    return listens;
  }

  private static void answer(SocketChannel client) {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    try (client) {
      while (client.read(bytes.clear()) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          client.write(bytes);
        }
      }
    } catch (IOException e) {
      bytes.clear(); // it has gone
    }
  }

  @Test
  void theRelayCarriesBytesBothWaysForSeveral() throws Exception {
    Path at = Files.createTempDirectory(Path.of("/tmp"), "rly").resolve("s");
    ServerSocketChannel server = echo(at);
    try (NbdRelay relay = new NbdRelay(new InetSocketAddress("127.0.0.1", 0), at);
        Socket a = new Socket("127.0.0.1", relay.port());
        Socket b = new Socket("127.0.0.1", relay.port())) {
      byte[] much = new byte[3 << 20];
      new java.util.Random(5).nextBytes(much);
      Thread writes =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  a.getOutputStream().write(much);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      b.getOutputStream().write(7);
      assertThat(b.getInputStream().read()).isEqualTo(7);
      assertThat(a.getInputStream().readNBytes(much.length)).isEqualTo(much);
      writes.join();
      b.shutdownOutput();
      assertThat(b.getInputStream().read()).isEqualTo(-1);
      server.close();
      Files.delete(at);
      try (Socket late = new Socket("127.0.0.1", relay.port())) {
        assertThat(late.getInputStream().read()).isEqualTo(-1);
      }
    } finally {
      server.close();
      Files.deleteIfExists(at);
      Files.delete(at.getParent());
    }
  }

  // ---- the mount

  private static void sh(String... words) throws Exception {
    Process p = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(p.waitFor()).as(said).isZero();
  }

  @Test
  void aFileSystemBehindNbdIsMountedReadOnlyAndUnmounted() throws Exception {
    assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
    for (String program : List.of("nbdkit", "nbdfuse", "mkfs.ext4")) {
      assumeThat(Programs.find(program)).as(program + " is installed").isNotNull();
    }
    assumeThat(Path.of("/dev/fuse")).as("the kernel has FUSE").exists();
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    Path content = Files.createDirectory(folder.resolve("content"));
    Files.writeString(content.resolve("hello"), "still");
    Path image = folder.resolve("image");
    sh("truncate", "-s", "16M", image.toString());
    sh("mkfs.ext4", "-q", "-d", content.toString(), image.toString());
    Path socket = Files.createTempDirectory(Path.of("/tmp"), "kit").resolve("s");
    Process kit =
        new ProcessBuilder("nbdkit", "-f", "-r", "-U", socket.toString(), "file", image.toString())
            .inheritIO()
            .start();
    Path at = Files.createDirectory(folder.resolve("at"));
    int before = Mounts.all().size();
    try {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!Files.exists(socket)) {
        assertThat(System.nanoTime()).isLessThan(until);
        LockSupport.parkNanos(1_000_000);
      }
      try (SnapshotMount mount = new SnapshotMount("nbd+unix:///?socket=" + socket, at)) {
        mount.mount();
        assertThat(mount.options()).isEqualTo("ro,loop");
        assertThat(at.resolve("hello")).hasContent("still");
        assertThatThrownBy(() -> Files.writeString(at.resolve("hello"), "moved"))
            .hasMessageContaining("Read-only");
      }
      assertThat(Mounts.all()).hasSize(before);
      try (SnapshotMount none = new SnapshotMount("nbd+unix:///?socket=/nowhere", at)) {
        assertThatThrownBy(none::mount).isInstanceOf(CommandFailed.class);
      }
      assertThat(Mounts.all()).hasSize(before);
    } finally {
      kit.destroy();
      kit.waitFor();
      Files.deleteIfExists(socket);
      Files.deleteIfExists(socket.getParent());
    }
  }
}
