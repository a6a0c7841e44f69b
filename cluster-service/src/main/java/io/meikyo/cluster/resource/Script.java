// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Proc;
import io.meikyo.cluster.exec.User;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Commands that start and stop something. A start command that ends with status 0 has started it;
 * it may leave processes in the background.
 *
 * <p>Without a probe command it is taken for running from a successful start to a successful stop;
 * that is remembered over a restart of the cluster service.
 */
public final class Script implements Resource {
  private static final String STARTED = "started";
  private static final String STARTING = "starting";
  private static final String STOPPING = "stopping";
  private static final int NOT_RUNNING = 3;

  private final Settings settings;
  private final RunFiles files;
  private final Answers answers;

  /**
   * What is configured. Commands are lines for /bin/sh.
   *
   * @param name of the resource
   * @param start starts it; status 0: it runs
   * @param stop stops it; status 0: nothing of it is left. Empty: there is nothing to do
   * @param probe status 0: it runs, 3: it does not, anything else: it is broken. Empty: what was
   *     done last is remembered
   * @param user as whom they run; empty: as we do
   * @param directory where they run
   * @param environment added to what we set
   */
  public record Settings(
      String name,
      String start,
      String stop,
      String probe,
      String user,
      String directory,
      Map<String, String> environment) {

    public Settings {
      environment = Map.copyOf(environment);
    }

    /** The usual, for two commands. */
    public static Settings of(String name, String start, String stop) {
      return new Settings(name, start, stop, "", "", "/", Map.of());
    }
  }

