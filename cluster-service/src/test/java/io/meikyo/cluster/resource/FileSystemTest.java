// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Proc;
import io.meikyo.cluster.real.LoopDisk;
import io.meikyo.cluster.real.Space;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.Freezer;
import io.meikyo.linux.Mounts;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real file systems on loop devices, in a view of mounts of their own. */
@Timeout(180)
class FileSystemTest {
  private static final long EXT_BYTES = 64L << 20;
  private static final long XFS_BYTES = 320L << 20;

  @TempDir private Path folder;
  private final Actions actions = new Actions();
  private final List<Process> holders = new ArrayList<>();
  private Space space;
  private LoopDisk disk;
  private Path point;

  @BeforeEach
  void make() throws Exception {
    space = new Space();
    point = folder.toRealPath().resolve("srv/md1");
  }

  @AfterEach
  void clean() throws Exception {
    for (Process holder : holders) {
      holder.destroyForcibly().waitFor();
    }
    if (space != null) {
      space.call(() -> {
        for (Mounts.Mounted m : Mounts.all().reversed()) {
          if (m.at().startsWith(folder.toRealPath())) {
            Mounts.unmount(m.at(), Mounts.MNT_DETACH);
          }
        }
        return 0;
      });
      space.close();
    }
    if (disk != null) {
      disk.close();
    }
  }

  private void disk(String type) throws Exception {
    disk = new LoopDisk(folder.resolve("image"), type.equals("xfs") ? XFS_BYTES : EXT_BYTES);
    disk.format(type);
  }

  private FileSystem.Settings settings(
      String type, String options, FileSystem.Fsck fsck, boolean kill, Duration grace) {
    return new FileSystem.Settings(
        "fs1",
        disk.device(),
        point,
        type,
        options,
        false,
        fsck,
        3,
        Duration.ofMinutes(1),
        kill,
        grace);
  }

  private FileSystem fileSystem(FileSystem.Settings settings) {
    return new FileSystem(settings, folder.resolve("run"));
  }

  private FileSystem fileSystem(boolean kill) {
    return fileSystem(
        settings("ext4", "noatime", FileSystem.Fsck.NEVER, kill, Duration.ofSeconds(5)));
  }

  private ActionResult start(FileSystem fs) throws Exception {
    return space.call(() -> fs.start(actions.context()));
  }

  private ActionResult stop(FileSystem fs) throws Exception {
    return space.call(() -> fs.stop(actions.context()));
  }

  private Status probe(FileSystem fs) throws Exception {
    return space.call(() -> fs.probe(actions.context()));
  }

  private boolean mounted() throws Exception {
    return space.call(Mounts::all).stream().anyMatch(m -> m.at().equals(point));
  }

  /** A process that uses the file system; it says so when it does. */
  private Process holder(String command) throws Exception {
    Path sign = folder.resolve("sign" + holders.size());
    Process process = space.start("sh", "-c", command.replace("SIGN", "touch " + sign));
    holders.add(process);
    Actions.eventually(() -> Files.exists(sign));
    return process;
  }

  private static final String SLEEPS = "while :; do sleep 0.05; done";

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void itIsMountedAndUnmounted(String type) throws Exception {
    disk(type);
    FileSystem fs =
        fileSystem(settings(type, "noatime", FileSystem.Fsck.ALWAYS, true, Duration.ofSeconds(5)));
    Actions.is(probe(fs), Status.Found.STOPPED, ResourceNotice.FS_NOT_MOUNTED);
    Actions.ok(start(fs), ResourceNotice.FS_MOUNTED);
    assertThat(actions.heard(ResourceNotice.FS_CHECKED)).isEqualTo(type.equals("ext4"));
    assertThat(space.run("cat", "/proc/thread-self/mountinfo"))
        .contains(" " + point + " rw,noatime ");
    space.run("sh", "-c", "echo kept >" + point + "/file");
    Actions.ok(start(fs), ResourceNotice.FS_MOUNTED_ALREADY);
    Actions.is(probe(fs), Status.Found.RUNNING, ResourceNotice.FS_MOUNTED);

    Actions.ok(stop(fs), ResourceNotice.FS_UNMOUNTED);
    assertThat(mounted()).isFalse();
    Actions.ok(stop(fs), ResourceNotice.FS_NOT_MOUNTED);
    Actions.ok(
        start(fileSystem(settings("", "", FileSystem.Fsck.NEVER, true, Duration.ZERO))),
        ResourceNotice.FS_MOUNTED);
    assertThat(space.run("cat", point + "/file")).isEqualTo("kept\n");
    Actions.ok(space.call(() -> fs.stopHard(actions.context())), ResourceNotice.FS_UNMOUNTED);
    assertThat(mounted()).isFalse();
    Actions.ok(space.call(() -> fs.stopHard(actions.context())), ResourceNotice.FS_NOT_MOUNTED);
  }

