// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Proc;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Mounts;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file system on a block device, such as that of a mirror disk.
 *
 * <p>Whatever touches the device or the file system is done by children (mount, umount, e2fsck,
 * sync), so that one that hangs holds up a child and not us. What is mounted is read from the
 * kernel's list, which asks no file system.
 */
public final class FileSystem implements Resource {
  private static final Duration AGAIN = Duration.ofMillis(200);

  private static final Duration SOON = Duration.ofMillis(10);

  /** For the steps of a hard stop, each. */
  private static final Duration HARD = Duration.ofSeconds(1);

  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration SEARCH = Duration.ofSeconds(10);

  private final Settings settings;
  private final RunFiles files;
  private final FileCheck check;
  private final Answers answers;

  /** When a file system of the ext family is checked before it is mounted. */
  public enum Fsck {
    /** Never: the mount replays the journal. */
    NEVER,
    /** When the mount failed; then the mount is tried once more. */
    ON_FAILURE,
    /** Before each mount. */
    ALWAYS,
    /** Before a mount, when it was mounted so many times since the last check. */
    BY_COUNT
  }

  /**
   * What is configured.
   *
   * @param name of the resource
   * @param device the block device, or a link to it
   * @param mountPoint where it is mounted; made if it is not there
   * @param type {@code ext4} or {@code xfs}; empty: whichever of them it is
   * @param options mount options with commas between; {@code rw} if nothing is said
   * @param allowOtherTypes true: {@code type} may be anything that the kernel has
   * @param fsck when it is checked
   * @param fsckCount for BY_COUNT
   * @param fsckTimeout longest check, beside the deadline of the start
   * @param killHolders true: who keeps it from being unmounted is ended
   * @param killGrace how long they have after being asked to end
   */
  public record Settings(
      String name,
      Path device,
      Path mountPoint,
      String type,
      String options,
      boolean allowOtherTypes,
      Fsck fsck,
      int fsckCount,
      Duration fsckTimeout,
      boolean killHolders,
      Duration killGrace) {

    /** The usual. */
    public static Settings of(String name, Path device, Path mountPoint, String type) {
      return new Settings(
          name,
          device,
          mountPoint,
          type,
          "",
          false,
          Fsck.ON_FAILURE,
          0,
          Duration.ofHours(2),
          true,
          Duration.ofSeconds(5));
    }
  }

  /**
   * Makes one; nothing happens yet.
   *
   * @param folder where it is remembered which device was mounted
   */
  public FileSystem(Settings settings, Path folder) {
    this.settings = settings;
    this.files = new RunFiles(folder, settings.name());
    this.answers = new Answers(settings.name());
    this.check = new FileCheck(settings, answers);
  }

  @Override
  public String name() {
    return settings.name();
  }

  private String point() {
    return settings.mountPoint().toString();
  }

  private String device() {
    return settings.device().toString();
  }

  // ---- what is mounted

  /** What is seen at the mount point: the last of all that was mounted there. */
  private Mounts.@Nullable Mounted top() throws IOException {
    Path at = settings.mountPoint().toAbsolutePath().normalize();
    return Mounts.all().reversed().stream().filter(m -> m.at().equals(at)).findFirst().orElse(null);
  }

  /** Number of the configured device; null while it is not there. */
  private @Nullable DeviceNumber number() {
    try {
      FileStat stat = FileStat.of(settings.device());
      return stat.kind() == FileStat.Kind.BLOCK_DEVICE ? stat.device() : null;
    } catch (LinuxException e) {
      return null;
    }
  }

  /**
   * Ours if it is our device, or the one that we have mounted: a link such as /dev/meikyo/md1 may
   * be gone by now, or lead elsewhere.
   */
  private boolean isOurs(Mounts.Mounted mounted) throws IOException {
    return mounted.device().equals(number())
        || mounted.device().toString().equals(files.remembered());
  }

  // ---- start

  @Override
  public ActionResult start(ActionContext context) {
    try {
      DeviceNumber number = number();
      if (number == null) {
        return answers.failed(ResourceNotice.FS_NO_DEVICE, device());
      }
      Mounts.Mounted there = top();
      if (there != null && there.device().equals(number)) {
        return there.readOnly() && !wantsReadOnly()
            ? answers.failed(ResourceNotice.FS_READ_ONLY, point(), device())
            : answers.ok(ResourceNotice.FS_MOUNTED_ALREADY, device(), point());
      }
      if (there != null) {
        return answers.failed(ResourceNotice.FS_POINT_TAKEN, point(), there.source());
      }
      for (Mounts.Mounted m : Mounts.all()) {
        if (m.device().equals(number)) {
          return answers.failed(ResourceNotice.FS_ELSEWHERE, device(), m.at(), point());
        }
      }
      files.remember(number.toString());
      return mounted(context);
    } catch (IOException e) {
      return answers.failed(
          ResourceNotice.COMMAND_FAILED, name(), "start", String.valueOf(e.getMessage()));
    }
  }

