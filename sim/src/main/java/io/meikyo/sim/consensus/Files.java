// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Sealed;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one member has of one group on its disk; outlives a crash. */
final class Files {
  long term;
  @Nullable String votedFor;
  Saved saved = Saved.NOTHING;
  final List<Entry> entries = new ArrayList<>();
  @Nullable Sealed sealed;
  boolean retired;

  Files(Membership voters) {
    saved = new Saved(LogPosition.NONE, new byte[0], java.util.Set.of(), voters);
  }

  LogPosition last() {
    return entries.isEmpty() ? saved.at() : entries.getLast().at();
  }

  /** The entry of an index; null if it is not in the log any more, or not yet. */
  @Nullable Entry entry(long index) {
    long i = index - saved.at().index() - 1;
    return i < 0 || i >= entries.size() ? null : entries.get((int) i);
  }

  /** The term of an index; -1 if it is not known. */
  long term(long index) {
    if (index == saved.at().index()) {
      return saved.at().term();
    }
    Entry e = entry(index);
    return e == null ? -1 : e.at().term();
  }

  /** Drops what stands at an index and behind it. */
  void truncate(long from) {
    while (!entries.isEmpty() && entries.getLast().at().index() >= from) {
      entries.removeLast();
    }
  }

  /** Puts a state in place of the entries that are in it. */
  void shorten(Saved to) {
    entries.removeIf(e -> e.at().index() <= to.at().index());
    saved = to;
  }

  /** The voters that count: the newest in the log, committed or not. */
  Membership voters() {
    for (Entry e : entries.reversed()) {
      if (e.voters() != null) {
        return e.voters();
      }
    }
    return saved.voters();
  }

  /** Index of the newest entry with voters. */
  long votersAt() {
    for (Entry e : entries.reversed()) {
      if (e.voters() != null) {
        return e.at().index();
      }
    }
    return saved.at().index();
  }
}
