// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Small files that are whole or not there, whatever happens: written under another name, made
 * durable, renamed, and the folder made durable too. For one writer at a time; see {@link
 * PkiFolder#locked}.
 */
final class DurableFiles {
  /** Where a crash may fall, for tests. */
  interface Steps {
    /** Called after a step; what it throws leaves the files as a crash would. */
    void done(String step, Path file);
  }

  private static final String ENDING = ".tmp";
  private static final FileAttribute<?> SECRET = mode("rw-------");
  private static final FileAttribute<?> PUBLIC = mode("rw-r--r--");
  private static final FileAttribute<?> FOLDER = mode("rwx------");

  private final Steps steps;

  DurableFiles(Steps steps) {
    this.steps = steps;
  }

  private static FileAttribute<?> mode(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }

  /** Makes a folder for its owner alone, with the folders above it. */
  static void folder(Path folder) throws PkiProblem {
    try {
      if (Files.isDirectory(folder)) {
        return;
      }
      Path above = folder.toAbsolutePath().getParent();
      if (above != null) {
        Files.createDirectories(above);
      }
      Files.createDirectory(folder, FOLDER);
      sync(folder);
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
  }

  /** Replaces a file's text. */
  void write(Path file, String text, boolean secret) throws PkiProblem {
    write(file, text.getBytes(StandardCharsets.UTF_8), secret);
  }

  /** Replaces a file's bytes. */
  void write(Path file, byte[] content, boolean secret) throws PkiProblem {
    Path next = file.resolveSibling(file.getFileName() + ENDING);
    try {
      Files.deleteIfExists(next);
      try (FileChannel to =
          FileChannel.open(
              next,
              Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
              secret ? SECRET : PUBLIC)) {
        steps.done("created", file);
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
        // A strict umask would keep the others from reading what everyone may read.
        Files.setPosixFilePermissions(
            next, PosixFilePermissions.fromString(secret ? "rw-------" : "rw-r--r--"));
        to.force(true);
      }
      steps.done("written", file);
      rename(next, file);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /** Gives a file another's name, and is durable when it returns. */
  void move(Path from, Path to) throws PkiProblem {
    try {
      rename(from, to);
    } catch (IOException e) {
      throw cannotWrite(to, e);
    }
  }

  private void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    steps.done("renamed", to);
    sync(to);
    steps.done("durable", to);
  }

  /** Takes a file away, if it is there. */
  void delete(Path file) throws PkiProblem {
    try {
      if (Files.deleteIfExists(file)) {
        steps.done("deleted", file);
        sync(file);
      }
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  static String read(Path file) throws PkiProblem {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new PkiProblem(Notice.of(PkiNotice.CANNOT_READ, file, reason(e)));
    }
  }

  private static void sync(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  static PkiProblem cannotWrite(Path file, IOException e) {
    return new PkiProblem(Notice.of(PkiNotice.CANNOT_WRITE, file, reason(e)));
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return e.getClass().getSimpleName() + (message == null ? "" : " " + message);
  }
}
