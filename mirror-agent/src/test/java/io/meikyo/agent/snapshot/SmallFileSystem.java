// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A file system of its own, in a sparse file, mounted for a test. */
final class SmallFileSystem implements AutoCloseable {
  /** XFS takes no less than 300 MiB. */
  private static final long BYTES = 512L << 20;

  private static final long NANOS = TimeUnit.SECONDS.toNanos(60);

  final Path at;
  private final Path filler;

  private SmallFileSystem(Path at) {
    this.at = at;
    this.filler = at.resolve("filler");
  }

  /** Makes and mounts one, or skips the test with the reason. */
  static SmallFileSystem mount(Path folder, String type, String... options) throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount");
    Path mkfs = program("mkfs." + type);
    Path image = folder.resolve("image");
    try (var file = new java.io.RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    List<String> words = new ArrayList<>(List.of(mkfs.toString(), "-q"));
    words.addAll(List.of(options));
    words.add(image.toString());
    Program.End made = Program.run(words, Map.of(), NANOS);
    assumeTrue(made.ok(), made.why());
    Path at = Files.createDirectory(folder.resolve("mounted"));
    Program.End mounted =
        Program.run(
            List.of("/bin/mount", "-o", "loop", "-t", type, image.toString(), at.toString()),
            Map.of(),
            NANOS);
    assumeTrue(mounted.ok(), mounted.why());
    return new SmallFileSystem(at);
  }

  private static Path program(String name) {
    for (String folder : List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin")) {
      Path path = Path.of(folder, name);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    assumeTrue(false, "there is no " + name);
    throw new IllegalStateException(name);
  }

  /** Takes all room but so much. */
  void leave(long bytes) throws LinuxException {
    int fd = Descriptors.open(filler, Descriptors.O_RDWR | Descriptors.O_CREAT);
    try {
      long step = 1L << 20;
      long has = filler.toFile().length();
      while (at.toFile().getUsableSpace() > bytes && FileIo.allocate(fd, 0, has, step) == 0) {
        has += step;
      }
    } finally {
      Descriptors.close(fd);
    }
  }

  /** Gives it back; some file systems take a moment for that. */
  void empty() throws IOException {
    long gives = filler.toFile().length() / 2;
    long free = at.toFile().getUsableSpace();
    Files.deleteIfExists(filler);
    long deadline = System.nanoTime() + NANOS;
    while (at.toFile().getUsableSpace() - free < gives) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("the room does not come back");
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    Program.End end = Program.run(List.of("/bin/umount", at.toString()), Map.of(), NANOS);
    if (!end.ok()) {
      throw new AssertionError(end.why());
    }
  }
}
