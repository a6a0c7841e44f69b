// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.agent.channel.Channels;
import io.meikyo.agent.config.Addresses;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.agent.mirror.PeerPort;
import io.meikyo.core.format.Flaw;
import io.meikyo.core.format.FrameCodec;
import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.Sockets;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Connections of one mirror disk to all its peers. Of two replicas the one with the lower number
 * calls, the other answers. The caller tries the peer's addresses in their order of preference,
 * again and again, with a growing pause; a new connection of a peer replaces its old one.
 *
 * <p>A caller that had to take a worse path goes back when a better one is proven ({@link
 * PathProof}) and {@link #movesOnlyWhen} allows it: it calls there, and the new connection takes
 * the place of the old one on both sides. For the engine that is a link that was down for a moment;
 * it drains the old session and sends again what was in flight (rule R3). One that does not last
 * makes the next return wait longer.
 *
 * <p>If the channels have TLS, the other side's certificate must name the server that the
 * configuration names for its replica. For the loop's thread.
 */
public final class PeerLinks implements PeerPort, PeerConnection.Owner, AutoCloseable {
  private static final long CONNECT_NANOS = 1_000_000_000L;
  private static final long GREETING_NANOS = 2_000_000_000L;
  private static final long PAUSE_MAX_NANOS = 1_000_000_000L;
  private static final long RETURN_MAX_NANOS = 600_000_000_000L;
  private static final long LASTING_NANOS = 60_000_000_000L;
  private static final int BACKLOG = 16;
  private static final int STRANGERS_MAX = 16;

  private final IoLoop loop;
  private final Identity own;
  private final FrameCodec codec;
  private final BufferBytes payloads;
  private final BufferPool pool;
  private final Channels channels;
  private final Events events;
  private final Consumer<Notice> notices;
  private final Map<Integer, LinkedPeer> peers = new TreeMap<>();
  private final List<PeerConnection> strangers = new ArrayList<>();
  private final int listener;
  private final IntFunction<String> names;
  private final Refusals refusals;
  private int peersMask;
  private BooleanSupplier mayMove = () -> true;
  private long returnNanos = 10_000_000_000L;
  private boolean begun;
  private boolean held;
  private boolean leaving;
  private boolean closed;

  /**
   * Opens the listening socket; nothing is accepted or called before {@link #begin}.
   *
   * @param paths addresses of each peer, best first
   * @param names name of the server of a replica
   * @param channels what the bytes go through
   * @throws LinuxException if the address cannot be listened on
   */
  public PeerLinks(
      IoLoop loop,
      Identity own,
      int blockBytes,
      InetSocketAddress listen,
      Map<Integer, List<InetSocketAddress>> paths,
      IntFunction<String> names,
      Channels channels,
      BufferPool pool,
      Events events,
      Consumer<Notice> notices)
      throws LinuxException {
    this.loop = loop;
    this.own = own;
    this.payloads = new BufferBytes();
    this.codec = new FrameCodec(payloads, blockBytes);
    this.names = names;
    this.channels = channels;
    this.pool = pool;
    this.events = events;
    this.notices = notices;
    this.refusals = new Refusals(loop::nanos, notices);
    this.listener = Sockets.listen(listen, BACKLOG);
    paths.forEach((replica, addresses) -> {
      peers.put(replica, new LinkedPeer(replica, addresses, own.replica() < replica));
      peersMask |= 1 << replica;
    });
  }

  /** Asked before a connection that stands is given up for one over a better path. */
  public void movesOnlyWhen(BooleanSupplier condition) {
    mayMove = condition;
  }

  /** How long a worse path is used before a better one is tried, ns. */
  void returnsAfter(long nanos) {
    returnNanos = nanos;
  }

  /** Begins to accept and to call. */
  public void begin() {
    begun = true;
    loop.accept(listener, this::accepted);
    peers.values().stream().filter(p -> p.calls).forEach(this::call);
  }

  /** Address over which a peer is connected at the moment; null if it is not. */
  public @Nullable String pathOf(int replica) {
    LinkedPeer p = peers.get(replica);
    PeerConnection c = p == null ? null : p.current;
    return c == null ? null : c.address();
  }

  /** True if what goes between this replica and its peers cannot be read on the way. */
  public boolean areEncrypted() {
    return channels.areEncrypted();
  }

  /**
   * Judges every peer's certificate by what is believed now; connections of those that are believed
   * no more end.
   */
  public void judgeAgain() {
    for (LinkedPeer p : peers.values()) {
      PeerConnection c = p.current;
      if (c != null) {
        try {
          c.judgeAgain();
        } catch (Refusal e) {
          notices.accept(
              Notice.of(
                  LinkNotice.NOT_BELIEVED,
                  names.apply(p.replica),
                  c.address(),
                  String.valueOf(e.getMessage())));
          p.lastTrouble = c.address() + ": " + e.getMessage();
          drop(p, c);
          again(p);
        }
      }
    }
  }

  /** Why a peer is not connected, as far as we know; null if nothing is known. */
  public @Nullable String troubleOf(int replica) {
    LinkedPeer p = peers.get(replica);
    return p == null ? null : p.lastTrouble;
  }

  /** Ends the connection to a peer and makes no new one until {@link #connect}. */
  public void disconnect(int replica) {
    LinkedPeer p = peers.get(replica);
    if (p != null) {
      p.kept = true;
      PeerConnection c = p.current;
      if (c != null) {
        drop(p, c);
      }
    }
  }

  /** Connects again after {@link #disconnect}. */
  public void connect(int replica) {
    LinkedPeer p = peers.get(replica);
    if (p != null && p.kept) {
      p.kept = false;
      p.pause = LinkedPeer.PAUSE_MIN_NANOS;
      if (p.calls) {
        call(p);
      }
    }
  }

  /** True after {@link #disconnect}. */
  public boolean isDisconnected(int replica) {
    LinkedPeer p = peers.get(replica);
    return p != null && p.kept;
  }

  /** While it holds, no connection stands or is made; those that stood end. */
  public void hold(boolean holds) {
    if (holds == held) {
      return;
    }
    held = holds;
    for (LinkedPeer p : peers.values()) {
      PeerConnection c = p.current;
      if (held && c != null) {
        drop(p, c);
      } else if (!held && p.calls && begun) {
        p.pause = LinkedPeer.PAUSE_MIN_NANOS;
        call(p);
      }
    }
  }

  /** Takes and makes no new connection any more: this replica is about to be closed. */
  public void leave() {
    leaving = true;
  }

  // ---- what the driver asks

  @Override
  public void send(int peer, Frame frame) {
    LinkedPeer p = peers.get(peer);
    PeerConnection c = p == null ? null : p.current;
    if (c != null) {
      c.send(frame);
    }
  }

  @Override
  public void flush() {
    for (LinkedPeer p : peers.values()) {
      PeerConnection c = p.current;
      if (c != null) {
        c.flush();
      }
    }
  }

  @Override
  public void close(int peer, Message.Parting why) {
    LinkedPeer p = peers.get(peer);
    PeerConnection c = p == null ? null : p.current;
    if (p != null && c != null) {
      p.current = null;
      c.close();
      again(p);
    }
  }

  /** Closes a connection of which the engine does not know yet that it is gone. */
  private void drop(LinkedPeer p, PeerConnection c) {
    p.current = null;
    c.close();
    events.linkDown(p.replica);
  }

  // ---- to call

  private void again(LinkedPeer p) {
    if (p.calls && !closed && !leaving && !held && !p.kept) {
      long pause = p.pause;
      p.pause = Math.min(PAUSE_MAX_NANOS, pause * 2);
      loop.at(loop.nanos() + pause, () -> call(p));
    }
  }

  private void call(LinkedPeer p) {
    if (p.current == null) {
      dial(p);
    }
  }

  private void dial(LinkedPeer p) {
    if (closed || leaving || held || p.kept || p.trying != null || p.socket >= 0) {
      return;
    }
    InetSocketAddress address = p.paths.get(p.path);
    int socket;
    Arena arena = Arena.ofAuto();
    MemorySegment there;
    try {
      there = SocketAddress.of(arena, address);
      socket = Sockets.stream(SocketAddress.family(there));
    } catch (LinuxException e) {
      trouble(p, address, e.errno());
      return;
    }
    p.socket = socket;
    IoLoop.Timer deadline = loop.at(loop.nanos() + CONNECT_NANOS, () -> loop.close(socket));
    loop.connect(
        socket,
        there,
        result -> {
          deadline.cancel();
          p.socket = -1;
          if (result < 0 || closed || leaving) {
            loop.close(socket);
            trouble(p, address, -result);
          } else {
            called(p, socket, address);
          }
        });
  }

  private void trouble(LinkedPeer p, InetSocketAddress address, int errno) {
    String reason = errno == 0 ? "closed" : Errno.sentence(errno);
    String where = Addresses.text(address);
    p.lastTrouble = where + ": " + reason;
    if (!reason.equals(p.said.put(address, reason)) && !leaving) {
      notices.accept(Notice.of(LinkNotice.CANNOT_CONNECT, names.apply(p.replica), where, reason));
    }
    p.path = (p.path + 1) % p.paths.size();
    again(p);
  }

  private void called(LinkedPeer p, int socket, InetSocketAddress address) {
    PeerConnection c = connection(socket, false, Addresses.text(address));
    c.peer = p.replica;
    p.trying = c;
    c.say(new Preamble(own.clusterId(), own.diskId(), own.replica(), p.replica));
    c.begin();
    expectGreeting(c);
  }

  private PeerConnection connection(int socket, boolean called, String address) {
    try {
      Sockets.noDelay(socket);
    } catch (LinuxException e) {
      notices.accept(Notice.of(LinkNotice.NO_DELAY_REFUSED, address, Errno.sentence(e.errno())));
    }
    return new PeerConnection(
        loop, codec, payloads, pool, channels.of(socket, called), address, this);
  }

  private void expectGreeting(PeerConnection c) {
    loop.at(
        loop.nanos() + GREETING_NANOS,
        () -> {
          boolean known = c.peer >= 0 && peerOf(c).current == c;
          if (!known && !c.isClosed()) {
            c.ended(Errno.ETIMEDOUT);
          }
        });
  }

  // ---- to be called

  private void accepted(int result) {
    if (closed || leaving) {
      if (result >= 0) {
        loop.close(result);
      }
      return;
    }
    if (result < 0) {
      notices.accept(Notice.of(LinkNotice.CANNOT_ACCEPT, Errno.sentence(-result)));
      loop.at(loop.nanos() + PAUSE_MAX_NANOS, () -> loop.accept(listener, this::accepted));
      return;
    }
    if (strangers.size() >= STRANGERS_MAX) {
      loop.close(result);
    } else {
      PeerConnection c = connection(result, true, nameOf(result));
      strangers.add(c);
      c.begin();
      expectGreeting(c);
    }
    loop.accept(listener, this::accepted);
  }

  private static String nameOf(int socket) {
    try {
      return Addresses.text(Sockets.remoteAddress(socket));
    } catch (LinuxException e) {
      return "?";
    }
  }

  // ---- what connections say

  private LinkedPeer peerOf(PeerConnection c) {
    LinkedPeer p = peers.get(c.peer);
    if (p == null) {
      throw new IllegalStateException("a connection belongs to a peer");
    }
    return p;
  }

  @Override
  public boolean identified(PeerConnection c, @Nullable PeerIdentity who) {
    if (who == null) {
      return true;
    }
    boolean expected =
        c.peer >= 0
            ? who.server().equals(names.apply(c.peer))
            : peers.keySet().stream().anyMatch(r -> who.server().equals(names.apply(r)));
    if (!expected) {
      String reason = new Refusal(Refusal.Why.OTHER_SERVER, who.server()).getMessage();
      notBelieved(c, String.valueOf(reason));
      c.close();
      gone(c, String.valueOf(reason));
    }
    return expected;
  }

  @Override
  public void refused(PeerConnection c, String reason) {
    notBelieved(c, reason);
    gone(c, reason);
  }

  /** A channel that did not come to stand, or not to whom it should. */
  private void notBelieved(PeerConnection c, String reason) {
    LinkedPeer p = peers.get(c.peer);
    if (p == null) {
      refusals.tell(LinkNotice.STRANGER_TLS, c.address(), reason);
    } else if (!reason.equals(p.said.put(p.paths.get(p.path), reason)) && !leaving) {
      notices.accept(Notice.of(LinkNotice.REFUSED, names.apply(p.replica), c.address(), reason));
    }
  }

  @Override
  public boolean preamble(PeerConnection c, ByteBuffer bytes) {
    strangers.remove(c);
    Preamble.Flaw flaw = Preamble.check(bytes, own, c.peer, peersMask);
    int speaker = Preamble.speaker(bytes);
    String server = c.server();
    if (flaw == null && server != null && !server.equals(names.apply(speaker))) {
      flaw = Preamble.Flaw.OTHER_SERVER;
    }
    if (flaw != null) {
      refusals.tell(LinkNotice.STRANGER, c.address(), flaw.name());
      c.ended(Errno.EPROTO);
      return false;
    }
    boolean called = c.peer >= 0;
    c.peer = speaker;
    LinkedPeer p = peerOf(c);
    boolean another = !called && p.current != null && !mayMove.getAsBoolean();
    if (held || p.kept || (!called && p.calls) || another) {
      c.ended(Errno.ECONNREFUSED);
      return false;
    }
    if (!called) {
      c.say(new Preamble(own.clusterId(), own.diskId(), own.replica(), speaker));
    }
    PeerConnection old = p.current;
    p.trying = null;
    p.lastTrouble = null;
    p.said.clear();
    p.pause = LinkedPeer.PAUSE_MIN_NANOS;
    p.path = 0;
    if (old != null) {
      old.close();
      events.linkDown(speaker);
    }
    p.current = c;
    events.linkUp(speaker);
    if (called) {
      watchBetter(p, c);
    }
    return true;
  }

  // ---- to go back to a better path

  private void watchBetter(LinkedPeer p, PeerConnection c) {
    int path = 0;
    while (path < p.paths.size() && !Addresses.text(p.paths.get(path)).equals(c.address())) {
      path++;
    }
    if (path == 0 || path == p.paths.size()) {
      return;
    }
    boolean soon = p.movedAt != Long.MIN_VALUE && loop.nanos() - p.movedAt < LASTING_NANOS;
    p.returnPause = soon ? Math.min(RETURN_MAX_NANOS, 2 * p.returnPause) : returnNanos;
    proveLater(p, c, p.paths.subList(0, path));
  }

  private void proveLater(LinkedPeer p, PeerConnection c, List<InetSocketAddress> better) {
    loop.at(
        loop.nanos() + p.returnPause,
        () -> {
          if (p.current != c || closed || leaving) {
            return;
          }
          Runnable again = () -> proveLater(p, c, better);
          if (mayMove.getAsBoolean()) {
            new PathProof(loop, better, path -> move(p, c, path, again), again).begin();
          } else {
            again.run();
          }
        });
  }

  private void move(LinkedPeer p, PeerConnection c, int path, Runnable again) {
    if (p.current != c || closed || leaving) {
      return;
    }
    if (mayMove.getAsBoolean()) {
      p.path = path;
      p.movedAt = loop.nanos();
      notices.accept(
          Notice.of(
              LinkNotice.MOVES,
              names.apply(p.replica),
              Addresses.text(p.paths.get(path)),
              c.address()));
      dial(p);
    }
    // If nothing comes of it.
    again.run();
  }

  @Override
  public void frame(PeerConnection c, Frame frame) {
    if (peerOf(c).current == c) {
      events.received(c.peer, frame);
    }
  }

  @Override
  public void gone(PeerConnection c, int why) {
    gone(c, c.why(why));
  }

  private void gone(PeerConnection c, String reason) {
    strangers.remove(c);
    LinkedPeer p = peers.get(c.peer);
    if (p == null) {
      return;
    }
    if (p.trying == c) {
      p.trying = null;
      p.lastTrouble = c.address() + ": " + reason;
      p.path = (p.path + 1) % p.paths.size();
      again(p);
    }
    if (p.current == c) {
      p.current = null;
      p.lastTrouble = c.address() + ": " + reason;
      events.linkDown(c.peer);
      again(p);
    }
  }

  @Override
  public void flaw(PeerConnection c, Flaw flaw) {
    notices.accept(Notice.of(LinkNotice.DAMAGED, c.address(), flaw.name()));
    gone(c, Errno.EPROTO);
  }

  /** Closes everything. */
  @Override
  public void close() {
    closed = true;
    loop.close(listener);
    List.copyOf(strangers).forEach(PeerConnection::close);
    for (LinkedPeer p : peers.values()) {
      PeerConnection c = p.current;
      if (c != null) {
        c.close();
      }
      PeerConnection t = p.trying;
      if (t != null) {
        t.close();
      }
      p.current = null;
      p.trying = null;
    }
  }
}
