// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Looks at a file system that is not mounted: which one it is, and whether it is whole. */
final class FileCheck {
  private static final Set<String> ALLOWED = Set.of("ext4", "xfs");
  private static final Set<String> EXT = Set.of("ext2", "ext3", "ext4");
  private static final Pattern MOUNTS = Pattern.compile("Mount count:\\s+(\\d+)");

  /** Exit status of e2fsck: errors were there and are corrected (1), or none were (0). */
  private static final int CORRECTED_MAX = 1;

  private static final int BLKID_NOTHING = 2;

  private final FileSystem.Settings settings;
  private final Answers answers;

  FileCheck(FileSystem.Settings settings, Answers answers) {
    this.settings = settings;
    this.answers = answers;
  }

  /**
   * Which file system it is.
   *
   * @param refused why it is not mounted; null: it may be
   */
  record Type(String name, @Nullable ActionResult refused) {}

  /** True if there is something that checks it. The journal of xfs is replayed by its mount. */
  static boolean knows(String type) {
    return EXT.contains(type);
  }

  /** Asks the device. */
  Type type(ActionContext context) {
    String device = settings.device().toString();
    Child.End end =
        Child.run(
            Child.Program.of("blkid", "-p", "-s", "TYPE", "-o", "value", device), context.limit());
    String found = end.output().strip();
    if (end.how() != Child.How.EXITED) {
      return new Type("", answers.of(end, "blkid"));
    }
    if (end.status() == BLKID_NOTHING || (end.ok() && found.isEmpty())) {
      return new Type("", answers.failed(ResourceNotice.FS_NONE, device));
    }
    if (!end.ok()) {
      return new Type("", answers.of(end, "blkid"));
    }
    if (!settings.type().isEmpty() && !settings.type().equals(found)) {
      return new Type(
          found, answers.failed(ResourceNotice.FS_OTHER_TYPE, device, found, settings.type()));
    }
    return ALLOWED.contains(found) || settings.allowOtherTypes()
        ? new Type(found, null)
        : new Type(found, answers.failed(ResourceNotice.FS_TYPE_REFUSED, device, found));
  }

  /** Checks it before a mount, if that is configured and its time has come. */
  ActionResult before(ActionContext context, String type) {
    boolean due =
        switch (settings.fsck()) {
          case NEVER, ON_FAILURE -> false;
          case ALWAYS -> knows(type);
          case BY_COUNT -> knows(type) && mounts(context.limit()) >= settings.fsckCount();
        };
    return due
        ? now(context, settings.fsck() == FileSystem.Fsck.BY_COUNT)
        : answers.ok(ResourceNotice.FS_NOT_CHECKED, settings.device());
  }

  /** Mounts since the last check, as the file system itself counts them on every server. */
  private int mounts(Limit limit) {
    Child.End end =
        Child.run(Child.Program.of("dumpe2fs", "-h", settings.device().toString()), limit);
    Matcher matcher = MOUNTS.matcher(end.output());
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /**
   * Checks it, and mends what can be mended without asking anybody.
   *
   * @param fully also if it says of itself that it is clean
   */
  ActionResult now(ActionContext context, boolean fully) {
    List<String> words = new ArrayList<>(List.of("e2fsck", "-p"));
    if (fully) {
      words.add("-f");
    }
    words.add(settings.device().toString());
    Child.End end =
        Child.run(
            Child.Program.of(words.toArray(String[]::new)),
            context.limit().within(settings.fsckTimeout()));
    if (end.how() != Child.How.EXITED) {
      return answers.of(end, "e2fsck");
    }
    if (end.status() > CORRECTED_MAX) {
      return answers.failed(ResourceNotice.FS_DAMAGED, settings.device(), end.output().strip());
    }
    context.say(answers.notice(ResourceNotice.FS_CHECKED, settings.device(), end.output().strip()));
    return answers.ok(ResourceNotice.FS_CHECKED, settings.device(), end.output().strip());
  }
}
