// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.partition.CutRecord;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * What the cuts of snapshots are worth, and when nobody will say any more. For the loop's thread.
 */
final class Judging {
  /** How long a standby without its active waits for what a cut is worth, s. */
  private static final int VERDICT_SECONDS = 15;

  private static final long SECOND = 1_000_000_000L;

  private final IoLoop loop;
  private final Collection<Snapshot> all;
  private final Consumer<Snapshot> noted;
  private Snapshots.Verdicts verdicts = ledHere -> true;
  private boolean watched;

  /**
   * Of these.
   *
   * @param all as they are at any time
   * @param noted takes each whose worth has become known
   */
  Judging(IoLoop loop, Collection<Snapshot> all, Consumer<Snapshot> noted) {
    this.loop = loop;
    this.all = all;
    this.noted = noted;
  }

  void verdicts(Snapshots.Verdicts who) {
    verdicts = who;
  }

  void judged(Snapshot s, CutRecord known) {
    s.judged(known);
    noted.accept(s);
  }

  /** Another cut is taken: nobody judges an older one any more. */
  void overtaken() {
    for (Snapshot s : all) {
      if (s.isOpen()) {
        judged(s, s.cut());
      }
    }
  }

  /** If nobody is left who could tell, the cut stays unproven. */
  void watch() {
    if (watched || all.stream().noneMatch(Snapshot::isOpen)) {
      return;
    }
    watched = true;
    loop.at(
        loop.nanos() + SECOND,
        () -> {
          watched = false;
          for (Snapshot s : all) {
            if (s.isOpen() && s.silence(!verdicts.mayCome(s.ledHere())) >= patience(s)) {
              judged(s, s.cut());
            }
          }
          watch();
        });
  }

  /** Looks without anybody who could tell. An active that is none any more will never judge. */
  private static int patience(Snapshot s) {
    return s.ledHere() ? 1 : VERDICT_SECONDS;
  }
}
