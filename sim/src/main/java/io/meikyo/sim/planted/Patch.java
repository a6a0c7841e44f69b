// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.planted;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A bug as a text file:
 *
 * <pre>
 *   what goes wrong, in a sentence
 *   seed: a seed that finds it (optional)
 *   run: the class whose seeds must find it (optional; io.meikyo.sim.SeedRun)
 *   file: path below the source root
 *   ---
 *   text that stands there exactly once; white space does not count
 *   +++
 *   what stands there instead
 *   ===
 *   (more hunks, each with its file)
 * </pre>
 *
 * @param name file name without its ending
 * @param sentence the first line
 * @param seed a seed that found it before, or -1
 * @param run the class whose seeds must find it
 * @param hunks the changes
 */
public record Patch(String name, String sentence, long seed, String run, List<Hunk> hunks) {
  private static final String MIRROR = "io.meikyo.sim.SeedRun";
  private static final Pattern TOKEN = Pattern.compile("\\w+|[^\\w\\s]");

  /**
   * One change.
   *
   * @param file path below the source root
   * @param before what stands there
   * @param after what is to stand there
   */
  public record Hunk(String file, String before, String after) {}

  /** All patches of a folder, by name. */
  public static List<Patch> all(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Patch> patches = new ArrayList<>();
      for (Path p : files.filter(f -> f.toString().endsWith(".bug")).sorted().toList()) {
        patches.add(read(p));
      }
      return patches;
    }
  }

  static Patch read(Path path) throws IOException {
    List<String> lines = Files.readAllLines(path);
    long seed = -1;
    String run = MIRROR;
    List<Hunk> hunks = new ArrayList<>();
    String file = "";
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    StringBuilder into = new StringBuilder();
    for (String line : lines.subList(1, lines.size())) {
      switch (line) {
        case "---" -> into = before;
        case "+++" -> into = after;
        case "===" -> {
          hunks.add(new Hunk(file, before.toString(), after.toString()));
          before = new StringBuilder();
          after = new StringBuilder();
          into = new StringBuilder();
        }
        default -> {
          if (into != before && into != after && line.startsWith("file: ")) {
            file = line.substring(6).strip();
          } else if (into != before && into != after && line.startsWith("seed: ")) {
            seed = Long.parseLong(line.substring(6).strip());
          } else if (into != before && into != after && line.startsWith("run: ")) {
            run = line.substring(5).strip();
          } else {
            into.append(line).append('\n');
          }
        }
      }
    }
    if (hunks.isEmpty() || into == before || into == after) {
      throw new IOException(path + ": a change ends with a line ===, and there is at least one");
    }
    String name = String.valueOf(path.getFileName());
    return new Patch(name.substring(0, name.length() - 4), lines.getFirst(), seed, run, hunks);
  }

  /** The changed files: path below the root, new text. */
  Map<String, String> apply(Path root) throws IOException {
    Map<String, String> changed = new TreeMap<>();
    for (Hunk h : hunks) {
      String text = changed.get(h.file);
      if (text == null) {
        text = Files.readString(root.resolve(h.file));
      }
      changed.put(h.file, replace(text, h));
    }
    return changed;
  }

  private String replace(String text, Hunk h) throws IOException {
    StringBuilder pattern = new StringBuilder();
    Matcher tokens = TOKEN.matcher(h.before);
    while (tokens.find()) {
      pattern.append(pattern.isEmpty() ? "" : "\\s*").append(Pattern.quote(tokens.group()));
    }
    Matcher m = Pattern.compile(pattern.toString()).matcher(text);
    if (!m.find()) {
      throw new IOException(name + ": the text is not in " + h.file + ": " + h.before.strip());
    }
    int start = m.start();
    int end = m.end();
    if (m.find()) {
      throw new IOException(name + ": the text is twice in " + h.file + ": " + h.before.strip());
    }
    return text.substring(0, start) + h.after.strip() + text.substring(end);
  }
}
