// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.agent.channel.Channel;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.format.Flaw;
import io.meikyo.core.format.FrameCodec;
import io.meikyo.core.link.Frame;
import io.meikyo.linux.Errno;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection to a peer, from its socket to its close. Ends are told once. For the loop's
 * thread.
 */
final class PeerConnection implements LinkInput.Sink, Channel.Opening {
  /** Whom it belongs to. */
  interface Owner {
    /**
     * The channel stands.
     *
     * @param peer who is at the other end; null: nobody has said
     * @return false: not welcome
     */
    boolean identified(PeerConnection connection, @Nullable PeerIdentity peer);

    /** The channel did not come to stand; the connection is closed. */
    void refused(PeerConnection connection, String reason);

    /** The other side's first words; false: not welcome. */
    boolean preamble(PeerConnection connection, ByteBuffer bytes);

    /** A frame came. */
    void frame(PeerConnection connection, Frame frame);

    /** It is gone; {@code why}: the errno, 0 for an end by the other side. */
    void gone(PeerConnection connection, int why);

    /** What came is damaged or of another protocol; the connection is closed. */
    void flaw(PeerConnection connection, Flaw flaw);
  }

  /** How long what was said last may take to leave, ns. */
  private static final long LINGER_NANOS = 1_000_000_000L;

  private final IoLoop loop;
  private final Owner owner;
  private final Channel channel;
  private final Arena arena = Arena.ofAuto();
  private final LinkInput input;
  private final LinkOutput output;
  private final String address;
  private @Nullable String server;
  private boolean opened;
  private boolean closed;
  private boolean shut;

  /** Replica at the other end; -1 until its preamble came. */
  int peer = -1;

  PeerConnection(
      IoLoop loop,
      FrameCodec codec,
      BufferBytes payloads,
      BufferPool pool,
      Channel channel,
      String address,
      Owner owner) {
    this.loop = loop;
    this.owner = owner;
    this.channel = channel;
    this.address = address;
    this.output = new LinkOutput(channel, codec, arena, this::ended);
    this.input = new LinkInput(channel, codec, payloads, pool, arena, this);
  }

  String address() {
    return address;
  }

  /** Opens the channel, then listens. */
  void begin() {
    channel.open(this);
  }

  @Override
  public void opened(@Nullable PeerIdentity peer) {
    if (closed) {
      return;
    }
    if (!owner.identified(this, peer)) {
      return;
    }
    opened = true;
    server = peer == null ? null : peer.server();
    output.flush();
    input.begin();
  }

  @Override
  public void left() {
    ended(0);
  }

  @Override
  public void refused(String reason) {
    if (!closed) {
      closed = true;
      input.close();
      shut();
      owner.refused(this, reason);
    }
  }

  /** Name of the server at the other end, proven by its certificate; null: nobody has said. */
  @Nullable String server() {
    return server;
  }

  boolean isEncrypted() {
    return channel.isEncrypted();
  }

  /**
   * Judges the other side by what is believed now.
   *
   * @throws Refusal why the connection should end
   */
  void judgeAgain() throws Refusal {
    channel.judgeAgain();
  }

  /** Why it ended, in words. */
  String why(int errno) {
    String known = channel.trouble();
    return known != null ? known : errno == 0 ? "closed" : Errno.sentence(errno);
  }

  void say(Preamble preamble) {
    MemorySegment bytes = arena.allocate(Preamble.BYTES);
    preamble.write(bytes);
    output.add(bytes);
    flush();
  }

  void send(Frame frame) {
    output.add(frame);
  }

  void flush() {
    if (!closed && opened) {
      output.flush();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Gives nothing more to its owner, lets what was said leave, and closes. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    input.close();
    if (!opened) {
      shut();
      return;
    }
    IoLoop.Timer guard = loop.at(loop.nanos() + LINGER_NANOS, this::shut);
    output.finish(() -> {
      guard.cancel();
      shut();
    });
  }

  private void shut() {
    if (!shut) {
      shut = true;
      output.close();
      channel.close();
    }
  }

  // ---- what comes in

  @Override
  public boolean preamble(ByteBuffer bytes) {
    return owner.preamble(this, bytes);
  }

  @Override
  public void frame(Frame frame) {
    owner.frame(this, frame);
  }

  @Override
  public void ended(int errno) {
    if (!closed) {
      closed = true;
      input.close();
      shut();
      owner.gone(this, errno);
    }
  }

  @Override
  public void flaw(Flaw flaw) {
    if (!closed) {
      closed = true;
      input.close();
      shut();
      owner.flaw(this, flaw);
    }
  }
}
