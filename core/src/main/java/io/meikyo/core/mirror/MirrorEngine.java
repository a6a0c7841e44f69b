// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The replica state machine of one mirror disk on one server. */
public final class MirrorEngine {
  /** Makes a detached replica. {@code entropy} gives random 64-bit numbers. */
  public MirrorEngine(EngineConfig config, LongSupplier entropy) {}

  /** Takes one event at {@code nowNanos} and emits what is to be done, in order. */
  public void step(long nowNanos, Event event, Consumer<Effect> out) {}

  /** What status views show. */
  public MirrorStatus status() {
    throw new IllegalStateException("being written");
  }
}
