// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Kills and pauses in an order of chance, one after the other, over threads as the loop. The number
 * of rounds and the seed can be chosen with -Dmeikyo.soak.rounds and -Dmeikyo.soak.seed.
 */
@Timeout(3600)
class SoakTest extends WithPair {
  private final StringBuilder done = new StringBuilder();
  private Server active;

  @Override
  void prepare() {
    one.environment("MEIKYO_LOOP", "threads");
    two.environment("MEIKYO_LOOP", "threads");
  }

  @Test
  void whateverHappens() throws Exception {
    long seed = Long.getLong("meikyo.soak.seed", 7);
    int rounds = Integer.getInteger("meikyo.soak.rounds", 6);
    Random random = new Random(seed);
    active = one;
    ledger.start();
    for (int i = 0; i < rounds; i++) {
      ledger.more(50 + random.nextInt(100), 60, "round " + i + " of" + done);
      try {
        round(random);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + i + ":" + done, e);
      }
    }
    ledger.more(50, 60, "in the end");
    settle(active);
  }

  private void round(Random random) throws Exception {
    Server standby = pair.other(active);
    int what = random.nextInt(7);
    done.append(' ').append(what);
    switch (what) {
      case 0 -> {
        active.agent().kill();
        standby.until(40, "activate");
        ledger.moveTo(standby.nbd);
        active.start();
        active = standby;
        pair.awaitInSync(active);
      }
      case 1 -> {
        standby.agent().kill();
        ledger.more(random.nextInt(100), 60, "without the standby");
        standby.startNow();
      }
      case 2 -> {
        active.agent().killNow();
        standby.agent().killNow();
        active.agent().exit();
        standby.agent().exit();
        standby.startNow();
        active.startNow();
        active.await(60, "role", "ACTIVE");
      }
      case 3 -> {
        active.agent().kill();
        active.startNow();
        active.await(60, "role", "ACTIVE");
      }
      case 4 -> {
        pair.keeper().kill();
        active.agent().kill();
        pair.startKeeper();
        active.startNow();
        active.await(60, "role", "ACTIVE");
      }
      case 5 -> {
        standby.agent().pause();
        Await.pause(random.nextInt(3000));
        standby.agent().resume();
      }
      default -> {
        standby.agent().terminate();
        ledger.more(random.nextInt(50), 60, "without the standby");
        standby.startNow();
        active.agent().terminate();
        active.startNow();
        active.await(60, "role", "ACTIVE");
      }
    }
    // Only one failure at a time: the next round begins when both have everything.
    pair.awaitInSync(active);
  }
}
