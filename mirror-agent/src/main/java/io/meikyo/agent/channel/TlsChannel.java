// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.channel;

import io.meikyo.agent.loop.Completion;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.core.base.Invariant;
import io.meikyo.linux.Errno;
import io.meikyo.tls.Refusal;
import io.meikyo.tls.Tls;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A channel inside TLS.
 *
 * <p>The engine is asked by the loop's thread, except for making it and for the costly parts of a
 * handshake (keys, signatures, certificates), which a thread beside the loop does while nothing
 * else happens on this connection. Later only small things come besides data: the engines change
 * their keys by themselves after each 128 GiB.
 *
 * <p>Nothing of the sender's memory is looked at after the end of its send was told; it is
 * encrypted piece by piece, each when the kernel has taken the one before.
 */
final class TlsChannel implements Channel {
  private static final long LINGER_NANOS = 1_000_000_000L;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Channels owner;
  private final IoLoop loop;
  private final Executor aside;
  private final Tls tls;
  private final int socket;
  private final boolean called;
  private final TlsBuffers buffers;
  private final MemorySegment[] one = new MemorySegment[1];

  private @Nullable SSLEngine engine;
  private @Nullable Opening opening;
  private @Nullable String trouble;
  private boolean open;
  private boolean heard;
  private boolean failed;
  private boolean ended;
  private boolean closed;
  private boolean socketClosed;
  private boolean released;
  private IoLoop.@Nullable Timer linger;

  /** Operations of the kernel, and work beside the loop, that use our memory. */
  private int underWay;

  private MemorySegment wanted = MemorySegment.NULL;
  private @Nullable Completion receiver;

  private boolean sending;
  private ByteBuffer[] views = {};
  private int viewAt;
  private int viewCount;
  private int sendBytes;
  private @Nullable Completion sender;

  TlsChannel(Channels owner, IoLoop loop, Executor aside, Tls tls, int socket, boolean called) {
    this.owner = owner;
    this.loop = loop;
    this.aside = aside;
    this.tls = tls;
    this.socket = socket;
    this.called = called;
    this.buffers = owner.borrow();
  }

  private SSLEngine engine() {
    SSLEngine e = engine;
    if (e == null) {
      throw new IllegalStateException("an open channel has an engine");
    }
    return e;
  }

  // ---- the handshake

  @Override
  public void open(Opening o) {
    opening = o;
    beside(() -> {
      SSLEngine e = called ? tls.called() : tls.caller();
      e.beginHandshake();
      return e;
    });
  }

  /** Work that may not succeed. */
  private interface Work {
    SSLEngine run() throws SSLException;
  }

  /** Does the work beside the loop, then goes on with the handshake. */
  private void beside(Work work) {
    underWay++;
    try {
      aside.execute(() -> {
        try {
          SSLEngine done = work.run();
          loop.post(() -> wasBeside(done, null));
        } catch (SSLException e) {
          loop.post(() -> wasBeside(null, e));
        }
      });
    } catch (RejectedExecutionException e) {
      loop.post(() -> wasBeside(null, new SSLException("the agent stops", e)));
    }
  }

  private void wasBeside(@Nullable SSLEngine done, @Nullable SSLException failure) {
    underWay--;
    engine = done == null ? engine : done;
    if (closed) {
      release();
    } else if (failure != null) {
      refused(failure);
    } else {
      shake();
    }
  }

