// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.linux.BootTime;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The files in which a resource remembers over our restart what it has started: NAME.state with a
 * word, NAME.pid of a process, NAME.out with its output. They count for one boot of the server.
 */
final class RunFiles {
  /** A file of output that is longer is cut off at its beginning, when we come by. */
  static final long OUTPUT_BYTES_MAX = 1 << 20;

  private static final int OUTPUT_BYTES_KEPT = 64 << 10;

  private final Path folder;
  private final String name;

  /**
   * Files below a folder, which is made when it is needed.
   *
   * @param folder one that a reboot empties, such as /run/meikyo/resource
   */
  RunFiles(Path folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  Path output() {
    return folder.resolve(name + ".out");
  }

  Path pid() {
    return folder.resolve(name + ".pid");
  }

  private Path state() {
    return folder.resolve(name + ".state");
  }

  /** Makes the folder, and shortens the output if it has grown too long. */
  void prepare() throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    trim();
  }

  /** Shortens the output. Whoever has it open goes on writing at its end. */
  void trim() throws IOException {
    Path file = output();
    if (!Files.exists(file) || Files.size(file) <= OUTPUT_BYTES_MAX) {
      return;
    }
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] last = new byte[OUTPUT_BYTES_KEPT];
      out.seek(out.length() - last.length);
      out.readFully(last);
      out.setLength(0);
      out.seek(0);
      out.write(last);
    }
  }

  /** Remembers a word for this boot, durably enough to outlive our process. */
  void remember(String word) throws IOException {
    prepare();
    Path next = folder.resolve(name + ".state.new");
    Files.writeString(next, boot() + " " + word + "\n", StandardCharsets.UTF_8);
    Files.move(next, state(), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The word that was remembered in this boot; empty if none was. */
  String remembered() throws IOException {
    try {
      String[] words = Files.readString(state(), StandardCharsets.UTF_8).strip().split(" ", 2);
      return words.length == 2 && words[0].equals(boot()) ? words[1] : "";
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /** Forgets word and process. */
  void forget() throws IOException {
    Files.deleteIfExists(state());
    Files.deleteIfExists(pid());
  }

  /** This boot of the server. */
  static String boot() throws IOException {
    return Long.toHexString(BootTime.bootId());
  }
}
