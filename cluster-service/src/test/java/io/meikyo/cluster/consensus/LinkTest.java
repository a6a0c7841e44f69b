// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import static io.meikyo.cluster.consensus.Member.applied;
import static io.meikyo.cluster.consensus.Member.await;
import static io.meikyo.cluster.consensus.Member.propose;
import static io.meikyo.cluster.consensus.Member.reconfigure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.cluster.consensus.Member.Words;
import io.meikyo.cluster.peer.TlsSockets;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.tls.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in over the link, and to what. */
class LinkTest {
  private static final UUID GROUP = new UUID(33, 44);

  @TempDir Path folder;
  private TestAuthority authority;
  private Member one;

  @BeforeEach
  void member() throws Exception {
    authority = new TestAuthority(folder.resolve("keys"), "cluster");
    one = new Member("server1#1", folder.resolve("one"), authority.member("server1"));
  }

  private Member two(Tls tls) throws IOException {
    return new Member("server2#1", folder.resolve("two"), tls);
  }

  private static Membership both(Member one, Member two) {
    return new Membership(List.of(one.voter, two.voter));
  }

  private void isNotLetIn(Member stranger) throws IOException {
    try (RatisStore a = one.boot();
        RatisStore b = stranger.boot()) {
      ConsensusLog log = a.create(GROUP, new Words());
      applied(log, "a");
      Words words = new Words();
      b.join(GROUP, words);
      assertThat(reconfigure(log, both(one, stranger), 8)).isNotInstanceOf(Outcome.Applied.class);
      applied(log, "b");
      assertThat(words.words()).isEmpty();
    }
  }

  @Test
  void aMemberIsLetIn() throws Exception {
    Member two = two(authority.member("server2"));
    try (RatisStore a = one.boot();
        RatisStore b = two.boot()) {
      ConsensusLog log = a.create(GROUP, new Words());
      ConsensusLog other = b.join(GROUP, new Words());
      assertThat(reconfigure(log, both(one, two), 30)).isInstanceOf(Outcome.Applied.class);
      applied(other, "a");
    }
  }

  @Test
  void aStrangerIsNotLetInAndThatIsSaid() throws Exception {
    TestAuthority foreign = new TestAuthority(folder.resolve("foreign"), "foreign");
    Member stranger = two(foreign.member("server2"));
    isNotLetIn(stranger);
    assertThat(one.said).anyMatch(line -> line.contains("refused"));
  }

  @Test
  void aMemberThatSpeaksAsAnotherIsNotLetInAndThatIsSaid() throws Exception {
    assertThat(asks("server2#7", authority.member("server2"))).containsExactly("heard");
    assertThat(one.said).isEmpty();
    assertThat(asks("server2#7", authority.member("server3"))).containsExactly("PERMISSION_DENIED");
    assertThat(one.said.toString()).contains("server3 was refused: it speaks as server2#7");
  }

  /** What becomes of a candidate's question for our vote. */
  private List<String> asks(String candidate, Tls keys) throws Exception {
    byte[] name = candidate.getBytes(StandardCharsets.UTF_8);
    byte[] question =
        ByteBuffer.allocate(name.length + 4)
            .put(new byte[] {10, (byte) (name.length + 2), 10, (byte) name.length})
            .put(name)
            .array();
    List<String> became = new ArrayList<>();
    Written call = new Written(RaftServerProtocolServiceGrpc.getRequestVoteMethod(), became);
    call.session = session(keys);
    new LinkGuard(one.tls, new KeptVotes(folder), one.said::add, Set.of())
        .interceptCall(
            call,
            new Metadata(),
            (c, headers) ->
                new ServerCall.Listener<Object>() {
                  @Override
                  public void onMessage(Object message) {
                    became.add("heard");
                  }
                })
        .onMessage(RequestVoteRequestProto.parseFrom(question));
    return became;
  }

