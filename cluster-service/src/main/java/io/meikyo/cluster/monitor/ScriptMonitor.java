// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.User;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether a command ends with status 0. Its environment has MEIKYO_EVENT=monitor. */
public final class ScriptMonitor implements Monitor {
  private final Settings settings;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param command a line for /bin/sh
   * @param user as whom it runs; empty: as we do
   * @param warningStatus a status that is a warning and no failure; 0: there is none
   */
  public record Settings(String name, String command, String user, int warningStatus) {}

  /** Makes one. */
  public ScriptMonitor(Settings settings) {
    this.settings = settings;
    this.findings = new Findings(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    User user = User.of(settings.user(), context.limit());
    if (user == null) {
      return findings.cannot("user " + settings.user());
    }
    List<String> words = new ArrayList<>(user.words());
    words.addAll(List.of("/bin/sh", "-c", settings.command()));
    Map<String, String> environment = new HashMap<>(user.environment());
    environment.put("MEIKYO_EVENT", "monitor");
    environment.put("MEIKYO_MONITOR", settings.name());
    environment.put("MEIKYO_SERVER", context.server());
    environment.put("MEIKYO_GROUP", context.group());
    Child.End end = Child.run(new Child.Program(words, environment, null, null), context.limit());
    if (end.how() != Child.How.EXITED) {
      return findings.of(context, end, settings.command());
    }
    if (end.ok()) {
      return findings.ok(MonitorNotice.SCRIPT_OK, settings.command());
    }
    return end.status() == settings.warningStatus()
        ? findings.warning(MonitorNotice.SCRIPT_WARNS, settings.command(), end.said())
        : findings.failed(MonitorNotice.SCRIPT_FAILED, settings.command(), end.said());
  }
}
