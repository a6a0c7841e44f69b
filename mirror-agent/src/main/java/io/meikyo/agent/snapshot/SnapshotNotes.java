// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.SuperblockCodec;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a next life must know of snapshots that stay when the agent ends: a small file for each that
 * somebody has adopted, {@code md1-0-5aa9.note} (mirror disk, replica, cut). One that has no note
 * is nobody's.
 *
 * <pre>
 *   provider=reflink         who has taken it
 *   where=/disks/md1-0-…     what finds it again
 *   by=backup 5aa9           who wants it
 *   taken=1763900000000      wall clock of the cut, ms
 *   led=true                 this replica was the active
 *   status=PROVEN            what is known of the cut's worth, and its digest
 *   digest=0000…             32 digits
 *   superblock=TUtT…         that of the cut, as it stands on the partition, Base64
 * </pre>
 *
 * A file is replaced as a whole, and durable when a call returns. Calls block; one at a time.
 */
final class SnapshotNotes {
  private static final String SUFFIX = ".note";
  private static final int HALF = 16;

  /** One note. */
  record Note(
      String provider,
      String where,
      String by,
      long takenMillis,
      boolean ledHere,
      CutRecord cut,
      Superblock atCut) {
    long cutId() {
      return atCut.cut().cutId();
    }
  }

  private final Path folder;
  private final String begin;
  private final String mirror;

  /** Notes about one replica of a mirror disk. */
  SnapshotNotes(Path folder, String mirror, int replica) {
    this.folder = folder;
    this.mirror = mirror;
    this.begin = CutNames.begin(mirror, replica);
  }

  private Path file(long cutId) {
    return folder.resolve(CutNames.name(begin, cutId, SUFFIX));
  }

  /**
   * All there are. One that cannot be read stays, and is said.
   *
   * @param said takes sentences
   */
  List<Note> all(Consumer<Notice> said) {
    List<Note> all = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return all;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        long cutId = CutNames.cutId(begin, String.valueOf(file.getFileName()), SUFFIX);
        if (cutId != 0) {
          Note note = read(file);
          if (note == null || note.cutId() != cutId) {
            said.accept(Notice.of(SnapshotNotice.NOTE_BAD, mirror, file));
          } else {
            all.add(note);
          }
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      said.accept(
          Notice.of(SnapshotNotice.NO_FOLDER, mirror, folder, String.valueOf(e.getMessage())));
    }
    return all;
  }

  private static @Nullable Note read(Path file) throws IOException {
    Properties p = new Properties();
    try {
      p.load(new StringReader(Files.readString(file)));
      byte[] block = Base64.getDecoder().decode(p.getProperty("superblock", ""));
      WrittenSuperblock written = SuperblockCodec.decode(ByteBuffer.wrap(block)).orNull();
      String digest = p.getProperty("digest", "");
      if (written == null || digest.length() != 2 * HALF) {
        return null;
      }
      Superblock atCut = written.superblock();
      CutRecord cut =
          atCut
              .cut()
              .withStatus(CutStatus.valueOf(p.getProperty("status", "")))
              .withDigest(
                  Long.parseUnsignedLong(digest.substring(0, HALF), HALF),
                  Long.parseUnsignedLong(digest.substring(HALF), HALF));
      return new Note(
          p.getProperty("provider", ""),
          p.getProperty("where", ""),
          p.getProperty("by", ""),
          Long.parseLong(p.getProperty("taken", "")),
          Boolean.parseBoolean(p.getProperty("led", "")),
          cut,
          atCut);
    } catch (IllegalArgumentException e) {
      return null; // a word that is none
    }
  }

  /** Writes one, in place of an older one. */
  void write(Note note) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(PartitionLayout.BLOCK_BYTES);
    Superblock s = note.atCut;
    SuperblockCodec.encode(
        new WrittenSuperblock(s, note.cutId(), PartitionLayout.of(s.geometry(), 1)), block);
    CutRecord cut = note.cut;
    StringBuilder text = new StringBuilder();
    line(text, "provider", note.provider);
    line(text, "where", note.where);
    line(text, "by", note.by);
    line(text, "taken", Long.toString(note.takenMillis));
    line(text, "led", Boolean.toString(note.ledHere));
    line(text, "status", cut.status().name());
    line(text, "digest", hex(cut.digestHigh()) + hex(cut.digestLow()));
    line(text, "superblock", Base64.getEncoder().encodeToString(block.array()));
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path file = file(note.cutId());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(fresh, text, StandardCharsets.UTF_8);
    sync(fresh, StandardOpenOption.WRITE);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(folder, StandardOpenOption.READ);
  }

  private static String hex(long half) {
    return HexFormat.of().toHexDigits(half);
  }

  /** The rules of {@link Properties#load} for values; ours have no line ends. */
  private static void line(StringBuilder text, String key, String value) {
    text.append(key).append('=').append(value.replace("\\", "\\\\")).append('\n');
  }

  private static void sync(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }

  /** Takes one away, if it is there. */
  void remove(long cutId) throws IOException {
    Files.deleteIfExists(file(cutId));
  }
}
