// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import static io.meikyo.cluster.consensus.Member.applied;
import static io.meikyo.cluster.consensus.Member.await;
import static io.meikyo.cluster.consensus.Member.propose;
import static io.meikyo.cluster.consensus.Member.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.cluster.consensus.GroupJournal.Stage;
import io.meikyo.cluster.consensus.Member.Words;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.ratis.server.RaftServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the contract does not see: folders, crashes between two steps, an engine that stops. */
class RatisStoreTest {
  private static final UUID GROUP = new UUID(11, 22);

  @TempDir Path folder;
  private Member one;

  @BeforeEach
  void member() throws IOException {
    one = new Member("server1#1", folder.resolve("one"), null);
  }

  // Folders.

  @Test
  void aFolderThatIsForgottenIsRefused() {
    for (String bad : new String[] {"/tmp/log", "/dev/shm/log", "/run/log"}) {
      MemberSetup setup =
          new MemberSetup(one.voter, Path.of(bad), Timing.CALM, null, false, one.said::add);
      assertThatThrownBy(() -> new RatisStore(setup))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("must not forget");
    }
  }

  @Test
  void aFolderWhoseNameTheEngineMisreadsIsRefused() {
    for (String bad : new String[] {"a,b", "a${b}"}) {
      Member member = new Member(one.voter, folder.resolve(bad), null);
      assertThatThrownBy(member::boot).isInstanceOf(IOException.class).hasMessageContaining(bad);
    }
  }

  @Test
  void aFolderHasOneProcessAndOneMember() throws IOException {
    try (RatisStore store = one.boot()) {
      Member same = new Member("server1#1", one.folder, null);
      assertThatThrownBy(same::boot).hasStackTraceContaining("verlapping");
      assertThat(store.local()).isEmpty();
    }
    Member other = new Member("server1#2", one.folder, null);
    assertThatThrownBy(other::boot)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("server1#1");
    one.boot().close();
  }

