// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.notice.Notice;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Command(name = "fail")
  private static final class Fail implements Runnable {
    private final RuntimeException failure;

    Fail(RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public void run() {
      throw failure;
    }
  }

  @Test
  void helpGoesToStandardOutput() {
    assertThat(execute(new IllegalStateException(), "--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: meikyo ").contains("--lang=en|ja");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void versionIsThatOfTheBuild() {
    assertThat(execute(new IllegalStateException(), "--version")).isZero();
    assertThat(out.toString()).containsPattern("^meikyo \\d+\\.\\d+\\.\\d+").contains("Java 25");
  }

  @Test
  void aWrongCommandLineIsToldInFivePartsAndNothingIsDone() {
    assertThat(execute(new IllegalStateException(), "--colour")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            """
            error: Unknown option: '--colour'
              why: The command line was not understood, so nothing was done.
              do: See: meikyo --help
            """);
  }

  @Test
  void theLanguageOfAWrongCommandLineIsTheOneAskedFor() {
    assertThat(execute(new IllegalStateException(), "--lang", "ja", "--colour")).isEqualTo(2);
    assertThat(err.toString()).startsWith("エラー: ");
  }

  @Test
  void aFailedCommandShowsItsNotice() {
    Notice notice = Notice.of(CliNotice.USAGE, "no such mirror", "meikyo").about("mirror", "md9");

    assertThat(execute(new CommandFailed(notice), "fail")).isEqualTo(1);
    assertThat(err.toString()).startsWith("error: no such mirror").contains("about: mirror md9");
  }

  @Test
  void aDefectIsToldAsOneAndItsTraceOnlyWhenAskedFor() {
    assertThat(execute(new IllegalStateException("half a bit"), "fail")).isEqualTo(1);
    assertThat(err.toString()).contains("half a bit").doesNotContain("\tat ");

    assertThat(execute(new IllegalStateException("half a bit"), "fail", "--trace")).isEqualTo(1);
    assertThat(err.toString()).contains("\tat ");
  }

  private int execute(RuntimeException failure, String... args) {
    CommandLine commandLine = Main.commandLine(Map.of("LANG", "C.UTF-8"));
    commandLine.addSubcommand(new Fail(failure));
    commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return commandLine.execute(args);
  }
}
