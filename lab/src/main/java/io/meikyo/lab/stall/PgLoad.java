// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.stall;

import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongBinaryOperator;

/**
 * pgbench at work, over the floating IP. It writes a line for each transaction (its manual,
 * "Per-Transaction Logging"): client, number, how long (µs), script, when it ended (s and µs of the
 * wall clock).
 */
final class PgLoad implements Load {
  private static final int LONG = 2;
  private static final int SECONDS = 4;
  private static final int MICROS = 5;

  private final Process process;
  private final String words;
  private final Path folder;

  /** Wall clock less the monotonic one, ns. */
  private final long offset = System.currentTimeMillis() * 1_000_000 - System.nanoTime();

  /**
   * One that has begun.
   *
   * @param folder where it writes its logs
   */
  PgLoad(ProcessBuilder builder, Path folder) throws IOException {
    this.folder = folder;
    words = String.join(" ", builder.command());
    process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("pgbench.txt").toFile())
            .start();
  }

  @Override
  public String unit() {
    return "transactions";
  }

  /** Goes over all transactions that touch a span: takes the former result and each one's ns. */
  private long over(long from, long to, boolean endsWithin, LongBinaryOperator each)
      throws LabProblem, IOException {
    if (!process.isAlive()) {
      throw new LabProblem(
          LabNotice.COMMAND_FAILED,
          words,
          process.exitValue(),
          Files.readString(folder.resolve("pgbench.txt")).strip());
    }
    long result = 0;
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, "pgbench_log.*")) {
      for (Path log : logs) {
        for (String line : Files.readString(log).split("\n", -1)) {
          String[] w = line.split(" ", -1);
          if (w.length < MICROS + 1 || w[MICROS].isEmpty()) {
            continue; // the last line is not written to its end yet
          }
          long nanos = Long.parseLong(w[LONG]) * 1000;
          long wall =
              Long.parseLong(w[SECONDS]) * 1_000_000_000L + Long.parseLong(w[MICROS]) * 1000;
          long end = wall - offset;
          boolean begun = endsWithin ? end >= from : end > from;
          if (begun && (endsWithin ? end < to : end - nanos < to)) {
            result = each.applyAsLong(result, nanos);
          }
        }
      }
    }
    return result;
  }

  @Override
  public long longest(long from, long to) throws LabProblem, IOException {
    return over(from, to, false, Math::max);
  }

  @Override
  public double rate(long from, long to) throws LabProblem, IOException {
    return over(from, to, true, (n, _) -> n + 1) * 1e9 / (to - from);
  }

  @Override
  public void close() {
    process.destroy();
    Ending.await(process);
  }
}
