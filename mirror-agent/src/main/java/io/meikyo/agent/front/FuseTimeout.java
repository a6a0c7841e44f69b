// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How long the kernel lets a request of a FUSE file system wait (Linux 6.14 and newer; for ever
 * where nobody has set it). Beyond that it aborts the whole connection, and the device is lost: so
 * a hold must be shorter.
 */
public final class FuseTimeout {
  /** Where the two settings are. */
  public static final Path SETTINGS = Path.of("/proc/sys/fs/fuse");

  /** A request may have waited a little before the hold. */
  private static final long MARGIN_SECONDS = 5;

  private FuseTimeout() {}

  /**
   * The longest hold that is safe, s.
   *
   * @param folder {@link #SETTINGS}
   * @param most what is allowed in any case
   */
  public static long holdSeconds(Path folder, long most) {
    long shortest = most;
    for (String name : new String[] {"default_request_timeout", "max_request_timeout"}) {
      long seconds = seconds(folder.resolve(name));
      if (seconds > 0) {
        shortest = Math.min(shortest, Math.max(1, seconds - MARGIN_SECONDS));
      }
    }
    return shortest;
  }

  /** 0: no limit, or a kernel that has none. */
  private static long seconds(Path setting) {
    try {
      return Files.exists(setting) ? Long.parseLong(Files.readString(setting).strip()) : 0;
    } catch (IOException | NumberFormatException e) {
      return 0; // one that cannot be read limits nobody that we know of
    }
  }
}
