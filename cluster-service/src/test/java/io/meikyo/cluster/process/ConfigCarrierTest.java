// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.partition.CarriedCopy;
import io.meikyo.cluster.config.CarriedConfig;
import io.meikyo.core.cluster.ConfigState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When the configuration in force is handed to the mirror agent, and what is said of it. */
class ConfigCarrierTest {
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final UUID MD1 = new UUID(3, 4);

  private final LinkedBlockingQueue<String> asked = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
  private volatile ConfigCarrier.Answer answer = new ConfigCarrier.Answer(0, "");
  private volatile boolean gone;
  private final ConfigCarrier carrier =
      new ConfigCarrier(
          (disk, version, text) -> {
            ConfigCarrier.Answer now = answer;
            boolean lost = gone;
            asked.add(disk + " " + version + " " + text);
            if (lost) {
              throw new IOException("no agent");
            }
            return now;
          },
          notice -> said.add(notice.code()));

  private static ConfigState state(long version, String text) {
    TreeMap<String, ConfigState.DiskFacts> disks = new TreeMap<>();
    disks.put("md1", new ConfigState.DiskFacts(MD1, List.of("server1", "server2")));
    return new ConfigState(version, text, new TreeMap<>(), disks, "t");
  }

  private static String text(String toml) {
    return new CarriedConfig(CLUSTER, Map.of("md1", MD1), toml).encode();
  }

  private static Map<String, Map<String, String>> facts(String... pairs) {
    Map<String, String> f = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      f.put(pairs[i], pairs[i + 1]);
    }
    return Map.of("md1", f);
  }

  private static String take(LinkedBlockingQueue<String> from) throws InterruptedException {
    return String.valueOf(from.poll(60, TimeUnit.SECONDS));
  }

  @Test
  void whatIsNotCarriedYetIsHandedOverOnceAndSaid() throws Exception {
    carrier.look(facts("configuration", "-"));
    assertThat(asked).as("nothing is in force yet").isEmpty();
    carrier.carry(CLUSTER, state(7, "name = \"x\"\n"));
    carrier.look(facts("configuration", "-", "hold", "NONE", "flag", "false"));
    assertThat(take(asked)).isEqualTo("md1 7 " + text("name = \"x\"\n"));
    assertThat(take(said)).isEqualTo("service.config-carried");
    carrier.look(facts("configuration", "-"));
    assertThat(asked).as("the agent's word may be from before").isEmpty();
  }

  @Test
  void whatIsCarriedIsNotHandedOverAgainUntilItChanges() throws Exception {
    carrier.carry(CLUSTER, state(7, "a"));
    String mark = CarriedCopy.mark(7, text("a").getBytes(StandardCharsets.UTF_8));
    carrier.look(facts("configuration", mark));
    carrier.look(Map.of());
    carrier.look(facts("role", "ACTIVE"));
    assertThat(asked).isEmpty();
    carrier.carry(CLUSTER, state(8, "b"));
    carrier.look(facts("configuration", mark));
    assertThat(take(asked)).isEqualTo("md1 8 " + text("b"));
  }

  @Test
  void aPartitionThatIsBeingBackedUpIsLeftAlone() throws Exception {
    carrier.carry(CLUSTER, state(7, "a"));
    carrier.look(facts("configuration", "-", "flag", "true"));
    carrier.look(facts("configuration", "-", "hold", "HELD"));
    assertThat(asked).isEmpty();
    answer = new ConfigCarrier.Answer(4, "it rests");
    carrier.look(facts("configuration", "-"));
    assertThat(take(asked)).startsWith("md1 7 ");
    carrier.carry(CLUSTER, state(8, "b"));
    answer = new ConfigCarrier.Answer(0, "");
    // The first thread may still be on its way out: it is asked until it is taken.
    while (asked.isEmpty()) {
      carrier.look(facts("configuration", "-"));
      Thread.onSpinWait();
    }
    assertThat(take(said)).as("that it rests is not said").isEqualTo("service.config-carried");
  }

  @Test
  void aTroubleIsSaidOnceAndIsNotFatal() throws Exception {
    answer = new ConfigCarrier.Answer(1, "disk error");
    carrier.carry(CLUSTER, state(7, "a"));
    carrier.look(facts("configuration", "-"));
    assertThat(take(said)).isEqualTo("service.config-not-carried");
    for (int again = 0; again < 2; again++) {
      asked.clear();
      carrier.carry(CLUSTER, state(7, "a"));
      while (asked.isEmpty()) {
        carrier.look(facts("configuration", "-"));
        Thread.onSpinWait();
      }
    }
    gone = true;
    asked.clear();
    carrier.carry(CLUSTER, state(7, "a"));
    while (asked.isEmpty()) {
      carrier.look(facts("configuration", "-"));
      Thread.onSpinWait();
    }
    assertThat(take(said)).as("another trouble").isEqualTo("service.config-not-carried");
    assertThat(said).isEmpty();
  }
}
