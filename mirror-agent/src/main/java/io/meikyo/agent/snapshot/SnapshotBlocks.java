// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.linux.Errno;
import org.jspecify.annotations.Nullable;

/** A snapshot as clients see it: a disk that nobody writes. For the loop's thread. */
final class SnapshotBlocks implements BlockService {
  private final Snapshot snapshot;
  private final Origin origin;
  private final Reader reader;

  SnapshotBlocks(Snapshot snapshot, Origin origin, Reader reader) {
    this.snapshot = snapshot;
    this.origin = origin;
    this.reader = reader;
  }

  @Override
  public int blockBytes() {
    return origin.blockBytes();
  }

  @Override
  public long blocks() {
    return origin.blocks();
  }

  @Override
  public boolean readOnly() {
    return true;
  }

  @Override
  public int discardBytes() {
    return 0;
  }

  @Override
  public int requestBytesMax() {
    return Reader.BYTES_MAX;
  }

  @Override
  public @Nullable Buffer memory(int bytes) {
    return null; // there are no writes to have memory for
  }

  @Override
  public void whenMemory(Runnable task) {
    reader.whenFree(task);
  }

  @Override
  public void read(long start, int count, Answer answer) {
    reader.read(snapshot, start, count, answer);
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    answer.done(Errno.EROFS, null);
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    answer.done(Errno.EROFS, null);
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    answer.done(Errno.EROFS, null);
  }

  @Override
  public void flush(Answer answer) {
    answer.done(0, null);
  }
}
