// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.real.LoopDisk;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No image is written to what it is an image of, whatever is between. */
@Timeout(120)
class PlacesTest {
  private static final Path EXAMPLE = Path.of("../docs/examples/meikyo.toml");
  private static final long MIB = 1 << 20;

  @TempDir private Path folder;

  /** The documented cluster, with this device as its mirror disk, mounted there. */
  private Places places(Path device, Path mount) throws Exception {
    String text =
        Files.readString(EXAMPLE)
            .replace(
                "name = \"md1\"\ninitial", "name = \"md1\"\ndevice = \"" + device + "\"\ninitial")
            .replace("/srv/md1", mount.toString());
    assertThat(text).contains(device.toString()).contains(mount.toString());
    Path file = Files.writeString(folder.resolve("meikyo.toml"), text);
    ClusterConfig config = ConfigReader.read(file).config().orElseThrow();
    assertThat(config.mirrors().getFirst().device()).isEqualTo(device.toString());
    return new Places(() -> config);
  }

  private static List<String> codes(List<Notice> notices) {
    return notices.stream().map(Notice::code).toList();
  }

  @Test
  void aFolderOnTheMirrorDiskAndOnWhatIsBuiltUponItIsRefused() throws Exception {
    Path mount = Files.createDirectory(folder.resolve("mnt"));
    Path above = Files.createDirectory(folder.resolve("above"));
    try (LoopDisk mirror = new LoopDisk(folder.resolve("mirror"), 48 * MIB)) {
      mirror.format("ext4");
      Mounts.mount(mirror.device().toString(), mount, "ext4", 0, "");
      try (LoopDisk inner = new LoopDisk(mount.resolve("inner"), 16 * MIB)) {
        inner.format("ext4");
        Mounts.mount(inner.device().toString(), above, "ext4", 0, "");
        try {
          Places places = places(mirror.device(), folder.resolve("elsewhere"));
          assertThat(codes(places.against(mount, 0))).containsExactly("image.folder-on-mirror");
          assertThat(codes(places.against(above, 0)))
              .as("a file in its file system")
              .containsExactly("image.folder-on-mirror");
          assertThat(places.against(folder, 0)).isEmpty();
          try (Stream<Path> left = Files.list(above)) {
            assertThat(left.filter(p -> p.toString().endsWith(".try"))).isEmpty();
          }
        } finally {
          Mounts.unmount(above, 0);
        }
      } finally {
        Mounts.unmount(mount, 0);
      }
    }
  }

  /** Where the group mounts its file system, also while it does not. */
  @Test
  void aFolderThatWillBeHiddenIsRefused() throws Exception {
    Path below = Files.createDirectories(folder.resolve("srv/below"));
    Places places = places(Path.of("/dev/no-such-device"), folder.resolve("srv"));
    assertThat(codes(places.against(below, 0))).containsExactly("image.folder-under-mount");
    assertThat(places.against(folder, 0)).isEmpty();
    assertThat(codes(places.against(folder, Long.MAX_VALUE))).containsExactly("image.no-room");
  }
}
