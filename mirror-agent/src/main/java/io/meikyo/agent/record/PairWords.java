// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.core.mirror.RestoredPair;
import io.meikyo.core.mirror.SetRecord;
import org.jspecify.annotations.Nullable;

/**
 * Who has asked for the decision that makes restored replicas a mirror ({@link RestoredPair}): it
 * is taken when every replica that it names has asked for the very same. In memory only, since
 * whoever got no answer asks again. For one thread at a time.
 */
final class PairWords {
  private @Nullable SetRecord asked;
  private int by;

  /**
   * True if nothing more is needed for a proposal than that its version fits.
   *
   * @param now the record now
   * @param next what is proposed
   * @param replica who proposes it; -1: not known, and then it counts for nobody
   */
  boolean enough(SetRecord now, SetRecord next, int replica) {
    if (!RestoredPair.is(now, next) || next.version() != now.version() + 1) {
      return true;
    }
    if (!next.equals(asked)) {
      asked = next;
      by = 0;
    }
    by |= replica < 0 ? 0 : 1 << replica;
    return (by & next.inSyncMask()) == next.inSyncMask();
  }
}
