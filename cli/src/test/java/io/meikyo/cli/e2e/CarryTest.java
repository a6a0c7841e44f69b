// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.partition.CarriedCopy;
import io.meikyo.agent.partition.InspectPartition;
import io.meikyo.core.format.ConfigCopy;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The configuration that a cluster partition carries is written beside a mirror at work. */
@Timeout(180)
class CarryTest extends WithPair {
  private static final String TEXT = "# a line of a configuration\n".repeat(3000);

  private static ConfigCopy on(Server s) throws Exception {
    return InspectPartition.inspect(s.cluster).config();
  }

  private static String mark(long version, String text) {
    return CarriedCopy.mark(version, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void underLoadOnBothServersAndOverTheDeathOfTheAgent() throws Exception {
    assertThat(one.fact("configuration")).isEqualTo(CarriedCopy.NONE);
    ledger.start();
    ledger.more(100, 30, "before");
    for (int version = 1; version <= 20; version++) {
      for (Server s : new Server[] {one, two}) {
        s.must("carry", "version=" + version, "text=" + TEXT + version);
      }
    }
    ledger.more(100, 30, "meanwhile");
    for (Server s : new Server[] {one, two}) {
      assertThat(s.fact("configuration")).isEqualTo(mark(20, TEXT + 20));
      ConfigCopy copy = on(s);
      assertThat(copy.version()).isEqualTo(20);
      assertThat(copy.sequence()).isEqualTo(20);
      assertThat(copy.inSyncMask()).isEqualTo(3);
      assertThat(new String(copy.configuration(), StandardCharsets.UTF_8)).isEqualTo(TEXT + 20);
    }
    two.agent().kill();
    two.start();
    assertThat(two.fact("configuration")).isEqualTo(mark(20, TEXT + 20));
    pair.awaitInSync(one);
    settle(one);
    assertThat(ledger.refused()).isZero();
  }

  @Test
  void notInAHoldNorTooMuchNorNothing() throws Exception {
    one.must("carry", "version=1", "text=first");
    String id = one.must("hold", "max=60").facts().get("hold");
    Server.Said held = one.ask("carry", "version=2", "text=second");
    assertThat(held.status()).as(held.text()).isEqualTo(4);
    assertThat(on(one).version()).isEqualTo(1);
    one.must("release", "hold=" + id);
    one.must("carry", "version=2", "text=second");
    Server.Said large =
        one.ask("carry", "version=3", "text=" + "x".repeat(ConfigCopy.CONFIGURATION_MAX + 1));
    assertThat(large.status()).isEqualTo(1);
    assertThat(large.text()).contains("carries at most " + ConfigCopy.CONFIGURATION_MAX);
    assertThat(one.ask("carry", "version=3").status()).isEqualTo(2);
    assertThat(one.ask("carry", "text=x").status()).isEqualTo(2);
    assertThat(one.ask("carry", "version=0", "text=x").status()).isEqualTo(2);
    assertThat(on(one).version()).isEqualTo(2);
    assertThat(one.fact("configuration")).isEqualTo(mark(2, "second"));
  }
}
