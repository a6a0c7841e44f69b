// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.block.DelayLayer;
import io.meikyo.agent.block.FaultLayer;
import io.meikyo.agent.block.MemoryDisk;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A server for tests, on a loop of its own thread: "" and "disk" are one disk of {@link #BYTES},
 * which can be delayed and made to fail; "ro" the same, read-only; "big" has blocks of 4096.
 *
 * <p>After each use it is stopped, and whatever it has not given back is an error.
 */
final class Served implements AutoCloseable {
  static final int BYTES = 64 << 20;
  private static final int SECONDS = 20;

  final Arena arena = Arena.ofShared();
  final IoLoop loop;
  final BufferPool pool;
  final NbdServer server;
  final MemorySegment bytes;
  final MemoryDisk disk;
  final FaultLayer faults;
  final DelayLayer delays;
  final List<Notice> notices = new CopyOnWriteArrayList<>();
  final Path socket;
  final int port;
  private final Path folder;
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();

  Served(LoopKind kind) throws Exception {
    this(kind, Limits.USUAL, 64, 64, 24);
  }

  Served(LoopKind kind, Limits limits, int small, int middle, int large) throws Exception {
    // Short, since the path of a socket has 107 bytes at most.
    folder = Files.createTempDirectory(Path.of("/tmp"), "nbd");
    socket = folder.resolve("s");
    loop = kind.open();
    pool = new BufferPool(arena, small, middle, large, loop::post);
    bytes = arena.allocate(BYTES, 4096);
    disk = new MemoryDisk(pool, bytes, 512, false);
    faults = new FaultLayer(disk);
    delays = new DelayLayer(loop, faults);
    server = new NbdServer(loop, limits, arena, notices::add);
    CompletableFuture<Integer> listens = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                server.add("", "the default one", delays);
                server.add("disk", "", delays);
                server.add("ro", "nobody writes", new MemoryDisk(pool, bytes, 512, true));
                server.add("big", "", new MemoryDisk(pool, bytes, 4096, false));
                listens.complete(kind.listen(loop, server, socket));
                loop.run();
              } catch (Throwable t) {
                thrown.set(t);
                listens.completeExceptionally(t);
              } finally {
                ended.complete(true);
              }
            },
            "nbd-" + kind);
    thread.start();
    port = listens.get(SECONDS, TimeUnit.SECONDS);
  }

  /** Runs on the loop's thread and waits for the result. */
  <T> T on(Supplier<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.post(() -> {
      try {
        result.complete(task.get());
      } catch (Throwable t) {
        result.completeExceptionally(t);
      }
    });
    return result.orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  /** Runs on the loop's thread and waits until it is done. */
  void run(Runnable task) {
    on(() -> {
      task.run();
      return true;
    });
  }

  String unixUri(String export) {
    return "nbd+unix:///" + export + "?socket=" + socket;
  }

  String tcpUri(String export) {
    return "nbd://127.0.0.1:" + port + "/" + export;
  }

  @Override
  public void close() throws IOException {
    try {
      CompletableFuture<Boolean> stopped = new CompletableFuture<>();
      loop.post(() -> {
        delays.release();
        server.stop(() -> stopped.complete(true));
      });
      stopped.orTimeout(SECONDS, TimeUnit.SECONDS).join();
      int lent = on(pool::lent);
      if (lent != 0) {
        throw new AssertionError(lent + " buffers did not come back");
      }
    } finally {
      loop.stop();
      if (ended.orTimeout(SECONDS, TimeUnit.SECONDS).handle((none, e) -> e == null).join()) {
        loop.close();
        arena.close();
      }
      Files.deleteIfExists(socket);
      Files.deleteIfExists(folder);
      if (thrown.get() != null) {
        throw new AssertionError("the loop has died", thrown.get());
      }
    }
  }
}
