// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Uring;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Makes the best loop that this machine allows: io_uring, or threads where that is refused.
 *
 * <p>The system property {@code meikyo.loop}, or if that is not set the environment variable {@code
 * MEIKYO_LOOP}, forces one: {@code io_uring} or {@code threads}.
 */
public final class Loops {
  /** Name of the system property. */
  public static final String PROPERTY = "meikyo.loop";

  private static final String ENVIRONMENT = "MEIKYO_LOOP";

  private Loops() {}

  /**
   * The best one, after one empty operation has gone around.
   *
   * @param reason told why it is not io_uring, in a sentence; not called if it is
   * @throws LinuxException io_uring is forced and refused, or there are no descriptors left
   * @throws IllegalArgumentException what is forced is neither
   */
  public static IoLoop best(Consumer<String> reason) throws LinuxException {
    return switch (forced()) {
      case "" -> {
        try {
          yield uring();
        } catch (LinuxException e) {
          reason.accept("io_uring cannot be used: " + e.getMessage());
          yield threads();
        }
      }
      case "io_uring" -> uring();
      case "threads" -> {
        reason.accept("threads were asked for");
        yield threads();
      }
      default ->
          throw new IllegalArgumentException(PROPERTY + " is io_uring or threads, not " + forced());
    };
  }

  /**
   * One over io_uring.
   *
   * @throws LinuxException the machine refuses: ENOSYS, EPERM, ENOMEM, EOPNOTSUPP
   */
  public static IoLoop uring() throws LinuxException {
    Uring.test();
    return new UringLoop();
  }

  /**
   * One over threads.
   *
   * @throws LinuxException EMFILE
   */
  public static IoLoop threads() throws LinuxException {
    return new ThreadLoop();
  }

  private static String forced() {
    String property = System.getProperty(PROPERTY);
    String value = property != null ? property : System.getenv(ENVIRONMENT);
    return value == null ? "" : value.strip().toLowerCase(Locale.ROOT);
  }
}
