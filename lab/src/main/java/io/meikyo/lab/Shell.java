// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs programs of the system and takes their failures seriously. Any thread. */
final class Shell {
  /** Where each program comes from, for the message. */
  private static final Map<String, String> PACKAGES =
      Map.of(
          "ip", "iproute2",
          "tc", "iproute2",
          "unshare", "util-linux",
          "nsenter", "util-linux",
          "mount", "mount",
          "mkfs.ext4", "e2fsprogs",
          "mkfs.xfs", "xfsprogs",
          "cp", "coreutils");

  /** What a program printed and how it ended. */
  record Result(int status, String output) {}

  private Shell() {}

  /** Runs a program; a status other than 0 is a problem. */
  static String run(String... command) throws LabProblem, InterruptedException {
    Result result = attempt(List.of(command));
    if (result.status != 0) {
      throw new LabProblem(
          LabNotice.COMMAND_FAILED,
          String.join(" ", command),
          result.status,
          result.output.strip());
    }
    return result.output;
  }

  /** Runs a program whose failure is an answer. */
  static Result attempt(List<String> command) throws LabProblem, InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), output);
    } catch (IOException e) {
      throw missing(command.getFirst(), e);
    }
  }

  /** Runs a program with our own standard streams. */
  static int through(List<String> command) throws LabProblem, InterruptedException {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw missing(command.getFirst(), e);
    }
  }

  /** Starts a program that goes on by itself, in a session of its own, with a log. */
  static Process start(Path log, List<String> command) throws LabProblem {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    } catch (IOException e) {
      throw missing(command.getFirst(), e);
    }
  }

  private static LabProblem missing(String program, IOException e) {
    String name = String.valueOf(Path.of(program).getFileName());
    return PACKAGES.containsKey(name)
        ? new LabProblem(LabNotice.NO_PROGRAM, name, PACKAGES.getOrDefault(name, name))
        : new LabProblem(LabNotice.COMMAND_FAILED, program, "-", String.valueOf(e.getMessage()));
  }

  /** Looks for the programs that everything here needs. */
  static void need(String... programs) throws LabProblem {
    for (String program : programs) {
      boolean there = false;
      for (String folder : List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin")) {
        there |= Files.isExecutable(Path.of(folder, program));
      }
      if (!there) {
        throw new LabProblem(
            LabNotice.NO_PROGRAM, program, PACKAGES.getOrDefault(program, program));
      }
    }
  }
}
