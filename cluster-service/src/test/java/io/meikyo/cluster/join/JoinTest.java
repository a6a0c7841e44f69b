// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.meikyo.cluster.join.JoinWire.Kind;
import io.meikyo.cluster.join.JoinWire.Message;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.JoinToken;
import io.meikyo.cluster.pki.NodeKeys;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.pki.PkiNotice;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.cluster.pki.TokenStore;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Credentials;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Test;

/** Servers join over a real connection, or are refused and told why. */
class JoinTest extends WithJoinServer {
  @Test
  void aServerJoins() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    assertThat(join("server2", token, "server2")).isEqualTo(CLUSTER);
    assertThat(asked).containsExactly("server2");
    Path blob = root.resolve("server2/joined");
    assertThat(blob).hasContent("for server2");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(blob)))
        .isEqualTo("rw-------");
    PkiFolder there = folder("server2");
    assertThat(there.isMember()).isTrue();
    assertThat(there.isFounder()).isFalse();
    assertThat(new NodeKeys(there, RANDOM).authorityAddress())
        .isEqualTo(
            server.address().getAddress().getHostAddress() + ":" + server.address().getPort());
    Tls second = Tls.open(there.tls(), clock);
    second.rehearse();
    assertThat(second.identity()).isEqualTo(new PeerIdentity("server2", CLUSTER));
    assertThat(authority.servers()).containsExactly("server1", "server2");
    assertThat(said()).containsExactly("join.admitted");
    assertThat(root.resolve("server2/pki/ca.key")).doesNotExist();
    assertThat(refusedAgain(token)).contains("pki.already-member", "server=server2");
  }

  private String refusedAgain(JoinToken token) {
    return catchThrowableOfType(PkiProblem.class, () -> join("server2", token, "server2"))
        .notice()
        .toString();
  }

  @Test
  void aTokenThatWasUsedAdmitsNobodyElse() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    join("server2", token, "server2");
    assertThat(refused("server3", token, "server3"))
        .isEqualTo("pki.token-used (server=server2, when=" + now + ")");
    assertThat(refused("thief", token, "server2")).contains("pki.token-used");
    assertThat(said())
        .containsExactly(
            "join.admitted", "join.refused", "pki.token-used", "join.refused", "pki.token-used");
    assertThat(asked).hasSize(1);
    join("server3", tokens.create(authority, HOUR, null), "server3");
  }

  @Test
  void ofTwoWithOneTokenAtTheSameMomentOneIsAdmitted() throws Exception {
    int many = 4;
    JoinToken token = tokens.create(authority, HOUR, null);
    CyclicBarrier start = new CyclicBarrier(many);
    List<Callable<String>> all = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      String name = "server" + (i + 2);
      all.add(() -> {
        start.await();
        try {
          join(name, token, name);
          return "admitted";
        } catch (PkiProblem e) {
          return e.notice().code();
        }
      });
    }
    List<String> ends = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
      for (Future<String> f : threads.invokeAll(all)) {
        ends.add(f.get());
      }
    }
    assertThat(ends).containsOnly("admitted", "pki.token-used");
    assertThat(ends).filteredOn("admitted"::equals).hasSize(1);
    assertThat(authority.servers()).hasSize(2);
  }

  @Test
  void whoeverWasAdmittedAndDidNotHearItAsksAgain() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    byte[] request = new NodeKeys(folder("server2"), RANDOM).request("server2");
    try (SSLSocket s = connect(open())) {
      JoinWire.write(
          s.getOutputStream(),
          new Message(
              Kind.JOIN,
              List.of(
                  JoinWire.utf8("server2"), JoinWire.utf8(token.id()), token.secret(), request)));
      assertThat(JoinWire.read(s.getInputStream(), 1 << 20).kind()).isEqualTo(Kind.GRANTED);
    }
    assertThat(refused("thief", token, "server2")).contains("pki.token-used");
    assertThat(join("server2", token, "server2")).isEqualTo(CLUSTER);
    assertThat(asked).hasSize(2);
    Tls.open(folder("server2").tls(), clock).rehearse();
  }

  @Test
  void aPolicyThatFailsAnswersNothingAndLosesNothing() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    JoinPolicy good = policy;
    policy =
        name -> {
          throw new IllegalStateException("the cluster cannot decide");
        };
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> asked.add(e.getMessage()));
    try {
      assertThat(refused("server2", token, "server2")).contains("join.broken-off");
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    policy = good;
    join("server2", token, "server2");
  }

  @Test
  void whomThePolicyRefusesMayComeAgain() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    JoinPolicy good = policy;
    policy =
        name ->
            new JoinPolicy.Admission.Refused(
                Notice.of(PkiNotice.BAD_NAME, name).about("server", name));
    assertThat(refused("server2", token, "server2"))
        .isEqualTo("pki.bad-name (name=server2) [server server2]");
    policy = good;
    assertThat(join("other", token, "server3")).isEqualTo(CLUSTER);
  }

  @Test
  void namesAreCheckedBeforeThePolicyIsAsked() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    assertThat(refused("server2", token, "server1")).isEqualTo("pki.name-taken (server=server1)");
    assertThat(refused("server2", token, "a b")).contains("pki.bad-name");
    assertThat(asked).isEmpty();
    join("server2", token, "server2");
    JoinToken replaces = tokens.create(authority, HOUR, "server2");
    assertThat(refused("new", replaces, "server3")).contains("pki.token-for-another");
    Credentials old = Credentials.read(folder("server2").tls(), now);
    assertThat(join("new", replaces, "server2")).isEqualTo(CLUSTER);
    assertThat(tls.reload()).as("the list of revoked ones").isTrue();
    assertThatThrownBy(
            () -> tls.credentials().trust().check(old.chain(), io.meikyo.tls.Trust.Use.CLIENT, now))
        .hasMessageContaining("revoked");
  }

  @Test
  void aTokenThatEndedAdmitsNobody() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    now = now.plus(HOUR).plusSeconds(1);
    assertThat(refused("server2", token, "server2")).startsWith("pki.token-expired");
    assertThat(asked).isEmpty();
  }

  /** What the joiner would tell of its secret if it spoke to the wrong one. */
  @Test
  void aJoinerTellsNothingToAnotherCluster() throws Exception {
    PkiFolder other = PkiFolder.at(root.resolve("other"));
    Authority foreign = Authority.found(other, CLUSTER, "server1", clock, RANDOM);
    JoinToken token = new TokenStore(other, clock, RANDOM).create(foreign, HOUR, null);
    assertThat(refused("server2", token, "server2"))
        .contains("join.not-the-cluster", "the authority is not the one that made the token");
    assertThat(asked).isEmpty();
    awaitSaid("join.stranger");
    assertThat(said()).hasSize(1);
  }

  /** Somebody who shows the right authority's certificate, which is no secret, behind his own. */
  @Test
  void anImpostorWithTheRightAuthorityInHisHandIsNotBelieved() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    PkiFolder his = PkiFolder.at(root.resolve("his"));
    Authority.found(his, CLUSTER, "server1", clock, RANDOM);
    Tls impostor = Tls.open(his.tls(), clock);
    SSLContext context =
        Tls.context(
            new KeyManager[] {new Behind(impostor, authority.certificate())},
            new TrustManager[] {impostor.trustManager()});
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<String> heard = new CopyOnWriteArrayList<>();
      Thread thread =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket s = listener.accept();
                    SSLSocket secure =
                        (SSLSocket) context.getSocketFactory().createSocket(s, null, true)) {
                  heard.add(JoinWire.read(secure.getInputStream(), 1 << 20).kind().toString());
                } catch (IOException e) {
                  heard.add("refused");
                }
              });
      assertThatThrownBy(() ->
              new JoinClient(folder("server2"), clock, RANDOM)
                  .join(
                      (InetSocketAddress) listener.getLocalSocketAddress(),
                      token,
                      "server2",
                      root.resolve("x")))
          .hasMessageContaining("join.not-the-cluster")
          .hasMessageContaining("signed by CN=Meikyo authority");
      thread.join();
      assertThat(heard).containsExactly("refused");
    }
  }

  /** Shows another's certificate behind its own. */
  private static final class Behind extends X509ExtendedKeyManager {
    private final Tls own;
    private final X509Certificate other;

    Behind(Tls own, X509Certificate other) {
      this.own = own;
      this.other = other;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {own.credentials().chain().getFirst(), other};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.credentials().key();
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return own.keyManager().chooseServerAlias(type, issuers, socket);
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return null;
    }
  }

  @Test
  void whoeverIsNotThereIsNamed() throws Exception {
    JoinToken token = tokens.create(authority, HOUR, null);
    server.close();
    assertThat(refused("server2", token, "server2")).startsWith("join.cannot-reach");
    try (ServerSocket hangsUp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              hangsUp.accept().close();
            } catch (IOException e) {
              asked.add(String.valueOf(e.getMessage()));
            }
          });
      JoinClient client = new JoinClient(folder("server2"), clock, RANDOM);
      assertThatThrownBy(() ->
              client.join(
                  (InetSocketAddress) hangsUp.getLocalSocketAddress(),
                  token,
                  "server2",
                  root.resolve("x")))
          .isInstanceOf(PkiProblem.class)
          .hasMessageContaining("join.");
    }
  }

  // ---- renewing

  @Test
  void aMemberRenewsItsCertificate() throws Exception {
    join("server2", tokens.create(authority, HOUR, null), "server2");
    PkiFolder there = folder("server2");
    Tls before = Tls.open(there.tls(), clock);
    Credentials old = before.credentials();
    now = now.plus(Duration.ofDays(900));
    assertThat(JoinClient.isDue(old, clock)).isTrue();
    JoinClient client = new JoinClient(there, clock, RANDOM);
    client.renew(server.address(), false);
    assertThat(before.reload()).isTrue();
    assertThat(before.credentials().key()).isNotEqualTo(old.key());
    assertThat(before.identity()).isEqualTo(old.identity());
    assertThat(before.credentials().until()).isAfter(old.until());
    assertThat(JoinClient.isDue(before.credentials(), clock)).isFalse();
    tls.credentials().trust().check(old.chain(), io.meikyo.tls.Trust.Use.CLIENT, now);
    client.renew(server.address(), true);
    tls.reload();
    assertThatThrownBy(
            () -> tls.credentials().trust().check(old.chain(), io.meikyo.tls.Trust.Use.CLIENT, now))
        .as("on request the former ones are revoked")
        .hasMessageContaining("revoked");
    before.reload();
    assertThat(before.credentials().trust().revoked())
        .isEqualTo(tls.credentials().trust().revoked());
    assertThat(said())
        .containsExactly("join.admitted", "join.renewed", "join.renewed", "join.former-revoked");
  }

  @Test
  void whoeverIsNoMemberRenewsNothing() throws Exception {
    JoinClient nobody = new JoinClient(folder("nobody"), clock, RANDOM);
    assertThatThrownBy(() -> nobody.renew(server.address(), false))
        .hasMessageContaining("pki.not-member");
    PkiFolder other = PkiFolder.at(root.resolve("other"));
    Authority foreign = Authority.found(other, CLUSTER, "server1", clock, RANDOM);
    NodeKeys his = new NodeKeys(folder("his"), RANDOM);
    his.install(
        foreign.issue(his.request("server2"), "server2", false),
        foreign.authorities(),
        foreign.revoked(),
        CLUSTER,
        now);
    JoinClient stranger = new JoinClient(folder("his"), clock, RANDOM);
    assertThatThrownBy(() -> stranger.renew(null, false))
        .hasMessageContaining("join.no-authority-address");
    assertThatThrownBy(() -> stranger.renew(server.address(), false))
        .as("of another cluster")
        .hasMessageContaining("join.not-the-cluster");
    join("server2", tokens.create(authority, HOUR, null), "server2");
    authority.revoke("server2");
    tls.reload();
    assertThatThrownBy(
            () -> new JoinClient(folder("server2"), clock, RANDOM).renew(server.address(), false))
        .as("revoked")
        .isInstanceOf(PkiProblem.class)
        .hasMessageContaining("join.");
    try (SSLSocket s = connect(open())) {
      byte[] request = new NodeKeys(folder("x"), RANDOM).request("server1");
      JoinWire.write(s.getOutputStream(), new Message(Kind.RENEW, List.of(request)));
      Message answer = JoinWire.read(s.getInputStream(), 1 << 20);
      assertThat(JoinWire.notice(answer).code()).isEqualTo("join.no-certificate");
    }
    try (SSLSocket s = connect(open())) {
      JoinWire.write(s.getOutputStream(), new Message(Kind.REVOKE_FORMER, List.of()));
      Message answer = JoinWire.read(s.getInputStream(), 1 << 20);
      assertThat(JoinWire.notice(answer).code()).isEqualTo("join.no-certificate");
    }
    assertThat(authority.servers()).containsExactly("server1");
  }
}
