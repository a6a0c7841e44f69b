// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.agent.partition.OpenReplica;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both edges on real files with direct I/O. */
@Timeout(60)
class EdgesTest {
  private static final long BYTES = 8 << 20;
  private static final int BLOCK = 512;
  private static final Identity IDENTITY = new Identity(new UUID(1, 2), new UUID(3, 4), 0);

  @TempDir private Path folder;
  private final Arena arena = Arena.ofShared();
  private final LinkedBlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private IoLoop loop;
  private Thread thread;
  private BufferPool pool;
  private OpenReplica replica;
  private Hasher hasher;
  private DataEdge data;
  private MetaEdge meta;

  private final class Ends implements DataEdge.Done {
    @Override
    public void ended(long op, boolean ok, Buffer bytes, Hash hash) {
      ends.add(
          op
              + (ok ? " ok" : " failed")
              + (bytes == null ? "" : " " + hash(bytes.bytes().toArray(ValueLayout.JAVA_BYTE)))
              + (hash == null ? "" : " hashed"));
    }

    @Override
    public void failed(String call, long offset, int errno) {
      ends.add(call + " at " + offset + " errno " + errno);
    }
  }

  private static String hash(byte[] bytes) {
    return Hasher.of(ByteBuffer.wrap(bytes)).toString();
  }

  @BeforeEach
  void open() throws Exception {
    new CreatePartition(
            new CreatePartition.Request(
                folder.resolve("data"),
                folder.resolve("cluster"),
                IDENTITY,
                3,
                BLOCK,
                0,
                BYTES,
                false),
            (what, done, total) -> {})
        .run(5);
    loop = Loops.best(reason -> {});
    pool = new BufferPool(arena, 8, 4, 2, loop::post);
    hasher = new Hasher(loop::post, "test");
    replica = OpenReplica.open(folder.resolve("data"), folder.resolve("cluster"), IDENTITY);
    data = edge(loop, replica.dataFd(), false);
    meta = new MetaEdge(loop, replica.clusterFd(), replica.loaded().written(), arena, new Ends());
    thread = Thread.ofPlatform().start(loop::run);
  }

  private DataEdge edge(IoLoop on, int fd, boolean zeroesFast) {
    return new DataEdge(on, fd, BLOCK, zeroesFast, pool, hasher, arena, new Ends());
  }

  @AfterEach
  void close() throws Exception {
    int lent = on(() -> pool.lent());
    loop.stop();
    thread.join(10_000);
    loop.close();
    replica.close();
    hasher.close();
    arena.close();
    assertThat(lent).as("buffers that did not come back").isZero();
  }

  private <T> T on(Supplier<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.post(() -> {
      try {
        done.complete(task.get());
      } catch (Throwable t) {
        done.completeExceptionally(t);
      }
    });
    return done.orTimeout(10, TimeUnit.SECONDS).join();
  }

  private void run(Runnable task) {
    on(() -> {
      task.run();
      return true;
    });
  }

  private String next() throws InterruptedException {
    String end = ends.poll(10, TimeUnit.SECONDS);
    assertThat(end).as("an end").isNotNull();
    return end;
  }

  private static byte[] random(int bytes, long seed) {
    byte[] b = new byte[bytes];
    new Random(seed).nextBytes(b);
    return b;
  }

  private void write(DataEdge edge, long op, long start, byte[] bytes, boolean fua) {
    run(() -> {
      Buffer buffer = pool.take(bytes.length);
      MemorySegment.copy(bytes, 0, buffer.bytes(), ValueLayout.JAVA_BYTE, 0, bytes.length);
      edge.write(new Effect.DiskWrite(op, start, bytes.length / BLOCK, fua, buffer));
      buffer.drop();
    });
  }

