// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.MemberRole;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.UUID;

/**
 * What a new member is told besides its certificate: who it is, and the configuration. In bytes:
 * lines {@code name=value}, an empty line, the configuration as it was written.
 *
 * @param clusterId the cluster
 * @param name of the new member
 * @param group the consensus group that it joins
 * @param incarnation under which it votes
 * @param life the last life of a member of this name that the cluster knows; it begins with the
 *     next
 * @param config the configuration in force, TOML
 */
public record Welcome(
    UUID clusterId,
    String name,
    MemberRole role,
    UUID group,
    int incarnation,
    long life,
    String config) {
  private static final String FORM = "1";
  private static final String END = "\n\n";

  /** As bytes. */
  public byte[] encode() {
    Properties p = new Properties();
    p.setProperty("form", FORM);
    p.setProperty("clusterId", clusterId.toString());
    p.setProperty("name", name);
    p.setProperty("role", role.name());
    p.setProperty("group", group.toString());
    p.setProperty("incarnation", Integer.toString(incarnation));
    p.setProperty("life", Long.toString(life));
    StringWriter text = new StringWriter();
    try {
      p.store(text, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return (text.toString().strip() + END + config).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads them.
   *
   * @throws IOException if they make no sense here
   */
  public static Welcome decode(byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf(END);
    if (end < 0) {
      throw new IOException("no configuration");
    }
    Properties p = new Properties();
    try {
      p.load(new StringReader(text.substring(0, end)));
      if (!FORM.equals(p.getProperty("form"))) {
        throw new IOException("form " + p.getProperty("form"));
      }
      return new Welcome(
          UUID.fromString(p.getProperty("clusterId", "")),
          p.getProperty("name", ""),
          MemberRole.valueOf(p.getProperty("role", "")),
          UUID.fromString(p.getProperty("group", "")),
          Integer.parseInt(p.getProperty("incarnation", "")),
          Long.parseLong(p.getProperty("life", "")),
          text.substring(end + END.length()));
    } catch (IllegalArgumentException e) {
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
  }
}
