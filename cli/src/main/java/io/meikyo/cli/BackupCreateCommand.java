// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo backup create}: a cut, and an image of it, while everything goes on. */
@Command(
    name = "create",
    description = {
      "Creates a backup while the service runs: writes wait some milliseconds, then an image is",
      "read from a standby's snapshot. Monitoring and failover stay armed. Without --to the",
      "snapshot is kept, for 24 hours. On any server; the order goes on if this command is ended.",
      "Exit status: 0 done; 1 there is no backup, what was done is undone; 2 wrong usage;",
      "4 refused, nothing was changed; 5 a server could not be reached."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class BackupCreateCommand implements Callable<Integer> {
  private static final int REFUSED = 4;
  private static final int UNREACHED = 5;
  private static final long LOOK_MILLIS = 200;
  private static final long MILLI_MICROS = 1000;

  @ParentCommand private BackupCommand backup;

  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "Folder on the server that writes; the backup gets a folder of its own there.")
  private @Nullable Path to;

  @Option(
      names = "--on",
      paramLabel = "SERVER",
      description = "The server that writes. Default: a standby.")
  private @Nullable String on;

  @Option(
      names = "--mirror",
      paramLabel = "MIRROR",
      split = ",",
      description = "Only these mirror disks. Default: all.")
  private @Nullable List<String> mirrors;

  @Option(
      names = "--max-freeze",
      paramLabel = "DURATION",
      defaultValue = "2s",
      converter = Durations.class,
      description = {
        "What has not come to stand still by then goes on, and there is no backup.",
        "100ms to 60s. Default: ${DEFAULT-VALUE}."
      })
  private Duration longest;

  @Option(
      names = "--rate",
      paramLabel = "SIZE",
      converter = Sizes.class,
      description = "So many bytes a second are read at most, such as 50MiB. Default: no limit.")
  private @Nullable Long rate;

  @Override
  public Integer call() {
    Main main = backup.main();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    CountDownLatch never = new CountDownLatch(1);
    CreateTalk talk =
        new CreateTalk(
            (method, path, query) -> api.tryToAsk(method, path, query, "", main),
            () -> pause(never));
    CreateTalk.End end;
    try {
      end = talk.run(query(), new Told(out, new ProgressBar(err)));
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(CliNotice.NO_SERVICE, api.to(), String.valueOf(e.getMessage())));
    }
    boolean well = end.how().equals("DONE");
    if (api.json()) {
      out.println(end.json());
    }
    out.flush();
    end.why().forEach((well && !api.json() ? out : err)::println);
    out.flush();
    err.flush();
    return switch (end.how()) {
      case "DONE" -> 0;
      case "REFUSED" -> REFUSED;
      case "FAILED" -> Main.FAILED;
      default -> UNREACHED;
    };
  }

  private Map<String, String> query() {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("max", Long.toString(longest.toMillis()));
    if (to != null) {
      query.put("to", to.toAbsolutePath().normalize().toString());
    }
    if (on != null) {
      query.put("on", on);
    }
    if (mirrors != null) {
      query.put("disks", String.join(",", mirrors));
    }
    if (rate != null) {
      query.put("rate", rate.toString());
    }
    return query;
  }

  private static boolean pause(CountDownLatch never) {
    try {
      return !never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** For people. */
  private final class Told implements CreateTalk.Listener {
    private final PrintWriter out;
    private final ProgressBar bar;
    private long shown = -1;

    Told(PrintWriter out, ProgressBar bar) {
      this.out = out;
      this.bar = bar;
    }

    @Override
    public void step(String what, String about, long micros, String id) {
      if (api.json()) {
        return;
      }
      String line =
          switch (what) {
            case "CHOSEN" -> about + " writes";
            case "CUTTING" -> "flushing on " + about + ", then all stands still for a moment";
            case "CUT" ->
                about + " is cut and goes on; writes waited " + micros / MILLI_MICROS + " ms";
            case "READING" -> "backup " + id + " on " + about;
            case "JUDGED" -> "replicas: " + about.toLowerCase(Locale.ROOT);
            case "VERIFYING" -> "comparing " + about + " block by block";
            case "ROLLED_BACK" -> "undone";
            default -> "";
          };
      if (!line.isEmpty()) {
        out.println(line);
        out.flush();
      }
    }

    @Override
    public void progress(long done, long total) {
      if (total > 0 && to != null && done != shown) {
        shown = done;
        bar.at("read", done, total);
      }
    }
  }
}
