// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.util.ArrayList;
import java.util.List;

/** Runs fio and takes one number from what it prints. */
final class Fio {
  /** Fields of its terse output, version 3, from 0. */
  private static final int READ_IOPS = 7;

  private static final int WRITE_IOPS = 48;

  private Fio() {}

  /** Runs a job on a target for so many seconds; returns operations per second. */
  static double run(Target target, Job job, int seconds, long bytes)
      throws BenchProblem, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "fio",
                "--name=bench",
                "--output-format=terse",
                "--terse-version=3",
                "--time_based",
                "--runtime=" + seconds,
                "--size=" + bytes,
                "--randrepeat=0",
                "--norandommap"));
    command.addAll(job.options());
    command.addAll(target.fio());
    return perSecond(Workshop.run(command), job.reads());
  }

  /** Operations per second in what fio printed. */
  static double perSecond(String printed, boolean reads) throws BenchProblem {
    for (String line : printed.lines().toList()) {
      String[] fields = line.split(";", -1);
      if (fields.length > WRITE_IOPS && fields[0].equals("3")) {
        double value = Double.parseDouble(fields[reads ? READ_IOPS : WRITE_IOPS]);
        if (value > 0) {
          return value;
        }
      }
    }
    throw new BenchProblem(BenchNotice.COMMAND_FAILED, "fio", 0, printed.strip());
  }
}
