// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import io.meikyo.cluster.join.JoinWire.Kind;
import io.meikyo.cluster.join.JoinWire.Message;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.cluster.pki.TokenStore;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Guard;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Refusal;
import io.meikyo.tls.Tls;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;

/**
 * Where servers join and renew their certificates: on the server where the cluster was founded.
 *
 * <p>It shows its own certificate and the authority's; a joiner, which has none yet, is let in to
 * show its token, a member shows its certificate. A thread accepts ({@code join-accept}); each
 * connection has a virtual thread, a few seconds to say what it wants, and one answer.
 */
public final class JoinServer implements AutoCloseable {
  /** Most bytes of what a joiner is told besides. */
  public static final int CONFIGURATION_BYTES_MAX = 1 << 20;

  private static final int REQUEST_BYTES_MAX = 64 << 10;
  private static final int AT_ONCE_MAX = 32;
  private static final int BACKLOG = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration SAID_AGAIN = Duration.ofMinutes(1);
  private static final int SAID_MAX = 256;

  private final Authority authority;
  private final TokenStore tokens;
  private final Tls tls;
  private final JoinPolicy policy;
  private final InstantSource clock;
  private final Consumer<Notice> notices;
  private final Duration patience;
  private final ServerSocket listener;
  private final Semaphore room = new Semaphore(AT_ONCE_MAX);
  private final ReentrantLock oneAfterTheOther = new ReentrantLock();
  private final Map<String, Instant> said = new LinkedHashMap<>();

  /**
   * Listens and serves until it is closed.
   *
   * @param folder where the cluster was founded
   * @param tls of the same folder
   * @param notices takes what is to be said; any thread
   * @throws PkiProblem if the authority is not here
   * @throws IOException if the address cannot be listened on
   */
  public static JoinServer open(
      PkiFolder folder,
      Tls tls,
      InetSocketAddress listen,
      JoinPolicy policy,
      InstantSource clock,
      Consumer<Notice> notices)
      throws PkiProblem, IOException {
    return open(folder, tls, listen, policy, clock, notices, PATIENCE);
  }

  /** The same with another patience, for tests. */
  static JoinServer open(
      PkiFolder folder,
      Tls tls,
      InetSocketAddress listen,
      JoinPolicy policy,
      InstantSource clock,
      Consumer<Notice> notices,
      Duration patience)
      throws PkiProblem, IOException {
    SecureRandom random = new SecureRandom();
    JoinServer server =
        new JoinServer(
            Authority.open(folder, clock, random),
            new TokenStore(folder, clock, random),
            tls,
            new ServerSocket(listen.getPort(), BACKLOG, listen.getAddress()),
            policy,
            clock,
            notices,
            patience);
    Thread.ofPlatform().name("join-accept").daemon().start(server::accept);
    return server;
  }

