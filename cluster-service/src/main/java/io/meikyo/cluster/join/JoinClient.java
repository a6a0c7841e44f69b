// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import io.meikyo.agent.config.Addresses;
import io.meikyo.cluster.join.JoinWire.Kind;
import io.meikyo.cluster.join.JoinWire.Message;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.JoinToken;
import io.meikyo.cluster.pki.NodeKeys;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.pki.PkiNotice;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Credentials;
import io.meikyo.tls.Guard;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Refusal;
import io.meikyo.tls.Tls;
import io.meikyo.tls.TlsProblem;
import io.meikyo.tls.Trust;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** A server that joins a cluster, or renews its certificate. Blocks; one thread. */
public final class JoinClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** The other side may have to agree with its cluster first. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int ANSWER_BYTES_MAX = JoinServer.CONFIGURATION_BYTES_MAX + (256 << 10);

  private final PkiFolder folder;
  private final NodeKeys keys;
  private final InstantSource clock;
  private final SecureRandom random;

  /** For a server's folder. */
  public JoinClient(PkiFolder folder, InstantSource clock, SecureRandom random) {
    this.folder = folder;
    this.keys = new NodeKeys(folder, random);
    this.clock = clock;
    this.random = random;
  }

  /**
   * Joins. If it is interrupted, or the answer is lost, the same call with the same token does it
   * as long as the token lasts.
   *
   * @param token carried here by an operator
   * @param server name of this server from now on
   * @param configuration where what the cluster tells its new member is kept; it is there, durably,
   *     before this server has its certificate
   * @return id of the cluster
   * @throws PkiProblem why not; this server is in no cluster then
   */
  public UUID join(InetSocketAddress at, JoinToken token, String server, Path configuration)
      throws PkiProblem {
    keys.mustBeFree();
    List<byte[]> fields = new ArrayList<>();
    fields.add(JoinWire.utf8(server));
    fields.add(JoinWire.utf8(token.id()));
    fields.add(token.secret());
    fields.add(keys.request(server));
    SSLContext context =
        Tls.context(new KeyManager[0], new TrustManager[] {new ByFingerprint(token)});
    Message granted = ask(at, context, new Message(Kind.JOIN, fields));
    try {
      UUID cluster = UUID.fromString(granted.text(0));
      if (!ofToken(token, granted.text(2))) {
        throw foreign("the authority is not that of the token");
      }
      keys.keep(configuration, granted.bytes(4));
      keys.rememberAuthority(text(at));
      keys.install(granted.text(1), granted.text(2), granted.text(3), cluster, clock.instant());
      return cluster;
    } catch (IOException | IllegalArgumentException e) {
      throw foreign(String.valueOf(e.getMessage()));
    }
  }

  private static boolean ofToken(JoinToken token, String authorities) throws PkiProblem {
    try {
      return io.meikyo.tls.Pem.certificates(authorities).stream().anyMatch(token::isOf);
    } catch (java.security.cert.CertificateException | IllegalArgumentException e) {
      throw foreign(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Gets a certificate for a new key, and the cluster's present list of revoked ones. Processes of
   * this server take them by themselves.
   *
   * @param given where the cluster was founded; null: where this server joined, or here
   * @param revokeFormer the former certificates of this server are revoked
   * @throws PkiProblem why not; what was in use stays in use
   */
  public void renew(@Nullable InetSocketAddress given, boolean revokeFormer) throws PkiProblem {
    if (!folder.isMember()) {
      throw new PkiProblem(Notice.of(PkiNotice.NOT_MEMBER, folder.path()));
    }
    if (folder.isFounder()) {
      renewHere(revokeFormer);
      return;
    }
    InetSocketAddress at = given == null ? remembered() : given;
    renew(at, open());
    if (revokeFormer) {
      InUse.await(folder, open().credentials().chain().getFirst().getSerialNumber());
      Message done = ask(at, open().context(), new Message(Kind.REVOKE_FORMER, List.of()));
      try {
        keys.takeRevoked(done.text(3));
      } catch (IOException e) {
        throw foreign(String.valueOf(e.getMessage()));
      }
    }
  }

  private void renew(InetSocketAddress at, Tls tls) throws PkiProblem {
    byte[] request = keys.request(tls.identity().server());
    Message granted = ask(at, tls.context(), new Message(Kind.RENEW, List.of(request)));
    try {
      keys.install(
          granted.text(1),
          granted.text(2),
          granted.text(3),
          tls.identity().cluster(),
          clock.instant());
    } catch (IOException e) {
      throw foreign(String.valueOf(e.getMessage()));
    }
  }

  /** Where the authority is nobody else need be asked; not even a certificate that is in force. */
  private void renewHere(boolean revokeFormer) throws PkiProblem {
    Authority authority = Authority.open(folder, clock, random);
    PeerIdentity own = keys.identity();
    keys.install(
        authority.renew(keys.request(own.server()), own),
        authority.authorities(),
        authority.revoked(),
        own.cluster(),
        clock.instant());
    if (revokeFormer) {
      InUse.await(folder, open().credentials().chain().getFirst().getSerialNumber());
      authority.revokeFormer(open().credentials().chain().getFirst(), own);
    }
  }

  private InetSocketAddress remembered() throws PkiProblem {
    String address = keys.authorityAddress();
    InetSocketAddress at = address == null ? null : Addresses.inet(address);
    if (at == null) {
      throw new PkiProblem(Notice.of(JoinNotice.NO_AUTHORITY_ADDRESS, folder.path()));
    }
    return at;
  }

  private Tls open() throws PkiProblem {
    try {
      return Tls.open(folder.tls(), clock);
    } catch (TlsProblem e) {
      throw new PkiProblem(e.notice());
    }
  }

  // ---- one question, one answer

  private static Message ask(InetSocketAddress at, SSLContext context, Message question)
      throws PkiProblem {
    try (Socket socket = new Socket()) {
      try {
        socket.connect(at, (int) CONNECT.toMillis());
      } catch (IOException e) {
        throw new PkiProblem(
            Notice.of(JoinNotice.CANNOT_REACH, text(at), String.valueOf(e.getMessage())));
      }
      try (Guard _ = new Guard(socket, PATIENCE);
          SSLSocket secure =
              (SSLSocket)
                  context
                      .getSocketFactory()
                      .createSocket(socket, at.getHostString(), at.getPort(), true)) {
        secure.setSSLParameters(Tls.parameters());
        handshake(secure, at);
        JoinWire.write(secure.getOutputStream(), question);
        Message answer = JoinWire.read(secure.getInputStream(), ANSWER_BYTES_MAX);
        return switch (answer.kind()) {
          case GRANTED -> answer;
          case REFUSED -> throw new PkiProblem(JoinWire.notice(answer));
          case JOIN, RENEW, REVOKE_FORMER ->
              throw new java.net.ProtocolException("an answer of kind " + answer.kind());
        };
      }
    } catch (JoinWire.OtherVersion e) {
      throw new PkiProblem(Notice.of(JoinNotice.OTHER_VERSION, e.theirs, JoinWire.VERSION));
    } catch (IOException e) {
      throw new PkiProblem(Notice.of(JoinNotice.BROKEN_OFF, text(at), Tls.reason(e)));
    }
  }

  private static void handshake(SSLSocket secure, InetSocketAddress at)
      throws IOException, PkiProblem {
    try {
      secure.startHandshake();
    } catch (SSLException e) {
      throw new PkiProblem(Notice.of(JoinNotice.NOT_THE_CLUSTER, text(at), Tls.reason(e)));
    }
  }

  private static String text(InetSocketAddress at) {
    return Addresses.text(at);
  }

  private static PkiProblem foreign(String reason) {
    return new PkiProblem(Notice.of(PkiNotice.FOREIGN_ANSWER, reason));
  }

  /** Believes the authority whose fingerprint the token carries, and nobody else. */
  private final class ByFingerprint extends X509ExtendedTrustManager {
    private final JoinToken token;

    ByFingerprint(JoinToken token) {
      this.token = token;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws Refusal {
      for (X509Certificate c : chain) {
        if (token.isOf(c)) {
          new Trust(List.of(c), List.of()).check(List.of(chain), Trust.Use.SERVER, clock.instant());
          return;
        }
      }
      throw new Refusal(
          Refusal.Why.OTHER_AUTHORITY, "the authority is not the one that made the token");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws Refusal {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
        throws Refusal {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws Refusal {
      throw new Refusal(Refusal.Why.WRONG_USE, "a joiner is called by nobody");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws Refusal {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
        throws Refusal {
      checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** True if a server's certificate should be renewed now. */
  public static boolean isDue(Credentials credentials, InstantSource clock) {
    return NodeKeys.isDue(credentials.chain().getFirst(), clock.instant());
  }
}