  private ActionResult mounted(ActionContext context) throws IOException {
    FileCheck.Type type = check.type(context);
    ActionResult refused = type.refused();
    if (refused != null) {
      return refused;
    }
    ActionResult checked = check.before(context, type.name());
    if (!checked.ok()) {
      return checked;
    }
    try {
      Files.createDirectories(settings.mountPoint());
    } catch (IOException e) {
      return answers.failed(ResourceNotice.FS_NO_POINT, point(), String.valueOf(e.getMessage()));
    }
    Child.End end = mount(type.name(), context.limit());
    boolean again =
        end.how() == Child.How.EXITED && !end.ok() && settings.fsck() == Fsck.ON_FAILURE;
    if (again && FileCheck.knows(type.name())) {
      context.say(answers.notice(ResourceNotice.FS_CHECKED_AFTER, device(), point(), end.said()));
      ActionResult repaired = check.now(context, false);
      if (!repaired.ok()) {
        return repaired;
      }
      end = mount(type.name(), context.limit());
    }
    if (end.how() != Child.How.EXITED) {
      return answers.of(end, "mount");
    }
    return end.ok()
        ? answers.ok(ResourceNotice.FS_MOUNTED, device(), point())
        : answers.failed(ResourceNotice.FS_MOUNT_FAILED, device(), point(), end.said());
  }

  private boolean wantsReadOnly() {
    return List.of(settings.options().split(",", -1)).contains("ro");
  }

  private Child.End mount(String type, Limit limit) {
    List<String> words = new ArrayList<>(List.of("mount", "-n", "-i", "-t", type));
    if (!wantsReadOnly()) {
      // Or it falls back to reading alone, and nobody can write.
      words.add("-w");
    }
    if (!settings.options().isEmpty()) {
      words.addAll(List.of("-o", settings.options()));
    }
    words.addAll(List.of(device(), point()));
    return Child.run(Child.Program.of(words.toArray(String[]::new)), limit);
  }

  // ---- stop

  @Override
  public ActionResult stop(ActionContext context) {
    try {
      Mounts.Mounted there = top();
      if (there == null || !isOurs(there)) {
        return answers.ok(ResourceNotice.FS_NOT_MOUNTED, device(), point());
      }
      Child.End sync = Child.run(Child.Program.of("sync", "-f", point()), context.limit());
      if (sync.how() != Child.How.EXITED) {
        return answers.of(sync, "sync");
      }
      if (!sync.ok()) {
        context.say(answers.notice(ResourceNotice.FS_NOT_WRITTEN, point(), sync.said()));
      }
      return unmounted(context, there);
    } catch (IOException e) {
      return answers.failed(
          ResourceNotice.COMMAND_FAILED, name(), "stop", String.valueOf(e.getMessage()));
    }
  }

  private ActionResult unmounted(ActionContext context, Mounts.Mounted there) throws IOException {
    String held = null;
    while (true) {
      Child.End end = umount(context.limit());
      if (end.ok() || (end.how() == Child.How.EXITED && isGone(there))) {
        return released(context, there);
      }
      if (end.how() == Child.How.DEADLINE && held != null && !isGone(there)) {
        // The time ran out in one more attempt: who holds it is the reason, not that attempt.
        return answers.failed(ResourceNotice.FS_HELD, point(), held, end.said());
      }
      if (end.how() != Child.How.EXITED) {
        return answers.of(end, "umount");
      }
      FileUsers users = FileUsers.of(there.device(), search(context));
      List<Path> inner = inner();
      String who = inner.isEmpty() ? users.toString() : "mounts " + inner;
      if (held == null) {
        context.say(answers.notice(ResourceNotice.FS_BUSY, point(), who));
      }
      held = who;
      if (settings.killHolders()) {
        ended(context, users);
      }
      if (!context.limit().pause(AGAIN)) {
        return context.limit().isCancelled()
            ? answers.over(context, "it is unmounted")
            : answers.failed(ResourceNotice.FS_HELD, point(), who, end.said());
      }
    }
  }

  private static Child.End umount(Limit limit, String... more) {
    List<String> words = new ArrayList<>(List.of("umount", "-n", "-i", "-c"));
    words.addAll(List.of(more));
    return Child.run(Child.Program.of(words.toArray(String[]::new)), limit);
  }

  private Child.End umount(Limit limit) {
    return umount(limit, point());
  }

  private boolean isGone(Mounts.Mounted there) throws IOException {
    Mounts.Mounted now = top();
    return now == null || !now.device().equals(there.device());
  }

