// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The request queue of a loop or NBD device, set so that writes that wait leave room for reads
 * (rule R15).
 *
 * <p>Both have 128 slots for requests of all kinds, and without a scheduler 128 writes that wait in
 * a hold take them all: the next read waits in the kernel where nobody can help it. The scheduler
 * mq-deadline gives writes no more than its {@code async_depth}. So: {@code nr_requests} = 64,
 * which is less than the slots, and {@code async_depth} = 48 of them for writes.
 *
 * <p>The kernel keeps these settings when the device is detached, for its next user, who may be a
 * stranger: so {@link #reset} puts back what the kernel begins with. For the same reason nothing is
 * switched off here: a limit of 0 for discards can never be taken back. A device whose discards
 * somebody else has switched off is used without.
 */
public final class DeviceQueue {
  /** Requests under way at one time. */
  static final int REQUESTS = 64;

  /** A discard is cut into pieces of so many bytes: while one is under way no write begins. */
  private static final long DISCARD_BYTES_MAX = 64 << 20;

  /** The kernel's own number of slots. */
  private static final int REQUESTS_BEFORE = 128;

  /** The kernel's own bound of a request, KiB. */
  private static final long KIB_BEFORE = 1280;

  private DeviceQueue() {}

  /** True if {@link #set} has come to its end here. */
  static boolean isSet(Path device) {
    Path queue = queue(device);
    try {
      return read(queue.resolve("nr_requests")) == REQUESTS
          && Files.readString(queue.resolve("scheduler")).contains("[mq-deadline]")
          && read(queue.resolve("iosched/async_depth")) < REQUESTS;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Sets it.
   *
   * @param bytesMax most bytes of one read or write
   * @param writesMax most writes, of {@link #REQUESTS}
   * @return empty, or why reads have no reserve
   */
  static String set(Path device, int bytesMax, int writesMax) {
    Path queue = queue(device);
    try {
      write(queue.resolve("max_sectors_kb"), bytesMax >> 10);
      if (read(queue.resolve("discard_granularity")) > 0) {
        write(queue.resolve("discard_max_bytes"), DISCARD_BYTES_MAX);
      }
      Files.writeString(queue.resolve("scheduler"), "mq-deadline");
      write(queue.resolve("nr_requests"), REQUESTS);
      write(queue.resolve("iosched/async_depth"), writesMax);
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /**
   * Puts back what the kernel begins with. Waits for what is under way on the device: not for one
   * whose file nobody serves. A device that is gone took its queue along.
   *
   * @return empty, or why its next user has a queue that he did not ask for
   */
  public static String reset(Path device) {
    Path queue = queue(device);
    if (Files.notExists(queue)) {
      return "";
    }
    List<String> refused = new ArrayList<>();
    put(refused, () -> Files.writeString(queue.resolve("scheduler"), "none"));
    put(refused, () -> write(queue.resolve("nr_requests"), REQUESTS_BEFORE));
    put(refused, () -> requestBytesBefore(queue));
    put(refused, () -> discardsBefore(queue));
    return String.join("; ", refused);
  }

  /** A setting to be put back. */
  private interface Setting {
    void write() throws IOException;
  }

  private static void put(List<String> refused, Setting setting) {
    try {
      setting.write();
    } catch (IOException e) {
      refused.add(String.valueOf(e.getMessage()));
    }
  }

  private static void requestBytesBefore(Path queue) throws IOException {
    Path file = queue.resolve("max_sectors_kb");
    try {
      write(file, 0); // the kernel's own choice
    } catch (IOException e) {
      // Kernels before 6.9 know no such word.
      write(file, Math.min(read(queue.resolve("max_hw_sectors_kb")), KIB_BEFORE));
    }
  }

  /**
   * No limit but the device's own, which itself cannot be written: it is no multiple of the grain.
   */
  private static void discardsBefore(Path queue) throws IOException {
    long grain = read(queue.resolve("discard_granularity"));
    if (grain > 0) {
      long most = read(queue.resolve("discard_max_hw_bytes"));
      write(queue.resolve("discard_max_bytes"), most - most % grain);
    }
  }

  private static Path queue(Path device) {
    return Path.of("/sys/block").resolve(device.getFileName()).resolve("queue");
  }

  private static long read(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  private static void write(Path file, long value) throws IOException {
    Files.writeString(file, Long.toString(value));
  }
}
