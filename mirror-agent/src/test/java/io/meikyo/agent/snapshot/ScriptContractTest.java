// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.snapshot.SnapWorld.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The script that is an example for administrators, and some that go wrong. */
class ScriptContractTest extends ProviderContract {
  private static final Path EXAMPLE = Path.of("../packaging/snapshots/reflink-copy");

  private @Nullable SmallFileSystem disks;

  @BeforeEach
  void begin() throws IOException {
    disks = SmallFileSystem.mount(temp, "xfs", "-m", "reflink=1");
  }

  @AfterEach
  void unmount() {
    if (disks != null) {
      disks.close();
    }
  }

  @Override
  Path folder() {
    return Objects.requireNonNull(disks).at;
  }

  @Override
  ProviderSpec spec() {
    return spec(EXAMPLE.toAbsolutePath().normalize(), ProviderSpec.USUAL_NANOS);
  }

  private static ProviderSpec spec(Path script, long nanos) {
    return new ProviderSpec(ProviderSpec.Kind.SCRIPT, null, script, nanos);
  }

  @Override
  List<String> left() throws IOException {
    try (Stream<Path> all = Files.list(folder())) {
      return all.map(Path::toString).filter(p -> p.endsWith(".copy")).toList();
    }
  }

  @Override
  boolean fill() {
    return false; // the room that copies need is the script's affair
  }

  @Override
  void empty() {}

  // ---- other scripts

