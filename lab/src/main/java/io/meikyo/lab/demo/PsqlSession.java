// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the database, by a real client (psql), from outside of the servers. Each
 * statement must answer exactly one line. One thread, but for {@link #abandon}.
 */
final class PsqlSession implements AutoCloseable {
  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;

  PsqlSession(List<String> enter, String host) throws IOException {
    List<String> command = new ArrayList<>(enter);
    command.addAll(
        List.of(
            "psql",
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            "host="
                + host
                + " port="
                + Postgres.PORT
                + " user=postgres dbname=postgres"
                // What is sent to a server that is gone is given up after a second.
                + " tcp_user_timeout=1000 keepalives_idle=1 keepalives_interval=1"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PGCONNECT_TIMEOUT", "5");
    process = builder.start();
    in =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Sends a statement and waits for its line; null: the connection is gone. */
  @Nullable String ask(String statement) {
    try {
      in.write(statement);
      in.write('\n');
      in.flush();
      return out.readLine();
    } catch (IOException e) {
      return null;
    }
  }

  /** True if a database answers there now. */
  static boolean answers(List<String> enter, String host) throws IOException {
    try (PsqlSession s = new PsqlSession(enter, host)) {
      return s.query("SELECT 1;").equals(List.of("1"));
    } catch (DemoFailed e) {
      return false; // not yet: who asks has a limit, and says where to look
    }
  }

  /** All lines of a query. */
  List<String> query(String statement) throws DemoFailed {
    List<String> lines = new ArrayList<>();
    String line = ask(statement + "\nSELECT 'end of answer';");
    while (line != null && !line.equals("end of answer")) {
      lines.add(line);
      try {
        line = out.readLine();
      } catch (IOException e) {
        line = null;
      }
    }
    if (line == null) {
      throw new DemoFailed("the database ended the connection: " + lines);
    }
    return lines;
  }

  /** Ends the client at once, whatever it waits for. Any thread. */
  void abandon() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    abandon();
  }
}
