// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.notice.Notice;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code meikyo} command: only options and the list of subcommands. Each subcommand is a class
 * of its own.
 */
@Command(
    name = "meikyo",
    description = "Keeps a disk mirrored between servers, and a service running on it.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    subcommands = {
      AgentCommand.class,
      BenchCommand.class,
      ClusterCommand.class,
      ConfigCommand.class,
      DemoCommand.class,
      GroupCommand.class,
      LabCommand.class,
      MirrorCommand.class,
      MonitorCommand.class,
      BackupCommand.class,
      PartitionCommand.class,
      RecordCommand.class,
      RestoreCommand.class,
      WitnessCommand.class,
      ServiceCommand.class,
      SimCommand.class,
      SnapshotCommand.class,
      WhyCommand.class
    })
public final class Main implements Runnable {

  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--lang",
      paramLabel = "en|ja",
      scope = ScopeType.INHERIT,
      description = "Language of messages. Default: from LC_ALL, LC_MESSAGES or LANG.")
  private @Nullable String lang;

  @Option(
      names = "--trace",
      scope = ScopeType.INHERIT,
      description = "Show where in the program an unexpected error came from.")
  private boolean trace;

  private final Map<String, String> environment;

  private Main(Map<String, String> environment) {
    this.environment = environment;
  }

  public static void main(String[] args) {
    System.exit(
        args.length > 0 && args[0].equals("clp")
            ? ClpDoor.run(Arrays.copyOfRange(args, 1, args.length), System.getenv())
            : commandLine(System.getenv()).execute(args));
  }

  /** The whole command, ready to execute; the environment is only read for the language. */
  static CommandLine commandLine(Map<String, String> environment) {
    Main main = new Main(environment);
    CommandLine commandLine = new CommandLine(main);
    commandLine.setParameterExceptionHandler((e, args) -> wrongUsage(e, args, environment));
    commandLine.setExecutionExceptionHandler((e, cmd, parsed) -> main.failed(e, cmd));
    return commandLine;
  }

  /** Without a subcommand: says what there is. */
  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(spec.commandLine().getOut());
    }
  }

  private static int wrongUsage(
      ParameterException e, String[] args, Map<String, String> environment) {
    CommandLine cmd = e.getCommandLine();
    String problem = String.valueOf(e.getMessage());
    Notice notice = Notice.of(CliNotice.USAGE, problem, cmd.getCommandSpec().qualifiedName());
    print(notice, cmd.getErr(), Language.choose(langIn(args), environment));
    return WRONG_USAGE;
  }

  private Language language() {
    return Language.choose(lang, environment);
  }

  /** The texts in the language to speak in. */
  Catalogue texts() {
    return Catalogue.in(language());
  }

  /** Tag of that language. */
  String languageTag() {
    return language().tag();
  }

  private int failed(Exception e, CommandLine cmd) {
    Notice notice =
        e instanceof CommandFailed failed ? failed.notice() : Notice.of(CliNotice.UNEXPECTED, e);
    print(notice, cmd.getErr(), language());
    if (trace) {
      e.printStackTrace(cmd.getErr());
    }
    return FAILED;
  }

  private static void print(Notice notice, PrintWriter out, Language language) {
    Catalogue.in(language).lines(notice).forEach(out::println);
    out.flush();
  }

  /** The value of {@code --lang} on a line that could not be parsed. */
  private static @Nullable String langIn(String[] args) {
    List<String> words = List.of(args);
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.startsWith("--lang=")) {
        return word.substring("--lang=".length());
      }
      if (word.equals("--lang") && i + 1 < words.size()) {
        return words.get(i + 1);
      }
    }
    return null;
  }
}
