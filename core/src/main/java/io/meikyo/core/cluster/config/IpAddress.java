// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address, never a name: what keeps a cluster together does not wait for DNS. Shown
 * in the usual short form (RFC 5952), so that two spellings of one address are equal.
 */
public final class IpAddress {
  private static final int V4_BYTES = 4;
  private static final int V6_BYTES = 16;
  private static final int V6_GROUPS = 8;

  private final byte[] bytes;

  private IpAddress(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads one; null if the text is none. A zone ({@code %eth0}) is refused. */
  public static @Nullable IpAddress parse(String text) {
    byte[] bytes = text.indexOf(':') >= 0 ? v6(text) : v4(text);
    return bytes == null ? null : new IpAddress(bytes);
  }

  private static byte @Nullable [] v4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != V4_BYTES) {
      return null;
    }
    byte[] bytes = new byte[V4_BYTES];
    for (int i = 0; i < V4_BYTES; i++) {
      int part = Digits.number(parts[i], 255);
      if (part < 0) {
        return null;
      }
      bytes[i] = (byte) part;
    }
    return bytes;
  }

  private static byte @Nullable [] v6(String text) {
    int gap = text.indexOf("::");
    List<Integer> head = groups(gap < 0 ? text : text.substring(0, gap));
    List<Integer> tail = gap < 0 ? List.of() : groups(text.substring(gap + 2));
    if (head == null || tail == null) {
      return null;
    }
    int groups = head.size() + tail.size();
    if (gap < 0 ? groups != V6_GROUPS : groups >= V6_GROUPS) {
      return null;
    }
    byte[] bytes = new byte[V6_BYTES];
    for (int i = 0; i < head.size(); i++) {
      put(bytes, i, head.get(i));
    }
    for (int i = 0; i < tail.size(); i++) {
      put(bytes, V6_GROUPS - tail.size() + i, tail.get(i));
    }
    return bytes;
  }

  private static void put(byte[] bytes, int group, int value) {
    bytes[2 * group] = (byte) (value >> 8);
    bytes[2 * group + 1] = (byte) value;
  }

  private static @Nullable List<Integer> groups(String text) {
    List<Integer> groups = new ArrayList<>();
    if (text.isEmpty()) {
      return groups;
    }
    for (String part : text.split(":", -1)) {
      if (part.isEmpty() || part.length() > 4) {
        return null;
      }
      int value = 0;
      for (int i = 0; i < part.length(); i++) {
        int digit = part.charAt(i) > 'f' ? -1 : Character.digit(part.charAt(i), 16);
        if (digit < 0) {
          return null;
        }
        value = value * 16 + digit;
      }
      groups.add(value);
    }
    return groups;
  }

  /** True for IPv4. */
  public boolean v4() {
    return bytes.length == V4_BYTES;
  }

  /** 32 or 128. */
  public int bits() {
    return bytes.length * 8;
  }

  /** Whether the first {@code prefix} bits are those of another address of the same version. */
  boolean samePrefix(IpAddress other, int prefix) {
    if (v4() != other.v4()) {
      return false;
    }
    for (int bit = 0; bit < prefix; bit++) {
      int mask = 0x80 >> (bit % 8);
      if (((bytes[bit / 8] ^ other.bytes[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IpAddress address && Arrays.equals(bytes, address.bytes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(bytes.length, Arrays.hashCode(bytes));
  }

  /** As it is written. */
  @Override
  public String toString() {
    return v4() ? v4Text() : v6Text();
  }

  private String v4Text() {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(text.isEmpty() ? "" : ".").append(b & 0xff);
    }
    return text.toString();
  }

  private int group(int i) {
    return (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
  }

  private String v6Text() {
    int gapAt = -1;
    int gapSize = 1;
    for (int i = 0; i < V6_GROUPS; i++) {
      int size = 0;
      while (i + size < V6_GROUPS && group(i + size) == 0) {
        size++;
      }
      if (size > gapSize) {
        gapAt = i;
        gapSize = size;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < V6_GROUPS; i++) {
      if (i == gapAt) {
        text.append("::");
        i += gapSize - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString(group(i)));
      }
    }
    return text.toString();
  }
}
