// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PreambleTest {
  private static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  private static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");
  private static final Identity OWN = new Identity(CLUSTER, DISK, 1);

  private static byte[] bytes(Preamble p) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(Preamble.BYTES);
      p.write(m);
      return m.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** The bytes of version 1, for ever; docs/link-protocol.md shows them. */
  @Test
  void itIsAsEver() throws IOException {
    Path golden =
        Path.of(
            System.getProperty("meikyo.root"), "core/src/test/resources/golden/v1/preamble.bin");
    byte[] now = bytes(new Preamble(CLUSTER, DISK, 0, 1));
    if (Boolean.getBoolean("meikyo.golden.write")) {
      Files.write(golden, now);
    }
    assertThat(now).isEqualTo(Files.readAllBytes(golden));
  }

  @Test
  void eachFlawIsFound() {
    byte[] good = bytes(new Preamble(CLUSTER, DISK, 0, 1));
    assertThat(check(good, -1)).isNull();
    assertThat(check(good, 0)).isNull();
    assertThat(check(good, 2)).isEqualTo(Preamble.Flaw.OTHER_REPLICA);
    for (int i = 0; i < Preamble.BYTES; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 4;
      assertThat(check(bad, -1))
          .as("byte " + i)
          .isEqualTo(i < 4 ? Preamble.Flaw.FOREIGN : Preamble.Flaw.CHECKSUM);
    }
    assertThat(check(bytes(new Preamble(DISK, DISK, 0, 1)), -1))
        .isEqualTo(Preamble.Flaw.OTHER_CLUSTER);
    assertThat(check(bytes(new Preamble(CLUSTER, CLUSTER, 0, 1)), -1))
        .isEqualTo(Preamble.Flaw.OTHER_DISK);
    for (int from : new int[] {1, 2, 8, 31, 32, 127, 200}) {
      assertThat(check(bytes(new Preamble(CLUSTER, DISK, from, 1)), -1))
          .as("from " + from)
          .isEqualTo(Preamble.Flaw.OTHER_REPLICA);
    }
    assertThat(check(bytes(new Preamble(CLUSTER, DISK, 0, 0)), -1))
        .isEqualTo(Preamble.Flaw.OTHER_REPLICA);
    assertThat(Preamble.speaker(ByteBuffer.wrap(good))).isZero();
    assertThat(Preamble.speaker(ByteBuffer.allocate(64))).isEqualTo(-1);
  }

  private static Preamble.Flaw check(byte[] bytes, int peer) {
    return Preamble.check(ByteBuffer.wrap(bytes), OWN, peer, 1);
  }
}
