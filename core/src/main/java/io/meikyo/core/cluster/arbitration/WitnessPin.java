// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which incarnation of the witness is asked. Another one has lost what the former knew: who has won
 * a group there may not be known here. It is believed only when the other server has answered a
 * question that was put after the new one was seen, out of the same group and with no claim of its
 * own open: whatever the former incarnation granted, it granted before that, and nobody went on by
 * it. To have heard the other server a while ago is not enough, since it may have won since.
 *
 * <p>Times are ns of one clock. For one thread.
 */
public final class WitnessPin {
  private @Nullable UUID pin;
  private @Nullable UUID seen;
  private long seenAt;

  /**
   * Begins.
   *
   * @param pin the incarnation that was believed in a former life; null if none was
   */
  public WitnessPin(@Nullable UUID pin) {
    this.pin = pin;
  }

  /** The incarnation that is believed; null if none. */
  public @Nullable UUID pin() {
    return pin;
  }

  /** True if another incarnation was seen, and the other server's answer is waited for. */
  public boolean waits() {
    return seen != null;
  }

  /** The witness has said who it is, and that was received at this time. */
  public void seen(UUID incarnation, long now) {
    if (incarnation.equals(pin)) {
      seen = null;
    } else if (!incarnation.equals(seen)) {
      seen = incarnation;
      seenAt = now;
    }
  }

  /**
   * The other server has answered.
   *
   * @param group that we work in
   * @param askedAt when the question was put that it answers
   * @return true if another incarnation is believed from here on
   */
  public boolean answered(Hello theirs, UUID group, long askedAt) {
    if (seen == null || askedAt < seenAt || !theirs.rests() || !theirs.group().equals(group)) {
      return false;
    }
    pin = seen;
    seen = null;
    return true;
  }
}
