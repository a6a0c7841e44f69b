// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutStatus;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;

class CodesTest {

  @Test
  void everyNameHasANumberOfItsOwn() {
    check(Condition.values(), Codes::of, Codes::condition);
    check(CutStatus.values(), Codes::of, Codes::cutStatus);
    check(Role.values(), Codes::of, Codes::role);
    check(FollowMode.values(), Codes::of, Codes::followMode);
    check(Parting.values(), Codes::of, Codes::parting);
    check(FrameType.values(), FrameType::code, FrameType::ofCode);
  }

  private static <E> void check(E[] all, ToIntFunction<E> code, IntFunction<E> name) {
    for (E e : all) {
      assertThat(name.apply(code.applyAsInt(e))).isEqualTo(e);
    }
    long known =
        java.util.stream.IntStream.range(-1, 256).filter(i -> name.apply(i) != null).count();
    assertThat(known).isEqualTo(all.length);
  }
}
