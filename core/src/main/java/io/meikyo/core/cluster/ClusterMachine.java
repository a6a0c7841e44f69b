// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.StateMachine;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state as the log drives it. Called by the log only, one call at a time; whoever
 * listens is told each new state on the log's thread and must not wait there.
 */
public final class ClusterMachine implements StateMachine {
  /** Told after each command, also one that was refused. */
  public interface Listener {
    /** The state after the proposal; {@code proposal} is null after a restore. */
    void applied(LogPosition at, @Nullable Proposal proposal, ClusterState state, Verdict verdict);
  }

  private static final Verdict RESTORED = Verdict.done(ClusterNotice.DONE);

  private final Listener listener;
  private ClusterState state;

  /** A machine for this consensus group. */
  public ClusterMachine(UUID group, Listener listener) {
    this.state = ClusterState.empty(group);
    this.listener = listener;
  }

  @Override
  public byte[] apply(LogPosition at, byte[] command) {
    Proposal proposal = ProposalCodec.decode(command);
    Rules.Step step = Rules.apply(state, proposal);
    state = step.state();
    listener.applied(at, proposal, state, step.verdict());
    return ProposalCodec.encode(step.verdict());
  }

  @Override
  public byte[] snapshot() {
    return StateCodec.encode(state);
  }

  @Override
  public void restore(LogPosition at, byte[] snapshot) {
    state = StateCodec.decode(snapshot);
    listener.applied(at, null, state, RESTORED);
  }

  /** The state now; for the log's thread. */
  public ClusterState state() {
    return state;
  }
}
