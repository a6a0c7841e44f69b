// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.SetRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The engine with one mistake made on purpose, to see that the simulator finds it. */
final class WrongEngine implements Replica {
  /** The mistakes. */
  enum Mistake {
    /** A write is answered before anybody has it. */
    ANSWERS_EARLY,
    /** A disk flush is skipped. */
    SKIPS_FLUSH,
    /** The activity log is not written. */
    SKIPS_LOG,
    /** The maps are not written. */
    SKIPS_MAPS,
    /** The superblock is not written. */
    SKIPS_SUPERBLOCK,
    /** One write in a hundred does not reach the disk. */
    DROPS_A_WRITE,
    /** FUA is forgotten. */
    FORGETS_FUA,
    /** The end of a hold is missed: its timer never fires. */
    MISSES_TIME,
    /** A proposal whose outcome nobody knows is taken for committed. */
    BELIEVES_ITSELF
  }

  private final Replica inner;
  private final Mistake mistake;
  private final List<Long> pretended = new ArrayList<>();
  private final Set<Long> answered = new HashSet<>();
  private final Map<Long, SetRecord> wanted = new HashMap<>();
  private int writes;

  WrongEngine(Mistake mistake, EngineConfig config, LongSupplier entropy) {
    this.inner = Maker.ENGINE.make(config, entropy);
    this.mistake = mistake;
  }

  static Maker maker(Mistake mistake) {
    return (config, entropy) -> new WrongEngine(mistake, config, entropy);
  }

  @Override
  public MirrorStatus status() {
    return inner.status();
  }

  @Override
  public void step(long now, Event event, Consumer<Effect> out) {
    if (mistake == Mistake.MISSES_TIME
        && event instanceof Event.Tick
        && status().holdId() != 0
        && now > status().holdDeadlineNanos()) {
      return;
    }
    if (mistake == Mistake.ANSWERS_EARLY
        && event instanceof Event.Write w
        && status().role() == io.meikyo.core.mirror.Role.ACTIVE) {
      answered.add(w.request());
      out.accept(new Effect.Reply(w.request(), Effect.Status.OK, null));
    }
    Event given = event;
    if (mistake == Mistake.BELIEVES_ITSELF
        && event instanceof Event.Proposed p
        && p.outcome() == Event.Outcome.UNKNOWN) {
      given =
          new Event.Proposed(p.proposalId(), Event.Outcome.COMMITTED, wanted.get(p.proposalId()));
    }
    inner.step(now, given, e -> pass(e, out));
    while (!pretended.isEmpty()) {
      long op = pretended.removeFirst();
      inner.step(now, new Event.DiskDone(op, true, null, null), e -> pass(e, out));
    }
  }

  private void pass(Effect e, Consumer<Effect> out) {
    if (e instanceof Effect.Propose p) {
      wanted.put(p.proposalId(), p.next());
    }
    switch (e) {
      case Effect.Reply r when answered.remove(r.request()) -> {}
      case Effect.DiskFlush f when mistake == Mistake.SKIPS_FLUSH -> pretended.add(f.op());
      case Effect.WriteLog l when mistake == Mistake.SKIPS_LOG -> pretended.add(l.op());
      case Effect.WriteMapPage m when mistake == Mistake.SKIPS_MAPS -> pretended.add(m.op());
      case Effect.WriteSuperblock s when mistake == Mistake.SKIPS_SUPERBLOCK ->
          pretended.add(s.op());
      case Effect.DiskWrite w when mistake == Mistake.DROPS_A_WRITE && unlucky() ->
          pretended.add(w.op());
      case Effect.DiskWrite w when mistake == Mistake.FORGETS_FUA ->
          out.accept(new Effect.DiskWrite(w.op(), w.start(), w.count(), false, w.payload()));
      default -> out.accept(e);
    }
  }

  private boolean unlucky() {
    writes++;
    return writes % 100 == 0;
  }
}
