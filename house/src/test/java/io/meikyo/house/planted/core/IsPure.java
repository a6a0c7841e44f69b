// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house.planted.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;

/** A sample for CorePurityTest: what core does all day. */
record IsPure(List<Long> extents, Duration deadline) {

  private enum State {
    CLEAN,
    DIRTY
  }

  int checksum() {
    ByteBuffer page = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    extents.stream().limit(8).forEach(page::putLong);
    CRC32C crc = new CRC32C();
    crc.update(page.flip());
    return (int) crc.getValue();
  }

  String describe(BitSet dirty) {
    State state = dirty.isEmpty() ? State.CLEAN : State.DIRTY;
    return switch (state) {
      case CLEAN -> "clean within " + deadline;
      case DIRTY -> dirty.cardinality() + " dirty";
    };
  }
}
