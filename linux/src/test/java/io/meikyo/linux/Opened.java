// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.util.ArrayList;
import java.util.List;

/** The descriptors of a test, closed at its end whatever happens. */
final class Opened implements AutoCloseable {
  private final List<Integer> descriptors = new ArrayList<>();

  int add(int fd) {
    descriptors.add(fd);
    return fd;
  }

  int[] add(int[] fds) {
    for (int fd : fds) {
      descriptors.add(fd);
    }
    return fds;
  }

  void close(int fd) {
    descriptors.remove((Integer) fd);
    Descriptors.close(fd);
  }

  @Override
  public void close() {
    descriptors.forEach(Descriptors::close);
    descriptors.clear();
  }
}
