// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Proc;
import io.meikyo.cluster.exec.User;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A command that stays in the foreground: it runs as long as its process does. For servers without
 * a service manager, and for scripts that loop.
 *
 * <p>The process has a session of its own and writes to a file, so it outlives the cluster service,
 * which finds it again by number, start time and boot.
 */
public final class Daemon implements Resource {
  private static final Duration ASK_AGAIN = Duration.ofMillis(100);
  private static final Duration SOON = Duration.ofMillis(5);
  private static final Duration KILL = Duration.ofMillis(500);

  private final Settings settings;
  private final RunFiles files;
  private final Answers answers;
  private volatile @Nullable Process process;

  /**
   * What is configured. Commands are lines for /bin/sh.
   *
   * @param name of the resource
   * @param command runs it, in the foreground
   * @param ready status 0: it is ready; asked again and again after the start. Empty: it is when it
   *     has lived for {@code settle}
   * @param settle without {@code ready}: how long it must live to count as started
   * @param stop run before the signal; empty: nothing
   * @param stopSignal what asks its process group to end: 15 (TERM), 2 (INT), 3 (QUIT)
   * @param stopGrace how long it then has before it is killed
   * @param user as whom it runs; empty: as we do
   * @param directory where it runs
   * @param environment added to what we set
   */
  public record Settings(
      String name,
      String command,
      String ready,
      Duration settle,
      String stop,
      int stopSignal,
      Duration stopGrace,
      String user,
      String directory,
      Map<String, String> environment) {

    public Settings {
      environment = Map.copyOf(environment);
    }

    /** The usual, for a command. */
    public static Settings of(String name, String command) {
      return new Settings(
          name,
          command,
          "",
          Duration.ofMillis(500),
          "",
          Processes.SIGTERM,
          Duration.ofSeconds(30),
          "",
          "/",
          Map.of());
    }
  }