  private JoinServer(
      Authority authority,
      TokenStore tokens,
      Tls tls,
      ServerSocket listener,
      JoinPolicy policy,
      InstantSource clock,
      Consumer<Notice> notices,
      Duration patience) {
    this.authority = authority;
    this.tokens = tokens;
    this.tls = tls;
    this.listener = listener;
    this.policy = policy;
    this.clock = clock;
    this.notices = notices;
    this.patience = patience;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        if (room.tryAcquire()) {
          Thread.ofVirtual().start(() -> serve(socket));
        } else {
          socket.close();
        }
      } catch (IOException e) {
        if (!listener.isClosed()) {
          stranger(String.valueOf(listener.getLocalSocketAddress()), e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    String address = String.valueOf(socket.getRemoteSocketAddress());
    try (socket;
        SSLSocket secure = secure(socket)) {
      Message question;
      try (Guard _ = new Guard(socket, patience)) {
        secure.startHandshake();
        question = JoinWire.read(secure.getInputStream(), REQUEST_BYTES_MAX);
      } catch (JoinWire.OtherVersion e) {
        answer(
            secure,
            socket,
            JoinWire.refused(Notice.of(JoinNotice.OTHER_VERSION, e.theirs, JoinWire.VERSION)));
        return;
      }
      answer(secure, socket, answerTo(question, secure, address));
    } catch (IOException e) {
      stranger(address, e);
    } finally {
      room.release();
    }
  }

  private SSLSocket secure(Socket socket) throws IOException {
    SSLSocket secure =
        (SSLSocket) tls.context().getSocketFactory().createSocket(socket, null, true);
    SSLParameters parameters = Tls.parameters();
    parameters.setWantClientAuth(true);
    secure.setSSLParameters(parameters);
    return secure;
  }

  private void answer(SSLSocket to, Socket socket, Message answer) throws IOException {
    try (Guard _ = new Guard(socket, patience)) {
      JoinWire.write(to.getOutputStream(), answer);
      to.shutdownOutput();
      // Until the other side has read it and closes: an early end could destroy the answer.
      to.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
  }

  private Message answerTo(Message question, SSLSocket from, String address) throws IOException {
    oneAfterTheOther.lock();
    try {
      return switch (question.kind()) {
        case JOIN -> join(question, address);
        case RENEW -> renew(question, from, address);
        case REVOKE_FORMER -> revokeFormer(from);
        case GRANTED, REFUSED ->
            throw new java.net.ProtocolException("a question of kind " + question.kind());
      };
    } catch (SSLPeerUnverifiedException | Refusal e) {
      return JoinWire.refused(Notice.of(JoinNotice.NO_CERTIFICATE));
    } catch (PkiProblem e) {
      refusedSaid(question, address, e.notice());
      return JoinWire.refused(e.notice());
    } finally {
      oneAfterTheOther.unlock();
    }
  }

  private void refusedSaid(Message question, String address, Notice why) throws IOException {
    String server = question.kind() == Kind.JOIN ? question.text(0) : "?";
    boolean sound = PeerIdentity.isServerName(server);
    notices.accept(Notice.of(JoinNotice.REFUSED, sound ? server : "?", address));
    notices.accept(why);
  }

  private Message join(Message question, String address) throws IOException, PkiProblem {
    String server = question.text(0);
    byte[] request = question.bytes(3);
    TokenStore.Claim claim = tokens.claim(question.text(1), question.bytes(2), server, request);
    try {
      authority.mayIssue(request, server, claim.replaces());
    } catch (PkiProblem e) {
      tokens.release(claim);
      throw e;
    }
    return switch (policy.admit(server)) {
      case JoinPolicy.Admission.Refused refused -> {
        tokens.release(claim);
        throw new PkiProblem(refused.why());
      }
      case JoinPolicy.Admission.Welcome welcome -> {
        Message granted =
            granted(authority.issue(request, server, claim.replaces()), welcome.configuration());
        notices.accept(Notice.of(JoinNotice.ADMITTED, server, address));
        yield granted;
      }
    };
  }

  private Message renew(Message question, SSLSocket from, String address)
      throws IOException, PkiProblem, Refusal {
    PeerIdentity member = Tls.peer(from.getSession());
    String chain = authority.renew(question.bytes(0), member);
    notices.accept(Notice.of(JoinNotice.RENEWED, member.server(), address));
    return granted(chain, new byte[0]);
  }

  private Message revokeFormer(SSLSocket from) throws IOException, PkiProblem, Refusal {
    PeerIdentity member = Tls.peer(from.getSession());
    X509Certificate shown = (X509Certificate) from.getSession().getPeerCertificates()[0];
    List<String> numbers = authority.revokeFormer(shown, member);
    notices.accept(
        Notice.of(JoinNotice.FORMER_REVOKED, member.server(), String.join(", ", numbers)));
    return granted("", new byte[0]);
  }

  private Message granted(String chain, byte[] configuration) throws PkiProblem {
    return new Message(
        Kind.GRANTED,
        List.of(
            JoinWire.utf8(authority.cluster().toString()),
            JoinWire.utf8(chain),
            JoinWire.utf8(authority.authorities()),
            JoinWire.utf8(authority.revoked()),
            configuration));
  }

  /** Said once a minute for each host: whoever is refused mostly comes again at once. */
  private void stranger(String address, IOException e) {
    String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
    Instant now = clock.instant();
    synchronized (said) {
      Instant before = said.get(host);
      if (before != null && Duration.between(before, now).compareTo(SAID_AGAIN) < 0) {
        return;
      }
      if (said.size() >= SAID_MAX) {
        said.clear();
      }
      said.put(host, now);
    }
    notices.accept(Notice.of(JoinNotice.STRANGER, address, Tls.reason(e)));
  }

  /** Takes no new connection any more; those that stand end by themselves. */
  @Override
  public void close() throws IOException {
    listener.close();
  }
}
