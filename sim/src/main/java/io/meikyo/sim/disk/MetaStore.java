// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.disk;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.Prng;
import org.jspecify.annotations.Nullable;

/**
 * A cluster partition. Each write to it is begun, and later either ends whole or is torn; a write
 * that was begun and never ended leaves no trace.
 */
public interface MetaStore {

  /** A write on its way to the partition. */
  interface Pending {
    /** It is durable. */
    void end();

    /** The power went in the middle of it. Returns false if the old content survived whole. */
    boolean tear(Prng prng);
  }

  /** Begins a write. */
  Pending begin(Effect.WriteSuperblock e);

  /** Begins a write. */
  Pending begin(Effect.WriteLog e);

  /** Begins a write. */
  Pending begin(Effect.WriteMapPage e);

  /** Reads it as an agent that opens it does; null if it is beyond use. */
  @Nullable LoadedPartition load(Damage found);

  /** The newest superblock that is durable; for the checkers. */
  Superblock superblock();

  /** A copy of it as it is now. */
  MetaStore image();

  /** What was found damaged while reading. */
  final class Damage {
    /** A superblock place was unreadable. */
    public boolean superblock;

    /** A transaction of the log was unreadable. */
    public boolean log;

    /** A map page was unreadable and counts as all ones. */
    public boolean page;
  }
}
