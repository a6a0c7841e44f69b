// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.block.FaultLayer;
import io.meikyo.agent.block.Layer;
import io.meikyo.agent.block.MemoryDisk;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.agent.nbd.Limits;
import io.meikyo.agent.nbd.NbdServer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A disk in memory, served read-only by the product's NBD server under any number of names; it can
 * be delayed, and made to fail.
 */
final class ServedDisk implements AutoCloseable {
  private static final int SECONDS = 20;
  static final int BLOCK = 512;

  final Path socket;
  final MemorySegment bytes;
  private final Arena arena = Arena.ofShared();
  private final IoLoop loop;
  private final FaultLayer faults;
  private final Reads delays;
  private final NbdServer server;
  private final Path folder;
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

  /** Lets reads wait. For the loop's thread. */
  private static final class Reads extends Layer {
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean holding;
    private volatile long asked; // written by the loop only

    Reads(BlockService below) {
      super(below);
    }

    void hold() {
      holding = true;
    }

    int held() {
      return waiting.size();
    }

    void release() {
      holding = false;
      while (!waiting.isEmpty()) {
        waiting.remove().run();
      }
    }

    @Override
    public void read(long start, int count, Answer answer) {
      asked += (long) count * BLOCK;
      if (holding) {
        waiting.add(() -> below.read(start, count, answer));
      } else {
        below.read(start, count, answer);
      }
    }
  }

  /**
   * Serves a disk of zeros.
   *
   * @param size a multiple of {@link #BLOCK}
   */
  ServedDisk(long size, String... exports) throws Exception {
    // Short, since the path of a socket has 107 bytes at most.
    folder = Files.createTempDirectory(Path.of("/tmp"), "img");
    socket = folder.resolve("s");
    loop = Loops.threads();
    BufferPool pool = new BufferPool(arena, 64, 64, 24, loop::post);
    bytes = arena.allocate(size, 4096);
    faults = new FaultLayer(new MemoryDisk(pool, bytes, BLOCK, true));
    delays = new Reads(faults);
    server = new NbdServer(loop, Limits.USUAL, arena, _ -> {});
    CompletableFuture<Boolean> listens = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("served")
        .start(() -> {
          try {
            for (String name : exports) {
              server.add(name, "", delays);
            }
            server.listen(socket);
            listens.complete(true);
            loop.run();
            ended.complete(true);
          } catch (IOException | RuntimeException e) {
            listens.completeExceptionally(e);
            ended.completeExceptionally(e);
          }
        });
    listens.get(SECONDS, TimeUnit.SECONDS);
  }

  /** Random bytes in a range. */
  ServedDisk fill(long from, long length, long seed) {
    Random random = new Random(seed);
    for (long at = from; at < from + length; at++) {
      bytes.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
    }
    return this;
  }

  byte[] all() {
    return bytes.toArray(ValueLayout.JAVA_BYTE);
  }

  /** Reads that touch this byte fail from now on. */
  void failAt(long at, int errno) {
    on(() -> faults.fail(Set.of(FaultLayer.Kind.READ), at / BLOCK, 1, errno, Long.MAX_VALUE));
  }

  /** Reads wait from now on. */
  void hold() {
    on(delays::hold);
  }

  /** Until a read waits; fails with these words if none comes. */
  void awaitHeld(Supplier<String> words) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (held() == 0) {
      if (System.nanoTime() > until) {
        throw new AssertionError("no read has come: " + words.get());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private int held() {
    CompletableFuture<Integer> count = new CompletableFuture<>();
    loop.post(() -> count.complete(delays.held()));
    return count.orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  /** Bytes that were asked for. */
  long asked() {
    return delays.asked;
  }

  /** Until a read has come. */
  void awaitAsked() {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (asked() == 0) {
      if (System.nanoTime() > until) {
        throw new AssertionError("no read has come");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  void release() {
    on(delays::release);
  }

  /** Takes an export away, with all who read it. */
  void remove(String name) {
    loop.post(() -> server.remove(name, () -> {}));
  }

  private void on(Runnable task) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    loop.post(() -> {
      task.run();
      done.complete(true);
    });
    done.orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() throws IOException {
    CompletableFuture<Boolean> stopped = new CompletableFuture<>();
    loop.post(() -> {
      delays.release();
      server.stop(() -> stopped.complete(true));
    });
    stopped.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    loop.stop();
    ended.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    loop.close();
    arena.close();
    Files.deleteIfExists(socket);
    Files.deleteIfExists(folder);
  }
}
