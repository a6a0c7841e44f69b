// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.core.format.Decoded;
import io.meikyo.core.format.Flaw;
import io.meikyo.core.format.SetRecordCodec;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All versions of one mirror disk's record, one behind the other in a file; the last one counts.
 * Only a torn end is forgiven, since whoever wrote it was not answered: a part of a record, or what
 * a file system leaves of one that it had made room for. A last record that is damaged may have
 * been answered; without it, two servers could be given one version, and so it is refused.
 *
 * <p>Old versions are kept so that a proposer whose answer was lost finds its own decision; when
 * the file has {@link #ENTRIES_MAX} of them it is written anew with the last half. For one thread
 * at a time.
 */
final class RecordJournal implements AutoCloseable {
  /** Versions in a file. */
  static final int ENTRIES_MAX = 4096;

  private final Path file;
  private final UUID diskId;
  private final Map<Long, SetRecord> byProposal = new LinkedHashMap<>();
  private final NavigableMap<Long, SetRecord> byVersion = new TreeMap<>();
  private FileChannel channel;
  private FileLock lock;
  private SetRecord record;
  private int entries;

  private RecordJournal(Path file, UUID diskId, FileChannel channel, FileLock lock) {
    this.file = file;
    this.diskId = diskId;
    this.channel = channel;
    this.lock = lock;
    this.record = SetRecord.initial(0);
  }

  /**
   * Opens the journal, or makes a new one.
   *
   * @param newGroupId lineage of a new one
   * @throws IOException if it cannot be read, is damaged, or is in use
   */
  static RecordJournal open(Path file, UUID diskId, long newGroupId) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new IOException(file + " is in use by another process");
      }
      RecordJournal journal = new RecordJournal(file, diskId, channel, lock);
      if (!journal.read()) {
        journal.append(SetRecord.initial(newGroupId));
        syncFolder(file);
      }
      return journal;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Reads what is there; returns false if there is nothing. */
  private boolean read() throws IOException {
    long size = channel.size();
    ByteBuffer entry = ByteBuffer.allocate(SetRecordCodec.BYTES);
    for (long at = 0; at + SetRecordCodec.BYTES <= size; at += SetRecordCodec.BYTES) {
      entry.clear();
      while (entry.hasRemaining() && channel.read(entry, at + entry.position()) > 0) {
        // A file gives all of it, sooner or later.
      }
      Decoded<SetRecord> decoded = SetRecordCodec.decode(entry.flip(), diskId);
      SetRecord next = decoded.orNull();
      if (next == null) {
        if (at + 2 * SetRecordCodec.BYTES > size && isEmpty(entry)) {
          break;
        }
        Flaw flaw = decoded instanceof Decoded.Bad<SetRecord> bad ? bad.flaw() : Flaw.FOREIGN;
        throw new IOException(file + " is damaged at byte " + at + " (" + flaw + ")");
      }
      if (entries > 0
          && (next.version() != record.version() + 1 || next.groupId() != record.groupId())) {
        throw new IOException(
            file + " is damaged: version " + next.version() + " follows " + record.version());
      }
      taken(next);
    }
    channel.truncate((long) entries * SetRecordCodec.BYTES);
    return entries > 0;
  }

  private static boolean isEmpty(ByteBuffer entry) {
    for (int i = entry.position(); i < entry.limit(); i++) {
      if (entry.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private void taken(SetRecord next) {
    record = next;
    byProposal.put(next.proposalId(), next);
    byVersion.put(next.version(), next);
    entries++;
  }

  SetRecord record() {
    return record;
  }

  /** A version; null if it is not kept (any more). */
  @Nullable SetRecord at(long version) {
    return byVersion.get(version);
  }

  /** Versions from one on, as far as they are kept, oldest first. */
  List<SetRecord> from(long version) {
    return List.copyOf(byVersion.tailMap(version, true).values());
  }

  /**
   * Changes the record, if the proposal's version is the next one. Durable when it returns.
   *
   * @throws IOException if that is not known: the caller must not answer, and must end
   */
  Outcome propose(SetRecord next) throws IOException {
    if (next.equals(byProposal.get(next.proposalId()))) {
      return Outcome.COMMITTED;
    }
    if (next.version() != record.version() + 1 || next.groupId() != record.groupId()) {
      return Outcome.REJECTED;
    }
    if (entries >= ENTRIES_MAX) {
      shorten();
    }
    append(next);
    return Outcome.COMMITTED;
  }

  private void append(SetRecord next) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(SetRecordCodec.BYTES);
    SetRecordCodec.encode(next, diskId, entry);
    write(channel, entry.flip(), (long) entries * SetRecordCodec.BYTES);
    channel.force(true);
    taken(next);
  }

  static void write(FileChannel to, ByteBuffer bytes, long at) throws IOException {
    long offset = at;
    while (bytes.hasRemaining()) {
      offset += to.write(bytes, offset);
    }
  }

  /** Keeps the newer half. */
  private void shorten() throws IOException {
    List<SetRecord> all = from(Long.MIN_VALUE);
    replace(all.subList(all.size() / 2, all.size()));
  }

  /**
   * Puts other versions in the place of all: in a new file, which takes the name when it is whole.
   *
   * @param all each one above the one before it
   */
  void replace(List<SetRecord> all) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    FileChannel to =
        FileChannel.open(
            next,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING);
    FileLock held = to.lock();
    ByteBuffer bytes = ByteBuffer.allocate(all.size() * SetRecordCodec.BYTES);
    all.forEach(r -> SetRecordCodec.encode(r, diskId, bytes));
    write(to, bytes.flip(), 0);
    to.force(true);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(file);
    lock.release();
    channel.close();
    channel = to;
    lock = held;
    byProposal.clear();
    byVersion.clear();
    entries = 0;
    read();
  }

  static void syncFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
