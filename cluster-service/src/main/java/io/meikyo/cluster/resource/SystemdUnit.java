// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.systemd.Systemctl;
import java.time.Duration;

/**
 * A unit of systemd. It should not be enabled: the cluster decides where it runs, not the boot.
 *
 * <p>A start or stop whose deadline passes goes on inside systemd; only our waiting ends.
 */
public final class SystemdUnit implements Resource {
  private static final Duration LOOK = Duration.ofSeconds(5);

  private final Settings settings;
  private final Systemctl systemctl;
  private final Answers answers;

  /**
   * What is configured.
   *
   * @param name of the resource
   * @param unit such as {@code postgresql.service}
   */
  public record Settings(String name, String unit) {}

  /** Makes one; nothing happens yet. */
  public SystemdUnit(Settings settings, Systemctl systemctl) {
    this.settings = settings;
    this.systemctl = systemctl;
    this.answers = new Answers(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  private ActionResult trouble(Systemctl.Answer answer, String step) {
    return answer.missing()
        ? answers.failed(ResourceNotice.SYSTEMD_NONE, settings.unit(), answer.end().output())
        : answers.of(answer.end(), "systemctl " + step);
  }

  @Override
  public ActionResult start(ActionContext context) {
    Systemctl.Answer shown = systemctl.show(settings.unit(), context.limit());
    if (!shown.ok()) {
      return trouble(shown, "show");
    }
    if (!shown.value("LoadState").equals("loaded")) {
      return answers.failed(
          ResourceNotice.SYSTEMD_UNKNOWN, settings.unit(), shown.value("LoadState"));
    }
    if (shown.value("UnitFileState").startsWith("enabled")) {
      context.say(answers.notice(ResourceNotice.SYSTEMD_ENABLED, settings.unit()));
    }
    if (shown.value("ActiveState").equals("active")) {
      return answers.ok(ResourceNotice.SYSTEMD_ACTIVE, settings.unit(), shown.state());
    }
    Systemctl.Answer started = systemctl.run("start", settings.unit(), context.limit());
    if (!started.ok()) {
      return trouble(started, "start");
    }
    Systemctl.Answer after = systemctl.show(settings.unit(), context.limit());
    return after.ok() && after.value("ActiveState").equals("active")
        ? answers.ok(ResourceNotice.SYSTEMD_ACTIVE, settings.unit(), after.state())
        : answers.failed(ResourceNotice.SYSTEMD_BROKEN, settings.unit(), after.state());
  }

  @Override
  public ActionResult stop(ActionContext context) {
    Systemctl.Answer shown = systemctl.show(settings.unit(), context.limit());
    if (!shown.ok()) {
      return trouble(shown, "show");
    }
    if (isOver(shown)) {
      return answers.ok(ResourceNotice.SYSTEMD_INACTIVE, settings.unit(), shown.state());
    }
    Systemctl.Answer stopped = systemctl.run("stop", settings.unit(), context.limit());
    if (!stopped.ok()) {
      return trouble(stopped, "stop");
    }
    Systemctl.Answer after = systemctl.show(settings.unit(), context.limit());
    return after.ok() && isOver(after)
        ? answers.ok(ResourceNotice.SYSTEMD_INACTIVE, settings.unit(), after.state())
        : answers.failed(ResourceNotice.SYSTEMD_BROKEN, settings.unit(), after.state());
  }

  private static boolean isOver(Systemctl.Answer shown) {
    String state = shown.value("ActiveState");
    return state.equals("inactive") || state.equals("failed");
  }

  /**
   * Tells systemd to stop it without waiting, so that it is not restarted, and kills all its
   * processes; then waits until they are gone.
   */
  @Override
  public ActionResult stopHard(ActionContext context) {
    Systemctl.Answer stop = systemctl.run("stop", "--no-block", settings.unit(), context.limit());
    if (!stop.ok()) {
      context.say(trouble(stop, "stop --no-block").notice());
    }
    Systemctl.Answer kill =
        systemctl.run("kill", "--signal=SIGKILL", settings.unit(), context.limit());
    Systemctl.Answer last = null;
    while (true) {
      Systemctl.Answer shown = systemctl.show(settings.unit(), context.limit());
      if (shown.end().how() == Child.How.DEADLINE && last != null) {
        // The time ran out in one more look: what the unit was last is the reason, not that look.
        return alive(kill, last);
      }
      if (!shown.ok()) {
        return trouble(shown, "show");
      }
      if (isOver(shown)) {
        return answers.ok(ResourceNotice.SYSTEMD_INACTIVE, settings.unit(), shown.state());
      }
      if (!context.limit().pause(Duration.ofMillis(50))) {
        return alive(kill, shown);
      }
      last = shown;
    }
  }

  private ActionResult alive(Systemctl.Answer kill, Systemctl.Answer shown) {
    return kill.ok()
        ? answers.failed(ResourceNotice.SYSTEMD_BROKEN, settings.unit(), shown.state())
        : trouble(kill, "kill");
  }

  @Override
  public Status probe(ActionContext context) {
    Systemctl.Answer shown = systemctl.show(settings.unit(), context.limit().within(LOOK));
    if (!shown.ok()) {
      return new Status(Status.Found.UNKNOWN, trouble(shown, "show").notice());
    }
    return switch (shown.value("ActiveState")) {
      case "active", "reloading" ->
          answers.running(ResourceNotice.SYSTEMD_ACTIVE, settings.unit(), shown.state());
      case "inactive" ->
          answers.stopped(ResourceNotice.SYSTEMD_INACTIVE, settings.unit(), shown.state());
      case "failed" ->
          answers.broken(ResourceNotice.SYSTEMD_BROKEN, settings.unit(), shown.state());
      default -> answers.unknown(ResourceNotice.SYSTEMD_BETWEEN, settings.unit(), shown.state());
    };
  }
}
