// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.Membership;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * Brings one request to one member, once: into the own engine, or over the link. It retries
 * nothing; whoever asks decides what a failure means.
 */
final class Courier implements AutoCloseable {
  private final RaftGroupId group;
  private final ClientId client;
  private final RaftClientRpc rpc;
  private final Executor edge;

  /**
   * Makes one for a group.
   *
   * @param client the proposer's id
   * @param edge runs calls into the engine, which may wait for its locks
   */
  Courier(RaftGroupId group, ClientId client, RaftClientRpc rpc, Executor edge) {
    this.group = group;
    this.client = client;
    this.rpc = rpc;
    this.edge = edge;
  }

  CompletableFuture<RaftClientReply> writeHere(RaftServer engine, long call, byte[] entry) {
    return ask(() -> engine.submitClientRequestAsync(write(engine.getId(), call, entry)));
  }

  CompletableFuture<RaftClientReply> writeThere(RaftPeer leader, long call, byte[] entry) {
    return ask(
            () -> {
              rpc.addRaftPeers(List.of(leader));
              return rpc.sendRequestAsyncUnordered(write(leader.getId(), call, entry));
            })
        .whenComplete((reply, failure) -> {
          if (failure != null) {
            rpc.handleException(leader.getId(), failure, true);
          }
        });
  }

  /** A call into Ratis. */
  private interface Call {
    CompletableFuture<RaftClientReply> run() throws IOException;
  }

  private CompletableFuture<RaftClientReply> ask(Call call) {
    return CompletableFuture.completedFuture(call)
        .thenComposeAsync(
            c -> {
              try {
                return c.run();
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            },
            edge);
  }

  private RaftClientRequest write(RaftPeerId to, long call, byte[] entry) {
    return RaftClientRequest.newBuilder()
        .setClientId(client)
        .setServerId(to)
        .setGroupId(group)
        .setCallId(call)
        .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)))
        .setType(RaftClientRequest.writeRequestType())
        .build();
  }

  /** Asks the leader to change the voters. */
  CompletableFuture<RaftClientReply> setVoters(
      RaftServer engine, RaftPeer leader, long call, Membership expected, Membership next) {
    SetConfigurationRequest request =
        new SetConfigurationRequest(
            client,
            leader.getId(),
            group,
            call,
            SetConfigurationRequest.Arguments.newBuilder()
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .setServersInCurrentConf(Voters.peers(expected))
                .setServersInNewConf(Voters.peers(next))
                .build());
    return ask(() ->
        leader.getId().equals(engine.getId())
            ? engine.setConfigurationAsync(request)
            : CompletableFuture.completedFuture(there(leader, request)));
  }

  /** Asks the leader to let another lead. */
  void moveLeader(RaftServer engine, RaftPeer leader, String to, long timeoutMillis) {
    TransferLeadershipRequest request =
        new TransferLeadershipRequest(
            client,
            leader.getId(),
            group,
            ThreadLocalRandom.current().nextLong(Long.MAX_VALUE),
            RaftPeerId.valueOf(to),
            timeoutMillis);
    var _ =
        ask(() ->
            leader.getId().equals(engine.getId())
                ? engine.transferLeadershipAsync(request)
                : CompletableFuture.completedFuture(there(leader, request)));
  }

  private RaftClientReply there(RaftPeer leader, RaftClientRequest request) throws IOException {
    rpc.addRaftPeers(List.of(leader));
    try {
      return rpc.sendRequest(request);
    } catch (IOException e) {
      rpc.handleException(leader.getId(), e, true);
      throw e;
    }
  }

  /**
   * Ends the connections, without waiting for that: to a member without power it takes seconds, in
   * which whoever leaves the group would be held up.
   */
  @Override
  public void close() {
    edge.execute(() -> {
      try {
        rpc.close();
      } catch (IOException e) {
        // Nothing is asked over them any more, so nothing is lost with them.
      }
    });
  }
}
