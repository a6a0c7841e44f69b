// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.cluster.config.form.Position;
import io.meikyo.core.cluster.config.form.RawNode;
import io.meikyo.core.cluster.config.rules.ConfigCheck;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/**
 * Reads {@code meikyo.toml}. Whatever the text is, there is an answer: the configuration, or all
 * that is wrong with it, each with its place. If the text is no TOML, only that is said.
 */
public final class ConfigReader {
  /** Largest file, in bytes. The text is part of the replicated state, so it stays small. */
  public static final int BYTES_MAX = 256 * 1024;

  private ConfigReader() {}

  /** Reads a file. That it cannot be read is said in the answer too. */
  public static ConfigReading read(Path file) {
    String name = file.toString();
    try {
      long bytes = Files.size(file);
      return bytes > BYTES_MAX
          ? failed(name, "", List.of(tooLarge(name, bytes)))
          : read(name, Files.readString(file));
    } catch (IOException e) {
      String reason = e.getMessage() == null ? "" : e.getMessage() + " ";
      Notice notice =
          Notice.of(
              ConfigFileNotice.UNREADABLE, name, reason + "(" + e.getClass().getSimpleName() + ")");
      return failed(name, "", List.of(notice));
    }
  }

  /** Reads a text; {@code file} is its name in messages. */
  public static ConfigReading read(String file, String text) {
    if (text.length() > BYTES_MAX) {
      return failed(file, text, List.of(tooLarge(file, text.length())));
    }
    TomlParseResult toml;
    RawNode.Table raw;
    try {
      toml = Toml.parse(withoutMark(text));
      raw = TomlTree.of(toml, Position.START);
    } catch (StackOverflowError e) {
      // The parser descends once per bracket; nobody writes thousands of them into each other.
      return failed(file, text, List.of(Notice.of(ConfigFileNotice.TOO_DEEP, file)));
    }
    if (toml.hasErrors()) {
      return failed(file, text, toml.errors().stream().map(e -> syntax(file, e)).toList());
    }
    ConfigCheck.Checked checked = ConfigCheck.check(raw);
    List<Notice> notices = checked.findings().stream().map(f -> f.notice(file, raw)).toList();
    return new ConfigReading(file, text, checked.config(), notices);
  }

  /** A text as a tree; null if it is no TOML. */
  static RawNode.@Nullable Table tree(String text) {
    try {
      TomlParseResult toml = Toml.parse(withoutMark(text));
      return toml.hasErrors() ? null : TomlTree.of(toml, Position.START);
    } catch (StackOverflowError e) {
      return null;
    }
  }

  /** TOML takes a mark of byte order at the beginning; this parser does not. */
  private static String withoutMark(String text) {
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  private static ConfigReading failed(String file, String text, List<Notice> notices) {
    return new ConfigReading(file, text, Optional.empty(), notices);
  }

  private static Notice tooLarge(String file, long bytes) {
    return Notice.of(ConfigFileNotice.TOO_LARGE, file, bytes, BYTES_MAX);
  }

  private static Notice syntax(String file, TomlParseError e) {
    return Notice.of(
        ConfigFileNotice.SYNTAX,
        file,
        e.position().line(),
        e.position().column(),
        String.valueOf(e.getMessage()));
  }
}
