// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.meikyo.core.notice.Notice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which folders a new run takes away, and which it leaves alone. */
final class LeftoversTest {
  @TempDir Path parent;

  private final List<Notice> said = new ArrayList<>();

  @BeforeEach
  void needsIp() {
    assumeTrue(Bench.missing().get("ip") == null, "iproute2 is not installed");
  }

  /** The number of a process that has ended. */
  private static long ended() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    return process.pid();
  }

  @Test
  void whatBelongsToAProcessThatIsGoneIsRemoved() throws Exception {
    Path old = Files.createDirectory(parent.resolve("mkb" + ended() + "p0"));
    Files.writeString(Files.createDirectory(old.resolve("disk")).resolve("file"), "old");
    Leftovers.sweep(parent, said::add);
    assertThat(old).doesNotExist();
    assertThat(said).extracting(Notice::code).containsExactly("bench.cleaned");
  }

  @Test
  void itsProcessesEnd() throws Exception {
    Path old = Files.createDirectory(parent.resolve("mkb" + ended() + "p0"));
    Path file = Files.writeString(old.resolve("file"), "old");
    Process left = new ProcessBuilder("tail", "-f", file.toString()).start();
    Leftovers.sweep(parent, said::add);
    assertThat(left.waitFor()).as("killed").isEqualTo(128 + 9);
  }

  @Test
  void whatBelongsToALivingProcessStays() throws Exception {
    Path ours = Leftovers.folder(parent);
    Path second = Leftovers.folder(parent);
    Leftovers.sweep(parent, said::add);
    assertThat(ours).isDirectory();
    assertThat(second).isDirectory().isNotEqualTo(ours);
    assertThat(said).isEmpty();
  }

  @Test
  void whatIsNotOursStays() throws Exception {
    Path other = Files.createDirectory(parent.resolve("mkb123"));
    Path words = Files.createDirectory(parent.resolve("words"));
    Leftovers.sweep(parent, said::add);
    assertThat(other).isDirectory();
    assertThat(words).isDirectory();
  }
}