  /** Our side of a connection that somebody with these keys has made. */
  private SSLSession session(Tls keys) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<SSLSession> called =
          CompletableFuture.supplyAsync(() -> {
            try (Socket raw = listener.accept()) {
              SSLSocket inside = (SSLSocket) new TlsSockets(one.tls).called(raw, 20_000).inside();
              return inside.getSession();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      SSLSocket caller =
          (SSLSocket)
              keys.context()
                  .getSocketFactory()
                  .createSocket(listener.getInetAddress(), listener.getLocalPort());
      caller.setSSLParameters(Tls.parameters());
      caller.startHandshake();
      return called.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aMemberThatAnswersInPlaceOfAnotherIsNotTalkedToAndThatIsSaid() throws Exception {
    one.memberAt = address -> address.equals(one.voter.address()) ? "server1" : "server9";
    isNotLetIn(two(authority.member("server2")));
    assertThat(one.said.toString()).contains("the certificate is of server2, not of server9");
  }

  @Test
  void aCertificateThatIsOverIsNotLetIn() throws Exception {
    isNotLetIn(two(authority.memberTooLate("server2")));
  }

  @Test
  void oneWithoutCertificateIsNotLetIn() throws Exception {
    isNotLetIn(two(null));
  }

  @Test
  void whoIsRevokedIsCutOffWhileItIsConnected() throws Exception {
    Tls own = authority.member("server1");
    one = new Member(one.voter, one.folder, own);
    Member two = two(authority.member("server2"));
    try (RatisStore a = one.boot();
        RatisStore b = two.boot()) {
      ConsensusLog log = a.create(GROUP, new Words());
      ConsensusLog other = b.join(GROUP, new Words());
      assertThat(reconfigure(log, both(one, two), 30)).isInstanceOf(Outcome.Applied.class);
      applied(other, "a");
      authority.revokeNewest();
      assertThat(own.reload()).isTrue();
      await(
          () -> {
            propose(other, "b", 1);
            return one.said.stream().anyMatch(line -> line.contains("refused"));
          },
          "the refusal of who was revoked");
      assertThat(propose(other, "c", 2)).isNotInstanceOf(Outcome.Applied.class);
    }
  }

  @Test
  void whoseFormerCertificateIsRevokedGoesOnWithTheNewOne() throws Exception {
    Member two = two(authority.member("server2"));
    try (RatisStore a = one.boot();
        RatisStore b = two.boot()) {
      ConsensusLog log = a.create(GROUP, new Words());
      ConsensusLog other = b.join(GROUP, new Words());
      assertThat(reconfigure(log, both(one, two), 30)).isInstanceOf(Outcome.Applied.class);
      applied(other, "a");
      renew("server1", one.tls, a);
      two.tls.reload();
      applied(other, "b");
      applied(log, "c");
      renew("server2", two.tls, b);
      one.tls.reload();
      applied(other, "d");
      applied(log, "e");
    }
  }

  /** A server gets a new certificate, and the former one is revoked. */
  private void renew(String server, Tls keys, RatisStore its) throws Exception {
    authority.revoke(server);
    authority.make(server, Duration.ofHours(7));
    assertThat(keys.reload()).isTrue();
    its.keysChanged();
  }

  @Test
  void newKeysAreUsedForNewConnections() throws Exception {
    Member two = two(authority.member("server2"));
    List<String> shown = new CopyOnWriteArrayList<>();
    ServerInterceptor looks =
        new ServerInterceptor() {
          @Override
          public <Q, R> ServerCall.Listener<Q> interceptCall(
              ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            shown.add(serial(call));
            return next.startCall(call, headers);
          }
        };
    RatisStore a = one.boot(looks);
    ConsensusLog log = a.create(GROUP, new Words());
    try (RatisStore b = two.boot()) {
      ConsensusLog other = b.join(GROUP, new Words());
      assertThat(reconfigure(log, both(one, two), 30)).isInstanceOf(Outcome.Applied.class);
      applied(other, "a");
      String first = shown.getLast();

      authority.make("server2", Duration.ofHours(6));
      assertThat(two.tls.reload()).isTrue();
      applied(other, "c");
      a.close();
      a = one.boot(looks);
      a.open(GROUP, new Words());
      applied(other, "d");
      assertThat(shown.getLast()).isNotEqualTo(first);
    } finally {
      a.close();
    }
  }

  private static String serial(ServerCall<?, ?> call) {
    try {
      X509Certificate shown =
          (X509Certificate)
              call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION).getPeerCertificates()[0];
      return shown.getSerialNumber().toString();
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theEnginesAdministrationIsClosedToOthers() throws IOException {
    Member plain = new Member("server1#1", folder.resolve("plain"), null);
    try (RatisStore store = plain.boot();
        RaftClientRpc rpc =
            new GrpcFactory(new Parameters())
                .newRaftClientRpc(
                    ClientId.randomId(), RatisSettings.of(plain.setup(), folder, folder))) {
      applied(store.create(GROUP, new Words()), "a");
      RaftPeer peer = Voters.peer(plain.voter);
      rpc.addRaftPeers(List.of(peer));
      for (GroupManagementRequest request :
          List.of(
              GroupManagementRequest.newAdd(
                  ClientId.randomId(),
                  peer.getId(),
                  1,
                  RaftGroup.valueOf(RaftGroupId.randomId(), peer),
                  true),
              GroupManagementRequest.newRemove(
                  ClientId.randomId(), peer.getId(), 2, RaftGroupId.valueOf(GROUP), true, false))) {
        assertThatThrownBy(() -> rpc.sendRequest(request))
            .hasStackTraceContaining("PERMISSION_DENIED");
      }
      assertThat(store.local()).containsExactly(GROUP);
    }
  }

  // Votes.

  private static final class Written extends ServerCall<Object, Object> {
    final List<Object> sent = new ArrayList<>();
    private final MethodDescriptor<?, ?> method;
    private final List<String> became;
    @Nullable SSLSession session;

    Written(MethodDescriptor<?, ?> method) {
      this(method, new ArrayList<>());
    }

    Written(MethodDescriptor<?, ?> method, List<String> became) {
      this.method = method;
      this.became = became;
    }

    @Override
    public Attributes getAttributes() {
      return session == null
          ? Attributes.EMPTY
          : Attributes.newBuilder().set(Grpc.TRANSPORT_ATTR_SSL_SESSION, session).build();
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Object message) {
      sent.add(message);
    }

    @Override
    public void close(org.apache.ratis.thirdparty.io.grpc.Status status, Metadata trailers) {
      became.add(status.getCode().toString());
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    @SuppressWarnings("unchecked")
    public MethodDescriptor<Object, Object> getMethodDescriptor() {
      return (MethodDescriptor<Object, Object>) method;
    }
  }

  @Test
  void aVoteThatCouldBeForgottenIsNotTold() {
    List<String> order = new ArrayList<>();
    boolean[] fails = {false};
    KeptVotes votes =
        new KeptVotes(folder) {
          @Override
          void keep() {
            order.add("kept");
            if (fails[0]) {
              throw new UncheckedIOException(new IOException("the disk is gone"));
            }
          }
        };
    LinkGuard guard = new LinkGuard(null, votes, said -> {}, Set.of());
    Written vote = new Written(RaftServerProtocolServiceGrpc.getRequestVoteMethod());
    ServerCallHandler<Object, Object> answers =
        (call, headers) -> {
          call.sendMessage("yes");
          return new ServerCall.Listener<>() {};
        };
    guard.interceptCall(vote, new Metadata(), answers);
    assertThat(order).containsExactly("kept");
    assertThat(vote.sent).containsExactly("yes");

    fails[0] = true;
    assertThatThrownBy(() -> guard.interceptCall(vote, new Metadata(), answers))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(vote.sent).hasSize(1);

    Written append = new Written(RaftServerProtocolServiceGrpc.getAppendEntriesMethod());
    guard.interceptCall(append, new Metadata(), answers);
    assertThat(append.sent).as("only votes are held up").hasSize(1);
  }
}
