// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hex dumps in the documents are those of the golden files. */
class DocumentedBytesTest {
  private static final Pattern DUMP =
      Pattern.compile("<!-- golden: (\\S+) -->\n```\n(.*?)```", Pattern.DOTALL);
  private static final Pattern ROW =
      Pattern.compile("^([0-9a-f]{4})  ((?:[0-9a-f]{2} ?)+?)(?: {2,}.*)?$", Pattern.MULTILINE);

  @ParameterizedTest
  @ValueSource(strings = {"formats.md", "link-protocol.md"})
  void theBytesInTheDocumentAreTheGoldenOnes(String name) throws IOException {
    Path docs = Path.of(System.getProperty("meikyo.root"), "docs");
    Matcher dump = DUMP.matcher(Files.readString(docs.resolve(name)));
    int rows = 0;
    while (dump.find()) {
      byte[] golden = getClass().getResourceAsStream("/golden/v1/" + dump.group(1)).readAllBytes();
      Matcher row = ROW.matcher(dump.group(2));
      while (row.find()) {
        byte[] told = HexFormat.ofDelimiter(" ").parseHex(row.group(2).strip());
        int at = Integer.parseInt(row.group(1), 16);
        assertThat(told).isEqualTo(Arrays.copyOfRange(golden, at, at + told.length));
        rows++;
      }
    }
    assertThat(rows).isGreaterThan(10);
  }
}
