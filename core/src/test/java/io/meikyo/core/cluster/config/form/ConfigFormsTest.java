// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConfigFormsTest {

  /** Each form once, with the key that leads to it. */
  private static List<Form> forms(Form form) {
    List<Form> all = new ArrayList<>(List.of(form));
    for (Key key : form.common()) {
      switch (key.type()) {
        case KeyType.Sub sub -> all.addAll(forms(sub.form()));
        case KeyType.Rows rows -> all.addAll(forms(rows.form()));
        default -> {}
      }
    }
    return all;
  }

  private static List<String> kinds(Form form) {
    return form.kinds().isEmpty() ? List.of("") : form.kinds();
  }

  @Test
  void everyDefaultIsAValueOfItsKey() {
    int seen = 0;
    for (Form form : forms(ConfigForms.ROOT)) {
      for (String kind : kinds(form)) {
        for (Key key : form.keys(kind)) {
          Object written = key.standard(kind);
          if (written != null && !(key.type() instanceof KeyType.Many)) {
            assertThat(key.type().read(written))
                .as("%s.%s of %s", form.header(), key.name(), kind)
                .isNotNull();
            seen++;
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(200);
  }

  @Test
  void aKeyIsThereOnceAndSaysWhatItIs() {
    for (Form form : forms(ConfigForms.ROOT)) {
      for (String kind : kinds(form)) {
        List<String> names = form.keys(kind).stream().map(Key::name).toList();
        assertThat(names).as(form.header() + " " + kind).doesNotHaveDuplicates();
        assertThat(form.keys(kind))
            .allSatisfy(key -> {
              assertThat(key.name()).matches("[a-z]+(-[a-z]+)*");
              assertThat(key.about()).endsWith(".").hasSizeGreaterThan(3);
            });
      }
    }
  }

  /**
   * What a value is read from is shown again as what it is read from: nothing is lost on the way.
   */
  @Test
  void everyDefaultIsShownAsItIsRead() {
    for (Form form : forms(ConfigForms.ROOT)) {
      for (String kind : kinds(form)) {
        for (Key key : form.keys(kind)) {
          Object written = key.standard(kind);
          Object read = written == null ? null : key.type().read(written);
          if (read != null) {
            String shown = key.type().show(read);
            Object again =
                shown.startsWith("\"") ? shown.substring(1, shown.length() - 1) : written;
            assertThat(again == null ? null : key.type().read(again)).isEqualTo(read);
          }
        }
      }
    }
  }

  /** Written anew by: {@code ./meikyo config keys > docs/configuration-keys.md}. */
  @Test
  void theDocumentedKeysAreThese() throws IOException {
    assertThat(Files.readString(Path.of("../docs/configuration-keys.md")))
        .isEqualTo(KeyTable.text());
  }

  /** Written anew by: {@code ./meikyo config schema > docs/meikyo.schema.json}. */
  @Test
  void thePublishedSchemaIsThis() throws IOException {
    assertThat(Files.readString(Path.of("../docs/meikyo.schema.json")))
        .isEqualTo(JsonSchema.text());
  }

  @Test
  void eachTableCanBeShownAlone() {
    assertThat(KeyTable.headers()).doesNotHaveDuplicates().contains("group.resource", "timing");
    for (String header : KeyTable.headers()) {
      Optional<String> text = KeyTable.text(header);
      assertThat(text).isPresent();
      assertThat(KeyTable.text()).contains(text.orElseThrow());
    }
    assertThat(KeyTable.text("colour")).isEmpty();
  }

  /** An editor must not refuse what we take: the pattern lets through all that the rule accepts. */
  @ParameterizedTest
  @EnumSource
  void thePatternOfARuleAcceptsAllThatTheRuleAccepts(TextRule rule) {
    Pattern pattern = Pattern.compile(rule.pattern());
    List<String> seeds =
        List.of(
            "server1",
            "/dev/sdb1",
            "eth0",
            "postgresql.service",
            "user@1.service",
            "https://a/b",
            "http://[fd00::1]:80/?q",
            "10.77.0.1",
            "fd00::1/64",
            "10.77.0.1/24",
            "a.example:80",
            "[fd00::1]:80",
            "unix:/run/a b",
            "two words",
            "_user",
            "明鏡");
    Random random = new Random(3);
    Set<String> accepted = new HashSet<>();
    for (int i = 0; i < 30_000; i++) {
      StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
      for (int n = random.nextInt(4); n > 0; n--) {
        int at = random.nextInt(text.length() + 1);
        String alphabet = "aZ0123f_-.:/@[]% \\\u0000\t\n明";
        char c = alphabet.charAt(random.nextInt(alphabet.length()));
        if (random.nextBoolean() || at == text.length()) {
          text.insert(at, c);
        } else {
          text.setCharAt(at, c);
        }
      }
      String candidate = text.toString();
      if (rule.accepts(candidate)) {
        accepted.add(candidate);
        assertThat(pattern.matcher(candidate).find()).as(rule + " " + candidate).isTrue();
      }
    }
    assertThat(accepted).as("the samples try the rule").hasSizeGreaterThan(5);
  }
}
