// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.Applying;
import io.meikyo.cluster.config.ConfigEditor;
import io.meikyo.cluster.config.ConfigProblem;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.cluster.config.ConfigStore;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.diff.ConfigChange;
import io.meikyo.core.cluster.config.diff.ConfigDiff;
import io.meikyo.core.cluster.config.form.ConfigWriter;
import io.meikyo.core.cluster.config.form.JsonSchema;
import io.meikyo.core.cluster.config.form.KeyTable;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code meikyo config}: the cluster's one configuration file. */
@Command(
    name = "config",
    description = "Checks, compares, shows and applies the configuration of the cluster.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ConfigCommand implements Runnable {
  private static final String FILE = "FILE";

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  private final ConfigStore store;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "/run/meikyo/cluster.sock",
      scope = ScopeType.INHERIT,
      description = "Where the cluster service listens. Default: ${DEFAULT-VALUE}.")
  private Path socket;

  /** With the cluster service of this server. */
  ConfigCommand() {
    store = new ApiConfigStore(() -> socket);
  }

  ConfigCommand(ConfigStore store) {
    this.store = store;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "check",
      description = {
        "Reads a configuration and says all that is wrong with it, each with its place.",
        "Exit status: 0 no error (there may be warnings), 1 errors, 2 wrong usage."
      })
  int check(
      @Parameters(paramLabel = FILE, description = "The configuration.") Path file,
      @Option(names = "--json", description = "Print JSON.") boolean json) {
    ConfigReading reading = ConfigReader.read(file);
    ConfigPrinter printer = printer();
    if (json) {
      printer.json(printer.noticesJson(file.toString(), reading.notices()));
    } else {
      printer.notices(reading.notices());
      printer.message(
          Notice.of(
              ConfigNotice.CHECKED,
              file,
              reading.errors(),
              ConfigPrinter.count(reading.notices(), Severity.WARNING)));
    }
    return reading.hasErrors() ? Main.FAILED : 0;
  }

  @Command(
      name = "diff",
      description = {
        "Says what differs between two configurations and what applying each difference needs.",
        "What is compared are the values that count, also those that nobody wrote.",
        "Exit status: 0 nothing differs, 1 something does, or could not be compared."
      })
  int diff(
      @Parameters(
              index = "0",
              paramLabel = FILE,
              description = "The old configuration; alone: the new one.")
          Path first,
      @Parameters(
              index = "1",
              arity = "0..1",
              paramLabel = FILE,
              description = "The new configuration. Left out: FILE is compared with the cluster's.")
          @Nullable Path second,
      @Option(names = "--json", description = "Print JSON.") boolean json) {
    ClusterConfig before = second == null ? config(stored(current())) : config(first);
    ClusterConfig after = config(second == null ? first : second);
    List<ConfigChange> changes = ConfigDiff.between(before, after);
    if (json) {
      printer().json(ConfigPrinter.changesJson(changes));
    } else {
      printer().changes(changes);
    }
    return changes.isEmpty() ? 0 : Main.FAILED;
  }

  @Command(
      name = "show",
      description = "Prints the configuration of the cluster, as it was written.")
  int show(
      @Parameters(
              arity = "0..1",
              paramLabel = FILE,
              description = "Another one than the cluster's.")
          @Nullable Path file,
      @Option(names = "--all", description = "Every key with the value that counts.") boolean all,
      @Option(names = "--brief", description = "Only what is needed, without comments.")
          boolean brief) {
    ConfigReading reading = file == null ? stored(current()) : ConfigReader.read(file);
    ClusterConfig config = config(reading);
    print(all ? ConfigWriter.whole(config) : brief ? ConfigWriter.brief(config) : reading.text());
    return 0;
  }

  @Command(
      name = "set",
      description = {
        "Changes one value in a file, and leaves everything else as it is written.",
        "The file is replaced as a whole, or not at all. What is then wrong with it is said."
      })
  int set(
      @Parameters(index = "0", paramLabel = FILE, description = "The configuration.") Path file,
      @Parameters(
              index = "1",
              paramLabel = "PATH",
              description = "The value, such as 'mirror[md1].replica[server1].data'.")
          String path,
      @Parameters(
              index = "2",
              paramLabel = "VALUE",
              description = "What it is to be; the items of a list with commas between them.")
          String value) {
    ConfigReading before = ConfigReader.read(file);
    if (before.text().isEmpty()) {
      config(before);
    }
    String text;
    try {
      text = ConfigEditor.set(before.text(), path, value);
    } catch (ConfigProblem e) {
      throw new CommandFailed(e.notice());
    }
    replace(file, text);
    return check(file, false);
  }

  @Command(
      name = "apply",
      description = {
        "Applies a configuration on all servers, or on none.",
        "Exit status: 0 applied, 1 not applied, or a server still needs it."
      })
  int apply(
      @Parameters(paramLabel = FILE, description = "The configuration.") Path file,
      @Option(
              names = "--force",
              description =
                  "Go on although a server is down; it gets it before it starts anything.")
          boolean force) {
    ConfigReading reading = ConfigReader.read(file);
    ClusterConfig wanted = config(reading);
    printer().notices(reading.notices());
    Optional<ConfigStore.Applied> current = current();
    List<Notice> later = List.of();
    if (current.isPresent()) {
      ClusterConfig before = config(stored(current));
      printer().changes(ConfigDiff.between(before, wanted));
      later = Applying.later(before, wanted);
    }
    ConfigStore.Outcome outcome;
    try {
      long version = current.map(ConfigStore.Applied::version).orElse(0L);
      outcome = store.apply(version, reading.text(), force);
    } catch (ConfigProblem e) {
      throw new CommandFailed(e.notice());
    }
    long version = outcome.version();
    String delivered = String.join(", ", outcome.delivered());
    printer()
        .message(
            delivered.isEmpty()
                ? Notice.of(ConfigNotice.ACCEPTED, version)
                : Notice.of(ConfigNotice.APPLIED, version, delivered));
    printer().notices(later);
    printer().notices(each(outcome.restart(), s -> Notice.of(ConfigNotice.RESTART, s, version)));
    printer().notices(each(outcome.waiting(), s -> Notice.of(ConfigNotice.WAITING, s, version)));
    return outcome.waiting().isEmpty() && outcome.restart().isEmpty() ? 0 : Main.FAILED;
  }

  private static List<Notice> each(List<String> servers, Function<String, Notice> one) {
    return servers.stream().map(one).toList();
  }

  @Command(name = "schema", description = "Prints the JSON Schema, for editors of TOML.")
  int schema() {
    print(JsonSchema.text());
    return 0;
  }

  @Command(name = "keys", description = "Prints all keys with values and defaults, as Markdown.")
  int keys(
      @Parameters(
              arity = "0..1",
              paramLabel = "TABLE",
              description = "Only this table, such as group.resource.")
          @Nullable String table) {
    if (table == null) {
      print(KeyTable.text());
      return 0;
    }
    String known = String.join(", ", KeyTable.headers());
    print(
        KeyTable.text(table)
            .orElseThrow(() -> new CommandFailed(Notice.of(ConfigNotice.NO_TABLE, table, known))));
    return 0;
  }

  private ConfigPrinter printer() {
    return new ConfigPrinter(main.texts(), spec.commandLine().getOut());
  }

  private void print(String text) {
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
  }

  private Optional<ConfigStore.Applied> current() {
    try {
      return store.current();
    } catch (ConfigProblem e) {
      throw new CommandFailed(e.notice());
    }
  }

  /** The cluster's, read. */
  private static ConfigReading stored(Optional<ConfigStore.Applied> current) {
    ConfigStore.Applied applied =
        current.orElseThrow(() -> new CommandFailed(Notice.of(ConfigNotice.NONE)));
    ConfigReading reading = ConfigReader.read("version " + applied.version(), applied.text());
    if (reading.hasErrors()) {
      throw new CommandFailed(Notice.of(ConfigNotice.STORED, applied.version()));
    }
    return reading;
  }

  private ClusterConfig config(Path file) {
    return config(ConfigReader.read(file));
  }

  /** With errors, they are all shown and the command ends here. */
  private ClusterConfig config(ConfigReading reading) {
    return reading
        .config()
        .orElseThrow(() -> {
          new ConfigPrinter(main.texts(), spec.commandLine().getErr()).notices(reading.notices());
          return new CommandFailed(
              Notice.of(ConfigNotice.UNUSABLE, reading.file(), reading.errors()));
        });
  }

  /** The new text takes the place of the old one with its owner's rights, or nothing happens. */
  private static void replace(Path file, String text) {
    try {
      Path real = file.toRealPath();
      Path beside = real.resolveSibling("." + real.getFileName() + ".new");
      Files.copy(
          real, beside, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
      Files.writeString(
          beside,
          text,
          StandardOpenOption.WRITE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.SYNC);
      Files.move(beside, real, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CommandFailed(Notice.of(ConfigNotice.UNWRITABLE, file, String.valueOf(e)));
    }
  }
}
