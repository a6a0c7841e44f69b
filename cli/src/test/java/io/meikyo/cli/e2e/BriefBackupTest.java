// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Cuts that are let go at once, of a mounted ext4 on which writers verify: the snapshots of both
 * servers are the same, clean, and read while writes go on.
 */
@Timeout(600)
class BriefBackupTest {
  private static final int WRITERS = 2;
  private static final int SECONDS = 30;
  private static final int SOME = 5;
  private static long cuts = 0xb1e0;

  private MountedDisk disk;
  private Load load;
  private Server one;
  private Server two;

  @BeforeEach
  void begin() throws Exception {
    MountedDisk.assume("ext4");
    assumeThat(MountedDisk.has("fsfreeze")).as("fsfreeze is installed").isTrue();
    assumeThat(MountedDisk.has("nbdcopy")).as("nbdcopy is installed").isTrue();
    disk = MountedDisk.make("ext4", "noatime");
    one = disk.pair.one;
    two = disk.pair.two;
    load = new Load(disk.at, WRITERS, 1, disk.pair::words);
    load.start();
    disk.pair.awaitInSync(one);
    goesOn("before");
  }

  @AfterEach
  void end() throws Exception {
    try {
      if (load != null) {
        load.close();
      }
    } finally {
      if (disk != null) {
        disk.close();
      }
    }
  }

  private void goesOn(String when) throws Exception {
    load.more(SOME, SECONDS, when);
  }

  private static String id() {
    return Long.toHexString(cuts);
  }

  private Server.Said cut(int millis) throws IOException {
    cuts++;
    return one.backup("cut", "md1", "max=" + millis, "cut=" + id(), "by=test");
  }

  private void stands() throws IOException {
    Server.Said said = cut(10_000);
    assertThat(said.status()).as("cut: %s%n%s", said.text(), disk.pair.words()).isZero();
    assertThat(said.facts())
        .containsEntry("cut", id())
        .containsEntry("frozen.md1", "true")
        .containsEntry("mounts.md1", disk.at.toString());
    long held = Long.parseLong(said.facts().get("held.md1"));
    long stalled = Long.parseLong(said.facts().get("stalled.md1"));
    assertThat(held).isPositive();
    assertThat(stalled).isGreaterThan(held);
  }

  private static Map<String, String> snapshots(Server s) throws IOException {
    return s.ask(List.of("snapshot.list")).facts();
  }

  private static void mustDo(Server s, String command, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("snapshot." + command, "md1"));
    words.add("cut=" + id());
    words.addAll(List.of(options));
    Server.Said said = s.ask(words);
    assertThat(said.status()).as("%s: %s", words, said.text()).isZero();
  }

  /** A copy of the snapshot of a server, by a foreign client. */
  private Path copy(Server s) throws Exception {
    mustDo(s, "keep", "by=test");
    String name = "md1@" + id();
    String socket = snapshots(s).get("socket." + name);
    Path to = disk.pair.folder.resolve(s.name() + "." + id());
    disk.run("nbdcopy", "nbd+unix:///" + name + "?socket=" + socket, to.toString());
    return to;
  }

  private void judged(Server s, String... verdicts) throws Exception {
    Await.that(
        SECONDS,
        s.name() + " knows what the cut is worth",
        disk.pair::words,
        () -> List.of(verdicts).contains(snapshots(s).get("cutStatus.md1@" + id())));
  }

  @Test
  void bothSnapshotsAreTheSameAndCleanWhileWritersGoOn() throws Exception {
    for (int i = 0; i < 3; i++) {
      Path known = disk.at.resolve("known" + i);
      Files.writeString(known, "written before cut " + i);
      stands();
      Files.writeString(known, "written afterwards, longer");
      goesOn("after cut " + i);
      Path first = copy(one);
      Path second = copy(two);
      goesOn("after the copies " + i);
      assertThat(Files.mismatch(first, second)).as("first byte that differs").isEqualTo(-1);
      disk.run("e2fsck", "-fn", second.toString());
      assertThat(disk.run("debugfs", "-R", "cat /known" + i, second.toString()))
          .contains("written before cut " + i);
      judged(one, "PROVEN");
      judged(two, "PROVEN");
      for (Server s : List.of(one, two)) {
        mustDo(s, "delete");
        assertThat(snapshots(s)).containsEntry("snapshots", "");
        assertThat(s.fact("flag")).isEqualTo("false");
      }
      Files.delete(first);
      Files.delete(second);
    }
    load.finish();
    disk.unmount();
    disk.check();
    disk.replicasAreEqual();
    disk.mount("noatime");
    load.check();
  }

  @Test
  void whatIsNotDoneInTimeIsUndone() throws Exception {
    Server.Said said = cut(1);
    assertThat(said.status()).as(said.text()).isEqualTo(1);
    goesOn("after the deadline");
    assertThat(snapshots(one)).doesNotContainKey("state.md1@" + id());
    stands();
    goesOn("after the next one");
    mustDo(one, "delete");
    mustDo(two, "delete");
  }

  @Test
  void withoutThePeerItIsRefused() throws Exception {
    two.agent().kill();
    one.await(SECONDS, "peers.server2.connected", "false");
    assertThat(cut(2000).status()).isEqualTo(4);
    assertThat(two.agent().isAlive()).isFalse();
    goesOn("without the peer");
    two.startNow();
    disk.pair.awaitInSync(one);
    stands();
  }

  /** The image is read on the standby, which needs nobody for it. */
  @Test
  void theStandbysSnapshotOutlivesTheAgentOfTheActive() throws Exception {
    Files.writeString(disk.at.resolve("known"), "written before the cut");
    stands();
    mustDo(two, "keep", "by=test");
    one.agent().kill();
    one.startNow();
    goesOn("after kill -9 of the agent");
    judged(two, "PROVEN", "UNPROVEN");
    Path image = copy(two);
    disk.run("e2fsck", "-fn", image.toString());
    assertThat(disk.run("debugfs", "-R", "cat /known", image.toString()))
        .contains("written before the cut");
    assertThat(snapshots(one)).doesNotContainKey("state.md1@" + id());
  }
}
