// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.bench.Plan;
import io.meikyo.bench.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Puts what was measured between the marks of docs/benchmarks.md; the rest stays as it is. Memory
 * and disk have marks of their own, since they may be measured one after the other.
 */
final class BenchPage {
  private BenchPage() {}

  /** Writes the tables of each place that was measured; the date is today's unless one is given. */
  static void write(Path page, Report report, @Nullable String date) throws IOException {
    List<String> lines =
        Files.exists(page)
            ? Files.readAllLines(page, StandardCharsets.UTF_8)
            : List.of("# Benchmarks", "");
    for (String place : report.plan().places()) {
      lines = replaced(lines, measured(report.only(place), date == null ? today() : date), place);
    }
    Files.write(page, lines, StandardCharsets.UTF_8);
  }

  private static String today() {
    return LocalDate.now(ZoneId.systemDefault())
        .format(DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH));
  }

  /** The lines with what is between the marks replaced; without marks it is put at the end. */
  static List<String> replaced(List<String> lines, List<String> measured, String place) {
    String first = "<!-- measured, " + place + ": begin -->";
    String last = "<!-- measured, " + place + ": end -->";
    int begin = lines.indexOf(first);
    int end = lines.indexOf(last);
    List<String> all = new ArrayList<>(begin < 0 ? lines : lines.subList(0, begin));
    all.add(first);
    all.addAll(measured);
    all.add(last);
    if (begin >= 0 && end > begin) {
      all.addAll(lines.subList(end + 1, lines.size()));
    }
    return all;
  }

  private static List<String> measured(Report report, String date) throws IOException {
    Plan plan = report.plan();
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "Measured %s: %d rounds of %d s, mirror disk and working set %d MiB, bootstrap seed %d.",
            date,
            plan.rounds(),
            plan.seconds(),
            plan.bytes() >> 20,
            plan.seed()));
    lines.add(machine());
    lines.add("");
    lines.addAll(report.ratios());
    lines.add("");
    lines.add("Medians, operations per second; not to be compared with another run's:");
    lines.add("");
    lines.addAll(report.medians());
    lines.add("");
    lines.addAll(report.legend());
    lines.add("");
    return lines;
  }

  private static String machine() throws IOException {
    String kernel = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
    String model;
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      model =
          lines
              .filter(line -> line.startsWith("model name"))
              .map(line -> line.replaceFirst(".*: ", ""))
              .findFirst()
              .orElse("unknown processor");
    }
    return "Machine: "
        + Runtime.getRuntime().availableProcessors()
        + " cores ("
        + model
        + "), Linux "
        + kernel
        + ", Java "
        + System.getProperty("java.version")
        + ", fio "
        + version("fio")
        + ", qemu-storage-daemon "
        + version("qemu-storage-daemon")
        + ", nbdkit "
        + version("nbdkit")
        + ".";
  }

  /** The number in the first line that a program says of itself. */
  private static String version(String program) {
    try {
      Process process = new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
      String first =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .findFirst()
              .orElse("");
      return first.replaceFirst("^\\D*", "").replaceFirst(" .*", "");
    } catch (IOException e) {
      return "?";
    }
  }
}
