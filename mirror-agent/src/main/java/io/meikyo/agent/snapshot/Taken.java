// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.nio.file.Path;

/** What a provider has taken of a data partition, at one instant. */
sealed interface Taken {
  /** The descriptor that belongs to it; -1: there is none. */
  int fd();

  /** What finds it again, and tells people where it is. */
  String where();

  /**
   * An empty store, which is filled by copying before each write: whoever takes it sees to that.
   *
   * @param fd for reading and writing, with O_DIRECT
   * @param slots chunks that it may take
   */
  record Store(int fd, Path file, int slots) implements Taken {
    long capBytes() {
      return (long) slots * Origin.CHUNK;
    }

    @Override
    public String where() {
      return file.toString();
    }
  }

  /**
   * All bytes of the disk.
   *
   * @param fd for reading
   */
  record Image(int fd, String where) implements Taken {}

  /** All bytes of the disk, at a place where nobody here can read them. */
  record Elsewhere(String where) implements Taken {
    @Override
    public int fd() {
      return -1;
    }
  }
}
