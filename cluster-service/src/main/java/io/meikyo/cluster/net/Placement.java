// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.net;

import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Network;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an address is on this host, and where it belongs. A snapshot.
 *
 * @param links all interfaces
 * @param addresses all addresses
 */
public record Placement(List<Network.Link> links, List<Network.Address> addresses) {

  public Placement {
    links = List.copyOf(links);
    addresses = List.copyOf(addresses);
  }

  /** As it is now in the calling thread's network. */
  public static Placement now() throws LinuxException {
    return new Placement(Network.links(), Network.addresses());
  }

  /** The interface with a name; null if there is none. */
  public Network.@Nullable Link link(String name) {
    return links.stream().filter(link -> link.name().equals(name)).findFirst().orElse(null);
  }

  /** The interface with a number; null if there is none. */
  public Network.@Nullable Link link(int index) {
    return links.stream().filter(link -> link.index() == index).findFirst().orElse(null);
  }

  /** Where the address is on this host, on one interface or several. */
  public List<Network.Address> of(InetAddress address) {
    return addresses.stream().filter(a -> a.address().equals(address)).toList();
  }

  /**
   * The interface with an address of the narrowest network that contains this one; null if there is
   * none. The address itself, and addresses that are a network of their own, say nothing.
   */
  public Network.@Nullable Link containing(InetAddress address) {
    int best = -1;
    Network.Link found = null;
    for (Network.Address a : addresses) {
      Network.Link link = link(a.link());
      int bits = a.address().getAddress().length * 8;
      if (link != null
          && !link.loopback()
          && !a.address().equals(address)
          && a.prefix() < bits
          && a.prefix() > best
          && sameNetwork(a.address(), address, a.prefix())) {
        best = a.prefix();
        found = link;
      }
    }
    return found;
  }

  /** True if both are in one network of so many bits. */
  public static boolean sameNetwork(InetAddress one, InetAddress other, int prefix) {
    byte[] a = one.getAddress();
    byte[] b = other.getAddress();
    int whole = prefix / 8;
    if (a.length != b.length || Arrays.mismatch(a, 0, whole, b, 0, whole) >= 0) {
      return false;
    }
    int rest = prefix % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) & 0xff) >>> (8 - rest) == 0;
  }

  /** For people: {@code eth0 192.0.2.1/24 2001:db8::1/64; eth1 (no address)}. */
  public String sentence() {
    List<String> parts = new ArrayList<>();
    for (Network.Link link : links) {
      if (!link.loopback()) {
        List<String> own =
            addresses.stream()
                .filter(a -> a.link() == link.index())
                .map(a -> a.address().getHostAddress() + "/" + a.prefix())
                .toList();
        parts.add(link.name() + " " + (own.isEmpty() ? "(no address)" : String.join(" ", own)));
      }
    }
    return parts.isEmpty() ? "-" : String.join("; ", parts);
  }
}
