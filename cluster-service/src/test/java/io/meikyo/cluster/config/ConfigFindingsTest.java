// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.form.FormNotice;
import io.meikyo.core.cluster.config.rules.RuleNotice;
import io.meikyo.core.notice.Notice;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each thing that can be wrong, by a configuration that is right but for this. */
class ConfigFindingsTest {
  static List<Mistakes.Mistake> all() {
    return Mistakes.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void aMistakeIsFoundWhereItIs(Mistakes.Mistake mistake) {
    ConfigReading reading = ConfigReader.read("meikyo.toml", mistake.text());

    assertThat(reading.notices())
        .as("%s", reading.notices())
        .anySatisfy(notice -> {
          assertThat(notice.code()).isEqualTo(mistake.code().key());
          assertThat(Samples.arg(notice, "path")).isEqualTo(mistake.path());
          assertThat(text(notice)).contains(mistake.near());
          assertThat(text(notice)).doesNotContain("{near}").doesNotContain("null");
        });
    boolean error = reading.notices().stream().anyMatch(n -> n.severity().ordinal() == 2);
    assertThat(reading.config().isEmpty()).isEqualTo(error);
  }

  /** One mistake is not told as several. */
  @ParameterizedTest
  @MethodSource("all")
  void aMistakeIsToldOnce(Mistakes.Mistake mistake) {
    ConfigReading reading = ConfigReader.read("meikyo.toml", mistake.text());

    if (mistake.code() instanceof FormNotice) {
      assertThat(reading.notices()).hasSize(1);
    } else {
      assertThat(reading.notices()).as("%s", reading.notices()).hasSizeLessThanOrEqualTo(3);
    }
  }

  @Test
  void everyCodeHasItsMistake() {
    Set<String> provoked = new TreeSet<>(all().stream().map(m -> m.code().key()).toList());
    Set<String> known = new TreeSet<>();
    Arrays.stream(FormNotice.values()).forEach(c -> known.add(c.key()));
    Arrays.stream(RuleNotice.values()).forEach(c -> known.add(c.key()));

    assertThat(provoked).isEqualTo(known);
  }

  private static String text(Notice notice) {
    StringBuilder text = new StringBuilder();
    for (Language language : Language.values()) {
      text.append(String.join("\n", Catalogue.in(language).lines(notice)));
    }
    return text.toString();
  }
}