  private void shake() {
    try {
      while (!closed && opening != null) {
        SSLEngine e = engine();
        switch (e.getHandshakeStatus()) {
          case NEED_TASK -> {
            beside(() -> tasks(e));
            return;
          }
          case NEED_WRAP -> {
            buffers.out.clear();
            SSLEngineResult r = e.wrap(NOTHING, buffers.out);
            if (buffers.out.position() > 0) {
              sendOut(this::shake);
              return;
            }
            check(r);
          }
          case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
            buffers.spare.clear();
            SSLEngineResult r = e.unwrap(buffers.in, buffers.spare);
            buffers.spare.flip();
            if (r.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
              receiveMore(this::shaking);
              return;
            }
            check(r);
          }
          case FINISHED, NOT_HANDSHAKING -> opened();
        }
      }
    } catch (SSLException e) {
      refused(e);
    }
  }

  private static void check(SSLEngineResult r) throws SSLException {
    if (r.getStatus() != SSLEngineResult.Status.OK) {
      throw new SSLException("closed during the handshake");
    }
  }

  private static SSLEngine tasks(SSLEngine e) {
    for (Runnable task = e.getDelegatedTask(); task != null; task = e.getDelegatedTask()) {
      task.run();
    }
    return e;
  }

  private void shaking(int result) {
    if (result <= 0 && called && !heard) {
      Opening o = opening;
      opening = null;
      failed = true;
      if (o != null) {
        o.left();
      }
      return;
    }
    heard = true;
    if (result > 0 && !buffers.beginLikeTls()) {
      refused(new SSLException("the other side does not encrypt"));
    } else if (result > 0) {
      shake();
    } else {
      refused(
          new SSLException(result == 0 ? "closed during the handshake" : Errno.sentence(-result)));
    }
  }

  private void opened() {
    Opening o = opening;
    opening = null;
    open = true;
    try {
      var peer = Tls.peer(engine().getSession());
      if (o != null) {
        o.opened(peer);
      }
      control();
    } catch (Refusal e) {
      open = false;
      opening = o;
      refused(new SSLException(e));
    }
  }

  private void refused(SSLException why) {
    Opening o = opening;
    opening = null;
    fail(why);
    if (o != null && !closed) {
      o.refused(Tls.reason(why));
    }
  }

  /** Nothing goes any more; tells the other side why, if it can be told. */
  private void fail(SSLException why) {
    if (failed) {
      return;
    }
    failed = true;
    trouble = Tls.reason(why);
    SSLEngine e = engine;
    if (e != null && !sending && !closed) {
      buffers.out.clear();
      wrapWhatIsDue(e);
      if (buffers.out.position() > 0) {
        sendOut(() -> {});
      }
    }
  }

  /** The alert of a failure, or of an end. */
  private void wrapWhatIsDue(SSLEngine e) {
    try {
      while (e.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
          && buffers.out.remaining() >= e.getSession().getPacketBufferSize()) {
        SSLEngineResult r = e.wrap(NOTHING, buffers.out);
        if (r.bytesProduced() == 0) {
          return;
        }
      }
    } catch (SSLException x) {
      // The engine says again why it failed; what it had to tell is in the buffer.
      failed = true;
    }
  }

  // ---- receiving

  /** Receives into the buffer of what is to be decrypted. */
  private void receiveMore(Completion then) {
    underWay++;
    loop.receive(
        socket,
        buffers.room(),
        result -> {
          underWay--;
          if (result > 0) {
            buffers.received(result);
          }
          if (closed && receiver == null) {
            release();
          } else {
            then.done(closed && result >= 0 ? -Errno.ECANCELED : result);
          }
        });
  }

  @Override
  public int take(MemorySegment to) {
    return failed || ended || closed ? 0 : decrypt(to);
  }

  @Override
  public void receive(MemorySegment to, Completion end) {
    Invariant.check(receiver == null, "one receive at a time");
    wanted = to;
    receiver = end;
    if (failed || ended || closed) {
      loop.post(() -> received(closed ? -Errno.ECANCELED : failed ? -Errno.EPROTO : 0));
      return;
    }
    int there = decrypt(to);
    if (there > 0 || failed || ended) {
      loop.post(() -> received(there > 0 ? there : failed ? -Errno.EPROTO : 0));
    } else {
      receiveMore(this::more);
    }
  }

  private void more(int result) {
    if (result <= 0) {
      received(result);
      return;
    }
    int there = decrypt(wanted);
    if (there > 0) {
      received(there);
    } else if (failed) {
      received(-Errno.EPROTO);
    } else if (ended) {
      received(0);
    } else {
      receiveMore(this::more);
    }
  }

  private void received(int result) {
    Completion end = receiver;
    receiver = null;
    wanted = MemorySegment.NULL;
    if (end != null) {
      end.done(result);
    }
    release();
  }

  /** Decrypts as much as there is and fits; returns the bytes. */
  private int decrypt(MemorySegment into) {
    SSLEngine e = engine();
    ByteBuffer to = into.asByteBuffer();
    try {
      while (to.hasRemaining()) {
        if (buffers.spare.hasRemaining()) {
          fromSpare(to);
        } else if (!buffers.in.hasRemaining() || !unwrap(e, to)) {
          break;
        }
      }
      control();
    } catch (SSLException x) {
      fail(x);
    }
    return to.position();
  }

  private void fromSpare(ByteBuffer to) {
    int bytes = Math.min(to.remaining(), buffers.spare.remaining());
    to.put(buffers.spare.slice(buffers.spare.position(), bytes));
    buffers.spare.position(buffers.spare.position() + bytes);
  }

  /** Decrypts one record; returns false if there is no whole one, or nothing more comes. */
  private boolean unwrap(SSLEngine e, ByteBuffer to) throws SSLException {
    SSLEngineResult r = e.unwrap(buffers.in, to);
    if (r.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
      buffers.spare.clear();
      r = e.unwrap(buffers.in, buffers.spare);
      buffers.spare.flip();
    }
    if (r.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      // After the handshake these are small: a change of keys.
      tasks(e);
    }
    return switch (r.getStatus()) {
      case OK -> r.bytesConsumed() > 0;
      case BUFFER_UNDERFLOW -> false;
      case CLOSED -> {
        ended = true;
        yield false;
      }
      case BUFFER_OVERFLOW -> throw new SSLException("a record larger than any");
    };
  }

  // ---- sending

  @Override
  public void send(MemorySegment[] parts, int count, Completion end) {
    Invariant.check(sender == null, "one send at a time");
    sender = end;
    if (failed || closed) {
      loop.post(() -> sent(closed ? -Errno.ECANCELED : -Errno.EPROTO));
      return;
    }
    if (views.length < count) {
      views = new ByteBuffer[Math.max(count, 2 * views.length)];
    }
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      views[i] = parts[i].asByteBuffer();
      bytes += parts[i].byteSize();
    }
    sendBytes = (int) bytes;
    viewAt = 0;
    viewCount = count;
    if (!sending) {
      encryptAndSend();
    }
  }

  /** Encrypts as much as fits and sends it; then again, until all is sent. */
  private void encryptAndSend() {
    SSLEngine e = engine();
    int packet = e.getSession().getPacketBufferSize();
    buffers.out.clear();
    try {
      while (viewAt < viewCount && buffers.out.remaining() >= packet) {
        SSLEngineResult r = e.wrap(views, viewAt, viewCount - viewAt, buffers.out);
        if (r.getStatus() != SSLEngineResult.Status.OK || r.bytesProduced() == 0) {
          throw new SSLException("closed by the other side");
        }
        while (viewAt < viewCount && !views[viewAt].hasRemaining()) {
          viewAt++;
        }
      }
    } catch (SSLException x) {
      fail(x);
      loop.post(() -> sent(-Errno.EPROTO));
      return;
    }
    sendOut(this::pieceSent);
  }

  private void pieceSent() {
    if (sender == null) {
      return;
    }
    if (closed || failed) {
      sent(closed ? -Errno.ECANCELED : -Errno.EPROTO);
    } else if (viewAt < viewCount) {
      encryptAndSend();
    } else {
      sent(sendBytes);
      control();
    }
  }

  private void sent(int result) {
    Completion end = sender;
    sender = null;
    Arrays.fill(views, 0, viewCount, null);
    viewCount = 0;
    if (end != null) {
      end.done(result);
    }
    release();
  }

  /** What the engine itself has to say, when nothing else is being sent. */
  private void control() {
    SSLEngine e = engine();
    if (sending
        || sender != null
        || closed
        || failed
        || e.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
      return;
    }
    buffers.out.clear();
    wrapWhatIsDue(e);
    if (buffers.out.position() > 0) {
      sendOut(this::controlSent);
    }
  }

  private void controlSent() {
    if (sender != null) {
      encryptAndSendOrEnd();
    } else {
      control();
    }
  }

  private void encryptAndSendOrEnd() {
    if (closed || failed) {
      sent(closed ? -Errno.ECANCELED : -Errno.EPROTO);
    } else {
      encryptAndSend();
    }
  }

  /** Sends what lies encrypted. */
  private void sendOut(Runnable then) {
    sending = true;
    underWay++;
    one[0] = buffers.encrypted();
    loop.send(
        socket,
        one,
        1,
        result -> {
          underWay--;
          sending = false;
          if (closed) {
            closeSocket();
          }
          if (result >= 0) {
            then.run();
          } else {
            notSent(result);
          }
          release();
        });
  }

  private void notSent(int result) {
    Opening o = opening;
    opening = null;
    failed = true;
    if (sender != null) {
      sent(result);
    }
    if (o != null && !closed) {
      o.refused(Errno.sentence(-result));
    }
  }

  // ---- the rest

  @Override
  public boolean isEncrypted() {
    return true;
  }

  @Override
  public @Nullable String trouble() {
    return trouble;
  }

  @Override
  public void judgeAgain() throws Refusal {
    SSLEngine e = engine;
    if (e != null && open && !failed && !closed) {
      tls.judgeAgain(e.getSession(), called);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    opening = null;
    SSLEngine e = engine;
    if (sender != null || e == null) {
      closeSocket();
    } else if (sending) {
      linger = loop.at(loop.nanos() + LINGER_NANOS, this::closeSocket);
    } else if (!open || failed || ended) {
      closeSocket();
    } else {
      sayGoodbye(e);
    }
    release();
  }

  /** Tells the other side that nothing was cut off, and does not wait for it. */
  private void sayGoodbye(SSLEngine e) {
    e.closeOutbound();
    buffers.out.clear();
    wrapWhatIsDue(e);
    if (buffers.out.position() == 0) {
      closeSocket();
    } else {
      linger = loop.at(loop.nanos() + LINGER_NANOS, this::closeSocket);
      sendOut(() -> {});
    }
  }

  private void closeSocket() {
    if (!socketClosed) {
      socketClosed = true;
      IoLoop.Timer timer = linger;
      if (timer != null) {
        timer.cancel();
      }
      loop.close(socket);
    }
  }

  /** The buffers are free when the channel is closed and nobody uses them any more. */
  private void release() {
    if (closed
        && socketClosed
        && underWay == 0
        && receiver == null
        && sender == null
        && !released) {
      released = true;
      owner.giveBack(buffers);
    }
  }
}
