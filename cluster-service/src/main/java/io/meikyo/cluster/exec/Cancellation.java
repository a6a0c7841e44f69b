// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import java.util.concurrent.CompletableFuture;

/** The word that some work is not wanted any more. Said once, for good. Any thread. */
public final class Cancellation {
  private final CompletableFuture<Void> said = new CompletableFuture<>();

  /** Not said yet. */
  public Cancellation() {}

  /** Says it: whoever waits under it returns soon. */
  public void cancel() {
    said.complete(null);
  }

  /** True once it was said. */
  public boolean isCancelled() {
    return said.isDone();
  }

  CompletableFuture<Void> said() {
    return said;
  }
}