  @Test
  void whatIsThereMustBeWhatIsConfigured() throws Exception {
    disk = new LoopDisk(folder.resolve("image"), XFS_BYTES);
    FileSystem fs = fileSystem(true);
    Actions.failed(start(fs), ResourceNotice.FS_NONE);
    disk.format("xfs");
    ActionResult other = start(fs);
    Actions.failed(other, ResourceNotice.FS_OTHER_TYPE);
    assertThat(other.notice().toString()).contains("found=xfs, wanted=ext4");
    assertThat(mounted()).isFalse();
  }

  @Test
  void otherTypesAreRefusedUnlessAllowed() throws Exception {
    disk = new LoopDisk(folder.resolve("image"), 256L << 20);
    disk.format("ext2");
    FileSystem.Settings any = settings("", "", FileSystem.Fsck.NEVER, true, Duration.ofSeconds(5));
    Actions.failed(start(fileSystem(any)), ResourceNotice.FS_TYPE_REFUSED);
  }

  @Test
  void aDeviceThatIsNotThereIsSaid() throws Exception {
    FileSystem fs =
        new FileSystem(
            FileSystem.Settings.of("fs1", folder.resolve("none"), point, "ext4"),
            folder.resolve("run"));
    Actions.failed(start(fs), ResourceNotice.FS_NO_DEVICE);
    Actions.ok(stop(fs), ResourceNotice.FS_NOT_MOUNTED);
  }

  @Test
  void aTakenMountPointIsSaidAndSpared() throws Exception {
    disk("ext4");
    space.run("mkdir", "-p", point.toString());
    space.run("mount", "-t", "tmpfs", "somebody", point.toString());
    FileSystem fs = fileSystem(true);
    Actions.failed(start(fs), ResourceNotice.FS_POINT_TAKEN);
    Actions.is(probe(fs), Status.Found.FAILED, ResourceNotice.FS_POINT_TAKEN);
    Actions.ok(stop(fs), ResourceNotice.FS_NOT_MOUNTED);
    assertThat(mounted()).isTrue();
    space.run("umount", point.toString());
    Path elsewhere = folder.toRealPath().resolve("elsewhere");
    space.run("mkdir", elsewhere.toString());
    space.run("mount", disk.device().toString(), elsewhere.toString());
    ActionResult twice = start(fs);
    Actions.failed(twice, ResourceNotice.FS_ELSEWHERE);
    assertThat(twice.notice().toString()).contains("at=" + elsewhere);
  }

  @Test
  void holdersAreNamedAndEndedAndEachKindIsSeen() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(true);
    assertThat(start(fs).ok()).isTrue();
    space.run("cp", "/bin/sleep", point + "/program");
    Process file = holder("exec 7>" + point + "/open; SIGN; " + SLEEPS);
    Process cwd = holder("cd " + point + "; SIGN; " + SLEEPS);
    Process program = holder("SIGN; exec " + point + "/program 600");
    Actions.eventually(() -> Proc.of((int) program.pid()).command().equals("program"));

