// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.apache.ratis.util.ExitUtils;

/**
 * What Ratis does to the whole process unless it is told not to: it ends the process when its port
 * is taken, and when any thread, of whomever, ends with an exception; and it writes pages of stack
 * traces while a peer is away.
 */
final class RatisManners {
  private static final String NAME = "org.apache.ratis";

  /** Held here, since the JDK forgets a logger, and its level, that nobody holds. */
  private static final Logger LOGGER = Logger.getLogger(NAME);

  private RatisManners() {}

  /**
   * Of Netty inside Ratis. Unsafe and native code: the JDK warns of the first, the second is
   * unpacked into the temporary folder, and a handful of connections needs neither. Arenas and
   * chunks: it reserves memory for servers with thousands of connections.
   */
  private static final Map<String, String> NETTY =
      Map.of(
          "noUnsafe", "true",
          "transport.noNative", "true",
          "allocator.numHeapArenas", "1",
          "allocator.numDirectArenas", "1",
          "allocator.maxOrder", "4");

  /** To be called before anything else of Ratis. Again and again does no harm. */
  static void teach() {
    UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    ExitUtils.disableSystemExit();
    ExitUtils.setTerminateOnUncaughtException(false);
    Thread.setDefaultUncaughtExceptionHandler(before);
    NETTY.forEach((name, value) -> {
      String property = NAME + ".thirdparty.io.netty." + name;
      if (System.getProperty(property) == null) {
        System.setProperty(property, value);
      }
    });
    if (LogManager.getLogManager().getProperty(NAME + ".level") == null) {
      LOGGER.setLevel(Level.OFF);
    }
  }
}