  @Test
  void aPortThatIsTakenIsAnErrorAndNotTheEndOfTheProcess() throws IOException {
    int port = Integer.parseInt(one.voter.address().substring("127.0.0.1:".length()));
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(one::boot)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(one.voter.address());
      assertThat(taken.isBound()).isTrue();
    }
    one.boot().close();
  }

  // Crashes between two steps, made by putting the folder as they leave it.

  private Sealed leaveSealed() throws IOException {
    try (RatisStore store = one.boot()) {
      ConsensusLog log = store.create(GROUP, new Words());
      applied(log, "a", "b");
      return log.seal();
    }
  }

  private void leaveThere() throws IOException {
    try (RatisStore store = one.boot()) {
      applied(store.create(GROUP, new Words()), "a", "b");
    }
    Files.move(path("open"), path("closed"));
  }

  private Path path(String place) {
    return one.folder.resolve(place).resolve(GROUP.toString());
  }

  private GroupJournal journal() throws IOException {
    return GroupJournal.open(one.folder.resolve("groups"), one.voter.id());
  }

  private void opensWith(String... expected) throws IOException {
    try (RatisStore store = one.boot()) {
      assertThat(store.local()).containsExactly(GROUP);
      assertThat(store.sealed(GROUP)).isNull();
      Words words = new Words();
      ConsensusLog log = store.open(GROUP, words);
      applied(log, "again");
      assertThat(words.words())
          .containsExactlyElementsOf(
              Stream.concat(Arrays.stream(expected), Stream.of("again")).toList());
    }
  }

  @Test
  void sealingBrokenOffBeforeTheJournalIsNoSealing() throws IOException {
    leaveThere();
    new StateFile(new io.meikyo.core.consensus.LogPosition(1, 1), new byte[0], new byte[] {'x'})
        .write(one.folder.resolve("sealed").resolve(GROUP + ".state"));
    opensWith("a", "b");
  }

  @Test
  void sealingBrokenOffBehindTheJournalIsSealed() throws IOException {
    Sealed sealed = leaveSealed();
    for (String place : List.of("open", "closed")) {
      Files.move(path("sealed"), path(place));
      try (RatisStore store = one.boot()) {
        assertThat(store.local()).isEmpty();
        assertThat(words(store.sealed(GROUP))).containsExactly("a", "b");
        assertThat(store.sealed(GROUP).at()).isEqualTo(sealed.at());
        assertThat(path("sealed")).exists();
        assertThatThrownBy(() -> store.open(GROUP, new Words()))
            .isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void openingBrokenOffIsNothing() throws IOException {
    leaveThere();
    Files.move(path("closed"), path("open"));
    opensWith("a", "b");
  }

  @Test
  void creatingBrokenOffLeavesNothing() throws IOException {
    one.boot().close();
    journal().note(GROUP, Stage.CREATING);
    notHereThenCreated();
  }

  @Test
  void creatingBrokenOffWithFilesLeavesNothing() throws IOException {
    leaveThere();
    Files.delete(one.folder.resolve("groups"));
    journal().note(GROUP, Stage.CREATING);
    Files.move(path("closed"), path("open"));
    notHereThenCreated();
    assertThat(Files.list(one.folder.resolve("retired"))).as("what was there is kept").hasSize(1);
  }

  private void notHereThenCreated() throws IOException {
    try (RatisStore store = one.boot()) {
      assertThat(store.local()).isEmpty();
      Words words = new Words();
      applied(store.create(GROUP, words), "c");
      assertThat(words.words()).containsExactly("c");
    }
  }

  @Test
  void joiningBrokenOffBeforeItHasFilesLeavesNothing() throws IOException {
    one.boot().close();
    journal().note(GROUP, Stage.JOINING);
    Files.createDirectories(path("open"));
    try (RatisStore store = one.boot()) {
      assertThat(store.local()).isEmpty();
      store.join(GROUP, new Words());
    }
  }

  @Test
  void joiningBrokenOffWithFilesIsJoined() throws IOException {
    leaveThere();
    Files.delete(one.folder.resolve("groups"));
    journal().note(GROUP, Stage.JOINING);
    Files.move(path("closed"), path("open"));
    opensWith("a", "b");
  }

  @Test
  void puttingAsideBrokenOffIsFinished() throws IOException {
    leaveSealed();
    journal().note(GROUP, Stage.RETIRED);
    try (RatisStore store = one.boot()) {
      assertThat(path("retired")).exists();
      assertThat(path("sealed")).doesNotExist();
      assertThat(words(store.sealed(GROUP))).containsExactly("a", "b");
    }
  }

  @Test
  void foldersOfOthersStayWhereTheyAre() throws IOException {
    one.boot().close();
    Files.createDirectories(one.folder.resolve("open").resolve("lost+found"));
    one.boot().close();
    assertThat(one.folder.resolve("open").resolve("lost+found")).exists();
  }

  // An engine that stops.

  @Test
  void anEngineThatClosesItselfIsStartedAgain() throws IOException {
    try (RatisStore store = one.boot()) {
      Words words = new Words();
      ConsensusLog log = store.create(GROUP, words);
      applied(log, "a", "b");
      RaftServer before = store.engine().server();
      before.close();
      applied(log, "c");
      assertThat(words.words()).containsExactly("a", "b", "c");
      assertThat(store.engine().server()).isNotSameAs(before);
      assertThat(one.said).anyMatch(line -> line.contains("started again"));
      assertThat(words(log.seal())).containsExactly("a", "b", "c");
    }
  }

  @Test
  void anEngineThatCannotWriteIsStartedAgain() throws IOException {
    try (RatisStore store = one.boot()) {
      Words words = new Words();
      RatisLog log = (RatisLog) store.create(GROUP, words);
      applied(log, "a");
      RaftServer before = store.engine().server();
      log.newEngineState().notifyLogFailed(new IOException("no space"), null);
      await(
          () -> store.engine().server() != null && store.engine().server() != before,
          "a new engine");
      applied(log, "b");
      assertThat(words.words()).containsExactly("a", "b");
      assertThat(one.said).anyMatch(line -> line.contains("no space"));
    }
  }

  @Test
  void nothingRunsAfterItIsClosed() throws IOException {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    try (RatisStore store = one.boot()) {
      applied(store.create(GROUP, new Words()), "a");
      assertThat(threads(before)).isNotEmpty();
    }
    await(() -> threads(before).isEmpty(), "the end of what the store has started");
  }

  /**
   * The workers that all of gRPC shares do not count: they belong to whoever came first, and an
   * idle one stays for a minute.
   */
  private List<String> threads(Set<Thread> before) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !before.contains(thread))
        .map(Thread::getName)
        .filter(name -> name.contains(one.voter.id()) || name.startsWith("grpc-nio"))
        .toList();
  }

  @Test
  void aCommandThatIsTooLargeIsRefused() throws IOException {
    try (RatisStore store = one.boot()) {
      ConsensusLog log = store.create(GROUP, new Words());
      applied(log, "x".repeat(RatisSettings.COMMAND_BYTES_MAX));
      assertThat(propose(log, "x".repeat(RatisSettings.COMMAND_BYTES_MAX + 1)))
          .isInstanceOf(Outcome.Refused.class);
      applied(log, "y");
    }
  }
}
