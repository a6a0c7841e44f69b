// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessMonitorTest {
  @TempDir private Path folder;
  private final List<Process> processes = new ArrayList<>();

  /** Longer than the kernel keeps, the difference within what it keeps. */
  private final String name =
      String.format(
          Locale.ROOT, "mk%08x-longer", ThreadLocalRandom.current().nextInt() & 0xffffffffL);

  @AfterEach
  void end() throws Exception {
    for (Process p : processes) {
      p.destroyForcibly().waitFor();
    }
  }

  private Path program() throws Exception {
    Path program = folder.resolve(name);
    if (!Files.exists(program)) {
      Files.copy(Path.of("/bin/sleep").toRealPath(), program);
      assertThat(program.toFile().setExecutable(true)).isTrue();
    }
    return program;
  }

  private Process start(String seconds) throws Exception {
    Process process = new ProcessBuilder(program().toString(), seconds).start();
    processes.add(process);
    Path exe = Path.of("/proc/" + process.pid() + "/exe");
    Looks.eventually(() -> {
      try {
        return Files.readSymbolicLink(exe).endsWith(name);
      } catch (Exception e) {
        return false;
      }
    });
    return process;
  }

  private static MonitorResult look(String command, String pattern, Path file, int min, int max) {
    return new ProcessMonitor(
            new ProcessMonitor.Settings("process1", command, pattern, file, min, max))
        .check(Looks.context());
  }

  @Test
  void theyAreCountedByNamePathAndPattern() throws Exception {
    start("601");
    start("602");
    Looks.ok(look(name, "", null, 1, 0), MonitorNotice.PROCESS_OK);
    Looks.ok(look(program().toRealPath().toString(), "", null, 2, 2), MonitorNotice.PROCESS_OK);
    Looks.ok(look("", name + " 60[12]$", null, 2, 2), MonitorNotice.PROCESS_OK);
    MonitorResult few = look(name, "", null, 3, 0);
    Looks.failed(few, MonitorNotice.PROCESS_FEW);
    assertThat(few.notice().toString()).contains("count=2, min=3");
    Looks.failed(look("", name, null, 1, 1), MonitorNotice.PROCESS_MANY);
    Looks.failed(look(folder + "/other", "", null, 1, 0), MonitorNotice.PROCESS_FEW);
  }

  @Test
  void oneThatHasEndedIsNone() throws Exception {
    Process process = start("600");
    Path file = folder.resolve("pid");
    Looks.failed(look("", "", file, 1, 0), MonitorNotice.PROCESS_FEW);
    Files.writeString(file, process.pid() + "\nmore\n");
    Looks.ok(look("", "", file, 1, 0), MonitorNotice.PROCESS_OK);
    process.destroyForcibly().waitFor();
    Looks.failed(look("", "", file, 1, 0), MonitorNotice.PROCESS_FEW);
    Looks.failed(look(name, "", null, 1, 0), MonitorNotice.PROCESS_FEW);
    Files.writeString(file, "no number");
    Looks.failed(look("", "", file, 1, 0), MonitorNotice.PROCESS_FEW);
  }

  @Test
  void aPatternThatIsNoneIsRefused() {
    assertThatThrownBy(() -> look("", "(", null, 1, 0)).isInstanceOf(PatternSyntaxException.class);
  }
}
