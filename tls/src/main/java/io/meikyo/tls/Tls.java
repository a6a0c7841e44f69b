// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import io.meikyo.core.notice.Notice;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * One server's TLS: who it is and whom it believes, at this moment. Files that changed are taken by
 * {@link #reload}, without a restart; connections that stand go on as they are, the next ones use
 * what is new. Any thread.
 *
 * <p>TLS 1.3 only, both sides show a certificate, and only such cipher suites whose speed is that
 * of the processor's AES. No session is resumed: each connection is judged by the certificate, the
 * authorities and the revocations of its own moment.
 *
 * <p>Hosts and addresses are not compared with names in certificates: a server has many addresses
 * and one name. Whoever connects asks {@link #peer} who is there.
 */
public final class Tls {
  /** The only version. */
  static final String VERSION = "TLSv1.3";

  private static final String[] VERSIONS = {VERSION};

  /** AES-128 first: it is the fastest, and enough. */
  private static final String[] SUITES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"};

  private static final int REHEARSAL_BYTES = 64 << 10;
  private static final int REHEARSAL_STEPS = 100;

  /** What is in use, and what was before: a handshake may be between its two questions. */
  private record State(Credentials now, long number, @Nullable Credentials before) {
    @Nullable Credentials of(String alias) {
      if (alias.equals(Long.toString(number))) {
        return now;
      }
      return alias.equals(Long.toString(number - 1)) ? before : null;
    }
  }

  private final TlsFiles files;
  private final InstantSource clock;
  private final AtomicReference<State> state;
  private final KeyManager[] keys = {new Keys()};
  private final TrustManager[] judges = {new Judge()};

  private Tls(TlsFiles files, InstantSource clock, Credentials first) {
    this.files = files;
    this.clock = clock;
    this.state = new AtomicReference<>(new State(first, 0, null));
  }

  /**
   * Reads and checks the files.
   *
   * @throws TlsProblem if they cannot be used
   */
  public static Tls open(TlsFiles files, InstantSource clock) throws TlsProblem {
    return new Tls(files, clock, Credentials.read(files, clock.instant()));
  }

  /**
   * Reads the files again. What was in use stays in use if they are not good.
   *
   * @return true if there is something new
   * @throws TlsProblem what is wrong with them
   */
  public synchronized boolean reload() throws TlsProblem {
    Credentials fresh = Credentials.read(files, clock.instant());
    State old = state.get();
    if (fresh.equals(old.now)) {
      return false;
    }
    state.set(new State(fresh, old.number + 1, old.now));
    return true;
  }

  /** Where everything is. */
  public TlsFiles files() {
    return files;
  }

  /** What is in use. */
  public Credentials credentials() {
    return state.get().now;
  }

  /** Who we are. */
  public PeerIdentity identity() {
    return credentials().identity();
  }

  /** The clock by which certificates are judged. */
  InstantSource clock() {
    return clock;
  }

  // ---- for those who make connections

  /** Our side of a connection that we make. */
  public SSLEngine caller() {
    return engine(true);
  }

  /** Our side of a connection that somebody makes to us. */
  public SSLEngine called() {
    return engine(false);
  }

  private SSLEngine engine(boolean client) {
    SSLEngine engine = context().createSSLEngine();
    engine.setUseClientMode(client);
    engine.setSSLParameters(parameters());
    return engine;
  }

  /** What every connection of ours must have; for sockets that are made from {@link #context}. */
  public static SSLParameters parameters() {
    SSLParameters all = new SSLParameters(SUITES, VERSIONS);
    all.setNeedClientAuth(true);
    return all;
  }

  /**
   * A fresh context, in about 0.2 ms; from each only one connection should come if no session is to
   * be resumed. {@link #parameters} must be given to what is made of it.
   */
  public SSLContext context() {
    return context(keys, judges);
  }

  /** A context of these parts. */
  public static SSLContext context(KeyManager[] keys, TrustManager[] judges) {
    try {
      SSLContext context = SSLContext.getInstance(VERSION);
      context.init(keys, judges, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + VERSION, e);
    }
  }

  /** Shows our certificate; for libraries that make contexts of their own. */
  public X509ExtendedKeyManager keyManager() {
    return (X509ExtendedKeyManager) keys[0];
  }

  /** Judges certificates; for libraries that make contexts of their own. */
  public X509ExtendedTrustManager trustManager() {
    return (X509ExtendedTrustManager) judges[0];
  }

  /**
   * Who is at the other end.
   *
   * @throws Refusal if that is not known, or no server of our cluster; a handshake that succeeded
   *     has excluded it
   */
  public static PeerIdentity peer(SSLSession session) throws Refusal {
    return PeerIdentity.of(shown(session).getFirst());
  }

  /**
   * Judges a standing connection by what is believed now: a certificate may have ended or been
   * revoked since.
   *
   * @param wasCalled we are the one that was called
   * @throws Refusal why it should end
   */
  public void judgeAgain(SSLSession session, boolean wasCalled) throws Refusal {
    judge(shown(session), wasCalled ? Trust.Use.CLIENT : Trust.Use.SERVER);
  }

  private static List<X509Certificate> shown(SSLSession session) throws Refusal {
    try {
      List<X509Certificate> chain = new ArrayList<>();
      for (Certificate c : session.getPeerCertificates()) {
        if (c instanceof X509Certificate x) {
          chain.add(x);
        }
      }
      if (!chain.isEmpty()) {
        return chain;
      }
    } catch (SSLException e) {
      throw new Refusal(Refusal.Why.NO_CERTIFICATE, String.valueOf(e.getMessage()));
    }
    throw new Refusal(Refusal.Why.NO_CERTIFICATE, "nothing was shown");
  }

  private void judge(List<X509Certificate> chain, Trust.Use use) throws Refusal {
    Credentials now = credentials();
    PeerIdentity peer = now.trust().check(chain, use, clock.instant());
    if (!peer.cluster().equals(now.identity().cluster())) {
      throw new Refusal(Refusal.Why.OTHER_CLUSTER, peer.server() + " of cluster " + peer.cluster());
    }
  }

  /** Why a connection failed, in a few words: our own refusal, the other side's, or the error. */
  public static String reason(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof Refusal refusal) {
        return String.valueOf(refusal.getMessage());
      }
    }
    String message = String.valueOf(failure.getMessage());
    String alert = "fatal alert: ";
    int at = message.indexOf(alert);
    return at < 0 ? message : "the other side: " + message.substring(at + alert.length());
  }

  /**
   * Shakes hands with itself: shows that what was read works in both roles, and loads and compiles
   * what the first real connection would otherwise wait for (half a second).
   *
   * @throws TlsProblem REHEARSAL_FAILED
   */
  public void rehearse() throws TlsProblem {
    try {
      Rehearsal.run(caller(), called(), REHEARSAL_BYTES, REHEARSAL_STEPS);
    } catch (SSLException e) {
      throw new TlsProblem(Notice.of(TlsNotice.REHEARSAL_FAILED, files.certificate(), reason(e)));
    }
  }

  /** Two engines and two buffers. */
  private static final class Rehearsal {
    static void run(SSLEngine a, SSLEngine b, int bytes, int steps) throws SSLException {
      ByteBuffer ab = ByteBuffer.allocate(bytes);
      ByteBuffer ba = ByteBuffer.allocate(bytes);
      ByteBuffer ear = ByteBuffer.allocate(bytes);
      a.beginHandshake();
      b.beginHandshake();
      for (int i = 0; i < steps; i++) {
        turn(a, ba, ab, ear);
        turn(b, ab, ba, ear);
        if (done(a) && done(b) && ab.position() == 0 && ba.position() == 0) {
          return;
        }
      }
      throw new SSLException("no end");
    }

    private static boolean done(SSLEngine e) {
      return e.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING;
    }

    private static void turn(SSLEngine e, ByteBuffer in, ByteBuffer out, ByteBuffer ear)
        throws SSLException {
      while (true) {
        switch (e.getHandshakeStatus()) {
          case NEED_TASK -> {
            for (Runnable r = e.getDelegatedTask(); r != null; r = e.getDelegatedTask()) {
              r.run();
            }
          }
          case NEED_WRAP -> e.wrap(ByteBuffer.allocate(0), out);
          default -> {
            in.flip();
            boolean more = in.hasRemaining();
            if (more) {
              more = e.unwrap(in, ear.clear()).getStatus() == SSLEngineResult.Status.OK;
            }
            in.compact();
            if (!more) {
              return;
            }
          }
        }
      }
    }
  }

  // ---- what TLS asks during a handshake

  /** Shows the certificate that is in use when the handshake begins, and signs with its key. */
  private final class Keys extends X509ExtendedKeyManager {
    private @Nullable String alias(String... types) {
      State s = state.get();
      return Arrays.asList(types).contains(s.now.key().getAlgorithm())
          ? Long.toString(s.number)
          : null;
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
      String alias = alias(type);
      return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return getClientAliases(type, issuers);
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return alias(types);
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return alias(type);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return alias(types);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return alias(type);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      Credentials c = state.get().of(alias);
      return c == null ? null : c.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      Credentials c = state.get().of(alias);
      return c == null ? null : c.key();
    }
  }

  /** Believes servers of our cluster. */
  private final class Judge extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws Refusal {
      judge(List.of(chain), Trust.Use.CLIENT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws Refusal {
      judge(List.of(chain), Trust.Use.SERVER);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws Refusal {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws Refusal {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine e)
        throws Refusal {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine e)
        throws Refusal {
      checkServerTrusted(chain, type);
    }

    /** None: the list would only tell strangers whom we believe. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
