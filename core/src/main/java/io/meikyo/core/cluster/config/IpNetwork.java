// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import org.jspecify.annotations.Nullable;

/**
 * An address with the length of its network's prefix: {@code 10.77.0.1/24}.
 *
 * @param address the address itself, not that of the network
 * @param prefix bits of the network
 */
public record IpNetwork(IpAddress address, int prefix) {

  /** Reads one; null if the text is none. Without a prefix it is none. */
  public static @Nullable IpNetwork parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return null;
    }
    IpAddress address = IpAddress.parse(text.substring(0, slash));
    if (address == null) {
      return null;
    }
    int prefix = Digits.number(text.substring(slash + 1), address.bits());
    return prefix < 1 ? null : new IpNetwork(address, prefix);
  }

  /** Whether an address is in the same network. */
  public boolean contains(IpAddress other) {
    return address.samePrefix(other, prefix);
  }

  /** As it is written. */
  @Override
  public String toString() {
    return address + "/" + prefix;
  }
}
