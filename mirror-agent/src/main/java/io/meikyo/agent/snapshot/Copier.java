// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Copies chunks from the data partition to stores, in memory of its own, so many at a time as there
 * are buffers; more wait in their order. For the loop's thread.
 */
final class Copier {
  private static final int CHUNK = Origin.CHUNK;

  /** One copy. */
  final class Copy {
    final CopiedSnapshot of;
    final long chunk;
    final long begunNanos;
    private final int slot;
    private @Nullable Buffer buffer;
    private boolean ended;

    private Copy(CopiedSnapshot of, long chunk, int slot) {
      this.of = of;
      this.chunk = chunk;
      this.slot = slot;
      this.begunNanos = loop.nanos();
    }

    boolean hasEnded() {
      return ended;
    }
  }

  private final IoLoop loop;
  private final Origin origin;
  private final BufferPool memory;
  private final ArrayDeque<Copy> waiting = new ArrayDeque<>();

  Copier(IoLoop loop, Origin origin, BufferPool memory) {
    this.loop = loop;
    this.origin = origin;
    this.memory = memory;
  }

  /**
   * Begins a copy, or lets it wait for memory. {@link CopiedSnapshot#copyEnded} is called at its
   * end.
   */
  Copy copy(CopiedSnapshot of, long chunk, int slot) {
    Copy copy = new Copy(of, chunk, slot);
    waiting.addLast(copy);
    pump();
    return copy;
  }

  /** Forgets copies that wait for memory. */
  void forget(CopiedSnapshot of) {
    waiting.removeIf(copy -> copy.of == of);
  }

  /** Buffers lent at this moment. */
  int lent() {
    return memory.lent();
  }

  private void pump() {
    while (!waiting.isEmpty()) {
      Buffer buffer = memory.take(CHUNK);
      if (buffer == null) {
        return;
      }
      Copy copy = waiting.removeFirst();
      copy.buffer = buffer;
      copy.of.ioBegins();
      read(copy, buffer.bytes().asSlice(0, origin.chunkBytes(copy.chunk)), 0);
    }
  }

  private void read(Copy copy, MemorySegment to, int got) {
    long offset = copy.chunk * CHUNK + got;
    loop.read(
        origin.fd(),
        to.asSlice(got),
        offset,
        result -> {
          if (result > 0 && got + result < to.byteSize()) {
            read(copy, to, got + result);
          } else if (result <= 0) {
            end(copy, failure("read", offset, result));
          } else {
            write(copy, 0);
          }
        });
  }

  /** The whole slot, also of a short chunk: stores lie on file systems with larger blocks. */
  private void write(Copy copy, int put) {
    Buffer buffer = copy.buffer;
    if (buffer == null) {
      throw new IllegalStateException("a copy has memory until it ends");
    }
    long offset = (long) copy.slot * CHUNK + put;
    loop.write(
        copy.of.store().fd(),
        buffer.bytes().asSlice(put),
        offset,
        false,
        result -> {
          if (result > 0 && put + result < CHUNK) {
            write(copy, put + result);
          } else {
            end(copy, result <= 0 ? failure("write", offset, result) : null);
          }
        });
  }

  private static String failure(String call, long offset, int result) {
    String why = result == 0 ? "short" : Errno.sentence(-result);
    return call + " at byte " + offset + ": " + why;
  }

  private void end(Copy copy, @Nullable String problem) {
    copy.ended = true;
    Buffer buffer = copy.buffer;
    copy.buffer = null;
    if (buffer != null) {
      buffer.drop();
    }
    copy.of.copyEnded(copy, problem);
    copy.of.ioEnds();
    pump();
  }
}
