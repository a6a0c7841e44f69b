// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static java.nio.channels.FileChannel.MapMode.READ_WRITE;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;

/**
 * Does to one file all that a file system can do with one, in an order that a seed decides, and
 * compares what it reads with a copy in memory: writing and reading through the page cache, past
 * it, and mapped; shorter, longer, holes, zeros, room reserved, ranges taken out and put in,
 * synchronised, closed and opened. The same seed does the same again. For one thread.
 */
final class Exerciser implements AutoCloseable {
  private static final int BYTES_MAX = 2 << 20;
  private static final int IO_BYTES_MAX = 128 << 10;
  private static final int ALIGNED = 4096;
  private static final int FALLOC_COLLAPSE_RANGE = 8;
  private static final int FALLOC_INSERT_RANGE = 32;
  private static final int REMEMBERED = 40;
  private static final int CLOSED = -1;

  /** What can be done, and how often it is. */
  private enum Op {
    WRITE(10),
    WRITE_DIRECT(8),
    WRITE_DURABLE(3),
    WRITE_MAPPED(6),
    READ(6),
    READ_DIRECT(6),
    READ_MAPPED(4),
    SHORTER(2),
    LONGER(2),
    HOLE(4),
    ZERO(3),
    RESERVE(2),
    TAKE_OUT(1),
    PUT_IN(1),
    SYNC(2),
    REOPEN(1),
    COMPARE(1);

    final int weight;

    Op(int weight) {
      this.weight = weight;
    }
  }

  private static final int WEIGHTS = Arrays.stream(Op.values()).mapToInt(op -> op.weight).sum();

  private final Path file;
  private final long seed;
  private final Random random;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment io = arena.allocate(BYTES_MAX, ALIGNED);
  private final byte[] model = new byte[BYTES_MAX];
  private final Deque<String> lately = new ArrayDeque<>();
  private int size;
  private long done;
  private int cached = CLOSED;
  private int direct = CLOSED;
  private int durable = CLOSED;

