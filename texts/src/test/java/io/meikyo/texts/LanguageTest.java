// SPDX-License-Identifier: Apache-2.0
package io.meikyo.texts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LanguageTest {

  @Test
  void theOptionWins() {
    assertThat(Language.choose("en", Map.of("LANG", "ja_JP.UTF-8"))).isEqualTo(Language.ENGLISH);
    assertThat(Language.choose("ja", Map.of())).isEqualTo(Language.JAPANESE);
  }

  @Test
  void theFirstVariableThatIsSetDecides() {
    assertThat(Language.choose(null, Map.of("LANG", "ja_JP.UTF-8"))).isEqualTo(Language.JAPANESE);
    assertThat(Language.choose(null, Map.of("LC_ALL", "C.UTF-8", "LANG", "ja_JP.UTF-8")))
        .isEqualTo(Language.ENGLISH);
    assertThat(Language.choose(null, Map.of("LC_ALL", "", "LC_MESSAGES", "ja")))
        .isEqualTo(Language.JAPANESE);
  }

  @Test
  void whateverIsNotJapaneseIsEnglish() {
    assertThat(Language.choose(null, Map.of())).isEqualTo(Language.ENGLISH);
    assertThat(Language.choose("jav", Map.of())).isEqualTo(Language.ENGLISH);
  }
}
