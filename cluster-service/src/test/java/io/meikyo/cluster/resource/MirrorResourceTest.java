// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.real.RealMirror;
import io.meikyo.cluster.real.Space;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import io.meikyo.linux.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a real agent where that shows something, and against a written one for what is rare. */
@Timeout(180)
class MirrorResourceTest {
  private final Actions actions = new Actions();
  private Path folder;
  private Space space;
  private RealMirror real;

  @BeforeEach
  void make() throws Exception {
    // Short, since the path of a socket has 107 bytes at most.
    folder = Files.createTempDirectory(Path.of("/tmp"), "mkmr");
  }

  @AfterEach
  void remove() throws Exception {
    Path link = folder.resolve("md1");
    Path device = Files.isSymbolicLink(link) ? Files.readSymbolicLink(link) : null;
    if (real != null) {
      real.end();
    }
    if (space != null) {
      space.call(() -> {
        for (Mounts.Mounted m : Mounts.all().reversed()) {
          if (m.at().startsWith(folder)) {
            Mounts.unmount(m.at(), Mounts.MNT_DETACH);
          }
        }
        return 0;
      });
      space.close();
    }
    if (device != null) {
      for (LoopDevices.Loop loop : LoopDevices.all()) {
        if (loop.device().equals(device) && loop.backing().endsWith("/md1")) {
          // The agent that made it was killed.
          LoopDevices.detach(device);
        }
      }
    }
    try (var all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  private MirrorResource real(String frontEnd) throws Exception {
    space = new Space();
    real = new RealMirror(space, folder, frontEnd);
    return new MirrorResource(
        new MirrorResource.Settings(
            "md1", "md1", frontEnd.equals("nbd") ? "" : real.device().toString()),
        new ControlMirror(real.socket(), "en"));
  }

  private ActionResult started(MirrorResource md) throws Exception {
    ActionResult result = md.start(actions.context(Duration.ofSeconds(60)));
    assertThat(result.ok()).as(result.notice() + "\n" + real.words()).isTrue();
    return result;
  }

  @Test
  void itIsActivatedAndGivenBack() throws Exception {
    MirrorResource md = real("nbd");
    Actions.is(md.probe(actions.context()), Status.Found.UNKNOWN, ResourceNotice.MD_NO_AGENT);
    // The agent comes while we wait for it.
    CompletableFuture<ActionResult> start = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> start.complete(md.start(actions.context(Duration.ofSeconds(60)))));
    Actions.eventually(() -> actions.heard(ResourceNotice.MD_WAITS));
    real.start();
    ActionResult result = start.get();
    thread.join();
    assertThat(result.ok()).as(result.notice() + "\n" + real.words()).isTrue();
    Actions.is(md.probe(actions.context()), Status.Found.RUNNING, ResourceNotice.MD_ACTIVE_ALREADY);
    Actions.ok(md.start(actions.context()), ResourceNotice.MD_ACTIVE_ALREADY);
    Actions.ok(md.stop(actions.context()), ResourceNotice.MD_STANDBY);
    Actions.is(
        md.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.MD_STANDBY_ALREADY);
    Actions.ok(md.stop(actions.context()), ResourceNotice.MD_STANDBY_ALREADY);
    Actions.ok(md.stopHard(actions.context()), ResourceNotice.MD_DROPPED);
  }

  @Test
  void aRefusalIsPassedOn() throws Exception {
    MirrorResource md = real("nbd");
    real.start();
    MirrorResource other =
        new MirrorResource(
            new MirrorResource.Settings("md2", "md2", ""), new ControlMirror(real.socket(), "en"));
    Actions.eventually(() -> md.probe(actions.context()).found() == Status.Found.STOPPED);
    ActionResult result = other.start(actions.context());
    Actions.failed(result, ResourceNotice.MD_REFUSED);
    assertThat(result.notice().toString()).contains("md1");
  }

  private void needsFuse() {
    assumeThat(Path.of("/dev/fuse")).as("the kernel has FUSE").exists();
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    assumeThat(Path.of("/usr/sbin/mkfs.ext4")).as("mkfs.ext4").exists();
  }

  /** Writes on and on; ends when a write fails. */
  private Process writer(Path point) throws Exception {
    Path sign = folder.resolve("writes");
    Process writer =
        space.start(
            "sh",
            "-c",
            "touch "
                + sign
                + "; while dd if=/dev/zero of="
                + point
                + "/f bs=64k count=16 conv=fsync 2>/dev/null; do :; done");
    Actions.eventually(() -> Files.exists(sign));
    return writer;
  }

  @Test
  void itsDeviceIsMountedAndDroppedUnderAWriter() throws Exception {
    needsFuse();
    MirrorResource md = real("auto");
    real.start();
    Actions.ok(started(md), ResourceNotice.MD_ACTIVE);
    assertThat(real.device()).exists();
    space.run("mkfs.ext4", "-q", real.device().toString());
    Path point = folder.resolve("mnt");
    FileSystem fs =
        new FileSystem(
            FileSystem.Settings.of("fs1", real.device(), point, "ext4"), folder.resolve("run"));
    ActionResult mounted = space.call(() -> fs.start(actions.context()));
    Actions.ok(mounted, ResourceNotice.FS_MOUNTED);
    Process writer = writer(point);

    ActionResult dropped = space.call(() -> md.stopHard(actions.context()));
    assertThat(dropped.ok()).as(dropped.notice() + "\n" + real.words()).isTrue();
    Actions.ok(dropped, ResourceNotice.MD_DROPPED);
    assertThat(writer.waitFor()).isZero();
    assertThat(real.device()).doesNotExist();
    ActionResult gone = space.call(() -> fs.stopHard(actions.context()));
    assertThat(gone.ok()).as(gone.notice().toString()).isTrue();

    // And it comes back.
    Actions.ok(started(md), ResourceNotice.MD_ACTIVE);
    Actions.ok(space.call(() -> fs.start(actions.context())), ResourceNotice.FS_MOUNTED);
    Actions.ok(space.call(() -> fs.stop(actions.context())), ResourceNotice.FS_UNMOUNTED);
    Actions.ok(md.stop(actions.context()), ResourceNotice.MD_STANDBY);
  }

  @Test
  void anAgentThatHangsIsNotNeededToEndItsUsers() throws Exception {
    needsFuse();
    MirrorResource md = real("auto");
    real.start();
    Actions.ok(started(md), ResourceNotice.MD_ACTIVE);
    space.run("mkfs.ext4", "-q", real.device().toString());
    Path point = folder.resolve("mnt");
    FileSystem fs =
        new FileSystem(
            FileSystem.Settings.of("fs1", real.device(), point, "ext4"), folder.resolve("run"));
    Actions.ok(space.call(() -> fs.start(actions.context())), ResourceNotice.FS_MOUNTED);
    Process writer = writer(point);
    assertThat(Processes.kill((int) real.agent().pid(), Processes.SIGSTOP)).isZero();

    // An ordinary stop of the file system ends at its deadline, although everything hangs.
    ActionResult stop = space.call(() -> fs.stop(actions.context(Duration.ofSeconds(2))));
    assertThat(stop.ok()).isFalse();

    ActionResult cut = space.call(() -> md.stopHard(actions.context()));
    Actions.ok(cut, ResourceNotice.MD_CUT_OFF);
    assertThat(writer.waitFor()).isZero();
    ActionResult gone = space.call(() -> fs.stopHard(actions.context()));
    assertThat(gone.ok()).as(gone.notice().toString()).isTrue();
  }

  // ---- an agent that is written down

  /** Answers in turn; the last answer again and again. */
  private static final class Written implements MirrorPort {
    private final Deque<Answer> status = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private Answer command = answer("ACTIVE");

    @Override
    public CompletableFuture<Answer> ask(List<String> words, Limit limit) {
      if (words.getFirst().equals("mirror.status")) {
        return CompletableFuture.completedFuture(
            status.size() > 1 ? status.removeFirst() : status.getFirst());
      }
      asked.add(words.getFirst());
      return CompletableFuture.completedFuture(command);
    }

    @Override
    public String place() {
      return "here";
    }

    static Answer answer(String role) {
      return new Answer(
          Kind.ANSWERED, 0, Map.of("role", role, "recordHeard", "true", "waitingFor", "X"), "");
    }

    static Answer none(Kind kind) {
      return new Answer(kind, -1, Map.of(), "why");
    }
  }

  private final Written agent = new Written();
  private final MirrorResource md =
      new MirrorResource(new MirrorResource.Settings("md1", "md1", ""), agent);

  @Test
  void whoIsOnItsWayIsWaitedFor() {
    agent.status.add(Written.answer("DEMOTING"));
    agent.status.add(Written.none(MirrorPort.Kind.NO_AGENT));
    agent.status.add(Written.answer("DETACHED"));
    agent.status.add(Written.answer("PROMOTING"));
    agent.status.add(Written.answer("ACTIVE"));
    Actions.ok(md.start(actions.context()), ResourceNotice.MD_ACTIVE_ALREADY);
    assertThat(agent.asked).isEmpty();
    assertThat(actions.said.toString())
        .contains("DEMOTING, record heard")
        .contains("NO_AGENT: why")
        .contains("PROMOTING");
  }

  @ParameterizedTest
  @ValueSource(strings = {"authority-silent", "not-standby", "cache-lost-peer-unknown"})
  void aRefusalThatPassesIsWaitedFor(String code) {
    agent.status.add(Written.answer("STANDBY"));
    agent.command =
        new MirrorPort.Answer(
            MirrorPort.Kind.ANSWERED, 1, Map.of("code", "mirror." + code), "not yet");
    ActionResult result = md.start(actions.context(Duration.ofMillis(300)));
    Actions.failed(result, ResourceNotice.MD_REFUSED);
    assertThat(agent.asked).hasSizeGreaterThan(1);
    agent.asked.clear();
    agent.command =
        new MirrorPort.Answer(
            MirrorPort.Kind.ANSWERED, 1, Map.of("code", "mirror.not-in-sync"), "never");
    Actions.failed(md.start(actions.context()), ResourceNotice.MD_REFUSED);
    assertThat(agent.asked).hasSize(1);
  }

  @Test
  void aFailedDiskIsNoDisk() {
    agent.status.add(Written.answer("FAILED"));
    Actions.failed(md.start(actions.context()), ResourceNotice.MD_DISK_FAILED);
    Actions.is(md.probe(actions.context()), Status.Found.FAILED, ResourceNotice.MD_DISK_FAILED);
    Actions.ok(md.stop(actions.context()), ResourceNotice.MD_STANDBY_ALREADY);
  }

  @Test
  void aPromotionUnderWayIsTakenBackByAStop() {
    agent.status.add(Written.answer("PROMOTING"));
    agent.status.add(Written.answer("STANDBY"));
    Actions.ok(md.stop(actions.context()), ResourceNotice.MD_STANDBY);
    assertThat(agent.asked).containsExactly("mirror.standby");
  }

  @Test
  void anAgentThatIsGoneIsWaitedForAndThenSaid() {
    agent.status.add(Written.none(MirrorPort.Kind.NO_AGENT));
    Actions.failed(md.stop(actions.context(Duration.ofMillis(200))), ResourceNotice.MD_NO_AGENT);
    Actions.failed(md.start(actions.context(Duration.ofMillis(200))), ResourceNotice.MD_NO_AGENT);
    // Nothing is left of it, but for what a restarted agent does.
    Actions.ok(md.stopHard(actions.context()), ResourceNotice.MD_DROPPED);
  }

  @Test
  void anAgentThatIsSilentIsSaidAndAHardStopKnowsNothing() {
    agent.status.add(Written.none(MirrorPort.Kind.SILENT));
    agent.command = Written.none(MirrorPort.Kind.SILENT);
    Actions.is(md.probe(actions.context()), Status.Found.UNKNOWN, ResourceNotice.MD_AGENT_LOST);
    Actions.failed(md.stopHard(actions.context()), ResourceNotice.MD_AGENT_LOST);
  }

  @Test
  void aHardStopThatIsRefusedIsSaid() {
    agent.status.add(Written.answer("DEMOTING"));
    agent.command =
        new MirrorPort.Answer(MirrorPort.Kind.ANSWERED, 1, Map.of(), "a peer does not answer");
    ActionResult result = md.stopHard(actions.context());
    Actions.failed(result, ResourceNotice.MD_REFUSED);
    assertThat(result.notice().toString()).contains("a peer does not answer (DEMOTING)");
  }

  @Test
  void aStartThatIsNotWantedEnds() {
    agent.status.add(Written.answer("PROMOTING"));
    actions.cancellation.cancel();
    Actions.is(
        md.start(actions.context()), ActionResult.Outcome.CANCELLED, ResourceNotice.CANCELLED);
  }
}