  /**
   * Makes one; nothing happens yet.
   *
   * @param folder for its output and its number
   */
  public Daemon(Settings settings, Path folder) {
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
      User user = User.of(settings.user(), context.limit());
      if (user == null) {
        return answers.failed(ResourceNotice.NO_USER, name(), settings.user());
      }
      files.prepare();
      long output = Files.exists(files.output()) ? Files.size(files.output()) : 0;
      if (Recorded.living(files.pid()) == null) {
        Files.deleteIfExists(files.pid());
        process = Child.begin(daemon(context, user));
      } else if (settings.ready().isEmpty()) {
        return answers.ok(ResourceNotice.RUNS_ALREADY, name());
      }
      return awaited(context, user, output);
    } catch (IOException e) {
      return answers.failed(ResourceNotice.NO_FOLDER, name(), String.valueOf(e.getMessage()));
    }
  }

  /** Until it is ready, or ends, or the time is over. */
  private ActionResult awaited(ActionContext context, User user, long output) throws IOException {
    Limit limit = context.limit();
    Limit settle = limit.within(settings.settle());
    while (!limit.isOver()) {
      Process ours = process;
      boolean ended = Recorded.living(files.pid()) == null && (ours == null || !ours.isAlive());
      if (ended) {
        return answers.failed(ResourceNotice.DAEMON_ENDED, name(), ending(output));
      }
      if (Recorded.living(files.pid()) == null) {
        // It is on its way to become the program.
        settle = limit.within(settings.settle());
      } else if (!settings.ready().isEmpty()) {
        Child.End asked = Child.run(command(context, "probe", settings.ready(), user, null), limit);
        if (asked.ok()) {
          return answers.ok(ResourceNotice.STARTED, name());
        }
      } else if (settle.isOver()) {
        return answers.ok(ResourceNotice.STARTED, name());
      }
      // Its end wakes us.
      Limit round = limit.within(Recorded.exists(files.pid()) ? ASK_AGAIN : SOON);
      boolean _ = ours == null ? round.pause(ASK_AGAIN) : round.await(ours.onExit());
    }
    ActionResult over = answers.over(context, "it starts");
    Leftovers left = killAll(context);
    return left.none()
        ? over
        : new ActionResult(
            over.outcome(), answers.notice(ResourceNotice.PROCESSES_LEFT, name(), left));
  }

  /** How it ended: its status if it was our child, and its last words. */
  private String ending(long output) throws IOException {
    Process ours = process;
    String status =
        ours == null || ours.isAlive() ? "status unknown" : "exit status " + ours.exitValue();
    String said = Files.exists(files.output()) ? Child.end(files.output(), output).strip() : "";
    return said.isEmpty() ? status : status + ": " + said.lines().reduce("", (_, last) -> last);
  }

  private Child.Program command(
      ActionContext context, String event, String line, User user, @Nullable Path output) {
    List<String> words = new ArrayList<>(user.words());
    words.addAll(List.of("/bin/sh", "-c", line));
    Map<String, String> environment = new LinkedHashMap<>(user.environment());
    environment.putAll(settings.environment());
    environment.putAll(context.occasion().environment(event, name()));
    return new Child.Program(words, environment, Path.of(settings.directory()), output);
  }

  /** The command, which writes its number down first. */
  private Child.Program daemon(ActionContext context, User user) throws IOException {
    Child.Program plain = command(context, "start", settings.command(), user, files.output());
    return new Child.Program(
        Recorded.words(files.pid(), plain.words()),
        plain.environment(),
        plain.directory(),
        plain.output());
  }

  @Override
  public ActionResult stop(ActionContext context) {
    try {
      Map<String, String> marks = context.occasion().marks(name());
      Proc main = Recorded.living(files.pid());
      Leftovers before = Leftovers.of(marks, context.limit());
      List<Proc> all = new ArrayList<>(before.processes());
      if (main == null && before.none()) {
        files.forget();
        return answers.ok(ResourceNotice.STOPPED_ALREADY, name());
      }
      User user = settings.stop().isEmpty() ? null : User.of(settings.user(), context.limit());
      if (user != null) {
        Child.End end =
            Child.run(
                command(context, "stop", settings.stop(), user, files.output()), context.limit());
        if (!end.ok()) {
          context.say(answers.of(end, "stop").notice());
        }
      }
      if (main == null) {
        // What it has left behind, each by itself.
        all.forEach(p -> p.signal(settings.stopSignal()));
      } else {
        // Its group, as a terminal would: what a shell has started is in it.
        var _ = Processes.kill(-main.pid(), settings.stopSignal());
        if (!all.contains(main)) {
          all.add(main);
        }
      }
      List<Proc> late = Proc.left(all, settings.stopGrace().toNanos(), context.limit());
      if (context.limit().isCancelled()) {
        return answers.over(context, "it stops");
      }
      if (!late.isEmpty() || !Leftovers.of(marks, context.limit()).none()) {
        return killed(context);
      }
      files.forget();
      return answers.ok(ResourceNotice.STOPPED, name());
    } catch (IOException e) {
      return answers.failed(ResourceNotice.NO_FOLDER, name(), String.valueOf(e.getMessage()));
    }
  }

  private ActionResult killed(ActionContext context) throws IOException {
    Leftovers left = killAll(context);
    if (!left.none()) {
      return answers.failed(ResourceNotice.PROCESSES_LEFT, name(), left);
    }
    files.forget();
    return answers.ok(ResourceNotice.KILLED, name());
  }

  private Leftovers killAll(ActionContext context) throws IOException {
    Proc main = Recorded.living(files.pid());
    if (main != null) {
      var _ = Processes.kill(-main.pid(), Processes.SIGKILL);
      List<Proc> left =
          Proc.end(List.of(main), Processes.SIGKILL, 0, context.limit().atLeast(KILL));
      if (!left.isEmpty()) {
        return new Leftovers(left, true);
      }
    }
    Process ours = process;
    if (ours != null) {
      // It may not have become the program yet.
      ours.destroyForcibly();
    }
    return Leftovers.kill(context.occasion().marks(name()), context.limit());
  }

  @Override
  public ActionResult stopHard(ActionContext context) {
    try {
      return killed(context);
    } catch (IOException e) {
      return answers.failed(ResourceNotice.NO_FOLDER, name(), String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Status probe(ActionContext context) {
    try {
      files.trim();
      if (Recorded.living(files.pid()) != null) {
        return answers.running(ResourceNotice.RUNS, name());
      }
      return Recorded.exists(files.pid())
          ? answers.broken(ResourceNotice.DAEMON_ENDED, name(), ending(0))
          : answers.stopped(ResourceNotice.RUNS_NOT, name());
    } catch (IOException e) {
      return answers.unknown(ResourceNotice.NO_FOLDER, name(), String.valueOf(e.getMessage()));
    }
  }
}
