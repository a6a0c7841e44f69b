// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Programs;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.util.List;

/**
 * Power off by a command: in a lab that of the server's switch, elsewhere whatever the
 * configuration names. It is started and not waited for. A disk that hangs can keep it from
 * starting, so it is no replacement for a watchdog.
 */
public final class CommandFence implements SelfFence {
  private final Settings settings;

  /**
   * What is configured.
   *
   * @param words the program and its arguments
   */
  public record Settings(List<String> words) {
    public Settings {
      words = List.copyOf(words);
    }
  }

  /** Makes one; nothing happens yet. */
  public CommandFence(Settings settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return "command " + String.join(" ", settings.words());
  }

  @Override
  public Notice arm() {
    return Programs.find(settings.words().getFirst()) != null
        ? Notice.of(FenceNotice.ARMED, name())
        : Notice.of(
            FenceNotice.NOT_ARMED,
            name(),
            "there is no program " + settings.words().getFirst(),
            "nothing was changed");
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
      Process _ = Child.begin(Child.Program.of(settings.words().toArray(String[]::new)));
      return Notice.of(FenceNotice.STRUCK, name(), 0);
    } catch (IOException e) {
      return Notice.of(FenceNotice.NOT_STRUCK, name(), String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void disarm() {
    // Nothing was made ready.
  }
}
