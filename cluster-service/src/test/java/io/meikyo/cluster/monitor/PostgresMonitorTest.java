// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.User;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class PostgresMonitorTest {
  private static final int PORT = 54329;

  private static MonitorResult look(
      String host, int port, String database, Path password, String query, Duration time) {
    return new PostgresMonitor(
            new PostgresMonitor.Settings(
                "psqlw1", host, port, database, "postgres", password, query))
        .check(Looks.context(time));
  }

  private static MonitorResult look(int port) {
    return look("127.0.0.1", port, "postgres", null, "", Duration.ofSeconds(20));
  }

  // ---- a server that is written down

  /** Takes one connection, reads the greeting and answers. */
  private static MonitorResult answered(byte[] answer) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      StringBuilder heard = new StringBuilder();
      Thread thread =
          Thread.ofPlatform()
              .start(() -> {
                try (Socket socket = server.accept()) {
                  DataInputStream in = new DataInputStream(socket.getInputStream());
                  byte[] words = new byte[in.readInt() - 4];
                  in.readFully(words);
                  heard.append(new String(words, StandardCharsets.ISO_8859_1));
                  socket.getOutputStream().write(answer);
                  socket.getOutputStream().flush();
                } catch (IOException e) {
                  heard.append(e);
                }
              });
      MonitorResult result = look(server.getLocalPort());
      thread.join();
      assertThat(heard.toString()).isEqualTo("\0\3\0\0user\0postgres\0database\0postgres\0\0");
      return result;
    }
  }

  private static byte[] error(String code, String text) {
    byte[] fields = ("SFATAL\0C" + code + "\0M" + text + "\0\0").getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(5 + fields.length)
        .put((byte) 'E')
        .putInt(4 + fields.length)
        .put(fields)
        .array();
  }

  @Test
  void whatItSaysIsUnderstood() throws Exception {
    byte[] whoAreYou = ByteBuffer.allocate(9).put((byte) 'R').putInt(8).putInt(10).array();
    Looks.ok(answered(whoAreYou), MonitorNotice.POSTGRES_OK);
    MonitorResult starts = answered(error("57P03", "the database system is starting up"));
    Looks.failed(starts, MonitorNotice.POSTGRES_FAILED);
    assertThat(starts.notice().toString()).contains("is starting up (57P03)");
    Looks.failed(
        answered(error("53300", "too many clients already")), MonitorNotice.POSTGRES_FAILED);
    Looks.ok(answered(error("28000", "no such role")), MonitorNotice.POSTGRES_OK);
  }

  @Test
  void somebodyElseIsNoPostgres() throws Exception {
    MonitorResult result =
        answered("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    Looks.failed(result, MonitorNotice.POSTGRES_FAILED);
    assertThat(result.notice().toString()).contains("no PostgreSQL server");
    Looks.failed(answered(new byte[0]), MonitorNotice.POSTGRES_FAILED);
  }

  @Test
  void nobodyAnswers() throws Exception {
    int port;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = server.getLocalPort();
      Looks.is(
          look("127.0.0.1", port, "postgres", null, "", Duration.ofMillis(300)),
          MonitorResult.Found.TIMEOUT,
          MonitorNotice.TIMED_OUT);
    }
    Looks.failed(look(port), MonitorNotice.POSTGRES_FAILED);
    Looks.failed(
        look("/nowhere", 5432, "postgres", null, "", Duration.ofSeconds(20)),
        MonitorNotice.POSTGRES_FAILED);
  }

  // ---- a real one

  private static Path program(String name) throws IOException {
    Path usual = Path.of("/usr/bin", name);
    if (Files.isExecutable(usual)) {
      return usual;
    }
    Path root = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(root)) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(root)) {
        for (Path version : versions) {
          if (Files.isExecutable(version.resolve("bin").resolve(name))) {
            return version.resolve("bin").resolve(name);
          }
        }
      }
    }
    return usual;
  }

  private static void as(User user, String... words) {
    List<String> all = new ArrayList<>(user.words());
    all.addAll(List.of(words));
    Child.End end =
        Child.run(new Child.Program(all, Map.of(), null, null), Limit.of(Duration.ofSeconds(90)));
    assertThat(end.ok()).as(end.output()).isTrue();
  }

  @Test
  void aRealOneIsAsked() throws Exception {
    Path initdb = program("initdb");
    Path control = program("pg_ctl");
    assumeThat(initdb).as("PostgreSQL is installed").isExecutable();
    assumeThat(program("psql")).as("psql is installed").isExecutable();
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    User postgres = User.of("postgres", Limit.of(Duration.ofSeconds(10)));
    assumeThat(postgres).as("user postgres").isNotNull();
    // Short, since the path of a socket has 107 bytes at most.
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "mkpg");
    Path data = folder.resolve("data");
    String host = folder.toString();
    try {
      as(User.of("", null), "chown", "postgres", host);
      as(postgres, initdb.toString(), "-D", data.toString(), "-A", "trust", "-N");
      String options = "-p " + PORT + " -k " + host + " -c listen_addresses= -c fsync=off";
      as(
          postgres,
          control.toString(),
          "-D",
          data.toString(),
          "-l",
          host + "/log",
          "-o",
          options,
          "-w",
          "start");
      try {
        Duration time = Duration.ofSeconds(30);
        Looks.ok(look(host, PORT, "postgres", null, "", time), MonitorNotice.POSTGRES_OK);
        Path password = Files.writeString(folder.resolve("password"), "secret\n");
        MonitorResult asked = look(host, PORT, "postgres", password, "select 6 * 7", time);
        Looks.ok(asked, MonitorNotice.POSTGRES_OK);
        assertThat(asked.notice().toString()).contains("said=42");
        Looks.failed(
            look(host, PORT, "postgres", null, "select broken", time),
            MonitorNotice.POSTGRES_FAILED);
        Looks.failed(
            look(host, PORT, "nothing", null, "select 1", time), MonitorNotice.POSTGRES_FAILED);
        Looks.is(
            look(host, PORT, "postgres", null, "select pg_sleep(600)", Duration.ofSeconds(1)),
            MonitorResult.Found.TIMEOUT,
            MonitorNotice.TIMED_OUT);
        Looks.is(
            look(host, PORT, "postgres", folder.resolve("none"), "select 1", time),
            MonitorResult.Found.WARNING,
            MonitorNotice.CANNOT_LOOK);
      } finally {
        as(postgres, control.toString(), "-D", data.toString(), "-m", "immediate", "-w", "stop");
      }
      Looks.failed(
          look(host, PORT, "postgres", null, "select 1", Duration.ofSeconds(30)),
          MonitorNotice.POSTGRES_FAILED);
    } finally {
      try (var all = Files.walk(folder)) {
        for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(p);
        }
      }
    }
  }
}
