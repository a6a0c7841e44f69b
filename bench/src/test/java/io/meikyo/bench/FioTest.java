// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class FioTest {

  private static String terse(String reads, String writes) {
    String[] fields = new String[130];
    java.util.Arrays.fill(fields, "0");
    fields[0] = "3";
    fields[7] = reads;
    fields[48] = writes;
    return String.join(";", fields);
  }

  @Test
  void takesTheNumberOfItsDirection() throws BenchProblem {
    assertThat(Fio.perSecond(terse("0", "1234"), false)).isEqualTo(1234);
    assertThat(Fio.perSecond(terse("77", "0"), true)).isEqualTo(77);
  }

  @Test
  void passesOverWhatElseIsPrinted() throws BenchProblem {
    assertThat(Fio.perSecond("fio: a warning; of a kind\n" + terse("0", "5"), false)).isEqualTo(5);
  }

  @Test
  void nothingDoneIsNoFigure() {
    assertThatThrownBy(() -> Fio.perSecond(terse("0", "0"), false))
        .isInstanceOf(BenchProblem.class);
    assertThatThrownBy(() -> Fio.perSecond("error", false)).isInstanceOf(BenchProblem.class);
  }
}
