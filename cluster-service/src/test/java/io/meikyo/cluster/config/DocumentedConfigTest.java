// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.form.Need;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documentation shows can be used. */
class DocumentedConfigTest {
  private static final Pattern BLOCK = Pattern.compile("```toml\n(.*?)```", Pattern.DOTALL);

  private static String page() throws IOException {
    return Files.readString(Path.of("../docs/configuration.md"));
  }

  private static List<String> blocks() throws IOException {
    List<String> all = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(page());
    while (matcher.find()) {
      all.add(matcher.group(1));
    }
    return all;
  }

  @Test
  void theExampleIsTheFileBesideIt() throws IOException {
    assertThat(blocks().getFirst()).isEqualTo(Samples.EXAMPLE);
  }

  /** Each other block belongs into the example, in the place of its witness where it has one. */
  @Test
  void everyBlockHasItsPlaceInTheExample() throws IOException {
    String without =
        Samples.EXAMPLE.replace(
            "[witness]\nkind = \"http\"\nurl = \"https://witness.example:7704\"\n", "");
    List<String> blocks = blocks();
    assertThat(blocks).hasSizeGreaterThan(5);
    for (String block : blocks.subList(1, blocks.size())) {
      boolean decides = block.contains("[witness]") || block.contains("[arbitration]");
      Samples.config((decides ? without : Samples.EXAMPLE) + "\n" + block);
    }
  }

  @Test
  void everyNeedIsExplained() throws IOException {
    String page = page();
    assertThat(Arrays.stream(Need.values()).map(n -> "\n| " + n.word() + " | "))
        .allSatisfy(row -> assertThat(page).contains(row));
  }
}
