// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KinshipTest {
  private static final UUID A = new UUID(1, 1);
  private static final UUID B = new UUID(2, 2);
  private static final UUID C = new UUID(3, 3);
  private static final UUID D = new UUID(4, 4);

  @Test
  void theSameGroupGoesOn() {
    assertThat(Kinship.of(A, List.of(), A, List.of())).isEqualTo(Kinship.SAME);
    assertThat(Kinship.of(B, List.of(A), B, List.of())).isEqualTo(Kinship.SAME);
  }

  @Test
  void anAncestorIsStaleAlsoAfterSeveralSuccessions() {
    assertThat(Kinship.of(B, List.of(A), A, List.of())).isEqualTo(Kinship.PEER_STALE);
    assertThat(Kinship.of(A, List.of(), C, List.of(A, B))).isEqualTo(Kinship.WE_STALE);
    assertThat(Kinship.of(B, List.of(A), C, List.of(A, B))).isEqualTo(Kinship.WE_STALE);
  }

  @Test
  void twoSuccessorsOfOneParentAreASplit() {
    assertThat(Kinship.of(B, List.of(A), C, List.of(A))).isEqualTo(Kinship.SPLIT);
    assertThat(Kinship.of(B, List.of(A), D, List.of(A, C))).isEqualTo(Kinship.SPLIT);
    assertThat(Kinship.onlyTheirs(B, List.of(A), D, List.of(A, C))).containsExactly(C, D);
  }

  @Test
  void withoutACommonAncestorItIsForeign() {
    assertThat(Kinship.of(A, List.of(), B, List.of())).isEqualTo(Kinship.FOREIGN);
    assertThat(Kinship.of(B, List.of(A), D, List.of(C))).isEqualTo(Kinship.FOREIGN);
  }

  /** Two folders that contradict each other are never joined by themselves. */
  @Test
  void whoeverContainsEachOtherIsNotStale() {
    assertThat(Kinship.of(A, List.of(B), B, List.of(A))).isEqualTo(Kinship.FOREIGN);
  }
}
