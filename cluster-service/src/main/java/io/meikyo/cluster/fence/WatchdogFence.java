// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import io.meikyo.core.notice.Notice;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Watchdog;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reset by a watchdog device that is no longer fed. The only way that also works when this process
 * hangs or is gone.
 */
public final class WatchdogFence implements SelfFence {
  private final Settings settings;
  private final Opener opener;
  private @Nullable Device device;
  private boolean struck;

  /**
   * What is configured.
   *
   * @param device such as /dev/watchdog0
   * @param timeoutSeconds after so long without a sign of life it resets the server
   */
  public record Settings(Path device, int timeoutSeconds) {}

  /** A watchdog, real or not. */
  interface Device {
    /** Sets how long it waits; what it really took is returned, s. */
    int timeout(int seconds) throws IOException;

    /** Starts its timeout anew. */
    void keepAlive() throws IOException;

    /** Stops it. */
    void stop() throws IOException;

    /** What it is. */
    String name() throws IOException;
  }

  /** Opens one, and so starts it. */
  interface Opener {
    Device open(Path path) throws IOException;
  }

  /** Makes one; the device is not touched yet. */
  public WatchdogFence(Settings settings) {
    this(settings, WatchdogFence::real);
  }

  WatchdogFence(Settings settings, Opener opener) {
    this.settings = settings;
    this.opener = opener;
  }

  private static Device real(Path path) throws LinuxException {
    Watchdog watchdog = Watchdog.open(path);
    return new Device() {
      @Override
      public int timeout(int seconds) throws LinuxException {
        return watchdog.timeout(seconds);
      }

      @Override
      public void keepAlive() throws LinuxException {
        watchdog.keepAlive();
      }

      @Override
      public void stop() throws LinuxException {
        watchdog.stop();
      }

      @Override
      public String name() throws LinuxException {
        return watchdog.model().name();
      }
    };
  }

  @Override
  public String name() {
    return "watchdog " + settings.device();
  }

  @Override
  public synchronized Notice arm() {
    if (device != null) {
      return Notice.of(FenceNotice.ARMED, name());
    }
    Device opened = null;
    try {
      opened = opener.open(settings.device());
      int seconds = opened.timeout(settings.timeoutSeconds());
      if (seconds > settings.timeoutSeconds()) {
        // It would reset us too late: others take over before.
        opened.stop();
        return Notice.of(FenceNotice.TOO_SLOW, name(), seconds, settings.timeoutSeconds());
      }
      opened.keepAlive();
      device = opened;
      return Notice.of(FenceNotice.ARMED, name() + " (" + opened.name() + ")");
    } catch (IOException e) {
      return Notice.of(FenceNotice.NOT_ARMED, name(), String.valueOf(e.getMessage()), left(opened));
    }
  }

  /** One that was opened and is of no use must not reset a server that is well. */
  private static String left(@Nullable Device opened) {
    if (opened == null) {
      return "it was not started";
    }
    try {
      opened.stop();
      return "it was stopped again";
    } catch (IOException e) {
      return "it could not be stopped again: " + e.getMessage();
    }
  }

  @Override
  public synchronized void alive() {
    Device now = device;
    if (now == null || struck) {
      return;
    }
    try {
      now.keepAlive();
    } catch (IOException e) {
      // It resets us then, as it would if we were gone: on the safe side.
      struck = true;
    }
  }

  @Override
  public long aliveMillis() {
    return settings.timeoutSeconds() * 1000L / 3;
  }

  @Override
  public synchronized Notice strike() {
    Device now = device;
    if (now == null) {
      return Notice.of(FenceNotice.NOT_STRUCK, name(), "it is not armed");
    }
    struck = true;
    try {
      int seconds = now.timeout(1);
      return Notice.of(FenceNotice.STRUCK, name(), seconds);
    } catch (IOException e) {
      // Many cannot be made faster: its own time runs, and nobody feeds it any more.
      return Notice.of(FenceNotice.STRUCK, name(), settings.timeoutSeconds());
    }
  }

  @Override
  public synchronized void disarm() {
    Device now = device;
    if (now == null || struck) {
      return;
    }
    device = null;
    try {
      now.stop();
    } catch (IOException e) {
      // It cannot be stopped: then it resets the server, and that was its word.
      struck = true;
    }
  }
}
