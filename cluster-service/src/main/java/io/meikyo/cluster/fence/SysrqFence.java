// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reset, or power off, by the kernel at once: a letter written to /proc/sysrq-trigger. Nothing is
 * written back, nothing is unmounted. Root may do it whatever kernel.sysrq says.
 */
public final class SysrqFence implements SelfFence {
  private final Settings settings;
  private final Path trigger;

  /** What happens. */
  public enum Letter {
    /** The machine starts again. */
    RESET('b'),
    /** The power goes off. */
    POWER_OFF('o');

    private final char letter;

    Letter(char letter) {
      this.letter = letter;
    }
  }

  /**
   * What is configured.
   *
   * @param letter what is to happen
   */
  public record Settings(Letter letter) {}

  /** This server's. */
  public SysrqFence(Settings settings) {
    this(settings, Path.of("/proc/sysrq-trigger"));
  }

  SysrqFence(Settings settings, Path trigger) {
    this.settings = settings;
    this.trigger = trigger;
  }

  @Override
  public String name() {
    return "sysrq " + settings.letter().letter;
  }

  @Override
  public Notice arm() {
    return Files.isWritable(trigger)
        ? Notice.of(FenceNotice.ARMED, name())
        : Notice.of(
            FenceNotice.NOT_ARMED, name(), trigger + " cannot be written", "nothing was changed");
  }

  @Override
  public void alive() {
    // It needs no signs of life.
  }

  @Override
  public long aliveMillis() {
    return 0;
  }

  @Override
  public Notice strike() {
    try {
      byte[] letter = String.valueOf(settings.letter().letter).getBytes(StandardCharsets.US_ASCII);
      OpenOption write = StandardOpenOption.WRITE;
      Files.write(trigger, letter, write);
      return Notice.of(FenceNotice.STRUCK, name(), 0);
    } catch (IOException e) {
      return Notice.of(FenceNotice.NOT_STRUCK, name(), String.valueOf(e));
    }
  }

  @Override
  public void disarm() {
    // Nothing was made ready.
  }
}
