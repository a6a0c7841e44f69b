// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import io.meikyo.core.notice.Notice;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes nothing down and counts how often it was to: for tests and for rehearsals. Any thread. */
public final class DryFence implements SelfFence {
  private final AtomicInteger strikes = new AtomicInteger();
  private final AtomicInteger signs = new AtomicInteger();

  /** How often the server would have been taken down. */
  public int strikes() {
    return strikes.get();
  }

  /** How many signs of life came. */
  public int signs() {
    return signs.get();
  }

  @Override
  public String name() {
    return "dry";
  }

  @Override
  public Notice arm() {
    return Notice.of(FenceNotice.DRY, name());
  }

  @Override
  public void alive() {
    signs.incrementAndGet();
  }

  @Override
  public long aliveMillis() {
    return 0;
  }

  @Override
  public Notice strike() {
    strikes.incrementAndGet();
    return Notice.of(FenceNotice.DRY, name());
  }

  @Override
  public void disarm() {
    // Nothing was made ready.
  }
}
