// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.Mounts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real process, with the kernel in between. */
class DiskMainTest {
  private static final int WRITES = 64;
  private static final int WRITE_BYTES = 16 << 10;
  private static final int BYTES = 3 * WRITES * WRITE_BYTES;

  @TempDir private Path folder;
  private Process process;

  @BeforeEach
  void needsRoot() {
    assumeThat(System.getProperty("user.name")).as("mounts need root").isEqualTo("root");
    assumeThat(Path.of("/dev/fuse")).as("the kernel has FUSE").exists();
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
    boolean left = false;
    for (Mounts.Mounted m : Mounts.all()) {
      if (m.at().startsWith(folder.toRealPath())) {
        Mounts.unmount(m.at(), Mounts.MNT_DETACH);
        left = true;
      }
    }
    assertThat(left).as("a mount was left").isFalse();
  }

  private void start() throws Exception {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                DiskMain.class.getName(),
                "--mount",
                folder.toRealPath().resolve("mnt").toString(),
                "--control",
                folder.resolve("ctl").toString(),
                "data=" + folder.resolve("data.img"),
                "cluster=" + folder.resolve("cluster.img"))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    Path file = folder.resolve("mnt/data");
    for (int i = 0; i < 1000 && !Files.exists(file); i++) {
      assertThat(process.isAlive()).as(Files.readString(folder.resolve("log"))).isTrue();
      LockSupport.parkNanos(20_000_000);
    }
  }

  private String ask(String command) throws Exception {
    return DiskControl.ask(folder.resolve("ctl"), command);
  }

  private static MemorySegment pattern(MemorySegment bytes, int number) {
    for (long at = 0; at < bytes.byteSize(); at += 4) {
      bytes.set(ValueLayout.JAVA_INT, at, number * 100_000 + (int) at / 4);
    }
    return bytes;
  }

  @Test
  void powerLossTakesWhatWasNotFlushed() throws Exception {
    long kept = 0;
    long dropped = 0;
    long torn = 0;
    for (int seed = 1; seed <= 6; seed++) {
      Path data = folder.resolve("data.img");
      Files.write(data, new byte[BYTES]);
      Files.write(folder.resolve("cluster.img"), new byte[1 << 20]);
      start();
      int fd =
          Descriptors.open(folder.resolve("mnt/data"), Descriptors.O_RDWR | Descriptors.O_DIRECT);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bytes = arena.allocate(WRITE_BYTES, 4096);
        MemorySegment vector = arena.allocate(16, 8);
        for (int i = 0; i < WRITES; i++) {
          long at = (long) i * WRITE_BYTES;
          assertThat(FileIo.write(fd, pattern(bytes, i), at)).isEqualTo(WRITE_BYTES);
        }
        assertThat(FileIo.sync(fd)).isZero();
        assertThat(ask("status")).isEqualTo("on writes=0 bytes=0");
        for (int i = WRITES; i < 2 * WRITES; i++) {
          long at = (long) i * WRITE_BYTES;
          FileIo.writeDurably(fd, pattern(bytes, i), at, vector);
        }
        for (int i = 2 * WRITES; i < 3 * WRITES; i++) {
          long at = (long) i * WRITE_BYTES;
          FileIo.write(fd, pattern(bytes, i), at);
        }
        String answer = ask("power-off " + seed);
        assertThat(answer).startsWith("off kept=");
        assertThat(FileIo.write(fd, bytes, 0)).isNegative();
      } finally {
        Descriptors.close(fd);
      }
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      byte[] after = Files.readAllBytes(data);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment is = MemorySegment.ofArray(after);
        MemorySegment bytes = arena.allocate(WRITE_BYTES, 4096);
        for (int i = 0; i < 3 * WRITES; i++) {
          pattern(bytes, i);
          for (int s = 0; s < WRITE_BYTES; s += 512) {
            MemorySegment sector = is.asSlice((long) i * WRITE_BYTES + s, 512);
            long differs = sector.mismatch(bytes.asSlice(s, 512));
            if (i < 2 * WRITES) {
              assertThat(differs).as("write %s is durable", i).isEqualTo(-1);
            } else if (differs < 0) {
              kept++;
            } else if (sector.mismatch(arena.allocate(512)) < 0) {
              dropped++;
            } else {
              torn++;
            }
          }
        }
      }
    }
    assertThat(List.of(kept, dropped)).allMatch(n -> n > 0);
    assertThat(torn).isBetween(1L, 6L);
  }

  @Test
  void itIsFastEnoughAndStops() throws Exception {
    Process dd = null;
    Files.write(folder.resolve("data.img"), new byte[128 << 20]);
    Files.write(folder.resolve("cluster.img"), new byte[1 << 20]);
    start();
    long began = System.nanoTime();
    dd =
        new ProcessBuilder(
                "dd",
                "if=/dev/zero",
                "of=" + folder.resolve("mnt/data"),
                "bs=64k",
                "count=2048",
                "oflag=direct",
                "conv=notrunc,fsync",
                "status=none")
            .inheritIO()
            .start();
    assertThat(dd.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(dd.exitValue()).isZero();
    double seconds = (System.nanoTime() - began) / 1e9;
    System.err.printf("volatile layer: %.0f MiB/s one 64k write at a time%n", 128 / seconds);
    assertThat(ask("nonsense")).isEqualTo("unknown command");
    assertThat(ask("stop")).isEqualTo("stopped");
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
