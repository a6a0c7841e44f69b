// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.tls.Refusal;
import io.meikyo.tls.Tls;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Lets in what members need of each other, and nothing more. Ratis offers its whole administration
 * on the same port: making and removing groups, taking snapshots, stopping elections.
 *
 * <p>Judges a caller's certificate again with each call, and while one lasts: connections stand for
 * weeks, and sessions are resumed without a question.
 *
 * <p>And lets no vote out that could be forgotten. Ratis writes a vote into a new file and renames
 * it, but does not make the rename durable: after a power cut a member could vote again in the same
 * term, and two leaders of one term would write different entries at one place.
 */
final class LinkGuard implements GrpcServices.Customizer, ServerInterceptor {
  private static final Set<String> METHODS =
      Set.of(
          "ratis.grpc.RaftServerProtocolService/requestVote",
          "ratis.grpc.RaftServerProtocolService/startLeaderElection",
          "ratis.grpc.RaftServerProtocolService/appendEntries",
          "ratis.grpc.RaftServerProtocolService/installSnapshot",
          "ratis.grpc.RaftClientProtocolService/unordered",
          "ratis.grpc.AdminProtocolService/setConfiguration",
          "ratis.grpc.AdminProtocolService/transferLeadership");

  private static final String VOTE = "ratis.grpc.RaftServerProtocolService/requestVote";
  private static final long AGAIN_NANOS = 10_000_000_000L;

  private final @Nullable Tls tls;
  private final KeptVotes votes;
  private final Consumer<String> log;
  private final Set<ServerInterceptor> others;

  /**
   * Makes one.
   *
   * @param tls null: whoever calls is believed
   * @param others that look at what is let in; tests cut links with them
   */
  LinkGuard(
      @Nullable Tls tls, KeptVotes votes, Consumer<String> log, Set<ServerInterceptor> others) {
    this.tls = tls;
    this.votes = votes;
    this.log = log;
    this.others = Set.copyOf(others);
  }

  @Override
  public NettyServerBuilder customize(
      NettyServerBuilder server, EnumSet<GrpcServices.Type> services) {
    server.intercept(this);
    others.forEach(server::intercept);
    return server;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = call.getMethodDescriptor().getFullMethodName();
    if (!METHODS.contains(method)) {
      log.accept("replicated log: somebody wants what is not for members: " + method);
      call.close(Status.PERMISSION_DENIED.withDescription(method), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    if (!isMember(call)) {
      call.close(Status.UNAUTHENTICATED, new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return new Judged<>(
        next.startCall(method.equals(VOTE) ? new VoteCall<>(call) : call, headers), call);
  }

  private boolean isMember(ServerCall<?, ?> call) {
    if (tls == null) {
      return true;
    }
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    try {
      if (session != null) {
        tls.judgeAgain(session, true);
        return true;
      }
    } catch (Refusal e) {
      log.accept("replicated log: a caller was refused: " + Tls.reason(e));
    }
    return false;
  }

  /** True if a message names as its sender the member whose certificate the connection has. */
  private boolean isSelf(ServerCall<?, ?> call, Object message) {
    String sender =
        switch (message) {
          case RequestVoteRequestProto m -> m.getServerRequest().getRequestorId().toStringUtf8();
          case AppendEntriesRequestProto m -> m.getServerRequest().getRequestorId().toStringUtf8();
          case InstallSnapshotRequestProto m ->
              m.getServerRequest().getRequestorId().toStringUtf8();
          case StartLeaderElectionRequestProto m ->
              m.getServerRequest().getRequestorId().toStringUtf8();
          default -> null;
        };
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (tls == null || sender == null || session == null) {
      return true;
    }
    try {
      String shown = Tls.peer(session).server();
      int hash = sender.indexOf('#');
      if (shown.equals(hash < 0 ? sender : sender.substring(0, hash))) {
        return true;
      }
      log.accept("replicated log: " + shown + " was refused: it speaks as " + sender);
    } catch (Refusal e) {
      log.accept("replicated log: a caller was refused: " + Tls.reason(e));
    }
    return false;
  }

  private final class Judged<Q>
      extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private long judgedAt = System.nanoTime();

    Judged(ServerCall.Listener<Q> next, ServerCall<Q, ?> call) {
      super(next);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (!isSelf(call, message)) {
        call.close(Status.PERMISSION_DENIED, new Metadata());
        return;
      }
      long now = System.nanoTime();
      if (now - judgedAt > AGAIN_NANOS) {
        if (!isMember(call)) {
          call.close(Status.UNAUTHENTICATED, new Metadata());
          return;
        }
        judgedAt = now;
      }
      super.onMessage(message);
    }
  }

  private final class VoteCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
    VoteCall(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public void sendMessage(R message) {
      votes.keep();
      super.sendMessage(message);
    }
  }
}