  private byte[] onDisk(String name, long offset, int bytes) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(folder.resolve(name).toFile(), "r")) {
      byte[] b = new byte[bytes];
      f.seek(offset);
      f.readFully(b);
      return b;
    }
  }

  @Test
  void whatIsWrittenIsReadZeroedAndFlushed() throws Exception {
    byte[] bytes = random(3 * BLOCK, 1);
    write(data, 1, 100, bytes, false);
    assertThat(next()).isEqualTo("1 ok");
    run(() -> data.flush(new Effect.DiskFlush(2)));
    assertThat(next()).isEqualTo("2 ok");
    assertThat(onDisk("data", 100 * BLOCK, bytes.length)).isEqualTo(bytes);
    run(() -> data.read(new Effect.DiskRead(3, 100, 3, false)));
    assertThat(next()).isEqualTo("3 ok " + hash(bytes));
    run(() -> data.read(new Effect.DiskRead(4, 100, 3, true)));
    assertThat(next()).isEqualTo("4 ok " + hash(bytes) + " hashed");
    // More than the zeros at hand, so in several writes.
    run(() -> data.zero(new Effect.DiskZero(5, 101, 6000, true, false)));
    assertThat(next()).isEqualTo("5 ok");
    assertThat(onDisk("data", 101 * BLOCK, 6000 * BLOCK)).containsOnly(0);
    assertThat(onDisk("data", 100 * BLOCK, BLOCK)).isEqualTo(java.util.Arrays.copyOf(bytes, BLOCK));
    DataEdge fast = edge(loop, replica.dataFd(), true);
    write(fast, 6, 0, bytes, true);
    assertThat(next()).isEqualTo("6 ok");
    run(() -> fast.zero(new Effect.DiskZero(7, 0, 3, true, false)));
    assertThat(next()).isEqualTo("7 ok");
    assertThat(onDisk("data", 0, bytes.length)).containsOnly(0);
  }

  @Test
  void readsWaitForMemoryAndKeepTheirOrder() throws Exception {
    byte[] bytes = random(64 << 10, 2);
    for (int i = 0; i < 8; i++) {
      write(data, 100 + i, i * 128L, bytes, false);
      assertThat(next()).isEqualTo(100 + i + " ok");
    }
    run(() -> {
      for (int i = 0; i < 40; i++) {
        data.read(new Effect.DiskRead(i, (i % 8) * 128L, 128, i % 2 == 0));
      }
    });
    for (int i = 0; i < 40; i++) {
      assertThat(next()).contains(" ok " + hash(bytes));
    }
  }

  @Test
  void aDeviceThatIsTooShortIsAFailureWithItsPlace() throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(folder.resolve("data").toFile(), "rw")) {
      f.setLength(4096);
    }
    run(() -> data.read(new Effect.DiskRead(1, 4, 16, false)));
    assertThat(next()).isEqualTo("read at 4096 errno 0");
    assertThat(next()).isEqualTo("1 failed");
    run(() -> data.read(new Effect.DiskRead(2, 64, 1, true)));
    assertThat(next()).isEqualTo("read at 32768 errno 0");
    assertThat(next()).isEqualTo("2 failed");
  }

  @Test
  void errorsAreToldWithTheirErrno() throws Exception {
    DataEdge closed = edge(loop, 9999, false);
    write(closed, 1, 8, random(BLOCK, 1), false);
    assertThat(next()).isEqualTo("write at 4096 errno 9");
    assertThat(next()).isEqualTo("1 failed");
    run(() -> closed.flush(new Effect.DiskFlush(2)));
    assertThat(next()).isEqualTo("fdatasync at -1 errno 9");
    assertThat(next()).isEqualTo("2 failed");
    run(() -> closed.zero(new Effect.DiskZero(3, 0, 1, false, false)));
    assertThat(next()).isEqualTo("write at 0 errno 9");
    assertThat(next()).isEqualTo("3 failed");
    run(() -> closed.read(new Effect.DiskRead(4, 0, 1, false)));
    assertThat(next()).isEqualTo("read at 0 errno 9");
    assertThat(next()).isEqualTo("4 failed");
  }

  @Test
  void aDiskThatTakesNothingOrTooLittleIsNeverASuccess() {
    OddLoop odd = new OddLoop();
    DataEdge edge = edge(odd.loop, 3, false);
    on(() -> {
      Buffer buffer = pool.take(4 * BLOCK);
      edge.write(new Effect.DiskWrite(1, 0, 4, false, buffer));
      buffer.drop();
      odd.end(0);
      assertThat(ends).containsExactly("write at 0 errno 0", "1 failed");
      ends.clear();

      Buffer again = pool.take(4 * BLOCK);
      edge.write(new Effect.DiskWrite(2, 0, 4, false, again));
      again.drop();
      odd.end(BLOCK);
      assertThat(ends).isEmpty();
      odd.end(BLOCK);
      odd.end(0);
      assertThat(ends).containsExactly("write at 1024 errno 0", "2 failed");
      ends.clear();

      edge.zero(new Effect.DiskZero(3, 0, 4, false, false));
      odd.end(BLOCK);
      odd.end(0);
      assertThat(ends).containsExactly("write at 512 errno 0", "3 failed");
      ends.clear();

      edge.flush(new Effect.DiskFlush(4));
      odd.end(-5);
      assertThat(ends).containsExactly("fdatasync at -1 errno 5", "4 failed");
      ends.clear();
      return true;
    });
  }

  private static Superblock next(Superblock s) {
    return new Superblock(
        s.sequence() + 1,
        s.identity(),
        s.geometry(),
        77,
        5,
        3,
        1,
        s.generations(),
        s.condition(),
        true,
        false,
        9,
        s.stamp(),
        s.stampPending(),
        s.peers(),
        s.cut(),
        s.backup(),
        true);
  }

  @Test
  void metadataIsReadAgainAsItWasWritten() throws Exception {
    Superblock before = replica.loaded().partition().superblock();
    Superblock next = next(before);
    LogTransaction log =
        new LogTransaction(replica.loaded().partition().log().sequence() + 1, new int[] {0});
    MapPage page = new MapPage(1, 0, new long[] {5, 0, 1});
    run(() -> {
      meta.page(new Effect.WriteMapPage(1, page));
      meta.log(new Effect.WriteLog(2, log));
      meta.superblock(new Effect.WriteSuperblock(3, next));
    });
    assertThat(java.util.List.of(next(), next(), next()))
        .containsExactlyInAnyOrder("1 ok", "2 ok", "3 ok");
    replica.close();
    replica = OpenReplica.open(folder.resolve("data"), folder.resolve("cluster"), IDENTITY);
    PartitionReading.Loaded loaded = replica.loaded();
    assertThat(loaded.partition().superblock()).isEqualTo(next);
    assertThat(loaded.partition().log().sequence()).isEqualTo(log.sequence());
  }

  @Test
  void manyWritesToOneBlockEndInOrderAndTheLastStands() throws Exception {
    int count = 300;
    run(() -> {
      for (int i = 1; i <= count; i++) {
        meta.page(new Effect.WriteMapPage(i, new MapPage(1, 0, new long[] {i})));
      }
    });
    for (int i = 1; i <= count; i++) {
      assertThat(next()).isEqualTo(i + " ok");
    }
    replica.close();
    replica = OpenReplica.open(folder.resolve("data"), folder.resolve("cluster"), IDENTITY);
    assertThat(replica.loaded().partition().maps().toString()).isNotEmpty();
  }
}
