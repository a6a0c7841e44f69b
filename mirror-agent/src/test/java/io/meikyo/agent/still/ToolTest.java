// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real children: how they end, and that nobody waits for those that do not. */
@Timeout(60)
class ToolTest {
  private static final CompletableFuture<?> NEVER = new CompletableFuture<>();
  private static final long LONG = 30_000_000_000L;

  @TempDir private Path folder;

  private static Tool.End run(long nanos, CompletableFuture<?> stop, String line) throws Exception {
    return Tool.begin(List.of("/bin/sh", "-c", line)).end(nanos, stop);
  }

  @Test
  void statusAndLastLineAreTold() throws Exception {
    Tool.End end = run(LONG, NEVER, "echo first; echo 'it is so' >&2; exit 3");
    assertThat(end.status()).isEqualTo(3);
    assertThat(end.said()).isEqualTo("it is so");
    assertThat(end.gone()).isDone();
    assertThat(run(LONG, NEVER, "exit 4").said()).isEqualTo("exit status 4");
    assertThat(run(LONG, NEVER, "echo $LC_ALL; pwd").said()).isEqualTo("/");
  }

  @Test
  void whatDoesNotEndIsKilled() throws Exception {
    Tool.End late = run(1, NEVER, "exec sleep 600");
    assertThat(late.status()).isEqualTo(-1);
    assertThat(late.gone()).isDone();
    Tool.End stopped = run(LONG, CompletableFuture.completedFuture(1), "exec sleep 600");
    assertThat(stopped.status()).isEqualTo(-1);
    assertThat(stopped.said()).isEqualTo("killed");
  }

  @Test
  void whatIsReadyBeginsAtTheWord() throws Exception {
    Path file = folder.resolve("file");
    Tool tool = Tool.ready(List.of("/bin/sh", "-c", "touch $0; cat; echo done; exit 3", "" + file));
    assertThat(file).doesNotExist();
    assertThat(tool.go()).isTrue();
    Tool.End end = tool.end(LONG, NEVER);
    assertThat(end.status()).isEqualTo(3);
    assertThat(end.said()).isEqualTo("done");
    assertThat(file).exists();
    assertThat(tool.go()).isFalse();
  }

  @Test
  void whatIsReadyDoesNothingWithoutTheWord() throws Exception {
    Path file = folder.resolve("file");
    Tool given = Tool.ready(List.of("/usr/bin/touch", "" + file));
    given.close();
    assertThat(given.end(LONG, NEVER).status()).isEqualTo(137);
    assertThat(given.go()).isFalse();
    // Who was to say it is dead: the input ends.
    Process left =
        new ProcessBuilder("/bin/sh", "-c", Tool.WAITING, "sh", "/usr/bin/touch", "" + file)
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    assertThat(left.waitFor()).isNotZero();
    assertThat(file).doesNotExist();
  }

  @Test
  void programsAreFoundWhereSystemsHaveThem() {
    assertThat(Tool.find("sync")).isNotNull();
    assertThat(Tool.find("no-such-program-anywhere")).isNull();
  }
}
