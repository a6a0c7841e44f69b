// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.channel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** The other end of a channel with TLS, as bytes in arrays. */
public final class Talker {
  private final SSLEngine engine;
  private boolean open;
  private ByteBuffer in = ByteBuffer.allocate(0);

  /** With its engine. */
  public Talker(SSLEngine engine) throws SSLException {
    this.engine = engine;
    engine.beginHandshake();
  }

  /** True when the handshake is over on this side. */
  public boolean isOpen() {
    open |=
        engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
            && !engine.getSession().getProtocol().equals("NONE");
    return open;
  }

  /** Its engine. */
  public SSLEngine engine() {
    return engine;
  }

  /** What the engine itself has to say now. */
  public byte[] control() throws SSLException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        engine.getDelegatedTask().run();
      }
      if (engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
        return all.toByteArray();
      }
      ByteBuffer out = ByteBuffer.allocate(64 << 10);
      SSLEngineResult r = engine.wrap(ByteBuffer.allocate(0), out);
      all.write(out.array(), 0, out.position());
      if (r.bytesProduced() == 0) {
        return all.toByteArray();
      }
    }
  }

  /** How bytes look on the way. */
  public byte[] encrypt(byte[] plain) throws SSLException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer from = ByteBuffer.wrap(plain);
    while (from.hasRemaining()) {
      ByteBuffer out = ByteBuffer.allocate(64 << 10);
      SSLEngineResult r = engine.wrap(from, out);
      if (r.getStatus() != SSLEngineResult.Status.OK) {
        throw new SSLException(r.toString());
      }
      all.write(out.array(), 0, out.position());
    }
    return all.toByteArray();
  }

  /** Takes bytes from the way; returns what they say. */
  public byte[] decrypt(byte[] net) throws SSLException {
    ByteBuffer more = ByteBuffer.allocate(in.remaining() + net.length).put(in).put(net).flip();
    in = more;
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (in.hasRemaining()) {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        engine.getDelegatedTask().run();
      }
      if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !isOpen()) {
        break;
      }
      ByteBuffer out = ByteBuffer.allocate(64 << 10);
      SSLEngineResult r = engine.unwrap(in, out);
      all.writeBytes(Arrays.copyOf(out.array(), out.position()));
      if (r.getStatus() != SSLEngineResult.Status.OK || r.bytesConsumed() == 0) {
        break;
      }
    }
    return all.toByteArray();
  }
}
