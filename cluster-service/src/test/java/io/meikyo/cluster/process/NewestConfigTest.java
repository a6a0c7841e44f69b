// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.ConfigState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of the configurations that a service hears is the newest one. */
class NewestConfigTest {
  @TempDir private Path state;

  private static ConfigState version(long number) {
    return new ConfigState(number, "text " + number, new TreeMap<>(), new TreeMap<>(), "me");
  }

  private NewestConfig afterALifeWith(String text) throws Exception {
    Files.writeString(state.resolve("meikyo.toml"), text);
    return NewestConfig.after(new ServiceFolder(state, state));
  }

  @Test
  void formerOnesAreHeardOnceMoreAndAreNotSure() throws Exception {
    NewestConfig newest = afterALifeWith("text 3");
    assertThat(newest.isNews(version(0), false)).isFalse();
    assertThat(newest.isNews(version(1), false)).isTrue();
    assertThat(newest.isSure()).isFalse();
    assertThat(newest.isNews(version(1), false)).isFalse();
    assertThat(newest.isNews(version(2), false)).isTrue();
    assertThat(newest.is(version(1))).isFalse();
    assertThat(newest.isSure()).isFalse();

    assertThat(newest.isNews(version(3), false)).isTrue();
    assertThat(newest.is(version(3))).isTrue();
    assertThat(newest.isSure()).isTrue();
    assertThat(newest.isNews(version(3), true)).isFalse();
    assertThat(newest.isNews(version(4), false)).isTrue();
    assertThat(newest.isSure()).isTrue();
  }

  @Test
  void anOlderOneThatIsInForceIsReadAgainWhenThatIsKnown() throws Exception {
    // What this member had applied last was given up with its side of a split.
    NewestConfig newest = afterALifeWith("text 3");
    assertThat(newest.isNews(version(2), false)).isTrue();
    assertThat(newest.isSure()).isFalse();
    assertThat(newest.isNews(version(2), true)).isTrue();
    assertThat(newest.isSure()).isTrue();
    assertThat(newest.isNews(version(2), true)).isFalse();
  }

  @Test
  void theFirstOfAllIsSure() {
    NewestConfig newest = NewestConfig.after(new ServiceFolder(state, state));
    assertThat(newest.isNews(version(1), false)).isTrue();
    assertThat(newest.isSure()).isTrue();
  }
}
