// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchTest {
  @TempDir Path folder;

  private Patch patch(String text) throws IOException {
    return Patch.read(Files.writeString(folder.resolve("01-x.bug"), text));
  }

  @Test
  void aChangeIsLaidOverTheText() throws IOException {
    Files.writeString(folder.resolve("A.java"), "int a = b\n  + c;\n");
    Patch patch = patch("What.\nfile: A.java\n---\nb + c\n+++\nb\n===\n");
    assertThat(patch.apply(folder)).containsEntry("A.java", "int a = b;\n");
  }

  /** Such a patch once changed nothing, and its bug was never planted. */
  @Test
  void aChangeWithoutItsEndIsRefused() {
    assertThatThrownBy(() -> patch("What.\nfile: A.java\n---\nb + c\n+++\nb\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("01-x.bug");
    assertThatThrownBy(() -> patch("What.\nfile: A.java\n")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> patch("What.\nfile: A.java\n---\nb\n+++\nc\n===\n---\nd\n"))
        .isInstanceOf(IOException.class);
  }
}
