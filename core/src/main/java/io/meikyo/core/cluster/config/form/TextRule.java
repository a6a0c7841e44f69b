// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.IpNetwork;

/** What a text must look like. */
public enum TextRule {
  /** Any text that is not blank. */
  ANY("\"…\"", ".*\\S.*"),
  /** A name of ours. */
  NAME("\"a-z A-Z 0-9 - _ .\"", "[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"),
  /** An absolute path. */
  PATH("\"/…\"", "/[^\\u0000-\\u001f]*"),
  /** A network interface. */
  INTERFACE("\"eth0\"", "[A-Za-z0-9_.@-]{1,15}"),
  /** A systemd unit. */
  UNIT("\"….service\"", "[A-Za-z0-9:_.@\\\\-]{1,246}\\.[a-z]+"),
  /** A user of the operating system or of a database. */
  USER("\"postgres\"", "[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}"),
  /** A web address. */
  URL("\"https://…\"", "https?://[^\\s/][^\\s]*"),
  /** An address without a network. */
  IP("\"10.77.0.1\" | \"fd00::1\"", "[0-9A-Fa-f:.]+"),
  /** An address with its network. */
  NETWORK("\"10.77.0.1/24\" | \"fd00::1/64\"", "[0-9A-Fa-f:.]+/[0-9]+"),
  /** An address with or without its network. */
  IP_OR_NETWORK("\"10.77.0.100\" | \"10.77.0.100/24\"", "[0-9A-Fa-f:.]+(/[0-9]+)?"),
  /** Host and port. */
  HOST_PORT("\"host:port\" | \"[fd00::1]:port\"", ".+:[0-9]+"),
  /** Host and port, or a Unix socket. */
  ENDPOINT("\"host:port\" | \"unix:/…\"", "(unix:/.+|.+:[0-9]+)");

  private final String shape;
  private final String pattern;

  TextRule(String shape, String pattern) {
    this.shape = shape;
    this.pattern = pattern;
  }

  /** What it looks like, for people; the same in every language. */
  public String shape() {
    return shape;
  }

  /**
   * The same as a regular expression for editors, from end to end. What it refuses is refused; it
   * lets through some that are not, such as the address 10.0.0.999.
   */
  public String pattern() {
    return "^" + pattern + "$";
  }

  /** Whether a text is one. */
  public boolean accepts(String text) {
    if (text.isBlank()) {
      return false;
    }
    return switch (this) {
      case ANY -> text.chars().noneMatch(TextRule::isLineEnd);
      case NAME -> Words.made(text, 63, "_.-") && Words.startsPlain(text);
      case PATH -> text.startsWith("/") && text.chars().allMatch(c -> c >= ' ');
      case INTERFACE -> Words.made(text, 15, "_.@-");
      case UNIT -> isUnit(text);
      case USER ->
          Words.made(text, 63, "_.-") && (Words.startsPlain(text) || text.charAt(0) == '_');
      case URL -> isUrl(text);
      case IP -> IpAddress.parse(text) != null;
      case NETWORK -> IpNetwork.parse(text) != null;
      case IP_OR_NETWORK -> IpAddress.parse(text) != null || IpNetwork.parse(text) != null;
      case HOST_PORT -> HostPort.parse(text) != null;
      case ENDPOINT -> isSocket(text) || HostPort.parse(text) != null;
    };
  }

  private static boolean isLineEnd(int c) {
    return c < ' ' && c != '\t';
  }

  private static boolean isUnit(String text) {
    int dot = text.lastIndexOf('.');
    return dot > 0
        && dot < text.length() - 1
        && Words.made(text.substring(0, dot), 246, ":_.@\\-")
        && text.substring(dot + 1).chars().allMatch(c -> c >= 'a' && c <= 'z');
  }

  private static boolean isUrl(String text) {
    int scheme = text.startsWith("https://") ? 8 : text.startsWith("http://") ? 7 : -1;
    return scheme > 0
        && text.length() > scheme
        && text.charAt(scheme) != '/'
        && text.chars().noneMatch(c -> c <= ' ' || Character.isWhitespace(c));
  }

  private static boolean isSocket(String text) {
    return text.startsWith("unix:/")
        && text.length() > "unix:/".length()
        && text.chars().allMatch(c -> c >= ' ');
  }
}
