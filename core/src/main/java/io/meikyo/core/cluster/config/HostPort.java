// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import org.jspecify.annotations.Nullable;

/**
 * A host and a TCP port: {@code 10.0.0.1:7701}, {@code [fd00::1]:7701}, {@code
 * witness.example:7701}.
 *
 * @param host an address or a name, without brackets
 * @param port 1 to 65535
 */
public record HostPort(String host, int port) {
  /** Highest port. */
  public static final int PORT_MAX = 65535;

  private static final int HOST_CHARACTERS_MAX = 253;

  /** With an address. */
  public HostPort(IpAddress host, int port) {
    this(host.toString(), port);
  }

  /** Reads one; null if the text is none. */
  public static @Nullable HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      return null;
    }
    int port = Digits.number(text.substring(colon + 1), PORT_MAX);
    if (port < 1) {
      return null;
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      IpAddress v6 = IpAddress.parse(host.substring(1, host.length() - 1));
      return v6 == null || v6.v4() ? null : new HostPort(v6, port);
    }
    return isHost(host) ? new HostPort(host, port) : null;
  }

  /** Whether a text is an IPv4 address or a host name. */
  private static boolean isHost(String host) {
    if (host.isEmpty() || host.length() > HOST_CHARACTERS_MAX || !Digits.hasLetter(host)) {
      IpAddress address = IpAddress.parse(host);
      return address != null && address.v4();
    }
    for (String label : host.split("\\.", -1)) {
      if (label.isEmpty() || label.startsWith("-") || label.endsWith("-")) {
        return false;
      }
      for (int i = 0; i < label.length(); i++) {
        char c = label.charAt(i);
        if (!Digits.isLetter(c) && !Digits.isDigit(c) && c != '-') {
          return false;
        }
      }
    }
    return true;
  }

  /** As it is written. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
