// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real block devices: loop devices over files. Needs root and loop devices. */
class LoopDeviceTest {
  @TempDir private Path folder;
  private final List<String> loops = new ArrayList<>();

  @BeforeEach
  void needsRoot() {
    assumeThat(System.getProperty("user.name")).as("loop devices need root").isEqualTo("root");
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
  }

  @AfterEach
  void detach() throws Exception {
    for (String loop : loops) {
      run("losetup", "-d", loop);
    }
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.strip();
  }

  private Path loop(Path file, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("losetup", "-f", "--show"));
    command.addAll(List.of(options));
    command.add(file.toString());
    String device = run(command.toArray(String[]::new));
    loops.add(device);
    return Path.of(device);
  }

  private Path file(String name, long bytes) throws IOException {
    Path path = folder.resolve(name);
    Files.write(path, new byte[(int) bytes]);
    return path;
  }

  private static CreatePartition.Request request(Path data, Path cluster) {
    return new CreatePartition.Request(
        data, cluster, new Identity(new UUID(1, 2), new UUID(3, 4), 0), 3, 512, 0, 0, false);
  }

  @Test
  void devicesAreMadeCheckedAndRepaired() throws Exception {
    Path data = loop(file("data", 5 << 20));
    Path cluster = loop(file("cluster", 16 << 20));
    new CreatePartition(request(data, cluster), Progress.NONE).run(1);

    try (PartitionFile opened = PartitionFile.open(cluster, PartitionFile.Mode.READ)) {
      assertThat(opened.size()).isEqualTo(16 << 20);
    }
    var result =
        CheckPartition.check(List.of(cluster), new CheckPartition.Expected(null, null, 0, data))
            .getFirst();
    assertThat(result.clean()).isTrue();

    // The same bytes are in the file under the device, durable.
    assertThat(Files.readAllBytes(folder.resolve("cluster")))
        .startsWith("MKSB".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void twoDevicesOnOneFileOverlap() throws Exception {
    Path file = file("both", 32 << 20);
    Path first = loop(file);
    Path second = loop(file, "-o", "1048576");
    assertThatThrownBy(() -> new CreatePartition(request(first, second), Progress.NONE).run(1))
        .hasMessageContaining(PartitionNotice.OVERLAPPING.key());
    assertThatThrownBy(() -> new CreatePartition(request(file, first), Progress.NONE).run(1))
        .hasMessageContaining(PartitionNotice.OVERLAPPING.key());

    Path low = loop(file, "--sizelimit", "4194304");
    Path high = loop(file, "-o", "4194304");
    assertThat(new CreatePartition(request(low, high), Progress.NONE).run(1)).isNotEmpty();
  }

  @Test
  void aMountedDeviceIsRefused() throws Exception {
    assumeThat(Path.of("/usr/sbin/mkfs.ext4")).as("mkfs.ext4").exists();
    Path data = loop(file("data", 16 << 20));
    Path cluster = loop(file("cluster", 16 << 20));
    run("mkfs.ext4", "-q", data.toString());
    Path mount = Files.createDirectory(folder.resolve("mnt"));
    run("mount", data.toString(), mount.toString());
    try {
      assertThatThrownBy(() -> new CreatePartition(request(data, cluster), Progress.NONE).run(1))
          .hasMessageContaining(PartitionNotice.MOUNTED.key());
    } finally {
      run("umount", mount.toString());
    }
    var notices = new CreatePartition(request(data, cluster), Progress.NONE).run(1);
    assertThat(notices).extracting("code").contains(PartitionNotice.DATA_KEPT.key());
    run("fsck.ext4", "-n", data.toString());
  }
}
