// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

import io.meikyo.tls.Guard;
import io.meikyo.tls.Refusal;
import io.meikyo.tls.Tls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * Connections under mutual TLS 1.3. Who is at the other end is the name in his certificate, and
 * that must be the name of the member who was called, or who the caller says he is.
 */
public final class TlsSockets implements PeerSockets {
  private final Tls tls;

  /** With who we are and whom we believe, at the moment of each handshake. */
  public TlsSockets(Tls tls) {
    this.tls = tls;
  }

  @Override
  public Wire call(InetSocketAddress address, String member, int timeoutMillis) throws IOException {
    Socket raw = PeerSockets.connect(address, timeoutMillis);
    try {
      SSLSocket inside =
          (SSLSocket)
              tls.context()
                  .getSocketFactory()
                  .createSocket(raw, address.getHostString(), address.getPort(), true);
      Wire wire = handshake(raw, inside, timeoutMillis);
      check(wire, member);
      return wire;
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  @Override
  public Wire called(Socket raw, int timeoutMillis) throws IOException {
    SSLSocket inside = (SSLSocket) tls.context().getSocketFactory().createSocket(raw, null, true);
    return handshake(raw, inside, timeoutMillis);
  }

  private static Wire handshake(Socket raw, SSLSocket inside, int timeoutMillis)
      throws IOException {
    inside.setSSLParameters(Tls.parameters());
    try (Guard _ = new Guard(raw, Duration.ofMillis(timeoutMillis))) {
      inside.startHandshake();
    } catch (SSLException e) {
      throw (NotBelieved) new NotBelieved(Tls.reason(e)).initCause(e);
    }
    return new Wire(raw, inside);
  }

  @Override
  public void check(Wire wire, String member) throws NotBelieved {
    try {
      String shown = Tls.peer(((SSLSocket) wire.inside()).getSession()).server();
      if (!shown.equals(member)) {
        throw new NotBelieved("the certificate is of " + shown + ", not of " + member);
      }
    } catch (Refusal e) {
      throw (NotBelieved) new NotBelieved(Tls.reason(e)).initCause(e);
    }
  }

  @Override
  public void again(Wire wire, boolean wasCalled) throws NotBelieved {
    try {
      tls.judgeAgain(((SSLSocket) wire.inside()).getSession(), wasCalled);
    } catch (Refusal e) {
      throw (NotBelieved) new NotBelieved(Tls.reason(e)).initCause(e);
    }
  }
}
