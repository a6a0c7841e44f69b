// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clpbackup.sh}: begins and ends the backup mode of all mirror disks. */
@Command(
    name = "clpbackup.sh",
    description = {
      "Begins and ends backup mode, in which an image of a mirror disk is whole.",
      "Without --online the groups and the cluster service are stopped on all servers, and this",
      "server is shut down (--pre) or rebooted (--post): to be typed on each server.",
      "Exit status: 0 done; 1 a step did not work, what was done is rolled back; 2 wrong usage;",
      "3 the image is void; 4 refused, nothing was changed; 5 a server could not be reached."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpBackup implements Callable<Integer> {
  private static final String NAME = "clpbackup.sh : ";
  private static final int IMAGE_VOID = 3;
  private static final int REFUSED = 4;
  private static final int UNREACHED = 5;
  private static final int SECONDS = 60;

  private final ClpContext context;

  /** What is to be done: one of them. */
  static final class What {
    @Option(names = "--pre", description = "Begin.")
    boolean pre;

    @Option(names = "--post", description = "End.")
    boolean post;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(names = "--online", description = "The service keeps running.")
  private boolean online;

  @Option(
      names = "--max-freeze",
      paramLabel = "SECONDS",
      description =
          "With --online: the longest that writes are held, then they go on. Default: 60.")
  private @Nullable Integer maxFreeze;

  @Option(names = "--no-shutdown", description = "With --pre: all but the shutdown.")
  private boolean noShutdown;

  @Option(names = "--only-shutdown", description = "With --pre: the shutdown alone.")
  private boolean onlyShutdown;

  @Option(names = "--no-reboot", description = "With --post: all but the reboot.")
  private boolean noReboot;

  @Option(names = "--only-reboot", description = "With --post: the reboot alone.")
  private boolean onlyReboot;

  ClpBackup(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    boolean power = noShutdown || onlyShutdown || noReboot || onlyReboot;
    boolean wrong =
        online
            ? power || (what.post && maxFreeze != null)
            : maxFreeze != null
                || (what.pre ? noReboot || onlyReboot : noShutdown || onlyShutdown)
                || (noShutdown && onlyShutdown)
                || (noReboot && onlyReboot);
    if (wrong) {
      return ill(Clp.WRONG_USAGE, List.of("These options do not go together."));
    }
    if (!online) {
      OfflineBackup offline = new OfflineBackup(context);
      return what.pre ? offline.pre(noShutdown, onlyShutdown) : offline.post(noReboot, onlyReboot);
    }
    return online();
  }

  private int online() {
    Map<String, String> query = new LinkedHashMap<>();
    if (what.pre) {
      query.put("max", Integer.toString(maxFreeze == null ? SECONDS : maxFreeze));
    }
    BackupTalk talk = new BackupTalk(context.api(), context.pause(), context.language());
    BackupTalk.End end =
        talk.run(what.pre ? "/v1/backup/freeze" : "/v1/backup/thaw", query, this::step);
    return switch (end.how()) {
      case "DONE" -> well(List.of());
      case "NOTHING" -> well(end.why());
      case "VOID" -> {
        say("The image is void and must not be used.");
        yield ill(IMAGE_VOID, end.why());
      }
      case "REFUSED" -> ill(REFUSED, end.why());
      case "UNREACHED" -> ill(UNREACHED, end.why());
      case "FAILED" -> ill(Clp.FAILED, end.why());
      default -> ill(UNREACHED, end.why());
    };
  }

  private int well(List<String> words) {
    words.forEach(context.out()::println);
    context.out().println(NAME + "Command succeeded.");
    return Clp.WORKED;
  }

  private int ill(int status, List<String> why) {
    context.out().flush();
    why.forEach(context.err()::println);
    context.err().println(NAME + "Command failed.");
    context.err().flush();
    return status;
  }

  private void say(String line) {
    context.err().println(NAME + line);
    context.err().flush();
  }

  private void step(BackupTalk.Step step) {
    String line =
        switch (step.what()) {
          case "MODE_MANUAL" ->
              NAME + "Changing the setting of cluster services to Manual Startup.";
          case "MODE_AUTO" -> NAME + "Changing the setting of cluster services to Auto Startup.";
          case "SUSPENDING" -> NAME + "Suspending Cluster Service.";
          case "RESUMING" -> NAME + "Resuming Cluster Service.";
          case "SUSPENDED" -> "Suspend " + step.about() + " : " + result(step);
          case "RESUMED" -> "Resume " + step.about() + " : " + result(step);
          case "BEGINNING" -> NAME + "Beginning backup-mode.";
          case "ENDING" -> NAME + "Ending backup-mode.";
          case "FROZEN" -> "  " + step.about() + " has been frozen.";
          case "UNFROZEN" ->
              step.ok()
                  ? "  " + step.about() + " has been unfrozen."
                  : "  " + step.about() + " could not be asked; its hold ends by its own deadline.";
          case "FLAGS_ON" -> "All backup flags have set to <ON>.";
          case "FLAGS_OFF" -> "All backup flags have set to <OFF>.";
          case "ROLLED_BACK" -> NAME + "What was done has been rolled back.";
          default -> NAME + step.what() + " " + step.about();
        };
    context.out().println(line);
    context.out().flush();
  }

  private static String result(BackupTalk.Step step) {
    return step.ok() ? "Command succeeded." : "Command failed.";
  }
}
