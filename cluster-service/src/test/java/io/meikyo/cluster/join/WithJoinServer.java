// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.JoinToken;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.cluster.pki.TokenStore;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A founded cluster whose first server takes joiners. */
abstract class WithJoinServer {
  static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  static final SecureRandom RANDOM = new SecureRandom();
  static final Duration HOUR = Duration.ofHours(1);
  static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path root;
  volatile Instant now = Instant.parse("2026-11-22T12:00:00Z");
  final InstantSource clock = () -> now;
  PkiFolder founder;
  Authority authority;
  TokenStore tokens;
  Tls tls;
  JoinServer server;
  final List<Notice> notices = new CopyOnWriteArrayList<>();
  final List<String> asked = new CopyOnWriteArrayList<>();
  volatile JoinPolicy policy;

  @BeforeEach
  void found() throws Exception {
    founder = PkiFolder.at(root.resolve("server1/pki"));
    authority = Authority.found(founder, CLUSTER, "server1", clock, RANDOM);
    tokens = new TokenStore(founder, clock, RANDOM);
    tls = Tls.open(founder.tls(), clock);
    policy =
        name -> new JoinPolicy.Admission.Welcome(("for " + name).getBytes(StandardCharsets.UTF_8));
    server = open(Duration.ofSeconds(20));
  }

  JoinServer open(Duration patience) throws Exception {
    return JoinServer.open(
        founder,
        tls,
        ANY,
        name -> {
          asked.add(name);
          return policy.admit(name);
        },
        clock,
        notices::add,
        patience);
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  PkiFolder folder(String of) {
    return PkiFolder.at(root.resolve(of).resolve("pki"));
  }

  UUID join(String folder, JoinToken token, String name) throws PkiProblem {
    return new JoinClient(folder(folder), clock, RANDOM)
        .join(server.address(), token, name, root.resolve(folder).resolve("joined"));
  }

  String refused(String folder, JoinToken token, String name) {
    PkiProblem problem = catchThrowableOfType(PkiProblem.class, () -> join(folder, token, name));
    assertThat(problem).as("a refusal").isNotNull();
    assertThat(folder(folder).isMember()).isFalse();
    return problem.notice().toString();
  }

  List<String> said() {
    return notices.stream().map(Notice::code).toList();
  }

  /** What is said of a connection comes after its end. */
  void awaitSaid(String code) {
    long until = System.nanoTime() + 20_000_000_000L;
    while (!said().contains(code)) {
      assertThat(System.nanoTime()).as(code + " in " + notices).isLessThan(until);
      java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
    }
  }

  /** A context that believes this server and shows nothing. */
  SSLContext open() {
    return Tls.context(new KeyManager[0], new TrustManager[] {tls.trustManager()});
  }

  SSLSocket connect(SSLContext context) throws IOException {
    SSLSocket s =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(server.address().getAddress(), server.address().getPort());
    s.setSSLParameters(Tls.parameters());
    s.setSoTimeout(20_000);
    return s;
  }

  static boolean isClosed(Socket s) throws IOException {
    try {
      s.setSoTimeout(20_000);
      while (s.getInputStream().read() >= 0) {
        // An alert, perhaps.
      }
      return true;
    } catch (SocketException | SSLException e) {
      return true;
    }
  }
}