    Actions.ok(stop(fs), ResourceNotice.FS_UNMOUNTED);
    assertThat(mounted()).isFalse();
    String said = actions.said.toString();
    assertThat(said).contains(file.pid() + " (sh) of root: file");
    assertThat(said).contains(cwd.pid() + " (sh) of root: directory");
    assertThat(said).contains(program.pid() + " (program) of root: program");
    for (Process holder : holders) {
      assertThat(holder.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whoIsDeafIsKilled() throws Exception {
    disk("ext4");
    FileSystem fs =
        fileSystem(settings("ext4", "", FileSystem.Fsck.NEVER, true, Duration.ofMillis(200)));
    assertThat(start(fs).ok()).isTrue();
    Process deaf = holder("trap '' TERM; cd " + point + "; SIGN; " + SLEEPS);
    Actions.ok(stop(fs), ResourceNotice.FS_UNMOUNTED);
    assertThat(deaf.waitFor()).isEqualTo(128 + 9);
  }

  @Test
  void holdersAreSparedIfTheyMustBeAndTheStopFails() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(false);
    assertThat(start(fs).ok()).isTrue();
    Process holder = holder("cd " + point + "; SIGN; " + SLEEPS);
    ActionResult held = space.call(() -> fs.stop(actions.context(Duration.ofSeconds(4))));
    Actions.failed(held, ResourceNotice.FS_HELD);
    assertThat(held.notice().toString()).contains(holder.pid() + " (sh) of root");
    assertThat(holder.isAlive()).isTrue();
    assertThat(mounted()).isTrue();

    Actions.ok(space.call(() -> fs.stopHard(actions.context())), ResourceNotice.FS_UNMOUNTED);
    assertThat(holder.waitFor()).isEqualTo(128 + 9);
  }

  @Test
  void aMountBelowKeepsItAndIsNamed() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(true);
    assertThat(start(fs).ok()).isTrue();
    space.run("mkdir", point + "/inner");
    space.run("mount", "-t", "tmpfs", "inner", point + "/inner");
    ActionResult held = space.call(() -> fs.stop(actions.context(Duration.ofSeconds(4))));
    Actions.failed(held, ResourceNotice.FS_HELD);
    assertThat(held.notice().toString()).contains("mounts [" + point + "/inner]");
    // In a hard stop both go out of sight together.
    Actions.ok(space.call(() -> fs.stopHard(actions.context())), ResourceNotice.FS_UNMOUNTED);
    assertThat(actions.heard(ResourceNotice.FS_DETACHED)).isTrue();
    assertThat(space.call(Mounts::all)).noneMatch(m -> m.at().startsWith(point));
  }

