// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.backup.BackupNotice;
import io.meikyo.cluster.backup.Holds;
import io.meikyo.cluster.backup.image.ImageJobs.State;
import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.Phase;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Backups by one command: who writes, the order of the steps, what is refused and what is undone.
 * Server2 is played by the same routes, over the seam between members.
 */
@Timeout(120)
class CreateRoutesTest {
  private final OneMember member = new OneMember();

  /** What server2 was asked for. */
  private final List<String> calls = new CopyOnWriteArrayList<>();

  private Map<String, @Nullable Object> job = Map.of();

  @BeforeEach
  void runs() throws Exception {
    member.await(v -> {
      GroupState g = v.state().groups().get("failover1");
      return g != null && g.phase() == Phase.ONLINE;
    });
    member.puts("server2", new Command.Running(true));
    member.active(0, 3);
    member.await(v -> v.state().server("server2").running());
    member.peers =
        r -> {
          calls.add(r.method() + " " + r.path());
          HttpSeam.Request wired = PeerCall.request(PeerCall.encode(r));
          return CompletableFuture.completedFuture(member.routes.handle(wired));
        };
  }

  @AfterEach
  void close() {
    member.close();
  }

  /** Gives an order, and tells its steps and its end. */
  private String order(String... query) throws Exception {
    member.hears("server2");
    return told(member.ask("POST", "/v1/backup/create", query));
  }

  private String told(HttpSeam.Response first) {
    job = JsonText.object(first.json());
    while (job.get("end") == null) {
      String number = String.valueOf(job.get("job"));
      job = JsonText.object(member.ask("GET", "/v1/backup/create", "job", number).json());
    }
    List<String> all = new ArrayList<>();
    if (job.get("steps") instanceof List<?> steps) {
      for (Object s : steps) {
        Map<?, ?> step = (Map<?, ?>) s;
        all.add((step.get("what") + " " + step.get("about")).strip());
      }
    }
    all.add(String.valueOf(job.get("end")));
    if (job.get("notices") instanceof List<?> notices) {
      notices.forEach(n -> all.add(String.valueOf(((Map<?, ?>) n).get("code"))));
    }
    return String.join("; ", all);
  }

  private List<String> holdsAsked() {
    return member.holds.asked;
  }

  // ---- the good way

  @Test
  void theStandbyWritesAndTheOtherSnapshotGoesWithTheVerdict() throws Exception {
    member.images.states.addAll(List.of(State.WAITING, State.COMPLETE));

    String told = order("to", "/backups", "max", "500", "rate", "1000", "by", "me");

    String id = String.valueOf(job.get("id"));
    String folder = "/backups/" + id;
    assertThat(told)
        .isEqualTo(
            "CHOSEN server2; CUTTING server1; CUT md1; READING server2; JUDGED PROVEN; COMPLETE "
                + folder
                + "; DONE; create.written");
    assertThat(holdsAsked()).containsExactly("cut md1 500 me", "forget md1");
    assertThat(calls)
        .startsWith("POST /v1/agent/image/check", "POST /v1/agent/image", "GET /v1/agent/image")
        .doesNotContain("POST /v1/agent/forget");
    assertThat(member.images.asked)
        .containsExactly(
            "against /backups md1",
            "start {md1=Still[active=server1, heldMicros=1200, stalledMicros=34000]}"
                + " /backups 1000 me 99");
    assertThat(job)
        .containsEntry("server", "server2")
        .containsEntry("done", 100L)
        .containsEntry("total", 100L)
        .containsEntry("verdict", "PROVEN")
        .containsEntry("place", folder);
    // Monitoring, failover and start modes are as ever.
    assertThat(member.driver.view().state().backup()).isEqualTo(BackupMode.OFF);
    assertThat(member.driver.view().state().suspension().on()).isFalse();
    assertThat(member.driver.view().state().server("server1").startMode())
        .isEqualTo(StartMode.AUTO);
  }

  /** The other replica's snapshot is what proves the image: it goes when the verdict is known. */
  @Test
  void untilTheVerdictIsKnownNoSnapshotGoes() throws Exception {
    member.images.states.addAll(List.of(State.WRITING, State.WRITING, State.COMPLETE));
    List<List<String>> atEachLook = new CopyOnWriteArrayList<>();
    member.peers =
        r -> {
          if (r.method().equals("GET")) {
            atEachLook.add(List.copyOf(holdsAsked()));
          }
          return CompletableFuture.completedFuture(member.routes.handle(r));
        };
    assertThat(order("to", "/backups")).contains("; DONE;");
    assertThat(atEachLook)
        .hasSize(3)
        .allSatisfy(asked -> assertThat(asked).containsExactly("cut md1 2000 server1"));
    assertThat(holdsAsked()).endsWith("forget md1");
  }

