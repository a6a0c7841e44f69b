// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.lab.LabProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MachineTest {
  private static final long SECONDS = 60;
  private static final Path ROOT =
      Path.of(Objects.requireNonNullElse(System.getenv("MEIKYO_UML"), "/"));

  private Path folder;
  private Machine.Plan plan;

  @BeforeEach
  void begin() throws Exception {
    // Outside /tmp, which a machine has of its own.
    folder = Files.createTempDirectory(Path.of("/var/tmp"), "mkmachine");
    Path disk = folder.resolve("disk");
    Files.write(disk, new byte[1 << 20]);
    plan = new Machine.Plan("m1", folder, 128, List.of(disk), List.of());
  }

  @AfterEach
  void end() throws Exception {
    new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
  }

  private Machine start() throws Exception {
    assumeThat(ROOT.resolve("usr/bin/linux.uml")).as("user-mode-linux is installed").exists();
    try {
      return Machine.start(Uml.below(ROOT), plan, SECONDS);
    } catch (LabProblem e) {
      assumeThat(Machine.begins(plan)).as("it can run here: %s", e.notice()).isTrue();
      throw e;
    }
  }

  private List<String> processes() {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains("uml_dir=" + folder))
        .map(p -> p.pid() + "")
        .toList();
  }

  @Test
  void itRunsCommandsOnItsDisks() throws Exception {
    Machine machine = start();
    try {
      assertThat(machine.exec("hostname; cat /sys/block/ubda/size", SECONDS)).isEqualTo("m1\n2048");
      assertThat(machine.attempt("echo no >&2; exit 7", SECONDS))
          .isEqualTo(new Machine.Result(7, "no\n"));
      // More than its serial line takes at once.
      String text = "x".repeat(20_000);
      assertThat(machine.exec("echo " + text, SECONDS)).isEqualTo(text);
      var slow = machine.begin("while ! test -e /tmp/go; do sleep 0.1; done; echo went");
      machine.exec("touch /tmp/go", SECONDS);
      assertThat(slow.get().output()).isEqualTo("went\n");
      assertThatThrownBy(() -> machine.exec("false", SECONDS)).isInstanceOf(LabProblem.class);
      assertThat(machine.attempt("touch /nowhere", SECONDS).output()).contains("Read-only");
      machine.exec("printf flushed | dd of=/dev/ubda conv=fsync", SECONDS);
    } finally {
      machine.powerOff();
    }
    assertThat(Files.readString(plan.disks().getFirst())).startsWith("flushed");
    assertThat(processes()).isEmpty();
    assertThat(Files.readString(Machine.console(plan))).contains("as init process");
  }

  @Test
  void itEndsWithItsOwnKernel() throws Exception {
    Machine machine = start();
    try {
      assertThatThrownBy(() -> machine.exec("echo c >/proc/sysrq-trigger; sleep 100", SECONDS))
          .isInstanceOf(LabProblem.class)
          .hasMessageContaining("has ended");
      assertThat(machine.console()).contains("sysrq");
      assertThatThrownBy(() -> machine.exec("true", SECONDS)).isNotNull();
    } finally {
      machine.powerOff();
    }
  }

  @Test
  void oneThatCannotBootSaysSo() throws Exception {
    Path kernel = folder.resolve("kernel");
    Files.writeString(kernel, "#!/bin/sh\necho no memory for this >&2\n");
    assertThat(kernel.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> Machine.start(new Uml(kernel, folder), plan, SECONDS))
        .isInstanceOf(LabProblem.class)
        .hasMessageContaining("no memory for this");
    assertThat(Machine.begins(plan)).isFalse();
  }

  @Test
  void withoutThePackageItIsNamed() {
    assertThatThrownBy(() -> Uml.below(folder))
        .isInstanceOf(LabProblem.class)
        .hasMessageContaining("user-mode-linux");
  }
}
