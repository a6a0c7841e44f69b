// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.consensus.Membership.Voter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.junit.jupiter.api.Test;

class RatisSettingsTest {
  private final RaftProperties settings =
      RatisSettings.of(
          new MemberSetup(
              new Voter("server1#1", "127.0.0.1:7401"),
              Path.of("/var/lib/x"),
              Timing.CALM,
              null,
              false,
              line -> {}),
          Path.of("/var/lib/x/open"),
          Path.of("/var/lib/x/retired"));

  @Test
  void aPeerThatIsAwayForMonthsIsStillAskedOnceASecondAtMost() {
    RetryPolicy policy = RetryPolicy.parse(RaftServerConfigKeys.Log.Appender.retryPolicy(settings));
    for (int failures : new int[] {100, 10_000, 10_000_000, 1_000_000_000}) {
      assertThat(
              policy
                  .handleAttemptFailure(() -> failures)
                  .getSleepTime()
                  .toLong(TimeUnit.MILLISECONDS))
          .as("after %s failures", failures)
          .isBetween(100L, 2000L);
    }
  }

  @Test
  void nothingIsKeptInATemporaryFolder() {
    assertThat(RaftServerConfigKeys.storageDir(settings))
        .containsExactly(Path.of("/var/lib/x/open").toFile());
    assertThat(RaftServerConfigKeys.removedGroupsDir(settings).toPath())
        .isEqualTo(Path.of("/var/lib/x/retired"));
  }

  @Test
  void anAnswerIsGivenWhenItIsOnTheDisk() {
    assertThat(RaftServerConfigKeys.Log.unsafeFlushEnabled(settings)).isFalse();
    assertThat(RaftServerConfigKeys.Log.asyncFlushEnabled(settings)).isFalse();
    assertThat(RaftServerConfigKeys.Log.useMemory(settings)).isFalse();
  }

  @Test
  void followersHearAtOnceWhatIsCommitted() {
    assertThat(RaftServerConfigKeys.Log.logMetadataEnabled(settings)).isTrue();
  }
}
