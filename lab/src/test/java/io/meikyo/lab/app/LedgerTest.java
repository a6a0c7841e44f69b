// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger believes nothing that its sums do not say. */
class LedgerTest {
  private static final int SILENCE = 10_000;

  @TempDir private Path folder;
  private int port;
  private Process process;

  @BeforeEach
  void begin() throws Exception {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    start();
  }

  private void start() throws Exception {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LedgerMain.class.getName(),
                folder.toString(),
                Integer.toString(port),
                "server1")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("ready");
  }

  @AfterEach
  void end() throws Exception {
    process.destroyForcibly().waitFor();
  }

  private void again() throws Exception {
    end();
    start();
  }

  private LedgerLine line() throws IOException {
    return new LedgerLine("127.0.0.1", port, SILENCE);
  }

  @Test
  void rowsStandAfterItsDeath() throws Exception {
    String life;
    try (LedgerLine line = line()) {
      life = line.ask("who");
      assertThat(life).startsWith("server1-");
      assertThat(line.ask("put a 1 one")).isEqualTo("ok 1 " + life);
      assertThat(line.ask("put a 2 two")).isEqualTo("ok 2 " + life);
      assertThat(line.ask("put a 2 two")).isEqualTo("ok 2 " + life);
      assertThat(line.ask("put a 4 four")).isEqualTo("wrong: the last row is 2");
    }
    again();
    try (LedgerLine line = line()) {
      assertThat(line.ask("who")).isNotEqualTo(life);
      List<String> rows = line.rows("a");
      assertThat(rows).hasSize(2);
      assertThat(LedgerMain.isWhole(rows.get(1), 2)).isTrue();
      assertThat(rows.get(1)).endsWith(life + " two");
      assertThat(line.ask("put a 3 three")).startsWith("ok 3 ");
    }
  }

  @Test
  void halfARowIsCutOff() throws Exception {
    try (LedgerLine line = line()) {
      line.ask("put a 1 one");
    }
    Files.writeString(folder.resolve("a.rows"), "2 1234 serv", StandardOpenOption.APPEND);
    again();
    try (LedgerLine line = line()) {
      assertThat(line.rows("a")).hasSize(1);
      assertThat(line.ask("put a 2 two")).startsWith("ok 2 ");
      assertThat(line.rows("a")).hasSize(2);
    }
  }

  @Test
  void aDamagedRowIsNotServed() throws Exception {
    try (LedgerLine line = line()) {
      line.ask("put a 1 one");
      line.ask("put a 2 two");
    }
    Path file = folder.resolve("a.rows");
    Files.writeString(file, Files.readString(file).replace(" one\n", " One\n"));
    again();
    try (LedgerLine line = line()) {
      assertThatThrownBy(() -> line.rows("a")).isInstanceOf(IOException.class);
    }
  }
}
