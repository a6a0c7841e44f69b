// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cli.clp.BackupTalk;
import io.meikyo.cluster.api.HttpSeam;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo backup}: images of mirror disks while their service runs. */
@Command(
    name = "backup",
    description = "Takes mirror disks to a still point, and lets them go on.",
    subcommands = {
      BackupCreateCommand.class,
      BackupListCommand.class,
      BackupShowCommand.class,
      BackupVerifyCommand.class,
      BackupCancelCommand.class
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class BackupCommand implements Runnable {
  private static final int IMAGE_VOID = 3;
  private static final int REFUSED = 4;
  private static final int UNREACHED = 5;
  private static final long LOOK_MILLIS = 100;

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  /** What all commands share. */
  Main main() {
    return main;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "freeze",
      description = {
        "Begins backup mode: monitoring and failover rest, all mirror disks are held at one cut.",
        "Exit status: 0 done; 1 a step did not work, what was done is rolled back; 4 refused,",
        "nothing was changed; 5 the cluster service does not answer any more."
      })
  int freeze(
      @Mixin ApiCall api,
      @Option(
              names = "--max-freeze",
              paramLabel = "DURATION",
              defaultValue = "60s",
              converter = Durations.class,
              description = "The longest that writes are held. Default: ${DEFAULT-VALUE}.")
          Duration longest) {
    return order(api, "/v1/backup/freeze", Map.of("max", Long.toString(longest.toSeconds())));
  }

  @Command(
      name = "thaw",
      description = {
        "Ends backup mode. Exit status: 0 done; 3 the image is void;",
        "5 a server could not be reached."
      })
  int thaw(@Mixin ApiCall api) {
    return order(api, "/v1/backup/thaw", Map.of());
  }

  private int order(ApiCall api, String path, Map<String, String> query) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    CountDownLatch never = new CountDownLatch(1);
    BackupTalk talk =
        new BackupTalk(
            r -> api.ask(r.method(), r.path(), r.query(), r.body(), main),
            () -> pause(never),
            main.languageTag());
    BackupTalk.End end =
        talk.run(
            path,
            query,
            step -> {
              if (!api.json()) {
                out.println(line(step));
                out.flush();
              }
            });
    if (api.json()) {
      HttpSeam.Response now = api.ask("GET", "/v1/status", Map.of(), "", main);
      out.println(now.json());
    }
    boolean well = end.how().equals("DONE") || end.how().equals("NOTHING");
    out.flush();
    end.why().forEach((well ? out : err)::println);
    out.flush();
    err.flush();
    return switch (end.how()) {
      case "DONE", "NOTHING" -> 0;
      case "VOID" -> IMAGE_VOID;
      case "REFUSED" -> REFUSED;
      case "FAILED" -> Main.FAILED;
      default -> UNREACHED;
    };
  }

  private static boolean pause(CountDownLatch never) {
    try {
      return !never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String line(BackupTalk.Step step) {
    String about = step.about().isEmpty() ? "" : " " + step.about();
    String word = step.what().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    return word + about + (step.ok() ? "" : ": not done");
  }
}
