// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * PostgreSQL on a server of the lab: one data folder, started and stopped there. Durable as it is
 * by default: {@code fsync} and {@code synchronous_commit} are on, and said to be.
 */
final class Postgres {
  static final int PORT = 5432;

  private static final String USER = "postgres";

  private final Lab lab;
  private final Path bin;

  Postgres(Lab lab, Path bin) {
    this.lab = lab;
    this.bin = bin;
  }

  private void as(String server, String... command)
      throws LabProblem, IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("runuser", "-u", USER, "--"));
    all.addAll(List.of(command));
    lab.run(server, all.toArray(String[]::new));
  }

  private String program(String name) {
    return bin.resolve(name).toString();
  }

  /** Makes a new, empty database in a folder. */
  void create(String server, String folder) throws LabProblem, IOException, InterruptedException {
    lab.run(server, "install", "-d", "-o", USER, "-g", USER, "-m", "700", folder);
    as(server, program("initdb"), "-D", folder, "-A", "trust", "--no-locale", "-E", "UTF8");
    String settings =
        "listen_addresses = '*'\nport = "
            + PORT
            + "\nunix_socket_directories = ''\nfsync = on\nsynchronous_commit = on\n"
            + "shared_buffers = 32MB\nmax_wal_size = 128MB\n";
    lab.run(
        server,
        "bash",
        "-c",
        "cat >> '"
            + folder
            + "/postgresql.conf' <<'END'\n"
            + settings
            + "END\n"
            + "echo 'host all all 10.77.0.0/24 trust' >> '"
            + folder
            + "/pg_hba.conf'");
    // Nobody has asked for these settings to be durable: a loss of power may leave zeros in them.
    lab.run(server, "sync", "--file-system", folder);
  }

  /** Starts it; after a crash this replays its log first. */
  void start(String server, String folder)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    // What the power took from the process is still in its lock file.
    lab.run(server, "rm", "-f", folder + "/postmaster.pid");
    try {
      control(server, folder);
    } catch (LabProblem e) {
      String log = lab.run(server, "tail", "-n", "30", folder + "/server.log");
      throw new DemoFailed("PostgreSQL does not start on " + server + ":\n" + log);
    }
  }

  private void control(String server, String folder)
      throws LabProblem, IOException, InterruptedException {
    as(
        server,
        program("pg_ctl"),
        "-D",
        folder,
        "-w",
        "-t",
        "60",
        "-l",
        folder + "/server.log",
        "start");
  }

  void stop(String server, String folder) throws LabProblem, IOException, InterruptedException {
    as(server, program("pg_ctl"), "-D", folder, "-m", "fast", "-w", "-t", "60", "stop");
  }
}
