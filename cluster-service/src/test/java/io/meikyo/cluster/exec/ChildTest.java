// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildTest {
  private static final Limit PLENTY = Limit.of(Duration.ofMinutes(1));

  private final String mark = UUID.randomUUID().toString();
  private final Map<String, String> marks = Map.of("MEIKYO_CHILD_TEST", mark);
  @TempDir private Path folder;

  private Child.End shell(String line, Limit limit) {
    return Child.run(Child.Program.shell(line, marks), limit);
  }

  private static void eventually(BooleanSupplier happens) {
    Limit limit = Limit.of(Duration.ofSeconds(30));
    while (!happens.getAsBoolean()) {
      assertThat(limit.pause(Duration.ofMillis(10))).as("it happens in time").isTrue();
    }
  }

  private List<Proc> alive() {
    try {
      List<Proc> found = new ArrayList<>();
      Proc.marked(marks, found::add);
      return found;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void statusAndOutputComeBack() {
    Child.End end = shell("echo one; echo two >&2; exit 3", PLENTY);
    assertThat(end.how()).isEqualTo(Child.How.EXITED);
    assertThat(end.status()).isEqualTo(3);
    assertThat(end.ok()).isFalse();
    assertThat(end.output()).isEqualTo("one\ntwo\n");
    assertThat(end.said()).isEqualTo("exit status 3: two");
    assertThat(shell("true", PLENTY).ok()).isTrue();
  }

  @Test
  void onlyTheEndOfMuchOutputIsKept() {
    Child.End end = shell("yes word | head -c 1000000; echo; echo last", PLENTY);
    assertThat(end.output()).hasSize(Child.OUTPUT_BYTES_MAX).endsWith("\nlast\n");
  }

  @Test
  void aDeadlineKillsTheWholeGroup() {
    Child.End end = shell("trap '' TERM; sleep 600 & sleep 600", Limit.of(Duration.ofMillis(300)));
    assertThat(end.how()).isEqualTo(Child.How.DEADLINE);
    assertThat(end.stuck()).isFalse();
    eventually(() -> alive().isEmpty());
  }

  @Test
  void aCancellationKillsIt() throws Exception {
    Cancellation word = new Cancellation();
    Limit limit = new Limit(NanoClock.BOOT, Long.MAX_VALUE, word);
    CompletableFuture<Child.End> end = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform().start(() -> end.complete(shell("echo begun; sleep 600", limit)));
    eventually(() -> !alive().isEmpty());
    word.cancel();
    assertThat(end.get().how()).isEqualTo(Child.How.CANCELLED);
    thread.join();
    eventually(() -> alive().isEmpty());
  }

  @Test
  void whatIsLeftInTheBackgroundHoldsNobodyUpAndKeepsItsOutput() throws Exception {
    Path file = folder.resolve("out");
    Files.writeString(file, "before\n");
    Path go = folder.resolve("go");
    Child.Program program =
        new Child.Program(
            List.of(
                "/bin/sh",
                "-c",
                "(while [ ! -e " + go + " ]; do sleep 0.01; done; echo late) & echo early"),
            marks,
            folder,
            file);
    Child.End end = Child.run(program, PLENTY);
    assertThat(end.ok()).isTrue();
    assertThat(end.output()).isEqualTo("early\n");
    assertThat(alive()).isNotEmpty();
    Files.createFile(go);
    eventually(() -> alive().isEmpty());
    assertThat(Files.readString(file)).isEqualTo("before\nearly\nlate\n");
  }

  @Test
  void aBackgroundProcessOnAPipeHoldsNobodyUpEither() {
    Child.End end = shell("sleep 600 & echo done", PLENTY);
    assertThat(end.output()).isEqualTo("done\n");
    assertThat(Proc.end(alive(), Processes.SIGKILL, 0, PLENTY)).isEmpty();
  }

  @Test
  void aMissingProgramIsSaid() {
    Child.End end = Child.run(Child.Program.of("no-such-program-here"), PLENTY);
    assertThat(end.how()).isEqualTo(Child.How.NO_PROGRAM);
    assertThat(end.said()).isEqualTo("there is no program no-such-program-here");
    Child.Program lost = new Child.Program(List.of("true"), Map.of(), folder.resolve("gone"), null);
    assertThat(Child.run(lost, PLENTY).how()).isEqualTo(Child.How.NO_PROGRAM);
  }

  @Test
  void processesAreFoundByTheirMarksWhereverTheyWent() throws Exception {
    Child.End end =
        shell("setsid sh -c 'sleep 600 & sleep 600' >/dev/null 2>&1 & echo gone", PLENTY);
    assertThat(end.ok()).isTrue();
    eventually(() -> alive().size() == 3);
    List<Proc> before = alive();
    assertThat(Proc.end(before, Processes.SIGTERM, 5_000_000_000L, PLENTY)).isEmpty();
    assertThat(before).noneMatch(Proc::lives);
    assertThat(alive()).isEmpty();
  }

  @Test
  void whoDoesNotEndWhenAskedIsKilled() throws Exception {
    Process deaf =
        Child.begin(Child.Program.shell("trap '' TERM; while :; do sleep 0.05; done", marks));
    eventually(() -> alive().stream().anyMatch(p -> p.command().equals("sleep")));
    Proc proc = Proc.of((int) deaf.pid());
    assertThat(Proc.left(List.of(proc), 50_000_000L, PLENTY)).containsExactly(proc);
    assertThat(Proc.end(List.of(proc), Processes.SIGTERM, 200_000_000L, PLENTY)).isEmpty();
    assertThat(deaf.waitFor()).isEqualTo(128 + 9);
    eventually(() -> alive().isEmpty());
  }

  @Test
  void aNumberThatIsSomebodyElsesNowIsSpared() throws Exception {
    Process process = Child.begin(Child.Program.shell("sleep 600", marks));
    Proc now = Proc.of((int) process.pid());
    Proc former = new Proc(now.pid(), now.command(), 'S', now.parent(), now.started() - 1);
    assertThat(former.lives()).isFalse();
    assertThat(Proc.end(List.of(former), Processes.SIGKILL, 0, PLENTY)).isEmpty();
    assertThat(process.isAlive()).isTrue();
    assertThat(Proc.end(List.of(now), Processes.SIGKILL, 0, PLENTY)).isEmpty();
    process.waitFor();
  }

  @Test
  void weAndOurParentsAreNeverAmongTheMarked() throws Exception {
    assertThat(Proc.ancestors()).contains((int) ProcessHandle.current().pid(), 1);
    List<Proc> everybody = new ArrayList<>();
    Proc.marked(Map.of(), everybody::add);
    assertThat(everybody).isNotEmpty();
    assertThat(everybody).extracting(Proc::pid).doesNotContainAnyElementsOf(Proc.ancestors());
  }

  @Test
  void anotherUserIsLookedUp() {
    User user = User.of("nobody", PLENTY);
    assertThat(user.environment()).containsEntry("USER", "nobody");
    assertThat(User.of("", PLENTY).words()).isEmpty();
    assertThat(User.of("no-such-user-here", PLENTY)).isNull();
    if (System.getProperty("user.name").equals("root")) {
      List<String> words = new ArrayList<>(user.words());
      words.addAll(List.of("id", "-un"));
      Child.End end = Child.run(new Child.Program(words, Map.of(), null, null), PLENTY);
      assertThat(end.output().strip()).isEqualTo("nobody");
    }
  }
}
