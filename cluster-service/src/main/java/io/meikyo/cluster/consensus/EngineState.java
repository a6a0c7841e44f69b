// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;

/**
 * What the engine takes for its state machine: hands entries to the {@link Replica}, and keeps its
 * snapshots. One for each life of the engine.
 */
final class EngineState extends BaseStateMachine {
  /** Is told of the engine's turns; called on its threads, and may not wait. */
  interface Turns {
    /** This member is about to append a proposal to its log. */
    void appending(long call);

    /** Somebody leads, or this member is ready to. */
    void leaderKnown();

    /** This member has been elected, and has not yet written anything as the leader. */
    void elected();

    /** The engine cannot write its log. */
    void logFailed(Throwable cause);

    /** A change of the voters is committed. */
    void votersChanged(LogPosition at, Membership voters);
  }

  private final Replica replica;
  private final Turns turns;
  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();

  EngineState(Replica replica, Turns turns) {
    this.replica = replica;
    this.turns = turns;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage files)
      throws IOException {
    super.initialize(server, group, files);
    getLifeCycle().transition(LifeCycle.State.STARTING);
    storage.init(files);
    load();
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  /** Files may now be replaced by those of a leader. */
  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  @Override
  public void reinitialize() throws IOException {
    getLifeCycle().transition(LifeCycle.State.STARTING);
    load();
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  private void load() throws IOException {
    SingleFileSnapshotInfo newest = storage.loadLatestSnapshot();
    if (newest == null || !Files.exists(newest.getFile().getPath())) {
      return;
    }
    replica.load(StateFile.read(newest.getFile().getPath()));
    setLastAppliedTermIndex(newest.getTermIndex());
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  @Override
  public long takeSnapshot() throws IOException {
    TermIndex applied = getLastAppliedTermIndex();
    StateFile saved = replica.save();
    if (applied.getIndex() < 0 || saved.at().index() != applied.getIndex()) {
      return -1;
    }
    File file = storage.getSnapshotFile(saved.at().term(), saved.at().index());
    saved.write(file.toPath());
    MD5Hash sum = MD5FileUtil.computeAndSaveMd5ForFile(file);
    Path path = file.toPath();
    storage.updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(path, sum), applied));
    return applied.getIndex();
  }

  @Override
  public TransactionContext preAppendTransaction(TransactionContext entry) throws IOException {
    if (entry.getClientRequest() != null) {
      turns.appending(entry.getClientRequest().getCallId());
    }
    return entry;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    LogPosition at = new LogPosition(entry.getTerm(), entry.getIndex());
    ByteString data = entry.getStateMachineLogEntry().getLogData();
    byte[] result = replica.apply(at, data.asReadOnlyByteBuffer());
    updateLastAppliedTermIndex(at.term(), at.index());
    return CompletableFuture.completedFuture(
        Message.valueOf(UnsafeByteOperations.unsafeWrap(result)));
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    replica.pass(new LogPosition(term, index));
  }

  @Override
  public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto now) {
    if (now.getOldPeersCount() == 0) {
      turns.votersChanged(new LogPosition(term, index), Voters.of(now));
    }
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId self, RaftPeerId leader) {
    if (self.getPeerId().equals(leader)) {
      turns.elected();
    }
    turns.leaderKnown();
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    turns.logFailed(cause);
  }

  @Override
  public void notifyLeaderReady() {
    turns.leaderKnown();
  }
}
