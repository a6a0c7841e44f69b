// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.StateMachine;
import java.util.HashSet;
import java.util.Set;

/** Applies what is committed to one member's state machine, late if its luck is bad. */
final class Applier {
  /** Is told what was applied. */
  interface Listener {
    /** A proposal was applied. */
    void applied(Entry.Key key, LogPosition at, byte[] result);

    /** A change of the voters was applied, or came with a state. */
    void votersChanged(LogPosition at, Membership voters);
  }

  private final Files files;
  private final StateMachine machine;
  private final Listener listener;
  private final Set<Bug> bugs;
  private final Set<Entry.Key> seen = new HashSet<>();
  private LogPosition at = LogPosition.NONE;
  private Membership voters;

  Applier(Files files, StateMachine machine, Listener listener, Set<Bug> bugs) {
    this.files = files;
    this.machine = machine;
    this.listener = listener;
    this.bugs = bugs;
    this.voters = files.saved.voters();
    if (!files.saved.isNothing() && !bugs.contains(Bug.SNAPSHOT_FORGOTTEN)) {
      load();
    }
    if (!files.saved.isNothing()) {
      at = files.saved.at();
    }
  }

  LogPosition at() {
    return at;
  }

  Membership voters() {
    return voters;
  }

  /** Takes the state on the disk, if it is newer. */
  void load() {
    Saved saved = files.saved;
    if (saved.at().index() <= at.index()) {
      return;
    }
    seen.clear();
    seen.addAll(saved.seen());
    machine.restore(saved.at(), saved.state());
    at = saved.at();
    voters = saved.voters();
    listener.votersChanged(at, voters);
  }

  /** Applies up to an index, as far as the log has it. */
  void applyTo(long index) {
    while (at.index() < index) {
      Entry e = files.entry(at.index() + 1);
      if (e == null) {
        return;
      }
      apply(e);
    }
  }

  private void apply(Entry e) {
    at = e.at();
    Entry.Key key = e.key();
    byte[] command = e.command();
    if (key != null && command != null) {
      boolean isNew = seen.add(key) || bugs.contains(Bug.APPLIED_TWICE);
      if (isNew) {
        listener.applied(key, at, machine.apply(at, command));
      }
    }
    if (e.voters() != null) {
      voters = e.voters();
      listener.votersChanged(at, voters);
    }
  }

  /** The state as of what is applied. */
  Saved save() {
    return new Saved(at, machine.snapshot(), seen, voters);
  }

  byte[] snapshot() {
    return machine.snapshot();
  }
}
