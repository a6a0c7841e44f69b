// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** The clock that starts with the machine and goes on while it sleeps, and which start it was. */
public final class BootTime {
  private static final int CLOCK_BOOTTIME = 7;
  private static final MethodHandle CLOCK_GETTIME =
      Native.function(
          "clock_gettime", FunctionDescriptor.of(Native.INT, Native.INT, Native.POINTER));
  private static final ThreadLocal<MemorySegment> TIMES =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

  private BootTime() {}

  /** Nanoseconds since the machine started. Never goes back; no system call. */
  public static long nanos() {
    MemorySegment time = TIMES.get();
    MemorySegment state = Native.state();
    int result;
    try {
      result = (int) CLOCK_GETTIME.invokeExact(state, CLOCK_BOOTTIME, time);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
    if (result != 0) {
      throw new IllegalStateException("clock_gettime knows no CLOCK_BOOTTIME");
    }
    return time.get(Native.LONG, 0) * 1_000_000_000 + time.get(Native.LONG, 8);
  }

  /**
   * 64 bits that differ, as good as surely, from one start of the machine to the next: both halves
   * of /proc/sys/kernel/random/boot_id, combined. Containers of one machine share it.
   */
  public static long bootId() throws IOException {
    String text = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    UUID id = UUID.fromString(text);
    // Four bits of each half are fixed (version and variant); turned, they meet random ones.
    return id.getMostSignificantBits() ^ Long.rotateLeft(id.getLeastSignificantBits(), 32);
  }
}
