// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.memory.BufferPool;
import java.lang.foreign.Arena;
import java.util.function.Consumer;

/**
 * How much memory one mirror disk has for data in flight: three pools that never borrow from each
 * other. Writers that wait in a hold fill theirs and stop; readers and the peer have their own
 * (rule R15). The peer's waits to be received when ours is full: it answers no sooner.
 *
 * @param writes for writes of clients of the NBD server
 * @param reads for reads, of clients and of a recovery
 * @param received for what a peer sends: its writes, and what a recovery has under way
 */
public record MemoryPlan(
    BufferPool.Counts writes, BufferPool.Counts reads, BufferPool.Counts received) {

  /** For clients of the NBD server alone, whose requests have up to 1 MiB: about 75 MiB. */
  public static MemoryPlan forClients() {
    return new MemoryPlan(
        new BufferPool.Counts(512, 64, 12, 12, true),
        new BufferPool.Counts(512, 96, 12, 12, true),
        new BufferPool.Counts(512, 96, 12, 12, true));
  }

  /**
   * For a device: it has at most 64 requests of up to 256 KiB under way, its writes in memory of
   * its own. Clients of the NBD server get by with little. About 37 MiB.
   */
  public static MemoryPlan forDevice() {
    return new MemoryPlan(
        new BufferPool.Counts(128, 16, 8, 4, false),
        new BufferPool.Counts(192, 64, 16, 4, true),
        new BufferPool.Counts(256, 64, 24, 4, false));
  }

  BufferPool writes(Arena arena, Consumer<Runnable> later) {
    return new BufferPool(arena, writes, later);
  }

  BufferPool reads(Arena arena, Consumer<Runnable> later) {
    return new BufferPool(arena, reads, later);
  }

  BufferPool received(Arena arena, Consumer<Runnable> later) {
    return new BufferPool(arena, received, later);
  }
}
