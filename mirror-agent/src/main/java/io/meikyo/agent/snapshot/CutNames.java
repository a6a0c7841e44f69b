// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

/**
 * Names of what belongs to a snapshot: mirror disk, number of the replica, id of the cut, such as
 * {@code md1-0-5aa9}. Two replicas may have theirs in one folder, and md1 and md1-a too: what
 * stands behind the prefix must be hexadecimal to the end.
 */
final class CutNames {
  private static final int DIGITS_MAX = 16;

  private CutNames() {}

  /** What all names of a replica begin with. */
  static String begin(String mirror, int replica) {
    return mirror + "-" + replica + "-";
  }

  /** The name for a cut. */
  static String name(String begin, long cutId, String suffix) {
    return begin + Long.toHexString(cutId) + suffix;
  }

  /** The cut of a name; 0: it is none of ours. */
  static long cutId(String begin, String name, String suffix) {
    if (!name.startsWith(begin)
        || !name.endsWith(suffix)
        || name.length() <= begin.length() + suffix.length()) {
      return 0;
    }
    return cutId(name.substring(begin.length(), name.length() - suffix.length()));
  }

  /** The cut of an id alone; 0: it is none. */
  static long cutId(String hex) {
    return hex.length() <= DIGITS_MAX && hex.matches("[0-9a-f]+")
        ? Long.parseUnsignedLong(hex, DIGITS_MAX)
        : 0;
  }
}
