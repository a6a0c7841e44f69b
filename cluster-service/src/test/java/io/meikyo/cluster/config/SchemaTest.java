// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.form.FormNotice;
import io.meikyo.core.cluster.config.form.JsonSchema;
import io.meikyo.core.cluster.config.form.RawNode;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaTest {
  /** What a schema can see. */
  private static final Set<FormNotice> VISIBLE =
      EnumSet.of(
          FormNotice.UNKNOWN,
          FormNotice.UNKNOWN_NEAR,
          FormNotice.OTHER_KIND,
          FormNotice.MISSING,
          FormNotice.TOO_FEW,
          FormNotice.TOO_MANY,
          FormNotice.TWICE);

  private final SchemaValidator schema = new SchemaValidator(JsonSchema.value());

  static List<Mistakes.Mistake> mistakes() {
    return Mistakes.all();
  }

  static Object plain(String text) {
    RawNode.Table raw = ConfigReader.tree(text);
    return Objects.requireNonNull(raw).plain();
  }

  @Test
  void whatIsRightIsNotRefused() {
    assertThat(schema.refuses(plain(Samples.EXAMPLE))).isEmpty();
    assertThat(schema.refuses(plain(Samples.EVERYTHING))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void itRefusesWhatItCanSeeAndNothingThatIsRight(Mistakes.Mistake mistake) {
    List<String> refused = schema.refuses(plain(mistake.text()));

    if (mistake.code() instanceof FormNotice code && VISIBLE.contains(code)) {
      assertThat(refused).isNotEmpty();
    } else if (!(mistake.code() instanceof FormNotice)) {
      assertThat(refused).isEmpty();
    }
  }
}