  @Test
  void theActiveMayWriteItself() throws Exception {
    member.images.states.add(State.COMPLETE);
    assertThat(order("to", "/backups", "on", "server1"))
        .startsWith("CHOSEN server1")
        .contains("; DONE; create.written");
    assertThat(calls).containsExactly("POST /v1/agent/forget");
  }

  @Test
  void orderedOnTheStandbyTheActiveIsAskedToCut() throws Exception {
    member.active(1, 3);
    member.images.states.add(State.COMPLETE);
    assertThat(order("to", "/backups"))
        .startsWith("CHOSEN server1; CUTTING server2; CUT md1; READING server1");
    assertThat(calls).containsExactly("POST /v1/agent/cut", "POST /v1/agent/forget");
    assertThat(holdsAsked()).startsWith("cut md1 2000 server1");
  }

  @Test
  void withoutAFolderTheSnapshotIsKeptAndNamed() throws Exception {
    member.images.states.add(State.KEPT);
    assertThat(order()).endsWith("JUDGED PROVEN; COMPLETE; DONE; create.kept");
    assertThat(String.valueOf(job.get("notices"))).contains("md1@" + job.get("id"));
    assertThat(member.images.asked.getFirst()).isEqualTo("against null md1");
  }

  @Test
  void rule8WhatIsNotProvenSaysSo() throws Exception {
    member.images.verdict = CutStatus.UNPROVEN;
    member.images.states.add(State.COMPLETE);
    assertThat(order("to", "/backups")).endsWith("; DONE; create.unproven; create.written");
  }

  // ---- refused

  @Test
  void refusalsChangeNothing() throws Exception {
    assertThat(order("disks", "md7")).isEqualTo("REFUSED; create.no-mirror");
    assertThat(order("on", "server9")).isEqualTo("REFUSED; create.no-replica");
    member.active(0, 1);
    assertThat(order()).isEqualTo("REFUSED; create.not-in-sync");
    member.active(-1, 3);
    assertThat(order()).isEqualTo("REFUSED; create.inactive");
    member.active(0, 3);
    assertThat(member.ask("POST", "/v1/backup/create", "max", "99").status()).isEqualTo(400);
    assertThat(member.ask("POST", "/v1/backup/create", "max", "60001").status()).isEqualTo(400);
    assertThat(member.ask("POST", "/v1/backup/create", "to", "here").status()).isEqualTo(400);
    assertThat(member.ask("POST", "/v1/backup/create", "rate", "-1").status()).isEqualTo(400);
    assertThat(holdsAsked()).isEmpty();
    assertThat(member.images.asked).isEmpty();
  }

  @Test
  void inBackupModeItIsRefused() throws Exception {
    member.says(
        new Command.BeginBackup("them", 7, 60_000, new TreeMap<>(Map.of("md1", "server1"))));
    member.await(v -> v.state().backup().on());
    assertThat(order()).isEqualTo("REFUSED; create.backup-mode");
    assertThat(holdsAsked()).isEmpty();
  }

  @Test
  void aServerThatIsNotHeardIsNamed() throws Exception {
    member.hears("server2");
    member.await(v -> v.health().get("server2") != Health.UP);
    assertThat(told(member.ask("POST", "/v1/backup/create"))).isEqualTo("REFUSED; create.away");
    assertThat(holdsAsked()).isEmpty();
  }

  @Test
  void whatSpeaksAgainstTheFolderIsSaidBeforeACutIsTaken() throws Exception {
    member.images.against = List.of(Notice.of(BackupNotice.NO_MIRROR));
    assertThat(order("to", "/backups")).isEqualTo("REFUSED; create.against");
    assertThat(String.valueOf(job.get("said"))).contains("There is no mirror disk.");
    assertThat(holdsAsked()).isEmpty();
  }

  @Test
  void aWriterThatDoesNotAnswerIsRefusedBeforeACutIsTaken() throws Exception {
    member.peers = r -> CompletableFuture.failedFuture(new IOException("cut off"));
    assertThat(order("to", "/backups")).isEqualTo("REFUSED; create.against");
    assertThat(String.valueOf(job.get("said"))).contains("cut off");
    assertThat(holdsAsked()).isEmpty();
  }

  @Test
  void whatTheAgentRefusesIsRefused() throws Exception {
    member.holds.freezeStatus = Holds.REFUSED;
    assertThat(order()).endsWith("CUTTING server1; REFUSED; create.cut-failed");
    assertThat(holdsAsked()).hasSize(1);
  }

  @Test
  void oneIsDoneAfterTheOther() throws Exception {
    CompletableFuture<Boolean> cuts = new CompletableFuture<>();
    CompletableFuture<Boolean> mayGoOn = new CompletableFuture<>();
    member.holds.meanwhile =
        () -> {
          cuts.complete(true);
          mayGoOn.join();
        };
    member.images.states.add(State.COMPLETE);
    member.hears("server2");
    HttpSeam.Response first = member.ask("POST", "/v1/backup/create", "to", "/backups");
    cuts.join();
    assertThat(order("to", "/backups")).isEqualTo("REFUSED; create.busy");
    mayGoOn.complete(true);
    assertThat(told(first)).contains("; DONE;");
  }

