// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A pair of servers in sync, server1 active, and writers that have not begun. */
abstract class WithPair {
  private static final int WRITERS = 4;

  Pair pair;
  Server one;
  Server two;
  Ledger ledger;

  @BeforeEach
  void start() throws Exception {
    pair = new Pair();
    one = pair.one;
    two = pair.two;
    prepare();
    pair.start().first(one);
    ledger = new Ledger(WRITERS, one.nbd, 1);
  }

  /** Before anything is started. */
  void prepare() throws Exception {}

  @AfterEach
  void stop() throws Exception {
    try {
      if (ledger != null) {
        ledger.close();
      }
    } finally {
      if (pair != null) {
        pair.close();
      }
    }
  }

  /** Ends the writers, compares the book with what is served, and both replicas. */
  void settle(Server active) throws Exception {
    ledger.finish();
    ledger.check(active.nbd);
    pair.awaitInSync(active);
    pair.verify(active);
    ledger.check(active.nbd);
  }
}
