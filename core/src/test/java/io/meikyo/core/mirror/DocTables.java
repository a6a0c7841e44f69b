// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads the tables of a document, so that a test can compare them with the code. */
public final class DocTables {
  private DocTables() {}

  /**
   * The rows of the table whose header line begins with these cells, each as a map from the cells
   * of the header. Code marks are taken off.
   */
  public static List<Map<String, String>> table(String document, String... header) {
    List<Map<String, String>> rows = new ArrayList<>();
    List<String> names = null;
    for (String line : read(document).lines().toList()) {
      List<String> cells = cells(line);
      if (names == null) {
        boolean ours =
            cells.size() >= header.length
                && cells.subList(0, header.length).equals(List.of(header));
        names = ours ? cells : null;
      } else if (cells.isEmpty()) {
        return rows;
      } else if (!cells.getFirst().startsWith("--")) {
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
          row.put(names.get(i), i < cells.size() ? cells.get(i) : "");
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static List<String> cells(String line) {
    return line.startsWith("|") && line.endsWith("|")
        ? Stream.of(line.substring(1, line.length() - 1).split("\\|", -1))
            .map(cell -> cell.replace("`", "").strip())
            .toList()
        : List.of();
  }

  static String read(String document) {
    String root = System.getProperty("meikyo.root");
    try {
      return Files.readString(Path.of(root != null ? root : "..").resolve(document));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