  // ---- failures

  @Test
  void aCutThatFailsIsUndoneEverywhere() throws Exception {
    member.holds.freezeStatus = 1;
    assertThat(order("to", "/backups"))
        .isEqualTo("CHOSEN server2; CUTTING server1; ROLLED_BACK; FAILED; create.cut-failed");
    assertThat(String.valueOf(job.get("said"))).contains("the file system is busy");
    assertThat(holdsAsked()).containsExactly("cut md1 2000 server1", "forget md1", "forget md1");
    assertThat(calls).contains("POST /v1/agent/forget").doesNotContain("POST /v1/agent/image");
  }

  @Test
  void aCutOfWhichNobodyKnowsIsNoBackup() throws Exception {
    member.holds.freezeStatus = Holds.UNREACHED;
    assertThat(order("to", "/backups")).endsWith("ROLLED_BACK; UNREACHED; create.cut-unknown");
    assertThat(holdsAsked()).contains("forget md1");
  }

  @Test
  void aWriterThatIsLostAfterTheCutLeavesNoSnapshots() throws Exception {
    member.peers =
        r ->
            r.path().equals("/v1/agent/image")
                ? CompletableFuture.failedFuture(new IOException("cut off"))
                : CompletableFuture.completedFuture(member.routes.handle(r));
    assertThat(order("to", "/backups")).endsWith("CUT md1; ROLLED_BACK; FAILED; create.away");
    assertThat(holdsAsked()).endsWith("forget md1", "forget md1");
  }

  @Test
  void neverFalselyGoodWhenTheImageFails() throws Exception {
    member.images.states.addAll(List.of(State.WRITING, State.FAILED));
    member.images.verdict = CutStatus.NONE;
    member.images.why = List.of(Notice.of(BackupNotice.NOT_ON));
    assertThat(order("to", "/backups")).endsWith("READING server2; FAILED; create.image-failed");
    assertThat(String.valueOf(job.get("said"))).contains("Backup mode is not on");
    assertThat(holdsAsked()).endsWith("forget md1");
  }

  @Test
  void law6UnequalReplicasFailItAndAreCompared() throws Exception {
    member.images.verdict = CutStatus.UNEQUAL;
    member.images.states.add(State.FAILED);
    assertThat(order("to", "/backups"))
        .endsWith("JUDGED UNEQUAL; VERIFYING md1; FAILED; create.unequal; create.image-failed");
    assertThat(holdsAsked()).endsWith("verify md1");
  }

  @Test
  void law6WhateverTheWriterThinksOfItUnequalIsNotGood() throws Exception {
    member.images.verdict = CutStatus.UNEQUAL;
    member.images.states.add(State.COMPLETE);
    member.holds.verifyStatus = 1;
    assertThat(order("to", "/backups"))
        .endsWith("FAILED; create.unequal; create.not-verified; create.image-failed");
  }

  @Test
  void aWriterThatForgetsItFailsIt() throws Exception {
    assertThat(order("to", "/backups")).endsWith("READING server2; FAILED; create.image-unknown");
  }

  @Test
  void aWriterThatIsAwayForAMomentIsAskedAgain() throws Exception {
    member.images.states.addAll(List.of(State.WRITING, State.COMPLETE));
    List<String> fails = new ArrayList<>(List.of("once", "twice"));
    member.peers =
        r ->
            r.method().equals("GET") && !fails.isEmpty() && fails.removeFirst() != null
                ? CompletableFuture.failedFuture(new IOException("cut off"))
                : CompletableFuture.completedFuture(member.routes.handle(r));
    assertThat(order("to", "/backups")).contains("; DONE; create.written");
  }

  @Test
  void anOrderThatIsNotKnownIsSaid() {
    HttpSeam.Response answer = member.ask("GET", "/v1/backup/create", "job", "77");
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.json()).contains("create.unknown-job");
  }

  @Test
  void membersAreAskedWithWholeWords() {
    HttpSeam.Response answer =
        member.ask(
            "POST",
            "/v1/agent/image",
            "cut",
            "ff",
            "disks",
            "md1,md2",
            "active",
            "server1",
            "held",
            "1,2",
            "stalled",
            "3,4",
            "taken",
            "5");
    assertThat(answer.status()).as("one of two actives").isEqualTo(400);
    assertThat(member.ask("POST", "/v1/agent/cut", "disks", "md1", "cut", "x").status())
        .isEqualTo(400);
    assertThat(member.images.asked).isEmpty();
  }
}
