// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Takes out of a text what must not leave the server: private keys, tokens, passwords, what scripts
 * get as environment. Rather too much than too little. Stateless; any thread.
 */
final class Redaction {
  private static final String GONE = "(removed)";

  private record Rule(Pattern what, String by) {}

  private static Rule rule(String what, String by) {
    return new Rule(Pattern.compile(what, Pattern.CASE_INSENSITIVE | Pattern.MULTILINE), by);
  }

  private static final List<Rule> RULES =
      List.of(
          rule("-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(-----END [A-Z ]*KEY-----|\\z)", GONE),
          rule("\\bmkj1_[A-Za-z0-9_-]+", GONE),
          rule("://[^/\\s\"'@]+@", "://" + GONE + "@"),
          rule("(environment\\\\?\"?\\s*[=:]\\s*)\\{[^}]*\\}", "$1\"" + GONE + "\""),
          rule(
              "^(\\s*\\[[^\\]\\n]*environment\\]\\s*\\n)(?:(?!\\s*\\[).*\\n?)*",
              "$1# " + GONE + "\n"),
          rule("(--(?:token|password)[ =])\\S+", "$1" + GONE),
          rule(
              "([\\w-]*(?:password|passwd|secret|passphrase|credential|token)[\\w-]*\\\\?[\"']?"
                  + "\\s*[=:]\\s*)(\\\\?\"(?:[^\"\\\\\\n]|\\\\[^\"])*\\\\?\"|'[^'\\n]*'|[^\\s,}]+)",
              "$1\"" + GONE + "\""));

  private Redaction() {}

  /** The text without it. */
  static String of(String text) {
    String clean = text;
    for (Rule r : RULES) {
      clean = r.what().matcher(clean).replaceAll(r.by());
    }
    return clean;
  }
}
