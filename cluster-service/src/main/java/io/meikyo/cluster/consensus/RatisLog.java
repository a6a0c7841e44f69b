// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Hint;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.consensus.Sealed;
import io.meikyo.core.consensus.StateMachine;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * One group, as this member sees it. Answers come on its own thread; the state machine is called on
 * the engine's.
 */
final class RatisLog implements ConsensusLog, Replica.Listener, EngineState.Turns, Routes {
  private static final long MOVE_LEADER_MILLIS = 3000;

  private final RaftGroupId group;
  private final String self;
  private final Engine engine;
  private final KeptVotes votes;
  private final Function<RatisLog, Sealed> sealing;
  private final UUID proposer = UUID.randomUUID();
  private final ScheduledThreadPoolExecutor thread;
  private final Courier courier;
  private final Replica replica;
  private final Proposals proposals;
  private final VoterChanges changes;

  /**
   * Makes the log of a group; the engine does not serve it yet.
   *
   * @param sealing what {@link #seal} does; the store's
   */
  RatisLog(
      UUID group,
      MemberSetup setup,
      Engine engine,
      KeptVotes votes,
      RaftClientRpc rpc,
      Executor edge,
      StateMachine machine,
      Membership voters,
      Function<RatisLog, Sealed> sealing) {
    this.group = RaftGroupId.valueOf(group);
    this.self = setup.self().id();
    this.engine = engine;
    this.votes = votes;
    this.sealing = sealing;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("consensus-" + self).factory());
    thread.setRemoveOnCancelPolicy(true);
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.courier = new Courier(this.group, ClientId.valueOf(proposer), rpc, edge);
    this.replica = new Replica(machine, this);
    this.proposals = new Proposals(thread, this, courier, replica, proposer);
    this.changes = new VoterChanges(thread, this, courier, self, voters);
  }

  RaftGroupId id() {
    return group;
  }

  Replica replica() {
    return replica;
  }

  /** The engine makes new connections to the other voters. Blocks. */
  void reconnect() {
    engine.reconnect(
        membership().voters().stream()
            .map(Voter::id)
            .filter(id -> !id.equals(self))
            .map(RaftPeerId::valueOf)
            .toList());
  }

  EngineState newEngineState() {
    return new EngineState(replica, this);
  }

  @Override
  public UUID groupId() {
    return group.getUuid();
  }

  @Override
  public void propose(byte[] command, long timeoutNanos, Consumer<Outcome> answer) {
    byte[] own = command.clone();
    run(answer, () -> proposals.propose(own, timeoutNanos, answer));
  }

  @Override
  public void reconfigure(
      Membership expected, Membership next, long timeoutNanos, Consumer<Outcome> answer) {
    run(answer, () -> changes.reconfigure(expected, next, timeoutNanos, answer));
  }

  private void run(Consumer<Outcome> answer, Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      Thread.ofVirtual().start(() -> answer.accept(new Outcome.Refused("the log is closed")));
    }
  }

  @Override
  public Membership membership() {
    return changes.voters();
  }

  @Override
  public void moveLeader(String id) {
    RaftServer server = engine();
    RaftPeer leader = leader();
    if (server != null && leader != null) {
      courier.moveLeader(server, leader, id, MOVE_LEADER_MILLIS);
    }
  }

  @Override
  public Hint hint() {
    RaftServer.Division division = engine.division(group);
    if (division == null) {
      return new Hint(false, 0, null);
    }
    DivisionInfo info = division.getInfo();
    RaftPeerId leader = info.getLeaderId();
    return new Hint(
        info.isLeader(), info.getCurrentTerm(), leader == null ? null : leader.toString());
  }

  @Override
  public Sealed seal() {
    return sealing.apply(this);
  }

  /** Answers what is under way, and refuses all that comes. Blocks. */
  void stop(String why) {
    try {
      CompletableFuture.runAsync(
              () -> {
                proposals.stop(why);
                changes.stop(why);
              },
              thread)
          .join();
    } catch (RejectedExecutionException e) {
      return;
    }
  }

  /** The engine serves it no more: its thread and its connections end. */
  void close() {
    stop("the log is closed");
    thread.shutdown();
    courier.close();
  }

  // What the replica tells.

  @Override
  public void applied(UUID by, long number, LogPosition at, byte[] result) {
    if (by.equals(proposer)) {
      execute(() -> proposals.applied(number, at, result));
    }
  }

  @Override
  public void advanced(LogPosition to) {
    if (proposals.waitsForReplica()) {
      execute(() -> proposals.advanced(to));
    }
  }

  private void execute(Runnable task) {
    if (!thread.isShutdown()) {
      thread.execute(task);
    }
  }

  // What the engine tells.

  @Override
  public void appending(long call) {
    proposals.appending(call);
  }

  @Override
  public void leaderKnown() {
    execute(proposals::leaderKnown);
  }

  @Override
  public void elected() {
    try {
      votes.keep();
    } catch (UncheckedIOException e) {
      // It may not lead; with the exception the engine stops half-way, and is built anew.
      engine.failed(group, e);
      throw e;
    }
  }

  @Override
  public void logFailed(Throwable cause) {
    engine.failed(group, cause);
  }

  @Override
  public void votersChanged(LogPosition at, Membership voters) {
    execute(() -> changes.changed(at, voters));
  }

  // Where requests go.

  @Override
  public @Nullable RaftServer engine() {
    return engine.server();
  }

  @Override
  public @Nullable RaftPeer leader() {
    RaftServer.Division division = engine.division(group);
    if (division == null) {
      return null;
    }
    if (division.getInfo().isLeader()) {
      return division.getPeer();
    }
    RaftPeerId leader = division.getInfo().getLeaderId();
    return leader == null || leader.toString().equals(self)
        ? null
        : division.getRaftConf().getPeer(leader);
  }
}
