// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.linux.Descriptors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sockets at paths, and what may be there already. */
class NbdSocketsTest {
  private Path folder;
  private Path path;

  @BeforeEach
  void makeFolder() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "nbd");
    path = folder.resolve("s");
  }

  @AfterEach
  void removeFolder() throws Exception {
    Files.deleteIfExists(path);
    Files.delete(folder);
  }

  @Test
  void aSocketThatIsLeftOverIsReplaced() throws Exception {
    Descriptors.close(NbdSockets.unix(path, "rw-rw----"));
    assertThat(path).exists();
    int again = NbdSockets.unix(path, "rw-rw----");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-rw----");
    assertThatThrownBy(() -> NbdSockets.unix(path, "rw-rw----")).hasMessageContaining("EADDRINUSE");
    assertThat(path).exists();
    Descriptors.close(again);
  }

  @Test
  void anythingElseStays() throws Exception {
    Files.writeString(path, "precious");
    assertThatThrownBy(() -> NbdSockets.unix(path, "rw-rw----")).hasMessageContaining("EADDRINUSE");
    assertThat(path).hasContent("precious");
    Path none = folder.resolve("none/s");
    assertThatThrownBy(() -> NbdSockets.unix(none, "rw-rw----")).hasMessageContaining("ENOENT");
  }
}
