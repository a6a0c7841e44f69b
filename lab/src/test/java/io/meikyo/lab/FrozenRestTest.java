// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.meikyo.linux.LoopDevices;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file system whose mount namespace ended while it was frozen is let go. */
class FrozenRestTest {
  private static final long SECONDS = 30;

  @TempDir Path folder;

  @BeforeEach
  void needs() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(Files.exists(Path.of("/dev/loop-control")), "needs loop devices");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void aFrozenOneIsLetGo(String type) throws Exception {
    Path file = backing(type);
    // The mount is in a namespace of its own, and goes with it.
    Path device = mountedAndLeft(file, type, "fsfreeze -f " + folder);
    try {
      assertThat(LoopDevices.of(file)).as("the kernel keeps it").hasSize(1);
    } finally {
      FrozenRest.release(device, folder.resolve("rest"));
    }
    awaitGone(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void oneThatWasNotFrozenGoesByItself(String type) throws Exception {
    Path file = backing(type);
    Path device = mountedAndLeft(file, type, "true");
    FrozenRest.release(device, folder.resolve("rest"));
    awaitGone(file);
  }

  private Path backing(String type) throws Exception {
    Path mkfs = Path.of("/usr/sbin/mkfs." + type);
    assumeTrue(Files.exists(mkfs), "needs mkfs." + type);
    Path file = folder.resolve("disk");
    Shell.run("truncate", "-s", "512M", file.toString());
    Shell.run(mkfs.toString(), "-q", file.toString());
    return file;
  }

  private Path mountedAndLeft(Path file, String type, String last) throws Exception {
    Path at = Files.createDirectories(folder.resolve("mount"));
    String script =
        "set -e; mount -t %s -o loop %s %s; losetup -nO NAME -j %s; %s"
            .formatted(type, file, at, file, last.replace(folder.toString(), at.toString()));
    return Path.of(Shell.run("unshare", "--mount", "sh", "-c", script).strip());
  }

  private static void awaitGone(Path file) throws Exception {
    // An unmounted device is let go when the kernel has done its last work on it.
    Wait.until(() -> LoopDevices.of(file).isEmpty(), SECONDS, "the loop device goes", file);
  }
}
