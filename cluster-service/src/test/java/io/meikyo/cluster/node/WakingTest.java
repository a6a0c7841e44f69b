// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.NodeEvent;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class WakingTest {
  private static final long LONG = 60_000_000_000L;
  private static final NodeEvent.Sovereign OTHER = new NodeEvent.Sovereign();

  private final LinkedBlockingQueue<NodeEvent> queue = new LinkedBlockingQueue<>();

  @Test
  void theWordOfTheAgentComesFirst() throws Exception {
    NodeEvent old = NodeEvent.Agent.silent(999);
    NodeEvent word = NodeEvent.Agent.silent(1000);
    NodeEvent later = NodeEvent.Agent.silent(1001);
    queue.addAll(List.of(OTHER, word, later));
    assertThat(Waking.events(old, 1000, LONG, queue)).containsExactly(word, old, OTHER);
    assertThat(queue).containsExactly(later);
  }

  @Test
  void nobodyWaitsForWhatIsThere() throws Exception {
    NodeEvent word = NodeEvent.Agent.silent(1000);
    queue.add(OTHER);
    assertThat(Waking.events(word, 1000, LONG, queue)).containsExactly(word);
    assertThat(queue).containsExactly(OTHER);
  }

  @Test
  void anAgentThatSaysNothingIsNotWaitedForLong() throws Exception {
    queue.add(OTHER);
    assertThat(Waking.events(null, 1000, 1_000_000, queue)).containsExactly(OTHER);
    assertThat(Waking.events(null, 1000, 0, queue))
        .singleElement()
        .isInstanceOf(NodeEvent.Tick.class);
  }
}
