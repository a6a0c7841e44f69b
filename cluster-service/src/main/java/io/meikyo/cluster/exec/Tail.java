// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The last bytes of a stream. Any thread. */
final class Tail {
  private final byte[] ring;
  private long count;

  Tail(int bytes) {
    ring = new byte[bytes];
  }

  /** Takes all that comes, until the stream ends. */
  void drain(InputStream in) throws IOException {
    byte[] some = new byte[4096];
    while (true) {
      int got = in.read(some);
      if (got < 0) {
        return;
      }
      add(Arrays.copyOf(some, got));
    }
  }

  synchronized void add(byte[] bytes) {
    for (byte b : bytes) {
      ring[(int) (count++ % ring.length)] = b;
    }
  }

  synchronized String text() {
    int length = (int) Math.min(count, ring.length);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = ring[(int) ((count - length + i) % ring.length)];
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
