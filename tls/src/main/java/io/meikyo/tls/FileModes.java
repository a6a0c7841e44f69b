// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Who may read a key, and change what is believed. */
public final class FileModes {
  private static final String UID = "unix:uid";
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));
  private static final Set<PosixFilePermission> OTHERS_WRITE =
      EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private FileModes() {}

  /**
   * A secret file: ours, mode 0600 or less, no link; in a folder that is ours, mode 0700.
   *
   * @throws TlsProblem FILE_MISSING, NO_PLAIN_FILE, WRONG_MODE, WRONG_OWNER, FILE_UNREADABLE
   */
  public static void secret(Path file) throws TlsProblem {
    plain(file, OTHERS, "0600");
    folder(file);
  }

  /**
   * A file that anyone may read and only we may change.
   *
   * @throws TlsProblem FILE_MISSING, NO_PLAIN_FILE, WRONG_MODE, WRONG_OWNER, FILE_UNREADABLE
   */
  public static void believed(Path file) throws TlsProblem {
    plain(file, OTHERS_WRITE, "0644");
  }

  private static void plain(Path file, Set<PosixFilePermission> forbidden, String wanted)
      throws TlsProblem {
    try {
      if (!Files.readAttributes(
              file, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isRegularFile()) {
        throw new TlsProblem(Notice.of(TlsNotice.NO_PLAIN_FILE, file));
      }
      check(file, forbidden, wanted);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static void folder(Path file) throws TlsProblem {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try {
        check(folder, OTHERS, "0700");
      } catch (IOException e) {
        throw unreadable(folder, e);
      }
    }
  }

  private static void check(Path path, Set<PosixFilePermission> forbidden, String wanted)
      throws IOException, TlsProblem {
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
    if (mode.stream().anyMatch(forbidden::contains)) {
      throw new TlsProblem(
          Notice.of(TlsNotice.WRONG_MODE, path, PosixFilePermissions.toString(mode), wanted));
    }
    Object owner = Files.getAttribute(path, UID);
    Object process = Files.getAttribute(Path.of("/proc/self"), UID);
    if (!owner.equals(process)) {
      throw new TlsProblem(Notice.of(TlsNotice.WRONG_OWNER, path, owner, process));
    }
  }

  /** What to say of a file that could not be read. */
  static TlsProblem unreadable(Path file, IOException e) {
    if (e instanceof NoSuchFileException) {
      return new TlsProblem(Notice.of(TlsNotice.FILE_MISSING, file));
    }
    String reason = e.getMessage();
    return new TlsProblem(
        Notice.of(
            TlsNotice.FILE_UNREADABLE,
            file,
            reason == null || reason.equals(file.toString())
                ? e.getClass().getSimpleName()
                : reason));
  }
}