  @Test
  void anotherViewThatHasItMountedIsFound() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(true);
    assertThat(start(fs).ok()).isTrue();
    // A container that was started meanwhile has a copy of all our mounts.
    Process container =
        holder("exec unshare --mount --propagation private sh -c 'SIGN; exec sleep 600'");
    ActionResult result = stop(fs);
    Actions.failed(result, ResourceNotice.FS_STILL_USED);
    assertThat(result.notice().toString()).contains(container.pid() + " (sleep) of root: mount");
    assertThat(mounted()).isFalse();
    assertThat(container.isAlive()).isTrue();
  }

  @Test
  void oneThatTurnedReadOnlyIsBroken() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(true);
    assertThat(start(fs).ok()).isTrue();
    space.run("mount", "-o", "remount,ro", point.toString());
    Actions.is(probe(fs), Status.Found.FAILED, ResourceNotice.FS_READ_ONLY);
    Actions.failed(start(fs), ResourceNotice.FS_READ_ONLY);
    Actions.ok(stop(fs), ResourceNotice.FS_UNMOUNTED);
    FileSystem reader =
        fileSystem(settings("ext4", "ro", FileSystem.Fsck.NEVER, true, Duration.ZERO));
    Actions.ok(start(reader), ResourceNotice.FS_MOUNTED);
    Actions.is(probe(reader), Status.Found.RUNNING, ResourceNotice.FS_MOUNTED);
  }

  @Test
  void itIsCheckedByCount() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(settings("ext4", "", FileSystem.Fsck.BY_COUNT, true, Duration.ZERO));
    List<Boolean> checked = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      actions.said.clear();
      assertThat(start(fs).ok()).isTrue();
      checked.add(actions.heard(ResourceNotice.FS_CHECKED));
      assertThat(stop(fs).ok()).isTrue();
    }
    assertThat(checked).containsExactly(false, false, false, true, false);
  }

  @Test
  void damageThatCanBeMendedIsMendedAndOtherDamageIsSaid() throws Exception {
    disk("ext4");
    // The first superblock is gone: it cannot be mounted, and nobody decides alone what to do.
    try (RandomAccessFile image = new RandomAccessFile(folder.resolve("image").toFile(), "rw")) {
      image.seek(1024 + 0x20);
      image.write(new byte[64]);
    }
    FileSystem fs =
        fileSystem(settings("ext4", "", FileSystem.Fsck.ON_FAILURE, true, Duration.ofSeconds(5)));
    ActionResult result = start(fs);
    assertThat(result.ok()).isFalse();
    assertThat(mounted()).isFalse();
    assertThat(result.notice().toString())
        .satisfiesAnyOf(
            text -> assertThat(text).startsWith("resource.fs-none"),
            text -> assertThat(text).startsWith("resource.fs-damaged"),
            text -> assertThat(text).startsWith("resource.fs-mount-failed"));
  }

  private void debug(String request) throws Exception {
    Process debugfs =
        new ProcessBuilder("/usr/sbin/debugfs", "-w", "-R", request, disk.device().toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(debugfs.getInputStream().readAllBytes());
    assertThat(debugfs.waitFor()).as(said).isZero();
  }

  @Test
  void aFullCheckMendsACountOfLinksThatIsWrong() throws Exception {
    assumeThat(Path.of("/usr/sbin/debugfs")).as("debugfs is installed").exists();
    disk("ext4");
    debug("write /etc/passwd file");
    debug("sif file links_count 5");
    debug("ssv mnt_count 7");
    FileSystem fs = fileSystem(settings("ext4", "", FileSystem.Fsck.BY_COUNT, true, Duration.ZERO));
    Actions.ok(start(fs), ResourceNotice.FS_MOUNTED);
    assertThat(actions.said.toString()).contains("should be 1.  FIXED");
    assertThat(space.run("stat", "-c", "%h", point + "/file")).isEqualTo("1\n");
    assertThat(stop(fs).ok()).isTrue();
  }

  @Test
  void cancellationEndsAStopThatWaits() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(false);
    assertThat(start(fs).ok()).isTrue();
    Process _ = holder("cd " + point + "; SIGN; " + SLEEPS);
    Thread word =
        Thread.ofPlatform()
            .start(() -> {
              Actions.eventually(() -> actions.heard(ResourceNotice.FS_BUSY));
              actions.cancellation.cancel();
            });
    Actions.is(stop(fs), ActionResult.Outcome.CANCELLED, ResourceNotice.CANCELLED);
    word.join();
    assertThat(mounted()).isTrue();
  }

  @Test
  void oneThatHangsHoldsUpAChildAndNotUs() throws Exception {
    disk("ext4");
    FileSystem fs = fileSystem(true);
    assertThat(start(fs).ok()).isTrue();
    int fd =
        space.call(() -> Descriptors.open(point, Descriptors.O_RDONLY | Descriptors.O_DIRECTORY));
    // Frozen, whoever has something to write out hangs in the kernel.
    Process writer = holder("SIGN; while :; do echo x >>" + point + "/f; done");
    Freezer.freeze(fd);
    try {
      ActionResult result = space.call(() -> fs.stop(actions.context(Duration.ofSeconds(2))));
      assertThat(result.ok()).isFalse();
      assertThat(mounted()).isTrue();
      Actions.is(probe(fs), Status.Found.RUNNING, ResourceNotice.FS_MOUNTED);
      // It hangs in the kernel, and is named all the same.
      FileUsers users =
          FileUsers.of(FileStat.of(fd).fileSystem(), Limit.of(Duration.ofSeconds(10)));
      assertThat(users.toString()).contains(writer.pid() + " (sh) of root");
    } finally {
      Freezer.thaw(fd);
      Descriptors.close(fd);
    }
    Actions.ok(stop(fs), ResourceNotice.FS_UNMOUNTED);
  }

  @Test
  void aDeviceThatBecameAnotherIsUnmountedAllTheSame() throws Exception {
    disk("ext4");
    Path link = folder.toRealPath().resolve("md1");
    Files.createSymbolicLink(link, disk.device());
    FileSystem.Settings linked = FileSystem.Settings.of("fs1", link, point, "ext4");
    assertThat(start(fileSystem(linked)).ok()).isTrue();
    Files.delete(link);
    // Another life, which knows only what was remembered.
    Actions.is(probe(fileSystem(linked)), Status.Found.RUNNING, ResourceNotice.FS_MOUNTED);
    Actions.ok(stop(fileSystem(linked)), ResourceNotice.FS_UNMOUNTED);
    assertThat(mounted()).isFalse();
  }
}
