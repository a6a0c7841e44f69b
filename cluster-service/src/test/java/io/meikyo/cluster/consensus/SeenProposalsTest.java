// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SeenProposalsTest {
  private static final UUID ONE = new UUID(1, 1);
  private final SeenProposals seen = new SeenProposals();

  @Test
  void eachNumberIsNewOnceInWhateverOrder() {
    for (long n : new long[] {0, 2, 1, 255, 100}) {
      assertThat(seen.isNew(ONE, n)).isTrue();
      assertThat(seen.isNew(ONE, n)).isFalse();
    }
    assertThat(seen.isNew(new UUID(2, 2), 0)).isTrue();
  }

  @Test
  void whatIsOlderThanTheWindowCountsAsSeen() {
    assertThat(seen.isNew(ONE, 1000)).isTrue();
    assertThat(seen.isNew(ONE, 1000 - SeenProposals.WINDOW)).isFalse();
    assertThat(seen.isNew(ONE, 1001 - SeenProposals.WINDOW)).isTrue();
    assertThat(seen.isNew(ONE, 1001 - SeenProposals.WINDOW)).isFalse();
    assertThat(seen.isNew(ONE, 100_000)).isTrue();
    assertThat(seen.isNew(ONE, 99_990)).as("a jump leaves no old marks").isTrue();
  }

  @Test
  void theOneHeardLongestAgoIsForgotten() {
    assertThat(seen.isNew(ONE, 7)).isTrue();
    for (int i = 0; i < SeenProposals.PROPOSERS_MAX; i++) {
      assertThat(seen.isNew(new UUID(9, i), 0)).isTrue();
    }
    assertThat(seen.isNew(new UUID(9, 0), 0)).isFalse();
    assertThat(seen.isNew(ONE, 7)).isTrue();
  }

  @Test
  void theTableOutlivesASnapshot() {
    for (long n = 0; n < 600; n += 3) {
      seen.isNew(ONE, n);
    }
    ByteBuffer bytes = ByteBuffer.allocate(seen.bytes());
    seen.write(bytes);
    assertThat(bytes.hasRemaining()).isFalse();
    SeenProposals read = new SeenProposals();
    read.read(bytes.flip());
    for (long n = 400; n < 600; n++) {
      assertThat(read.isNew(ONE, n)).as("number " + n).isEqualTo(n % 3 != 0);
    }
  }
}
