// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.ShellWord;
import io.meikyo.core.cluster.config.ResourceSettings;
import java.nio.file.Path;

/** Makes what a configured script is: commands that end, or one that stays in the foreground. */
public final class ScriptMaker {
  private ScriptMaker() {}

  /**
   * The resource; nothing happens yet.
   *
   * @param folder for its output and what it remembers
   */
  public static Resource of(String name, ResourceSettings.Script settings, Path folder) {
    String stopPath = settings.stop();
    String start = ShellWord.of(settings.start());
    String stop = stopPath == null ? "" : ShellWord.of(stopPath);
    if (settings.waitForEnd()) {
      return new Script(
          new Script.Settings(name, start, stop, "", settings.user(), "/", settings.environment()),
          folder);
    }
    Daemon.Settings usual = Daemon.Settings.of(name, start);
    return new Daemon(
        new Daemon.Settings(
            name,
            start,
            usual.ready(),
            usual.settle(),
            stop,
            usual.stopSignal(),
            usual.stopGrace(),
            settings.user(),
            usual.directory(),
            settings.environment()),
        folder);
  }
}
