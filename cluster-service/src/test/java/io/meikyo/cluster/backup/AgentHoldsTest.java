// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.resource.MirrorPort;
import io.meikyo.core.cluster.config.Hooks;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts around the hold: in which order, and that the second one is never forgotten. */
class AgentHoldsTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir private Path folder;

  private final List<String> said = new CopyOnWriteArrayList<>();
  private final List<Notice> log = new CopyOnWriteArrayList<>();
  private int freezeStatus;
  private boolean runs = true;
  private boolean goesOn;
  private Map<String, String> found = Map.of();
  private Path did = Path.of("/");
  private @Nullable Hooks hooks;

  @BeforeEach
  void scripts() throws IOException {
    did = folder.resolve("did");
    hooks = new Hooks(script("before", 0), script("after", 0), 10 * SECOND);
  }

  private String script(String name, int status) throws IOException {
    Path file = folder.resolve(name + ".sh");
    Files.writeString(file, "#!/bin/sh\necho " + name + " >>" + did + "\nexit " + status + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  private AgentHolds holds() {
    return new AgentHolds(language -> new Agent(), folder.resolve("owed"), () -> hooks, log::add);
  }

  /** Answers as it is told. */
  private final class Agent implements MirrorPort {
    @Override
    public String place() {
      return "here";
    }

    @Override
    public CompletableFuture<Answer> ask(List<String> words, Limit limit) {
      said.add(String.join(" ", words));
      boolean thaw = words.getFirst().equals("backup.thaw");
      try {
        Files.writeString(
            did, words.getFirst() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Map<String, String> facts = thaw ? Map.of("outcome.md1", "GOOD") : found;
      if (goesOn) {
        return CompletableFuture.completedFuture(new Answer(Kind.OVER, -1, Map.of(), ""));
      }
      return CompletableFuture.completedFuture(
          runs
              ? new Answer(Kind.ANSWERED, status(thaw, words), facts, "it says so")
              : new Answer(Kind.NO_AGENT, -1, Map.of(), "no such file"));
    }
  }

  /** Only what is about this mirror disk does not succeed; "": all. */
  private String failsFor = "";

  private int status(boolean thaw, List<String> words) {
    return thaw || !(failsFor.isEmpty() || words.contains(failsFor)) ? 0 : freezeStatus;
  }

  private List<String> done() throws IOException {
    return Files.exists(did) ? Files.readAllLines(did) : List.of();
  }

  @Test
  void rule10ScriptsOutsideHoldsInside() throws IOException {
    AgentHolds h = holds();
    assertThat(h.freeze(List.of("md1", "md2"), 255, 30, "me", "en").status()).isZero();
    assertThat(said).containsExactly("backup.freeze disks=md1,md2 max=30 cut=ff by=me");
    assertThat(h.thaw(List.of("md1", "md2"), "en").facts()).containsEntry("outcome.md1", "GOOD");
    h.settle();
    assertThat(done()).containsExactly("before", "backup.freeze", "backup.thaw", "after");
  }

  @Test
  void whenTheHoldFailsTheApplicationIsWokenUp() throws IOException {
    freezeStatus = 1;
    assertThat(holds().freeze(List.of("md1"), 1, 30, "me", "en").status()).isEqualTo(1);
    assertThat(done()).containsExactly("before", "backup.freeze", "after");
  }

  @Test
  void whenTheFirstScriptFailsNothingIsHeld() throws IOException {
    hooks = new Hooks(script("before", 7), script("after", 0), 10 * SECOND);
    Holds.Answer answer = holds().freeze(List.of("md1"), 1, 30, "me", "en");
    assertThat(answer.status()).isEqualTo(1);
    assertThat(answer.said().getFirst()).contains("exit status 7");
    assertThat(said).isEmpty();
    assertThat(done()).containsExactly("before", "after");
    assertThat(log.getFirst().code()).isEqualTo("backup.hook-failed");
  }

  @Test
  void theNextLifeOfTheServiceOwesTheSecondScript() throws IOException {
    holds().freeze(List.of("md1"), 1, 30, "me", "en");
    AgentHolds next = holds();
    next.settle();
    next.settle();
    assertThat(done()).containsExactly("before", "backup.freeze", "after");
  }

  @Test
  void anAgentThatIsNotThereIsNotReached() throws IOException {
    runs = false;
    Holds.Answer answer = holds().freeze(List.of("md1"), 1, 30, "me", "en");
    assertThat(answer.status()).isEqualTo(Holds.UNREACHED);
    assertThat(answer.said()).containsExactly("no such file");
    assertThat(done()).containsExactly("before", "backup.freeze", "after");
  }

  @Test
  void aSecondScriptThatFailsIsSaid() throws IOException {
    hooks = new Hooks(null, script("after", 3), 10 * SECOND);
    AgentHolds h = holds();
    h.freeze(List.of("md1"), 1, 30, "me", "en");
    h.thaw(List.of("md1"), "en");
    assertThat(log.getLast().code()).isEqualTo("backup.hook-after-failed");
  }

  @Test
  void rule10ABriefCutHasTheScriptsOnBothSides() throws IOException {
    Holds.Answer answer = holds().cut(List.of("md1", "md2"), 255, 1500, "me", "en");
    assertThat(answer.status()).isZero();
    assertThat(said).containsExactly("backup.cut disks=md1,md2 max=1500 cut=ff by=me");
    assertThat(done()).containsExactly("before", "backup.cut", "after");
    freezeStatus = 1;
    assertThat(holds().cut(List.of("md1"), 255, 1500, "me", "en").status()).isEqualTo(1);
    assertThat(done()).endsWith("before", "backup.cut", "after");
  }

  @Test
  void aBriefCutIsNotTakenIfTheFirstScriptFails() throws IOException {
    hooks = new Hooks(script("before", 7), script("after", 0), 10 * SECOND);
    assertThat(holds().cut(List.of("md1"), 1, 1500, "me", "en").status()).isEqualTo(1);
    assertThat(said).isEmpty();
    assertThat(done()).containsExactly("before", "after");
  }

  @Test
  void snapshotsAreDeletedOneByOneAndTheFirstThatFailsIsTold() {
    assertThat(holds().forget(List.of("md1", "md2"), 255, "en").status()).isZero();
    assertThat(said).containsExactly("snapshot.delete md1 cut=ff", "snapshot.delete md2 cut=ff");
    freezeStatus = 1;
    assertThat(holds().forget(List.of("md1"), 255, "en").said()).containsExactly("it says so");
    failsFor = "md1";
    assertThat(holds().forget(List.of("md1", "md2"), 255, "en").status())
        .as("the second one went well")
        .isEqualTo(1);
    failsFor = "md2";
    assertThat(holds().forget(List.of("md1", "md2"), 255, "en").status()).isEqualTo(1);
  }

  @Test
  void aComparisonThatIsUnderWayOrHasFoundSomethingHasBegun() {
    assertThat(holds().verify(List.of("md1"), "en").status()).isZero();
    freezeStatus = 1;
    assertThat(holds().verify(List.of("md1"), "en").status()).as("it says no").isEqualTo(1);
    found = Map.of("differing", "2");
    assertThat(holds().verify(List.of("md1"), "en").status()).isZero();
    found = Map.of();
    goesOn = true;
    assertThat(holds().verify(List.of("md1"), "en").status()).isZero();
    assertThat(said).contains("mirror.verify md1");
  }

  @Test
  void withoutScriptsNothingIsOwed() throws IOException {
    hooks = null;
    AgentHolds h = holds();
    h.freeze(List.of("md1"), 1, 30, "me", "en");
    assertThat(folder.resolve("owed")).doesNotExist();
    h.thaw(List.of("md1"), "en");
    assertThat(done()).containsExactly("backup.freeze", "backup.thaw");
  }
}
