// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.api.HttpSeam;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The runbook's transcripts and exit codes. */
class ClpBackupTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> asked = new ArrayList<>();
  private final Deque<String> answers = new ArrayDeque<>();

  private int run(String... words) {
    return Clp.run(
        words,
        new ClpContext(
            r -> {
              asked.add(r.method() + " " + r.path() + " " + new TreeMap<>(r.query()));
              String next = answers.poll();
              if (next == null) {
                throw new IOException("Connection refused");
              }
              return next.startsWith("!")
                  ? new HttpSeam.Response(400, next.substring(1))
                  : new HttpSeam.Response(200, next);
            },
            (order, errors) -> 1,
            new PrintWriter(out),
            new PrintWriter(err),
            new BufferedReader(new StringReader("")),
            "en",
            java.nio.file.Path.of("/nowhere"),
            () -> true));
  }

  /** A job's view: steps such as {@code FROZEN:md1}, an end or nothing. */
  private static String job(String end, String... steps) {
    List<String> all = new ArrayList<>();
    for (String step : steps) {
      String[] parts = step.split(":", -1);
      boolean ok = !step.endsWith(":no");
      all.add(
          "{\"what\":\"%s\",\"about\":\"%s\",\"ok\":%s}"
              .formatted(parts[0], parts.length > 1 ? parts[1] : "", ok));
    }
    String why =
        end.isEmpty() || end.equals("DONE")
            ? ""
            : "{\"text\":[\"error: because.\",\"  do: this.\"]}";
    return "{\"job\":4,\"end\":%s,\"cut\":\"ff\",\"steps\":[%s],\"notices\":[%s],\"said\":[]}"
        .formatted(end.isEmpty() ? "null" : "\"" + end + "\"", String.join(",", all), why);
  }

  private static final String[] PRE = {
    "MODE_MANUAL", "SUSPENDING", "SUSPENDED:server1", "SUSPENDED:server2", "BEGINNING"
  };

  @Test
  void pre() {
    answers.add(job("", "MODE_MANUAL", "SUSPENDING"));
    answers.add(job("", PRE));
    answers.add(
        job(
            "DONE",
            "MODE_MANUAL",
            "SUSPENDING",
            "SUSPENDED:server1",
            "SUSPENDED:server2",
            "BEGINNING",
            "FROZEN:md1",
            "FLAGS_ON"));
    assertThat(run("clpbackup.sh", "--pre", "--online")).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            clpbackup.sh : Changing the setting of cluster services to Manual Startup.
            clpbackup.sh : Suspending Cluster Service.
            Suspend server1 : Command succeeded.
            Suspend server2 : Command succeeded.
            clpbackup.sh : Beginning backup-mode.
              md1 has been frozen.
            All backup flags have set to <ON>.
            clpbackup.sh : Command succeeded.
            """);
    assertThat(err.toString()).isEmpty();
    assertThat(asked)
        .containsExactly(
            "POST /v1/backup/freeze {lang=en, max=60}",
            "GET /v1/backup {job=4, lang=en}",
            "GET /v1/backup {job=4, lang=en}");
  }

  @Test
  void post() {
    answers.add(
        job(
            "DONE",
            "MODE_AUTO",
            "ENDING",
            "FLAGS_OFF",
            "UNFROZEN:md1",
            "RESUMING",
            "RESUMED:server1",
            "RESUMED:server2"));
    assertThat(run("clpbackup.sh", "--post", "--online")).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            clpbackup.sh : Changing the setting of cluster services to Auto Startup.
            clpbackup.sh : Ending backup-mode.
            All backup flags have set to <OFF>.
              md1 has been unfrozen.
            clpbackup.sh : Resuming Cluster Service.
            Resume server1 : Command succeeded.
            Resume server2 : Command succeeded.
            clpbackup.sh : Command succeeded.
            """);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void exitCodes() {
    answers.add(job("FAILED", "MODE_MANUAL", "SUSPENDING", "BEGINNING", "ROLLED_BACK"));
    assertThat(run("clpbackup.sh", "--pre", "--online", "--max-freeze", "5")).isEqualTo(1);
    assertThat(out.toString()).endsWith("clpbackup.sh : What was done has been rolled back.\n");
    assertThat(err.toString())
        .isEqualTo("error: because.\n  do: this.\nclpbackup.sh : Command failed.\n");
    assertThat(asked.getFirst()).contains("max=5");
    answers.add(job("REFUSED"));
    assertThat(run("clpbackup.sh", "--pre", "--online")).isEqualTo(4);
    answers.add(job("VOID", "MODE_AUTO"));
    assertThat(run("clpbackup.sh", "--post", "--online")).isEqualTo(3);
    assertThat(err.toString()).contains("The image is void and must not be used.");
    answers.add(job("UNREACHED", "RESUMED:server2:no"));
    assertThat(run("clpbackup.sh", "--post", "--online")).isEqualTo(5);
    assertThat(out.toString()).contains("Resume server2 : Command failed.");
    answers.add(job("NOTHING"));
    assertThat(run("clpbackup.sh", "--post", "--online")).isZero();
    assertThat(run("clpbackup.sh", "--post", "--online")).isEqualTo(5);
    answers.add("!{\"ok\":false,\"notices\":[{\"text\":[\"error: bad.\"]}]}");
    assertThat(run("clpbackup.sh", "--pre", "--online", "--max-freeze", "0")).isEqualTo(4);
  }

  @Test
  void wrongUsage() {
    assertThat(run("clpbackup.sh")).isEqualTo(2);
    assertThat(run("clpbackup.sh", "--pre", "--post", "--online")).isEqualTo(2);
    assertThat(run("clpbackup.sh", "--pre", "--onlin")).isEqualTo(2);
    assertThat(run("clpbackup.sh", "--pre", "--online", "--max-freeze", "long")).isEqualTo(2);
    assertThat(asked).isEmpty();
  }
}
