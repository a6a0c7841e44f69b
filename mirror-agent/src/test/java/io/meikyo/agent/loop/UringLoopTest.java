// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Uring;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UringLoopTest extends RealLoopContract {
  @TempDir private Path folder;

  @Override
  RealWorld world() throws Exception {
    String refused = "";
    try {
      Uring.test();
    } catch (LinuxException e) {
      refused = e.getMessage();
    }
    assumeThat(refused).as("io_uring is here").isEmpty();
    return new RealWorld(newLoop(), folder);
  }

  IoLoop newLoop() throws Exception {
    return new UringLoop();
  }

  @Test
  void tellsItsKind() {
    assertThat(loop.kind()).isEqualTo("io_uring");
  }
}
