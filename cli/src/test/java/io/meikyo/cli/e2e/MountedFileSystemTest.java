// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All that a file system does to a mirror disk: files exercised, discards while files go and of all
 * free room at once, and then the same file system on the other server. How long it is exercised:
 * {@code -Dmeikyo.exercise.operations}; {@code -Dmeikyo.exercise.seed} does again what a failure
 * names.
 */
@Timeout(3600)
class MountedFileSystemTest {
  private static final int OPERATIONS = Integer.getInteger("meikyo.exercise.operations", 600);
  private static final long SEED = Long.getLong("meikyo.exercise.seed", 1);
  private static final int FILES = 3;
  private static final int FILLING_BYTES = 24 << 20;

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void filesAreWhatWasWrittenOnBothServers(String type) throws Exception {
    MountedDisk.assume(type);
    MountedDisk disk = MountedDisk.make(type, "discard");
    List<Exerciser> exercisers = new ArrayList<>();
    try {
      for (int i = 0; i < FILES; i++) {
        exercisers.add(new Exerciser(disk.at.resolve("exercised" + i), SEED + i));
      }
      exercise(exercisers);
      discard(disk);
      exercise(exercisers);

      disk.unmount();
      disk.check();
      disk.replicasAreEqual();
      disk.mount("discard");
      compare(exercisers);
      disk.unmount();

      disk.pair.one.must("standby");
      disk.pair.two.until(30, "activate");
      disk.moveTo(disk.pair.two);
      disk.check();
      disk.mount("discard");
      compare(exercisers);
      exercise(exercisers);
      disk.unmount();
      disk.check();
      disk.replicasAreEqual();
    } finally {
      exercisers.forEach(Exerciser::close);
      disk.close();
    }
  }

  /** All at once. */
  private static void exercise(List<Exerciser> exercisers) throws Exception {
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      List<Callable<Boolean>> work = new ArrayList<>();
      for (Exerciser each : exercisers) {
        work.add(() -> {
          for (int i = 0; i < OPERATIONS; i++) {
            each.step();
          }
          each.closeFile();
          return true;
        });
      }
      for (Future<Boolean> each : threads.invokeAll(work)) {
        assertThat(each.get()).isTrue();
      }
    }
  }

  private static void compare(List<Exerciser> exercisers) throws Exception {
    for (Exerciser each : exercisers) {
      each.compare();
      each.closeFile();
    }
  }

  /**
   * A large file goes, and then all free room is discarded: its bytes are gone on both replicas.
   */
  private static void discard(MountedDisk disk) throws Exception {
    assumeThat(MountedDisk.has("fstrim")).as("fstrim is installed").isTrue();
    String device = Path.of(disk.device()).getFileName().toString();
    Path grain = Path.of("/sys/block", device, "queue/discard_granularity");
    assertThat(Files.readString(grain).strip()).as("the device takes discards").isNotEqualTo("0");
    Path filling = disk.at.resolve("filling");
    byte[] mark = new byte[1 << 20];
    Arrays.fill(mark, (byte) 0x5a);
    try (var out = Files.newOutputStream(filling)) {
      for (int i = 0; i < FILLING_BYTES / mark.length; i++) {
        out.write(mark);
      }
    }
    disk.run("sync", "-f", disk.at.toString());
    // How many of them lie in whole MiB is the file system's business, and what it held before.
    assertThat(marked(disk.pair.one.image())).as("MiB of it on the disk").isGreaterThan(4);
    Files.delete(filling);
    disk.run("sync", "-f", disk.at.toString());
    disk.run("fstrim", disk.at.toString());
    assertThat(marked(disk.pair.one.image())).as("MiB of it that were not discarded").isZero();
    assertThat(marked(disk.pair.two.image())).as("the same on the other server").isZero();
  }

  /** How many whole MiB of the mark are in a file. */
  private static int marked(Path file) throws Exception {
    int found = 0;
    int run = 0;
    byte[] part = new byte[64 << 10];
    try (var in = Files.newInputStream(file)) {
      for (int got = in.readNBytes(part, 0, part.length); got > 0; ) {
        boolean all = true;
        for (int i = 0; i < got && all; i++) {
          all = part[i] == 0x5a;
        }
        run = all ? run + 1 : 0;
        if (run == (1 << 20) / part.length) {
          found++;
          run = 0;
        }
        got = in.readNBytes(part, 0, part.length);
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void fioReadsWhatItWrote(String type) throws Exception {
    MountedDisk.assume(type);
    assumeThat(MountedDisk.has("fio")).as("fio is installed").isTrue();
    MountedDisk disk = MountedDisk.make(type, "noatime");
    try {
      disk.run(
          "fio",
          "--verify_state_save=0",
          "--directory=" + disk.at,
          "--size=24m",
          "--rw=randrw",
          "--bs=4k-256k",
          "--ioengine=libaio",
          "--iodepth=16",
          "--fsync=16",
          "--verify=crc32c",
          "--do_verify=1",
          "--verify_fatal=1",
          "--name=direct",
          "--direct=1",
          "--name=cached",
          "--direct=0");
      disk.unmount();
      disk.check();
      disk.replicasAreEqual();
    } finally {
      disk.close();
    }
  }
}