  /**
   * Makes one; nothing happens yet.
   *
   * @param folder for its output and what it remembers; emptied by a reboot, or not
   */
  public Script(Settings settings, Path folder) {
    this.settings = settings;
    this.files = new RunFiles(folder, settings.name());
    this.answers = new Answers(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public ActionResult start(ActionContext context) {
    try {
      if (probe(context).found() == Status.Found.RUNNING) {
        return answers.ok(ResourceNotice.RUNS_ALREADY, name());
      }
      ActionResult clean = cleaned(context);
      if (!clean.ok()) {
        return clean;
      }
      files.remember(STARTING);
      ActionResult result = run(context, "start", settings.start());
      if (result.ok()) {
        files.remember(STARTED);
      }
      return result;
    } catch (IOException e) {
      return cannotRemember(e);
    }
  }

  /**
   * A former life of ours ended in the middle of a command. If that still runs, it is killed; and
   * what it has begun is stopped before it is begun again.
   */
  private ActionResult cleaned(ActionContext context) throws IOException {
    killHalfDone(context);
    String word = files.remembered();
    boolean half = word.equals(STARTING) || word.equals(STOPPING);
    return half && !settings.stop().isEmpty()
        ? run(context, "stop", settings.stop())
        : answers.ok(ResourceNotice.STOPPED, name());
  }

  private void killHalfDone(ActionContext context) throws IOException {
    Proc command = Recorded.living(files.pid());
    if (command != null) {
      context.say(answers.notice(ResourceNotice.HALF_DONE_KILLED, name(), command));
      var _ = Processes.kill(-command.pid(), Processes.SIGKILL);
      List<Proc> _ = Proc.end(List.of(command), Processes.SIGKILL, 0, context.limit());
    }
  }

  @Override
  public ActionResult stop(ActionContext context) {
    try {
      if (isStopped(context)) {
        files.forget();
        return answers.ok(ResourceNotice.STOPPED_ALREADY, name());
      }
      files.remember(STOPPING);
      killHalfDone(context);
      ActionResult result =
          settings.stop().isEmpty()
              ? answers.ok(ResourceNotice.STOPPED, name())
              : run(context, "stop", settings.stop());
      if (result.ok()) {
        files.forget();
      }
      return result;
    } catch (IOException e) {
      return cannotRemember(e);
    }
  }

  /** Nobody has started it, and nobody sees it. */
  private boolean isStopped(ActionContext context) throws IOException {
    return files.remembered().isEmpty()
        && (settings.probe().isEmpty() || probe(context).found() == Status.Found.STOPPED);
  }

  private ActionResult cannotRemember(IOException e) {
    return answers.failed(ResourceNotice.NO_FOLDER, name(), String.valueOf(e.getMessage()));
  }

  /**
   * Kills what the commands have left, by the environment that it was started with; the stop
   * command is not run, since it can hang.
   */
  @Override
  public ActionResult stopHard(ActionContext context) {
    Leftovers left = Leftovers.kill(context.occasion().marks(name()), context.limit());
    if (!left.none()) {
      return answers.failed(ResourceNotice.PROCESSES_LEFT, name(), left);
    }
    try {
      files.forget();
    } catch (IOException e) {
      return cannotRemember(e);
    }
    return answers.ok(ResourceNotice.KILLED, name());
  }

  @Override
  public Status probe(ActionContext context) {
    try {
      files.trim();
      return settings.probe().isEmpty() ? remembered() : asked(context);
    } catch (IOException e) {
      return answers.unknown(ResourceNotice.NO_FOLDER, name(), String.valueOf(e.getMessage()));
    }
  }

  private Status remembered() throws IOException {
    return switch (files.remembered()) {
      case STARTED -> answers.running(ResourceNotice.RUNS, name());
      case STARTING -> answers.unknown(ResourceNotice.HALF_DONE, name(), "start");
      case STOPPING -> answers.unknown(ResourceNotice.HALF_DONE, name(), "stop");
      default -> answers.stopped(ResourceNotice.RUNS_NOT, name());
    };
  }

  private Status asked(ActionContext context) {
    User user = User.of(settings.user(), context.limit());
    if (user == null) {
      return answers.unknown(ResourceNotice.NO_USER, name(), settings.user());
    }
    Child.End end =
        Child.run(program(context, "probe", settings.probe(), user, false), context.limit());
    if (end.how() != Child.How.EXITED) {
      return new Status(Status.Found.UNKNOWN, answers.of(end, "probe").notice());
    }
    return switch (end.status()) {
      case 0 -> answers.running(ResourceNotice.RUNS, name());
      case NOT_RUNNING -> answers.stopped(ResourceNotice.RUNS_NOT, name());
      default -> answers.broken(ResourceNotice.COMMAND_FAILED, name(), "probe", end.said());
    };
  }

  private ActionResult run(ActionContext context, String event, String line) throws IOException {
    User user = User.of(settings.user(), context.limit());
    if (user == null) {
      return context.limit().isOver()
          ? answers.over(context, "the user is looked up")
          : answers.failed(ResourceNotice.NO_USER, name(), settings.user());
    }
    files.prepare();
    long began = context.limit().nanos();
    Child.Program plain = program(context, event, line, user, true);
    Child.Program recorded =
        new Child.Program(
            Recorded.words(files.pid(), plain.words()),
            plain.environment(),
            plain.directory(),
            plain.output());
    Child.End end = Child.run(recorded, context.limit());
    long millis = (context.limit().nanos() - began) / 1_000_000;
    String said = end.output().strip();
    if (!said.isEmpty()) {
      Notice output = answers.notice(ResourceNotice.OUTPUT, name(), event, said);
      context.say(output);
    }
    return end.ok()
        ? answers.ok(ResourceNotice.COMMAND_DONE, name(), event, millis)
        : answers.of(end, event);
  }

  private Child.Program program(
      ActionContext context, String event, String line, User user, boolean toFile) {
    List<String> words = new ArrayList<>(user.words());
    words.addAll(List.of("/bin/sh", "-c", line));
    Map<String, String> environment = new LinkedHashMap<>(user.environment());
    environment.putAll(settings.environment());
    environment.putAll(context.occasion().environment(event, name()));
    return new Child.Program(
        words, environment, Path.of(settings.directory()), toFile ? files.output() : null);
  }
}
