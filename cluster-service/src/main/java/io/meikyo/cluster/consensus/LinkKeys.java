// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Tls;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.X509ExtendedTrustManager;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SupportedCipherSuiteFilter;
import org.jspecify.annotations.Nullable;

/**
 * The server's {@link Tls} as the engine wants it. The engine makes its contexts once and for all;
 * what is shown and believed is asked of {@code Tls} in each handshake, so that new keys count from
 * the next connection on. The JDK's own TLS, not the native code that Ratis carries: that is
 * unpacked into the temporary folder.
 */
final class LinkKeys {
  private LinkKeys() {}

  static GrpcTlsConfig config(Tls tls, MemberSetup setup) {
    SSLParameters ours = Tls.parameters();
    GrpcTlsConfig.Builder builder = GrpcTlsConfig.newBuilder();
    builder
        .setName("meikyo")
        .setKeyManager(tls.keyManager())
        .setTrustManager(new Judge(tls.trustManager(), setup.log(), setup.memberAt()))
        .setMutualTls(true)
        .setSslProvider(SslProvider.JDK)
        .setProtocols(ours.getProtocols())
        .setCipherSuites(List.of(ours.getCipherSuites()))
        .setCipherSuiteFilter(SupportedCipherSuiteFilter.INSTANCE);
    return builder.build();
  }

  /** Judges as {@code Tls} does, and says whom it refuses. */
  private static final class Judge extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager judge;
    private final Consumer<String> log;
    private final Function<String, @Nullable String> memberAt;

    Judge(
        X509ExtendedTrustManager judge,
        Consumer<String> log,
        Function<String, @Nullable String> memberAt) {
      this.judge = judge;
      this.log = log;
      this.memberAt = memberAt;
    }

    private CertificateException said(String who, CertificateException why) {
      log.accept("replicated log: " + who + " was refused: " + Tls.reason(why));
      return why;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      try {
        judge.checkClientTrusted(chain, type);
      } catch (CertificateException e) {
        throw said("a caller", e);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      try {
        judge.checkServerTrusted(chain, type);
      } catch (CertificateException e) {
        throw said("who answers in place of a member", e);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, type);
      // A session that is resumed shows the certificate of its first connection, perhaps a former
      // one: an invalid session can be finished, and no ticket is given out for it.
      engine.getHandshakeSession().invalidate();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, type);
      String host = engine.getPeerHost();
      if (host == null) {
        throw said("who answers", new CertificateException("it is not known who was called"));
      }
      String address = new HostPort(host, engine.getPeerPort()).toString();
      String wanted = memberAt.apply(address);
      String shown = PeerIdentity.of(chain[0]).server();
      if (wanted != null && !wanted.equals(shown)) {
        throw said(
            "who answers at " + address,
            new CertificateException("the certificate is of " + shown + ", not of " + wanted));
      }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return judge.getAcceptedIssuers();
    }
  }
}
