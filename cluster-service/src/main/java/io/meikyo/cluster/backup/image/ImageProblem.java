// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/** Why there is no image, in words for people. */
public final class ImageProblem extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Notice notice;

  ImageProblem(NoticeCode code, Object... values) {
    this(Notice.of(code, values));
  }

  ImageProblem(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  /** What to tell people. */
  public Notice notice() {
    return notice;
  }

  /** What the system said, without the names that stand in the message anyway. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "it does not exist";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "it exists already";
      case FileSystemException f ->
          Objects.requireNonNullElse(f.getReason(), f.getClass().getSimpleName());
      default -> Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    };
  }
}
