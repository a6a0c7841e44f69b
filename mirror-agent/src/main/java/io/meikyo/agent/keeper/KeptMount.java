// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.linux.DeviceNumber;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A FUSE mount that is kept, and how often each of its requests was sent again.
 *
 * <p>A request that was sent again to two agents, both of which died before it was answered, is
 * fenced when it comes a third time (rule R3).
 */
final class KeptMount {
  /** As many as one mount can have under way; more are not counted, and run. */
  private static final int REQUESTS_MAX = 1024;

  private static final int LIVES_MAX = 2;

  final String name;
  final int fd;
  final DeviceNumber connection;

  /** Who serves it; null: nobody since {@link #orphanSince}. */
  @Nullable KeeperConnection owner;

  long orphanSince;

  /** How long it may be without an owner, ns. */
  long successorNanos;

  /** The device on it, for people. */
  String device = "";

  private final long[] uniques = new long[REQUESTS_MAX];
  private final int[] lives = new int[REQUESTS_MAX];
  private int count;

  KeptMount(String name, int fd, DeviceNumber connection, KeeperConnection owner) {
    this.name = name;
    this.fd = fd;
    this.connection = connection;
    this.owner = owner;
  }

  /** One more agent gets this request again. True if it must not run. */
  boolean isFenced(long unique) {
    for (int i = 0; i < count; i++) {
      if (uniques[i] == unique) {
        return ++lives[i] > LIVES_MAX;
      }
    }
    if (count < REQUESTS_MAX) {
      uniques[count] = unique;
      lives[count++] = 1;
    }
    return false;
  }

  /** What was sent again was answered. */
  void answered() {
    Arrays.fill(lives, 0, count, 0);
    count = 0;
  }
}