  /** On a file that is made. */
  Exerciser(Path file, long seed) {
    this.file = file;
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** Operations done. */
  long done() {
    return done;
  }

  /**
   * Does one thing.
   *
   * @throws IOException an operation failed, with those before it
   * @throws AssertionError something else was read than is to be there
   */
  void step() throws IOException {
    int pick = random.nextInt(WEIGHTS);
    Op op = null;
    for (Op each : Op.values()) {
      if (pick >= 0 && pick < each.weight) {
        op = each;
      }
      pick -= each.weight;
    }
    try {
      open();
      run(op);
      done++;
    } catch (IOException e) {
      throw new IOException(told(), e);
    } catch (AssertionError e) {
      throw new AssertionError(told(), e);
    }
  }

  private String told() {
    return file + ", seed " + seed + ", operation " + done + ":\n" + String.join("\n", lately);
  }

  private void open() throws IOException {
    if (cached == CLOSED) {
      int flags = Descriptors.O_RDWR | Descriptors.O_CREAT;
      cached = Descriptors.open(file, flags);
      direct = Descriptors.open(file, flags | Descriptors.O_DIRECT);
      durable = Descriptors.open(file, flags | Descriptors.O_DSYNC);
    }
  }

  /** Closes the file; the next operation opens it again. */
  void closeFile() {
    for (int fd : new int[] {cached, direct, durable}) {
      if (fd != CLOSED) {
        Descriptors.close(fd);
      }
    }
    cached = CLOSED;
    direct = CLOSED;
    durable = CLOSED;
  }

  @Override
  public void close() {
    closeFile();
    arena.close();
  }

  private void run(Op op) throws IOException {
    switch (op) {
      case WRITE -> write(op, cached, 1);
      case WRITE_DIRECT -> write(op, direct, ALIGNED);
      case WRITE_DURABLE -> write(op, durable, 1);
      case WRITE_MAPPED -> mapped(true);
      case READ -> read(op, cached, 1);
      case READ_DIRECT -> read(op, direct, ALIGNED);
      case READ_MAPPED -> mapped(false);
      case SHORTER -> resize(op, random.nextInt(size + 1));
      case LONGER -> resize(op, size + random.nextInt(BYTES_MAX - size + 1));
      case HOLE -> hole();
      case ZERO -> zero();
      case RESERVE -> reserve();
      case TAKE_OUT -> takeOut();
      case PUT_IN -> putIn();
      case SYNC -> {
        note(op, 0, 0);
        check("fdatasync", FileIo.sync(cached));
      }
      case REOPEN -> {
        note(op, 0, 0);
        closeFile();
      }
      case COMPARE -> {
        note(op, 0, 0);
        compare();
      }
    }
  }

  private void note(Op op, long offset, long bytes) {
    lately.add(op + " at " + offset + ", " + bytes + " bytes, of " + size);
    if (lately.size() > REMEMBERED) {
      lately.remove();
    }
  }

  private static void check(String call, long result) throws IOException {
    if (result < 0) {
      throw new IOException(call + ": errno " + -result);
    }
  }

  /** A random number of the kind that the borders of pages and blocks are. */
  private int place(int limit, int aligned) {
    int any = random.nextInt(limit + 1);
    boolean round = aligned > 1 || random.nextInt(3) == 0;
    return round ? any / ALIGNED * ALIGNED : any;
  }

  private int length(int limit, int aligned) {
    int bytes = place(Math.min(limit, IO_BYTES_MAX), aligned);
    return Math.max(bytes, Math.min(limit, aligned));
  }

  // ---- bytes

  private void write(Op op, int fd, int aligned) throws IOException {
    int offset = place(BYTES_MAX - ALIGNED, aligned);
    int bytes = length(BYTES_MAX - offset, aligned);
    note(op, offset, bytes);
    byte[] fresh = fresh(bytes);
    for (int at = 0; at < bytes; ) {
      MemorySegment part = io.asSlice(0, bytes - at);
      MemorySegment.copy(MemorySegment.ofArray(fresh), at, part, 0, bytes - at);
      int got = FileIo.write(fd, part, offset + at);
      check("pwrite", got);
      at += got;
    }
    System.arraycopy(fresh, 0, model, offset, bytes);
    size = Math.max(size, offset + bytes);
  }

  private byte[] fresh(int bytes) {
    byte[] fresh = new byte[bytes];
    new Random(seed * 31 + done).nextBytes(fresh);
    return fresh;
  }

  private void read(Op op, int fd, int aligned) throws IOException {
    int offset = place(size, aligned);
    int bytes = length(BYTES_MAX - offset, aligned);
    note(op, offset, bytes);
    same(fd, offset, bytes);
  }

  private void same(int fd, int offset, int bytes) throws IOException {
    int expected = Math.max(0, Math.min(bytes, size - offset));
    // XFS answers EIO to a read past the cache that meets room which it holds ready behind the end.
    int most = fd == direct ? (expected + ALIGNED - 1) / ALIGNED * ALIGNED : bytes;
    int at = 0;
    while (at < most) {
      int got = FileIo.read(fd, io.asSlice(at, most - at), offset + at);
      check("pread", got);
      at += got;
      if (got == 0 || (fd == direct && at % ALIGNED != 0)) {
        break;
      }
    }
    if (at != expected) {
      throw new AssertionError("read " + at + " bytes at " + offset + ", not " + expected);
    }
    same(io.asSlice(0, expected), offset);
  }

  private void same(MemorySegment found, int offset) {
    MemorySegment expected = MemorySegment.ofArray(model).asSlice(offset, found.byteSize());
    long at = expected.mismatch(found);
    if (at >= 0) {
      throw new AssertionError("byte " + (offset + at) + " is not what was written");
    }
  }

  private void mapped(boolean writes) throws IOException {
    int offset = place(size, 1);
    int bytes = length(size - offset, 1);
    note(writes ? Op.WRITE_MAPPED : Op.READ_MAPPED, offset, bytes);
    if (bytes == 0) {
      return;
    }
    try (Arena life = Arena.ofConfined();
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment map = channel.map(READ_WRITE, offset, bytes, life);
      same(map, offset);
      if (writes) {
        byte[] fresh = fresh(bytes);
        map.copyFrom(MemorySegment.ofArray(fresh));
        System.arraycopy(fresh, 0, model, offset, bytes);
        if (random.nextInt(3) == 0) {
          map.force();
        }
      }
    }
  }

  /** Reads all of the file past the page cache. */
  void compare() throws IOException {
    open();
    same(direct, 0, BYTES_MAX);
  }

  // ---- room

  private void resize(Op op, int bytes) throws IOException {
    note(op, bytes, 0);
    FileIo.resize(cached, bytes);
    zeroed(size, bytes);
    size = bytes;
    // What is behind the end is gone, and zeros if the file grows again.
    Arrays.fill(model, size, BYTES_MAX, (byte) 0);
  }

  private void zeroed(int from, int to) {
    if (from < to) {
      Arrays.fill(model, from, to, (byte) 0);
    }
  }

  private void hole() throws IOException {
    int offset = place(size, 1);
    int bytes = length(BYTES_MAX - offset, 1);
    note(Op.HOLE, offset, bytes);
    if (bytes > 0) {
      int mode = FileIo.FALLOC_PUNCH_HOLE | FileIo.FALLOC_KEEP_SIZE;
      check("fallocate, hole", FileIo.allocate(cached, mode, offset, bytes));
      zeroed(offset, Math.min(size, offset + bytes));
    }
  }

  private void zero() throws IOException {
    int offset = place(size, 1);
    int bytes = length(BYTES_MAX - offset, 1);
    boolean keep = random.nextBoolean();
    note(Op.ZERO, offset, bytes);
    if (bytes > 0) {
      int mode = FileIo.FALLOC_ZERO_RANGE | (keep ? FileIo.FALLOC_KEEP_SIZE : 0);
      check("fallocate, zero", FileIo.allocate(cached, mode, offset, bytes));
      size = keep ? size : Math.max(size, offset + bytes);
      zeroed(offset, Math.min(size, offset + bytes));
    }
  }

  private void reserve() throws IOException {
    int offset = place(BYTES_MAX - 1, 1);
    int bytes = length(BYTES_MAX - offset, 1);
    boolean keep = random.nextBoolean();
    note(Op.RESERVE, offset, bytes);
    int mode = keep ? FileIo.FALLOC_KEEP_SIZE : 0;
    check("fallocate", FileIo.allocate(cached, mode, offset, bytes));
    size = keep ? size : Math.max(size, offset + bytes);
  }

  private void takeOut() throws IOException {
    int offset = place(size, ALIGNED);
    int bytes = length(BYTES_MAX - offset, ALIGNED);
    note(Op.TAKE_OUT, offset, bytes);
    if (bytes >= ALIGNED && offset + bytes < size) {
      check("fallocate, collapse", FileIo.allocate(cached, FALLOC_COLLAPSE_RANGE, offset, bytes));
      System.arraycopy(model, offset + bytes, model, offset, size - offset - bytes);
      zeroed(size - bytes, size);
      size -= bytes;
    }
  }

  private void putIn() throws IOException {
    int offset = place(size, ALIGNED);
    int bytes = length((BYTES_MAX - size) / ALIGNED * ALIGNED, ALIGNED);
    note(Op.PUT_IN, offset, bytes);
    if (bytes >= ALIGNED && offset < size) {
      check("fallocate, insert", FileIo.allocate(cached, FALLOC_INSERT_RANGE, offset, bytes));
      System.arraycopy(model, offset, model, offset + bytes, size - offset);
      zeroed(offset, offset + bytes);
      size += bytes;
    }
  }
}
