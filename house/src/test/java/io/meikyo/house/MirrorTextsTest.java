// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.Meaning;
import io.meikyo.core.mirror.ReconnectRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages on the mirror's tables say what the product says. */
class MirrorTextsTest {

  private static final String NOTHING = "nothing";

  @Test
  void theReconnectPageQuotesTheTexts() {
    assertThat(quoted("docs/reconnect.md", 2, 3))
        .containsExactlyEntriesOf(
            expected("mirror.met.", Stream.of(ReconnectRow.values()).map(Enum::name).toList()));
  }

  @Test
  void thePageOnBackupFlagsQuotesTheTexts() {
    assertThat(quoted("docs/backup-meaning.md", 1, 3))
        .containsExactlyEntriesOf(
            expected("mirror.flag.", Stream.of(Meaning.values()).map(Enum::name).toList()));
  }

  /** Name of each row → what is said and what to do, from the table that has such columns. */
  private static Map<String, List<String>> quoted(String document, int said, int next) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    boolean ours = false;
    for (String line : Tree.read(document).lines().toList()) {
      String[] cells = line.split(" \\| ", -1);
      if (line.contains("what is said")) {
        ours = true;
      } else if (!line.startsWith("|")) {
        ours = false;
      } else if (ours && !line.startsWith("|-")) {
        String name = cells[0].replaceAll("[|` ]", "");
        found.put(name, List.of(cells[said].strip(), cells[next].replaceAll(" \\|$", "").strip()));
      }
    }
    return found;
  }

  private static Map<String, List<String>> expected(String area, List<String> names) {
    Map<String, String> texts =
        TextRules.parse(
            Tree.read("texts/src/main/resources/io/meikyo/texts/messages.properties"),
            new ArrayList<>());
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (String name : names) {
      String key = area + name.toLowerCase(Locale.ROOT).replace('_', '-');
      rows.put(
          name,
          List.of(
              texts.getOrDefault(key + ".message", "(no text)"),
              texts.getOrDefault(key + ".correction", NOTHING)));
    }
    return rows;
  }
}
