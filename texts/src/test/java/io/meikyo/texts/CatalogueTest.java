// SPDX-License-Identifier: Apache-2.0
package io.meikyo.texts;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class CatalogueTest {

  private static final Notice USAGE =
      new Notice(
          "cli.usage",
          Severity.ERROR,
          List.of(
              new Arg("problem", "Unknown option: '{command}' $1"), new Arg("command", "meikyo")),
          List.of());

  @Test
  void rendersTheParts() {
    Rendered rendered = Catalogue.in(Language.ENGLISH).render(USAGE);

    assertThat(rendered.correction()).isEqualTo("See: meikyo --help");
    assertThat(rendered.details()).isNull();
  }

  @Test
  void aValueIsNeverReadAsATemplate() {
    Rendered rendered = Catalogue.in(Language.ENGLISH).render(USAGE);

    assertThat(rendered.message()).isEqualTo("Unknown option: '{command}' $1");
  }

  @Test
  void speaksJapanese() {
    assertThat(Catalogue.in(Language.JAPANESE).lines(USAGE))
        .containsExactly(
            "エラー: Unknown option: '{command}' $1",
            "  原因: コマンドラインを解釈できないため、何も実行していません。",
            "  対処: 使い方: meikyo --help");
  }

  @Test
  void theLocaleOfTheJvmHasNoSay() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.JAPANESE);
      assertThat(Catalogue.in(Language.ENGLISH).phrase("label.error")).isEqualTo("error");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void anUnknownCodeIsShownWithItsArguments() {
    Notice notice =
        new Notice("newer.code", Severity.ERROR, List.of(new Arg("copy", "2")), List.of())
            .about("mirror", "md1");

    assertThat(Catalogue.in(Language.JAPANESE).lines(notice))
        .containsExactly("エラー: newer.code (copy=2) [mirror md1]", "  対象: mirror md1");
  }

  @Test
  void aGapWithoutArgumentStays() {
    Notice notice = new Notice("cli.usage", Severity.ERROR, List.of(), List.of());

    assertThat(Catalogue.in(Language.ENGLISH).render(notice).message()).isEqualTo("{problem}");
  }
}
