// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.StateMachine;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * One member's copy of the replicated state, with how far it is. Outlives the engine: when that is
 * built anew and replays, what is in here already is passed over.
 *
 * <p>Any thread; one call at a time, by its lock.
 */
final class Replica {
  /** Is told what was applied; called in order, with the replica's lock held. */
  interface Listener {
    /** A proposal was applied. */
    void applied(UUID proposer, long number, LogPosition at, byte[] result);

    /** Everything up to here is in the state. */
    void advanced(LogPosition to);
  }

  private final StateMachine machine;
  private final Listener listener;
  private final SeenProposals seen = new SeenProposals();
  private LogPosition at = LogPosition.NONE;

  Replica(StateMachine machine, Listener listener) {
    this.machine = machine;
    this.listener = listener;
  }

  synchronized LogPosition at() {
    return at;
  }

  /**
   * An entry with a command. What is in the state already changes nothing.
   *
   * @return what its proposer is to be told
   */
  synchronized byte[] apply(LogPosition position, ByteBuffer entry) {
    if (position.index() <= at.index()) {
      return Told.before(position);
    }
    Envelope envelope = Envelope.decode(entry);
    byte[] told = Told.before(position);
    if (seen.isNew(envelope.proposer(), envelope.number())) {
      byte[] result = machine.apply(position, envelope.command());
      told = Told.applied(position, result);
      listener.applied(envelope.proposer(), envelope.number(), position, result);
    }
    advance(position);
    return told;
  }

  /** An entry of the engine itself. */
  synchronized void pass(LogPosition position) {
    if (position.index() > at.index()) {
      advance(position);
    }
  }

  private void advance(LogPosition position) {
    at = position;
    listener.advanced(position);
  }

  synchronized StateFile save() {
    ByteBuffer table = ByteBuffer.allocate(seen.bytes());
    seen.write(table);
    return new StateFile(at, table.array(), machine.snapshot());
  }

  /** Takes a saved state, unless it is older than what is here. */
  synchronized void load(StateFile saved) {
    if (saved.at().index() <= at.index()) {
      return;
    }
    seen.read(ByteBuffer.wrap(saved.seen()));
    machine.restore(saved.at(), saved.state());
    advance(saved.at());
  }

  synchronized byte[] snapshot() {
    return machine.snapshot();
  }
}
