// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.notice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoticeTest {

  private enum SampleNotice implements NoticeCode {
    TORN;

    @Override
    public Spec spec() {
      return Spec.warning("partition.superblock.torn", "partition", "copy");
    }
  }

  @Test
  void argumentsAreNamedByTheCode() {
    Notice notice = Notice.of(SampleNotice.TORN, "/dev/sdb1", 2).about("mirror", "md1");

    assertThat(notice.args())
        .containsExactly(new Arg("partition", "/dev/sdb1"), new Arg("copy", "2"));
    assertThat(notice.severity()).isEqualTo(Severity.WARNING);
    assertThat(notice)
        .hasToString("partition.superblock.torn (partition=/dev/sdb1, copy=2) [mirror md1]");
  }

  @Test
  void aWrongNumberOfArgumentsIsRefusedWithTheirNames() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Notice.of(SampleNotice.TORN, "/dev/sdb1"))
        .withMessage("partition.superblock.torn takes [partition, copy] and was given 1 values");
  }

  @Test
  void aNoticeDoesNotChangeWithTheListItWasMadeFrom() {
    List<Arg> args = new ArrayList<>(List.of(new Arg("copy", "1")));
    Notice notice = new Notice("a.b", Severity.INFO, args, List.of());

    args.clear();

    assertThat(notice.args()).hasSize(1);
  }
}
