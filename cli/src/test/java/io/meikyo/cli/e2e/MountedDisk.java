// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.linux.Fuse;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A pair whose first server is active and has a file system mounted on its block device. Whatever
 * happens, {@link #close} leaves no mount, device, process or file.
 */
final class MountedDisk {
  private static final int COMMAND_SECONDS = 60;

  final String type;
  final Pair pair;
  final Path at;
  private Server where;

  /** A file system of its own, on a pair that is in sync. */
  private MountedDisk(String type, Pair pair) throws IOException {
    this.type = type;
    this.pair = pair;
    this.at = Files.createDirectory(pair.folder.resolve("mnt"));
    this.where = pair.one;
  }

  /** Skips the test where this machine cannot do it. */
  static void assume(String type) {
    assumeThat(System.getProperty("user.name")).as("mounts need root").isEqualTo("root");
    assumeThat(Path.of("/dev/fuse")).as("the kernel has FUSE").exists();
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    assumeThat(has("mkfs." + type)).as("mkfs." + type + " is installed").isTrue();
    assumeThat(has(type.equals("ext4") ? "e2fsck" : "xfs_repair"))
        .as("the checker of " + type + " is installed")
        .isTrue();
  }

  static boolean has(String program) {
    return !path(program).equals(program);
  }

  /** Where a program is, also if its folder is not on the PATH; its name alone if it is nowhere. */
  private static String path(String program) {
    for (String folder : List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin")) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return Path.of(folder, program).toString();
      }
    }
    return program;
  }

  /** Makes the pair and the file system, and mounts it; with "discard", on disks that take them. */
  static MountedDisk make(String type, String options) throws Exception {
    return make(type, options, pair -> {});
  }

  /** Something to do with a pair. */
  interface Before {
    void start(Pair pair) throws Exception;
  }

  /** The same, with something done before the pair is started. */
  static MountedDisk make(String type, String options, Before before) throws Exception {
    // mkfs.xfs refuses anything smaller.
    long bytes = (type.equals("xfs") ? 320L : 96L) << 20;
    Pair pair = new Pair(bytes, true, options.contains("discard"));
    MountedDisk disk = new MountedDisk(type, pair);
    try {
      before.start(pair);
      pair.start().first(pair.one);
      String device = disk.device();
      disk.run("mkfs." + type, "-q", device);
      disk.mount(options);
      return disk;
    } catch (Exception | AssertionError e) {
      disk.close();
      throw e;
    }
  }

  /** The block device of the server on which it is mounted. */
  String device() throws Exception {
    Await.that(20, "the device is there", where::words, () -> Files.isSymbolicLink(where.device));
    return Files.readSymbolicLink(where.device).toString();
  }

  void mount(String options) throws Exception {
    run("mount", "-t", type, "-o", options, device(), at.toString());
  }

  /**
   * Unmounts it for good. Whoever made a mount namespace meanwhile, a container for instance, has a
   * copy of the mount that keeps the file system alive; nothing can be said of the disk then.
   */
  void unmount() throws Exception {
    String number = number();
    run("umount", at.toString());
    List<String> elsewhere = mountedBy(number);
    assumeThat(elsewhere.isEmpty())
        .as("still mounted in namespaces of others: %s", elsewhere)
        .isTrue();
  }

  /** MAJOR:MINOR of what is mounted here. */
  private String number() throws Exception {
    try (var mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return mounts
          .filter(line -> line.contains(" " + at + " "))
          .map(line -> line.split(" ", -1)[2])
          .reduce((first, last) -> last)
          .orElseThrow();
    }
  }

  /** Processes in whose mount namespaces the device MAJOR:MINOR is mounted. */
  private static List<String> mountedBy(String number) throws Exception {
    List<String> found = new ArrayList<>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String mounts = Files.readString(process.resolve("mountinfo"));
          if (mounts.lines().anyMatch(line -> line.contains(" " + number + " "))) {
            found.add(process.getFileName().toString());
          }
        } catch (IOException e) {
          // It has ended.
          continue;
        }
      }
    }
    return found;
  }

  /** The file system's own checker finds nothing; it is not mounted. */
  void check() throws Exception {
    if (type.equals("ext4")) {
      run("e2fsck", "-fn", device());
    } else {
      run("xfs_repair", "-n", device());
    }
  }

  /** From now on it is looked for on another server. */
  void moveTo(Server server) {
    where = server;
  }

  /** Both replicas are equal, by the product's own word and byte by byte; nobody writes. */
  void replicasAreEqual() throws Exception {
    pair.awaitInSync(where);
    pair.verify(where);
    assertThat(Files.mismatch(pair.one.image(), pair.two.image()))
        .as("first byte in which the replicas differ")
        .isEqualTo(-1);
  }

  /** Runs a command that must succeed; what it printed. */
  String run(String... command) throws Exception {
    Path out = Files.createTempFile(pair.folder, "run", ".txt");
    List<String> words = new ArrayList<>(List.of(command));
    words.set(0, path(command[0]));
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .start();
    boolean ended = process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    String said = Files.readString(out);
    assertThat(ended)
        .as("ends: %s%n%s%n%s", String.join(" ", command), said, pair.words())
        .isTrue();
    assertThat(process.exitValue()).as("%s%n%s", String.join(" ", command), said).isZero();
    Files.delete(out);
    return said;
  }

  /**
   * Takes everything away: first what is mounted on the devices, then, when their users have let
   * go, the devices. What is stuck is aborted.
   */
  void close() throws Exception {
    String folder = pair.folder.toString();
    try {
      unmountBelow("ext4", "xfs");
      for (Mounts.Mounted m : Mounts.all()) {
        if (m.at().startsWith(folder) && m.type().startsWith("fuse")) {
          Fuse.abort(m.device());
        }
      }
      for (LoopDevices.Loop loop : LoopDevices.all()) {
        if (loop.backing().startsWith(folder + "/")) {
          LoopDevices.detach(loop.device());
        }
      }
      unmountBelow("fuse");
    } finally {
      pair.close();
    }
  }

  private void unmountBelow(String... types) throws IOException {
    for (Mounts.Mounted m : Mounts.all().reversed()) {
      for (String each : types) {
        if (m.at().startsWith(pair.folder) && m.type().startsWith(each)) {
          Mounts.unmount(m.at(), Mounts.MNT_DETACH);
        }
      }
    }
  }
}
