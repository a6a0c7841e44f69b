// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Aside;
import io.meikyo.cluster.exec.Proc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether processes run: as many as there should be. One that has ended, unburied, is none. */
public final class ProcessMonitor implements Monitor {
  /** The kernel keeps so much of a name. */
  private static final int NAME_MAX = 15;

  private final Settings settings;
  private final Pattern pattern;
  private final Findings findings;

  /**
   * What is configured: one of command, pattern, file.
   *
   * @param name of the monitor
   * @param command name of the program, or its whole path; empty: not so
   * @param pattern regular expression that is found somewhere in the command line; empty: not so
   * @param pidFile a file with the number of the process; null: not so
   * @param min fewest of them
   * @param max most of them; 0: any number
   */
  public record Settings(
      String name, String command, String pattern, @Nullable Path pidFile, int min, int max) {}

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException if the pattern is none
   */
  public ProcessMonitor(Settings settings) {
    this.settings = settings;
    this.pattern = Pattern.compile(settings.pattern());
    this.findings = new Findings(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  private String what() {
    Path file = settings.pidFile();
    return file != null
        ? file.toString()
        : settings.command().isEmpty() ? settings.pattern() : settings.command();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    try {
      Path file = settings.pidFile();
      Integer count =
          file != null ? Integer.valueOf(inFile(file)) : Aside.call(context.limit(), this::count);
      if (count == null) {
        return findings.over(context, what());
      }
      if (count < settings.min()) {
        return findings.failed(MonitorNotice.PROCESS_FEW, what(), count, settings.min());
      }
      return settings.max() > 0 && count > settings.max()
          ? findings.failed(MonitorNotice.PROCESS_MANY, what(), count, settings.max())
          : findings.ok(MonitorNotice.PROCESS_OK, what(), count);
    } catch (IOException e) {
      return findings.cannot(String.valueOf(e.getMessage()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static int inFile(Path file) throws IOException {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
      String number = text.lines().findFirst().orElse("").strip();
      if (!number.matches("[0-9]{1,9}")) {
        return 0;
      }
      Proc p = Proc.of(Integer.parseInt(number));
      return p != null && p.lives() ? 1 : 0;
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private int count() throws IOException {
    int count = 0;
    for (int pid : Proc.all()) {
      Proc p = Proc.of(pid);
      if (p != null && p.lives() && (settings.command().isEmpty() ? fits(p) : isNamed(p))) {
        count++;
      }
    }
    return count;
  }

  private boolean isNamed(Proc p) {
    String wanted = settings.command();
    if (wanted.contains("/")) {
      try {
        return Files.readSymbolicLink(p.folder().resolve("exe")).toString().equals(wanted);
      } catch (IOException e) {
        return false;
      }
    }
    return p.command().equals(wanted.substring(0, Math.min(NAME_MAX, wanted.length())));
  }

  private boolean fits(Proc p) {
    try {
      byte[] line = Files.readAllBytes(p.folder().resolve("cmdline"));
      String words = new String(line, StandardCharsets.UTF_8).replace('\0', ' ').strip();
      return !words.isEmpty() && pattern.matcher(words).find();
    } catch (IOException e) {
      return false;
    }
  }
}
