// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a loop on a thread of its own and asks it things from the test's thread. Each completion is
 * watched: once, on the loop's thread, not inside the call that began.
 */
final class LoopDriver implements AutoCloseable {
  private static final long SECONDS_MAX = 30;

  final IoLoop loop;
  private final Thread thread;
  private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
  private boolean beginning;

  LoopDriver(IoLoop loop) {
    this.loop = loop;
    thread =
        Thread.ofPlatform()
            .name("loop under test")
            .start(() -> {
              try {
                loop.run();
                over.complete(null);
              } catch (Throwable e) {
                over.completeExceptionally(e);
              }
            });
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("it did not end in time", e);
    }
  }

  /** Something that begins an operation. */
  interface Begin {
    void with(Completion end);
  }

  /** On the loop's thread: begins, and watches the completion. */
  CompletableFuture<Integer> watched(Begin begin) {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    AtomicInteger calls = new AtomicInteger();
    boolean outer = beginning;
    beginning = true;
    begin.with(value -> {
      if (beginning) {
        throw new AssertionError("told inside the call that begins");
      }
      if (Thread.currentThread() != thread) {
        throw new AssertionError("told on another thread");
      }
      if (calls.incrementAndGet() > 1) {
        throw new AssertionError("told twice");
      }
      result.complete(value);
    });
    beginning = outer;
    return result;
  }

  /** Begins on the loop's thread, and gives what will be its result. */
  CompletableFuture<Integer> begin(Begin begin) {
    CompletableFuture<CompletableFuture<Integer>> begun = new CompletableFuture<>();
    loop.post(() -> begun.complete(watched(begin)));
    return begun.thenCompose(result -> result);
  }

  /** Begins on the loop's thread and waits for the result. */
  int does(Begin begin) {
    return await(begin(begin));
  }

  /** Runs on the loop's thread and waits until it did. */
  void run(Runnable task) {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    loop.post(() -> {
      task.run();
      done.complete(null);
    });
    await(done);
  }

  /** Runs on the loop's thread, with a future that the task completes. */
  <T> T get(Consumer<CompletableFuture<T>> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.post(() -> task.accept(done));
    return await(done);
  }

  int readInt(IntSupplier supplier) {
    return get(done -> done.complete(supplier.getAsInt()));
  }

  /** Receives exactly so many bytes as text. */
  String receiveText(int socket, MemorySegment memory, int bytes) {
    int got = 0;
    while (got < bytes) {
      MemorySegment rest = memory.asSlice(got, bytes - got);
      int more = does(end -> loop.receive(socket, rest, end));
      assertThat(more).isPositive();
      got += more;
    }
    return text(memory, bytes);
  }

  static String text(MemorySegment memory, int bytes) {
    byte[] copy = memory.asSlice(0, bytes).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    return new String(copy, StandardCharsets.UTF_8);
  }

  /** Waits for run() to end; what it threw. */
  @Nullable Throwable ending() {
    try {
      over.get(SECONDS_MAX, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("the loop does not stop", e);
    }
  }

  @Override
  public void close() {
    loop.stop();
    Throwable thrown = ending();
    loop.close();
    assertThat(thrown).isNull();
  }
}
