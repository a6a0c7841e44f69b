// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Aside;
import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether a PostgreSQL server answers. With a query: psql carries it out. Without: a connection is
 * begun as far as the server's question who we are, which shows that it takes connections.
 */
public final class PostgresMonitor implements Monitor {
  private final Settings settings;
  private final Findings findings;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param host address or name; beginning with "/": the folder of its unix socket
   * @param port its port, also part of the socket's name
   * @param database database
   * @param user database user
   * @param passwordFile file with the password and nothing else; null: none is needed
   * @param query the query; empty: none
   */
  public record Settings(
      String name,
      String host,
      int port,
      String database,
      String user,
      @Nullable Path passwordFile,
      String query) {}

  /** Makes one. */
  public PostgresMonitor(Settings settings) {
    this.settings = settings;
    this.findings = new Findings(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  private String address() {
    return settings.host() + ":" + settings.port();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    return settings.query().isEmpty() ? greeted(context) : asked(context);
  }

  private MonitorResult greeted(CheckContext context) {
    try {
      int millis = (int) Math.max(1, Math.min(Integer.MAX_VALUE, context.limit().leftMillis()));
      PostgresGreeting.Said said =
          Aside.call(
              context.limit(),
              () ->
                  PostgresGreeting.greet(
                      settings.host(),
                      settings.port(),
                      settings.user(),
                      settings.database(),
                      millis));
      if (said == null) {
        return findings.over(context, address());
      }
      return said.takesConnections()
          ? findings.ok(MonitorNotice.POSTGRES_OK, address(), said.text())
          : findings.failed(MonitorNotice.POSTGRES_FAILED, address(), said.text());
    } catch (IOException e) {
      return context.limit().isOver()
          ? findings.over(context, address())
          : findings.failed(
              MonitorNotice.POSTGRES_FAILED, address(), String.valueOf(e.getMessage()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private MonitorResult asked(CheckContext context) {
    Map<String, String> environment = new HashMap<>();
    environment.put(
        "PGCONNECT_TIMEOUT", Long.toString(Math.max(2, context.limit().leftMillis() / 1000)));
    Path file = settings.passwordFile();
    if (file != null) {
      try {
        environment.put("PGPASSWORD", Files.readString(file, StandardCharsets.UTF_8).strip());
      } catch (IOException e) {
        return findings.cannot(String.valueOf(e));
      }
    }
    List<String> words = new ArrayList<>(List.of(psql(), "-X", "-A", "-t", "-q", "-w"));
    words.addAll(List.of("-v", "ON_ERROR_STOP=1", "-h", settings.host()));
    words.addAll(List.of("-p", Integer.toString(settings.port()), "-U", settings.user()));
    words.addAll(List.of("-d", settings.database(), "-c", settings.query()));
    Child.End end = Child.run(new Child.Program(words, environment, null, null), context.limit());
    if (end.how() != Child.How.EXITED) {
      return findings.of(context, end, address());
    }
    String text = end.output().strip();
    return end.ok()
        ? findings.ok(
            MonitorNotice.POSTGRES_OK, address(), text.lines().findFirst().orElse("no row"))
        : findings.failed(MonitorNotice.POSTGRES_FAILED, address(), end.said());
  }

  /** The program, also where the packages put it beside the server. */
  private static String psql() {
    Path usual = Programs.find("psql");
    if (usual != null) {
      return usual.toString();
    }
    for (String folder : List.of("/usr/lib/postgresql", "/usr")) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(Path.of(folder))) {
        for (Path version : versions) {
          Path psql = version.resolve("bin/psql");
          if (Files.isExecutable(psql)) {
            return psql.toString();
          }
        }
      } catch (IOException e) {
        // It is not there either.
      }
    }
    return "psql";
  }
}