  private SnapWorld script(long nanos, String... lines) throws Exception {
    Path script = temp.resolve("script");
    String log = "echo \"$*\" >> " + temp.resolve("log") + "\n";
    Files.writeString(script, "#!/bin/sh\n" + log + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return new SnapWorld(Kind.THREADS, folder(), place(), spec(script, nanos));
  }

  private List<String> log() throws IOException {
    return Files.readAllLines(temp.resolve("log"));
  }

  private void notTaken(String reason, String... lines) throws Exception {
    try (SnapWorld w = script(ProviderSpec.USUAL_NANOS, lines)) {
      assertThat(w.take(0xa1)).isFalse();
      assertThat(w.notices.toString()).contains(reason);
      w.writeMuch(new Random(1), 1);
      w.await("it is told to remove what may be there", this::deleted);
      assertThat(w.on(w.snapshots::views)).isEmpty();
    }
  }

  private boolean deleted() {
    try {
      return log().contains("delete md1 a1");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatItMaySayWrongCostsTheCutAndNothingElse() throws Exception {
    String take = "[ \"$1\" = take ] || exit 0";
    notTaken("exit status 3: the array is full", take, "echo the array is full >&2; exit 3");
    notTaken("no answer is", take, "echo well");
    notTaken("no answer is", take);
    notTaken("no answer is", take, "echo /one; echo /two");
    notTaken("ENOENT", take, "echo /nowhere/image");
    notTaken("is no file and no disk", take, "echo /dev/null");
    notTaken(" B, not ", take, "f=" + temp.resolve("short") + "; echo x > $f; echo $f");
  }

  @Test
  void oneThatHangsIsKilledWithItsChildren() throws Exception {
    Path late = temp.resolve("late");
    try (SnapWorld w =
        script(
            TimeUnit.MILLISECONDS.toNanos(300),
            "[ \"$1\" = take ] || exit 0",
            "(sleep 61; touch " + late + ") &",
            "wait")) {
      assertThat(w.take(0xa1)).isFalse();
      assertThat(w.notices.toString()).contains("did not end within 300 ms");
      w.await("it is told to remove what may be there", this::deleted);
      assertThat(ProcessHandle.current().descendants().map(p -> p.info().commandLine().orElse("")))
          .noneMatch(line -> line.contains("sleep 61"));
    }
  }

  /** Nobody reads it here: it stands, is kept over a restart, and has no export and no bytes. */
  @Test
  void oneThatIsElsewhereStandsByItsName() throws Exception {
    Path taken = temp.resolve("taken");
    String[] lines = {
      "[ $1 != take ] || touch " + taken,
      "case $1 in",
      "take|open) echo \"image elsewhere snap-$3 of $MEIKYO_DATA $MEIKYO_CLUSTER $MEIKYO_BYTES\";;",
      "list) [ ! -e " + taken + " ] || echo a1;;",
      "esac"
    };
    String where =
        "snap-a1 of "
            + folder().resolve("data")
            + " "
            + folder().resolve("cluster")
            + " "
            + SnapWorld.BLOCKS * SnapWorld.BLOCK;
    try (SnapWorld w = script(ProviderSpec.USUAL_NANOS, lines)) {
      assertThat(w.take(0xa1)).isTrue();
      assertThat(w.view(0xa1).elsewhere()).isEqualTo(where);
      assertThat(w.on(() -> w.snapshots.adopt(0xa1, "me"))).isEqualTo(Snapshots.Adoption.DONE);
      assertThat(w.on(() -> w.snapshots.readable(0xa1))).isFalse();
      assertThat(w.on(() -> w.exports.keySet())).isEmpty();
      w.writeMuch(new Random(1), 1);
    }
    try (SnapWorld w = script(ProviderSpec.USUAL_NANOS, lines)) {
      w.await("it is found", () -> w.snapshots.views().getFirst().elsewhere().equals(where));
      assertThat(log()).contains("list md1", "open md1 a1").doesNotContain("delete md1 a1");
      w.run(() -> w.snapshots.delete(0xa1));
      w.await("it is removed", this::deleted);
    }
  }

  /** What cannot be opened for a while is not given up, and above all not deleted. */
  @Test
  void aCloudThatDoesNotAnswerForAWhileHasLostNothing() throws Exception {
    Path away = temp.resolve("away");
    Path taken = temp.resolve("taken");
    String[] lines = {
      "[ $1 != take ] || touch " + taken,
      "[ \"$1\" = take ] || [ ! -e " + away + " ] || exit 7",
      "case $1 in take|open) echo \"image elsewhere x\";;",
      "list) [ ! -e " + taken + " ] || echo a1;; esac"
    };
    try (SnapWorld w = script(ProviderSpec.USUAL_NANOS, lines)) {
      assertThat(w.take(0xa1)).isTrue();
      assertThat(w.on(() -> w.snapshots.adopt(0xa1, "me"))).isEqualTo(Snapshots.Adoption.DONE);
    }
    Files.createFile(away);
    try (SnapWorld w = script(ProviderSpec.USUAL_NANOS, lines)) {
      w.await("it is said", () -> w.notices.toString().contains("exit status 7"));
      assertThat(w.view(0xa1).stands()).isTrue();
      assertThat(w.view(0xa1).elsewhere()).isEmpty();
      Files.delete(away);
      w.await(
          "it is found",
          () -> {
            w.loop.pass(TimeUnit.SECONDS.toNanos(30));
            return w.snapshots.views().getFirst().elsewhere().equals("x");
          });
      assertThat(log()).doesNotContain("delete md1 a1");
    }
  }

  @Test
  void oneThatTheProviderHasForgottenIsLost() throws Exception {
    String[] lines = {"case $1 in take|open) echo \"image elsewhere x\";; esac"};
    try (SnapWorld w = script(ProviderSpec.USUAL_NANOS, lines)) {
      assertThat(w.take(0xa1)).isTrue();
      assertThat(w.on(() -> w.snapshots.adopt(0xa1, "me"))).isEqualTo(Snapshots.Adoption.DONE);
    }
    try (SnapWorld w = script(ProviderSpec.USUAL_NANOS, lines)) {
      w.await("it is lost", () -> !w.snapshots.views().getFirst().stands());
      w.assertSaid(SnapshotNotice.GONE);
      w.run(() -> w.snapshots.delete(0xa1));
      w.await("it is told to remove what may be left", this::deleted);
    }
  }
}