  /** What is mounted below ours, and so keeps it. */
  private List<Path> inner() throws IOException {
    Path at = settings.mountPoint().toAbsolutePath().normalize();
    return Mounts.all().stream()
        .map(Mounts.Mounted::at)
        .filter(m -> m.startsWith(at) && !m.equals(at))
        .toList();
  }

  /** A search that hangs must not use up the whole time, nor end with none left. */
  private static Limit search(ActionContext context) {
    return context.limit().within(SEARCH).atLeast(LOOK);
  }

  private void ended(ActionContext context, FileUsers users) {
    List<FileUsers.FileUser> victims = users.mortal();
    if (victims.isEmpty()) {
      return;
    }
    context.say(
        answers.notice(
            ResourceNotice.FS_USERS_ENDED, point(), new FileUsers(victims, users.all())));
    List<Proc> _ =
        Proc.end(
            victims.stream().map(FileUsers.FileUser::process).toList(),
            Processes.SIGTERM,
            settings.killGrace().toNanos(),
            context.limit());
  }

  /** It is unmounted for us; is it for all? */
  private ActionResult released(ActionContext context, Mounts.Mounted there) {
    if (!isAlive(there)) {
      return answers.ok(ResourceNotice.FS_UNMOUNTED, device(), point());
    }
    FileUsers users = FileUsers.of(there.device(), search(context));
    return users.all() && users.users().isEmpty() && !isAlive(there)
        ? answers.ok(ResourceNotice.FS_UNMOUNTED, device(), point())
        : answers.failed(ResourceNotice.FS_STILL_USED, point(), device(), users);
  }

  /**
   * True while the kernel has the file system, whoever has it mounted. Known for the types that
   * stand in /sys; of others we know only our own mount.
   */
  private static boolean isAlive(Mounts.Mounted there) {
    try {
      Path block = Path.of("/sys/dev/block", there.device().toString()).toRealPath();
      return Files.exists(Path.of("/sys/fs", there.type(), String.valueOf(block.getFileName())));
    } catch (IOException e) {
      // The device is gone, and with it everything.
      return false;
    }
  }

  // ---- hard stop

  /**
   * Kills who uses it, unmounts it; if that does not work within a second, takes it out of sight,
   * so that it ends with its last user. Writes back what was not written if the device takes it.
   */
  @Override
  public ActionResult stopHard(ActionContext context) {
    try {
      Mounts.Mounted there = top();
      if (there == null || !isOurs(there)) {
        return answers.ok(ResourceNotice.FS_NOT_MOUNTED, device(), point());
      }
      List<Proc> victims =
          FileUsers.of(there.device(), Limit.of(LOOK)).mortal().stream()
              .map(FileUsers.FileUser::process)
              .toList();
      List<Proc> stuck = Proc.end(victims, Processes.SIGKILL, 0, context.limit().within(HARD));
      List<Path> inner = inner();
      Child.End end = null;
      if (inner.isEmpty() && stuck.isEmpty()) {
        end = umount(context.limit().within(HARD));
      }
      if (end == null || !end.ok()) {
        // A second child: the first may still hang in the write-back.
        end = umount(Limit.of(HARD), "-l", point());
        context.say(answers.notice(ResourceNotice.FS_DETACHED, point(), end.said()));
      }
      // Out of sight, it ends with its last user and when it is written back.
      Limit moment = Limit.of(HARD);
      while (isAlive(there) && moment.pause(SOON)) {
        // It is looked at again.
      }
      return isAlive(there) || !isGone(there)
          ? answers.failed(
              ResourceNotice.FS_STILL_USED,
              point(),
              device(),
              FileUsers.of(there.device(), Limit.of(HARD)))
          : answers.ok(ResourceNotice.FS_UNMOUNTED, device(), point());
    } catch (IOException e) {
      return answers.failed(
          ResourceNotice.COMMAND_FAILED, name(), "stop", String.valueOf(e.getMessage()));
    }
  }

  // ---- probe

  @Override
  public Status probe(ActionContext context) {
    try {
      Mounts.Mounted there = top();
      if (there == null) {
        return answers.stopped(ResourceNotice.FS_NOT_MOUNTED, device(), point());
      }
      if (!isOurs(there)) {
        return answers.broken(ResourceNotice.FS_POINT_TAKEN, point(), there.source());
      }
      return there.readOnly() && !wantsReadOnly()
          ? answers.broken(ResourceNotice.FS_READ_ONLY, point(), device())
          : answers.running(ResourceNotice.FS_MOUNTED, device(), point());
    } catch (IOException e) {
      return answers.unknown(
          ResourceNotice.COMMAND_FAILED, name(), "probe", String.valueOf(e.getMessage()));
    }
  }
}
