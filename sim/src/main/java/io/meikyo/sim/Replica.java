// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.MirrorEngine;
import io.meikyo.core.mirror.MirrorStatus;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The machine under test: the engine, or in tests a small one that is wrong on purpose. */
public interface Replica {
  /** Takes one event and emits effects. */
  void step(long nowNanos, Event event, Consumer<Effect> out);

  /** What it says of itself. */
  MirrorStatus status();

  /** Makes replicas. */
  interface Maker {
    /** A detached one. */
    Replica make(EngineConfig config, LongSupplier entropy);

    /** The engine. */
    Maker ENGINE =
        (config, entropy) -> {
          MirrorEngine engine = new MirrorEngine(config, entropy);
          return new Replica() {
            @Override
            public void step(long nowNanos, Event event, Consumer<Effect> out) {
              engine.step(nowNanos, event, out);
            }

            @Override
            public MirrorStatus status() {
              return engine.status();
            }
          };
        };
  }
}
