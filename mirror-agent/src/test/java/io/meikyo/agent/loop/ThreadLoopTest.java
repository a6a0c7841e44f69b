// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreadLoopTest extends RealLoopContract {
  @TempDir private Path folder;

  @Override
  RealWorld world() throws Exception {
    return new RealWorld(new ThreadLoop(), folder);
  }

  @Test
  void tellsItsKind() {
    assertThat(loop.kind()).isEqualTo("threads");
  }
}
