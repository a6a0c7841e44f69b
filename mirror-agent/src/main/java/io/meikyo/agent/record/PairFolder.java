// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.core.format.SetRecordCodec;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A {@link PairBook} in the agent's state folder. The decisions are in {@code <disk id>.record}, in
 * the form of the keeper's journal, so that a mirror disk can be moved from a keeper to its two
 * agents and back by copying that file. The rest is in {@code <disk id>.pair}, written anew as a
 * whole at each change:
 *
 * <pre>
 * "MKPF", version 1 in 4 bytes, flags 4 (1: a word, 2: something pending), length of who 4,
 * when 8 (ms since 1970), who 64 (UTF-8), pending record 256, 0 to byte 508, CRC32C of it 4
 * </pre>
 */
final class PairFolder implements PairBook {
  private static final int MAGIC = 'M' | 'K' << 8 | 'P' << 16 | 'F' << 24;
  private static final int VERSION = 1;
  private static final int BYTES = 512;
  private static final int CRC_AT = BYTES - 4;
  private static final int WHO_AT = 24;
  private static final int WHO_BYTES = 64;
  private static final int WORD = 1;
  private static final int PENDING = 2;

  private final Path file;
  private final UUID diskId;
  private final RecordJournal journal;
  private @Nullable SetRecord pending;
  private @Nullable Word alone;

  private PairFolder(Path file, UUID diskId, RecordJournal journal) {
    this.file = file;
    this.diskId = diskId;
    this.journal = journal;
  }

  /**
   * Opens it, or makes a new one.
   *
   * @param groupId lineage of a new one
   * @throws IOException if it cannot be read, is damaged, or is in use
   */
  static PairFolder open(Path folder, UUID diskId, long groupId) throws IOException {
    Files.createDirectories(folder);
    RecordJournal journal = RecordJournal.open(folder.resolve(diskId + ".record"), diskId, groupId);
    try {
      PairFolder book = new PairFolder(folder.resolve(diskId + ".pair"), diskId, journal);
      if (Files.exists(book.file)) {
        book.read();
      }
      return book;
    } catch (IOException e) {
      journal.close();
      throw e;
    }
  }

  private void read() throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (in.limit() != BYTES
        || in.getInt(0) != MAGIC
        || in.getInt(4) != VERSION
        || in.getInt(CRC_AT) != crc(in)) {
      throw new IOException(file + " is damaged, or of another version of Meikyo");
    }
    int flags = in.getInt(8);
    if ((flags & WORD) != 0) {
      byte[] who = new byte[Math.clamp(in.getInt(12), 0, WHO_BYTES)];
      in.get(WHO_AT, who);
      alone = new Word(new String(who, StandardCharsets.UTF_8), in.getLong(16));
    }
    if ((flags & PENDING) != 0) {
      pending =
          SetRecordCodec.decode(in.slice(WHO_AT + WHO_BYTES, SetRecordCodec.BYTES), diskId)
              .orNull();
      if (pending == null) {
        throw new IOException(file + " is damaged");
      }
    }
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, CRC_AT));
    return (int) crc.getValue();
  }

  private void write(@Nullable SetRecord newPending, @Nullable Word newAlone) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(VERSION);
    out.putInt((newAlone == null ? 0 : WORD) | (newPending == null ? 0 : PENDING));
    if (newAlone != null) {
      byte[] who = cut(newAlone.who()).getBytes(StandardCharsets.UTF_8);
      out.putInt(who.length).putLong(newAlone.atMillis()).put(who);
    }
    if (newPending != null) {
      out.position(WHO_AT + WHO_BYTES);
      SetRecordCodec.encode(newPending, diskId, out);
    }
    out.putInt(CRC_AT, crc(out));
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel to =
        FileChannel.open(
            next,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      RecordJournal.write(to, out.clear(), 0);
      to.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    RecordJournal.syncFolder(file);
    pending = newPending;
    alone = newAlone;
  }

  /** As much of a name as there is room for. */
  private static String cut(String who) {
    String s = who;
    while (s.getBytes(StandardCharsets.UTF_8).length > WHO_BYTES) {
      s = s.substring(0, s.length() - 1);
    }
    return s;
  }

  @Override
  public SetRecord newest() {
    return journal.record();
  }

  @Override
  public @Nullable SetRecord at(long version) {
    return journal.at(version);
  }

  @Override
  public List<SetRecord> from(long version) {
    return journal.from(version);
  }

  @Override
  public void append(SetRecord next) throws IOException {
    if (journal.propose(next) != Outcome.COMMITTED) {
      throw new IllegalStateException(next.version() + " after " + newest().version());
    }
  }

  @Override
  public void replace(List<SetRecord> all) throws IOException {
    // What is pending may be in the other's journal: it goes last, and is not the next one then.
    write(pending, null);
    journal.replace(all);
    write(null, null);
  }

  @Override
  public @Nullable SetRecord pending() {
    return pending;
  }

  @Override
  public void pending(@Nullable SetRecord record) throws IOException {
    write(record, alone);
  }

  @Override
  public @Nullable Word alone() {
    return alone;
  }

  @Override
  public void alone(@Nullable Word word) throws IOException {
    write(pending, word);
  }

  @Override
  public void close() throws IOException {
    journal.close();
  }
}
