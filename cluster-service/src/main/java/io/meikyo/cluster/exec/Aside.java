// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Work of our own process that can hang where no deadline reaches: names asked of a resolver, lists
 * of /proc that wait for another process's memory. It is done on a thread of its own, which is left
 * behind if it hangs.
 */
public final class Aside {
  private Aside() {}

  /**
   * Does it.
   *
   * @return what it returned; null if the limit was over first, or if that is what it returned
   * @throws Exception what it threw
   */
  public static <T> @Nullable T call(Limit limit, Callable<@Nullable T> work) throws Exception {
    CompletableFuture<@Nullable T> end = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("aside")
        .start(() -> {
          try {
            end.complete(work.call());
          } catch (Exception e) {
            end.completeExceptionally(e);
          }
        });
    if (!limit.await(end)) {
      return null;
    }
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : new IllegalStateException(e);
    }
  }
}
