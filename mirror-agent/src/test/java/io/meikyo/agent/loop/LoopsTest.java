// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Sets a system property: alone. */
@Isolated
class LoopsTest {
  private final String before = System.getProperty(Loops.PROPERTY);
  private final List<String> reasons = new ArrayList<>();

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty(Loops.PROPERTY);
    } else {
      System.setProperty(Loops.PROPERTY, before);
    }
  }

  @Test
  void theBestIsWhatTheMachineAllows() throws Exception {
    assumeThat(System.getenv("MEIKYO_LOOP")).as("nothing is forced from outside").isNull();
    System.clearProperty(Loops.PROPERTY);
    try (IoLoop loop = Loops.best(reasons::add)) {
      if (loop.kind().equals("io_uring")) {
        assertThat(reasons).isEmpty();
      } else {
        assertThat(reasons).singleElement().asString().startsWith("io_uring cannot be used: ");
      }
    }
  }

  @Test
  void threadsCanBeForced() throws Exception {
    System.setProperty(Loops.PROPERTY, "threads");
    try (IoLoop loop = Loops.best(reasons::add)) {
      assertThat(loop.kind()).isEqualTo("threads");
      assertThat(reasons).containsExactly("threads were asked for");
    }
  }

  @Test
  void anythingElseIsRefused() {
    System.setProperty(Loops.PROPERTY, "magic");
    assertThatThrownBy(() -> Loops.best(reasons::add))
        .hasMessage("meikyo.loop is io_uring or threads, not magic");
  }
}
