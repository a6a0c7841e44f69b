// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuseTimeoutTest {
  @TempDir private Path folder;

  @Test
  void aHoldIsShorterThanTheKernelsPatience() throws Exception {
    assertThat(FuseTimeout.holdSeconds(folder, 60)).as("an older kernel").isEqualTo(60);
    Files.writeString(folder.resolve("default_request_timeout"), "0\n");
    Files.writeString(folder.resolve("max_request_timeout"), "0\n");
    assertThat(FuseTimeout.holdSeconds(folder, 60)).as("no limit").isEqualTo(60);
    Files.writeString(folder.resolve("max_request_timeout"), "45\n");
    assertThat(FuseTimeout.holdSeconds(folder, 60)).isEqualTo(40);
    Files.writeString(folder.resolve("default_request_timeout"), "30\n");
    assertThat(FuseTimeout.holdSeconds(folder, 60)).isEqualTo(25);
    Files.writeString(folder.resolve("default_request_timeout"), "3\n");
    assertThat(FuseTimeout.holdSeconds(folder, 60)).isEqualTo(1);
  }
}
