// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waiting that ends. */
final class Waiting {
  private Waiting() {}

  /** True if it happened in time; also if it is a failure, which whoever looks at it meets. */
  static boolean within(CompletableFuture<?> event, long nanos) {
    try {
      var _ = event.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** A call that may hang, on a thread that is left behind then. */
  static CompletableFuture<@Nullable String> aside(Supplier<@Nullable String> call) {
    CompletableFuture<@Nullable String> end = new CompletableFuture<>();
    Thread.ofPlatform().daemon().name("still-aside").start(() -> end.complete(call.get()));
    return end;
  }
}
