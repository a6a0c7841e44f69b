// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.linux.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from a real server lies in the file, byte by byte; or the writer fails. */
class ImageWriterTest {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);

  @TempDir private Path folder;
  private final Stop stop = new Stop();
  private final List<Long> steps = new ArrayList<>();

  private ImageWriter.Written write(ServedDisk disk, Path file) throws Exception {
    try (NbdReader reader = NbdReader.open(disk.socket, "md1@c07", PATIENCE)) {
      Pace free = new Pace(0, System::nanoTime, _ -> {});
      return new ImageWriter("md1@c07", reader, free, stop, steps::add).write(file);
    }
  }

  private static String sha(byte[] all) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
  }

  @ParameterizedTest
  @ValueSource(longs = {512, 65_536, 66_048, 1 << 20, (5 << 20) + 512})
  void sizesOfAllKinds(long size) throws Exception {
    Path file = folder.resolve("image");
    try (ServedDisk disk = new ServedDisk(size, "md1@c07").fill(0, size, 3)) {
      ImageWriter.Written written = write(disk, file);
      assertThat(Files.readAllBytes(file)).isEqualTo(disk.all());
      assertThat(written).isEqualTo(new ImageWriter.Written(size, size, sha(disk.all())));
      assertThat(steps).isSorted().last().isEqualTo(size);
      assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
    }
  }

  @Test
  void zerosAreHolesAndCountInTheHash() throws Exception {
    Path file = folder.resolve("image");
    try (ServedDisk disk = new ServedDisk(16 << 20, "md1@c07")) {
      // One byte at the very end of a block, and some across the border of two reads.
      disk.fill((7 << 20) - 10, 20, 3).fill((64 << 10) - 1, 1, 5).fill((16 << 20) - 1, 1, 9);
      ImageWriter.Written written = write(disk, file);
      assertThat(Files.readAllBytes(file)).isEqualTo(disk.all());
      assertThat(written.sha256()).isEqualTo(sha(disk.all()));
      assertThat(written.stored()).isEqualTo(4L * ImageWriter.BLOCK_BYTES);
      long allocated = (Long) Files.getAttribute(file, "unix:size");
      assertThat(allocated).isEqualTo(16 << 20);
    }
  }

  @Test
  void aFileThatIsThereIsNotTouched() throws Exception {
    Path file = Files.writeString(folder.resolve("image"), "mine");
    try (ServedDisk disk = new ServedDisk(1 << 20, "md1@c07")) {
      assertThatThrownBy(() -> write(disk, file))
          .isInstanceOfSatisfying(
              ImageProblem.class,
              e -> assertThat(e.notice().code()).isEqualTo("image.write-failed"));
    }
    assertThat(file).hasContent("mine");
  }

  private void readFails(ServedDisk disk) {
    assertThatThrownBy(() -> write(disk, folder.resolve("image")))
        .isInstanceOfSatisfying(
            ImageProblem.class, e -> assertThat(e.notice().code()).isEqualTo("image.read-failed"));
  }

  @Test
  void anErrorInTheMiddleEndsIt() throws Exception {
    try (ServedDisk disk = new ServedDisk(8 << 20, "md1@c07").fill(0, 8 << 20, 3)) {
      disk.failAt(6 << 20, 5);
      readFails(disk);
    }
  }

  @Test
  void anExportThatIsTakenAwayInTheMiddleEndsIt() throws Exception {
    try (ServedDisk disk = new ServedDisk(64 << 20, "md1@c07")) {
      disk.hold();
      Thread takes =
          Thread.ofPlatform()
              .start(() -> {
                disk.awaitHeld(() -> "");
                disk.remove("md1@c07");
                disk.release();
              });
      readFails(disk);
      takes.join();
    }
  }

  @Test
  void itStopsWhileItWaits() throws Exception {
    try (ServedDisk disk = new ServedDisk(8 << 20, "md1@c07");
        NbdReader reader = NbdReader.open(disk.socket, "md1@c07", PATIENCE)) {
      disk.hold();
      stop.wakes(reader::wake);
      Thread says =
          Thread.ofPlatform()
              .start(() -> {
                disk.awaitHeld(() -> "");
                stop.say();
              });
      Pace free = new Pace(0, System::nanoTime, _ -> {});
      ImageWriter writer = new ImageWriter("md1@c07", reader, free, stop, steps::add);
      assertThatThrownBy(() -> writer.write(folder.resolve("image")))
          .isInstanceOf(Stop.Stopped.class);
      says.join();
    }
  }

  @Test
  void aFullFileSystemIsSaid() throws Exception {
    assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
    Path small = Files.createDirectory(folder.resolve("small"));
    try {
      Mounts.mount("tmpfs", small, "tmpfs", 0, "size=4m");
    } catch (io.meikyo.linux.LinuxException e) {
      assumeThat(false).as("no mount here: " + e.getMessage()).isTrue();
    }
    try (ServedDisk disk = new ServedDisk(16 << 20, "md1@c07").fill(0, 16 << 20, 3)) {
      assertThatThrownBy(() -> write(disk, small.resolve("image")))
          .isInstanceOfSatisfying(
              ImageProblem.class,
              e ->
                  assertThat(e.notice().toString())
                      .startsWith("image.write-failed")
                      .contains("No space left"));
    } finally {
      Mounts.unmount(small, 0);
    }
  }

  @Test
  void aRateIsKept() throws Exception {
    long[] now = {1_000};
    List<Long> pauses = new ArrayList<>();
    Pace pace =
        new Pace(
            1 << 20,
            () -> now[0],
            nanos -> {
              pauses.add(nanos);
              now[0] += nanos;
            });
    for (int i = 0; i < 11; i++) {
      pace.before(1 << 20);
    }
    // The first at once, then one each second.
    assertThat(pauses).hasSize(10);
    assertThat(now[0]).isEqualTo(1_000 + TimeUnit.SECONDS.toNanos(10));
    // A minute in which nothing could be read is not made up for.
    now[0] += TimeUnit.MINUTES.toNanos(1);
    pace.before(1 << 20);
    pace.before(1 << 20);
    assertThat(pauses).hasSize(11);
  }
}
