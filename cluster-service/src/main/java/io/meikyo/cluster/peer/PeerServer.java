// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

import io.meikyo.cluster.peer.PeerWire.Frame;
import io.meikyo.core.cluster.BeatCodec;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.tls.Guard;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * The called side: takes heartbeats and calls of other members. One thread accepts, two work for
 * each connection.
 */
public final class PeerServer implements AutoCloseable {
  private static final int WAITING_MAX = 64;
  private static final int SILENCE_MILLIS = 60_000;

  /** Longest wait for the handshake, and for the greeting, ms. */
  private static final int GREETING_MILLIS = 5000;

  /** What comes in. Called on the connection's thread. */
  public interface Listener {
    /** A heartbeat; the answer, given now or later on any thread, goes back. */
    void beat(Heartbeat beat, Consumer<Heartbeat.Answer> answer);

    /** A call; may block. What is returned goes back. */
    byte[] call(String from, byte[] body);

    /** True if the cluster has a member of this name. */
    boolean knows(String member);

    /** A connection was refused; said once a minute for each host and reason. */
    void stranger(String from, String why);
  }

  private final ServerSocket server;
  private final PeerSockets sockets;
  private final UUID cluster;
  private final Listener listener;
  private final Repeats repeats = new Repeats();
  private final Set<PeerSockets.Wire> open = ConcurrentHashMap.newKeySet();

  /** Listens at once; serves with {@link #begin}. */
  public PeerServer(InetSocketAddress address, PeerSockets sockets, UUID cluster, Listener listener)
      throws IOException {
    this.sockets = sockets;
    this.cluster = cluster;
    this.listener = listener;
    this.server = PeerSockets.listen(address);
  }

  /** Begins to serve. */
  public void begin() {
    PeerThreads.named("peer-accept").start(this::accept);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        // Whoever is not known yet costs little.
        Thread.ofVirtual().name("peer-greet").start(() -> greet(socket));
      } catch (IOException e) {
        if (!server.isClosed()) {
          stranger("-", e);
        }
      }
    }
  }

  private void stranger(String from, IOException why) {
    String host = from.substring(0, Math.max(0, from.lastIndexOf(':')));
    if (!server.isClosed() && repeats.isNews(host + " " + why.getMessage())) {
      listener.stranger(from, String.valueOf(why.getMessage()));
    }
  }

  /** Finds out who calls; nobody is listened to before. */
  private void greet(Socket socket) {
    String from = String.valueOf(socket.getRemoteSocketAddress());
    boolean serves = false;
    try {
      socket.setTcpNoDelay(true);
      PeerSockets.Wire wire = sockets.called(socket, GREETING_MILLIS);
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(wire.inside().getInputStream()));
      PeerWire.Greeting who;
      try (Guard _ = new Guard(socket, Duration.ofMillis(GREETING_MILLIS))) {
        who = PeerWire.greeting(in);
      }
      if (!who.cluster().equals(cluster)) {
        throw new PeerSockets.NotBelieved(who.name() + " of cluster " + who.cluster());
      }
      sockets.check(wire, who.name());
      if (!listener.knows(who.name())) {
        throw new PeerSockets.NotBelieved(who.name() + " is not a member");
      }
      wire.inside().setSoTimeout(SILENCE_MILLIS);
      PeerThreads.named("peer-in").start(() -> serve(who.name(), wire, in));
      serves = true;
    } catch (IOException e) {
      stranger(from, e);
    } finally {
      if (!serves) {
        close(socket);
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use in any case.
    }
  }

  private void serve(String from, PeerSockets.Wire wire, DataInputStream in) {
    LinkedBlockingQueue<Frame> out = new LinkedBlockingQueue<>(WAITING_MAX);
    Thread writer = PeerThreads.named("peer-out").start(() -> write(wire, out));
    open.add(wire);
    try {
      while (true) {
        take(from, PeerWire.read(in), wire, out);
      }
    } catch (IOException | IllegalArgumentException e) {
      // The caller hung up, or speaks nonsense: he will call again.
    } finally {
      writer.interrupt();
      hangUp(wire);
    }
  }

  /** Ends connections of those who are believed no more. */
  public void judgeAgain() {
    for (PeerSockets.Wire wire : open) {
      try {
        sockets.again(wire, true);
      } catch (PeerSockets.NotBelieved e) {
        stranger(String.valueOf(wire.raw().getRemoteSocketAddress()), e);
        hangUp(wire);
      }
    }
  }

  private void take(String from, Frame f, PeerSockets.Wire socket, LinkedBlockingQueue<Frame> out)
      throws IOException {
    switch (f.kind()) {
      case PeerWire.BEAT -> {
        Heartbeat beat = BeatCodec.beat(f.body());
        if (!beat.from().equals(from)) {
          throw new IOException(from + " speaks as " + beat.from());
        }
        listener.beat(
            beat,
            answer -> offer(socket, out, new Frame(PeerWire.ANSWER, 0, BeatCodec.encode(answer))));
      }
      case PeerWire.CALL ->
          Thread.ofVirtual()
              .name("peer-call")
              .start(() ->
                  offer(
                      socket,
                      out,
                      new Frame(PeerWire.RESULT, f.number(), listener.call(from, f.body()))));
      default -> throw new IOException("a frame of kind " + f.kind());
    }
  }

  private void offer(PeerSockets.Wire socket, LinkedBlockingQueue<Frame> out, Frame frame) {
    if (!out.offer(frame)) {
      hangUp(socket);
    }
  }

  private void write(PeerSockets.Wire socket, LinkedBlockingQueue<Frame> out) {
    try {
      DataOutputStream to =
          new DataOutputStream(new BufferedOutputStream(socket.inside().getOutputStream()));
      while (true) {
        PeerWire.write(to, out.take());
      }
    } catch (InterruptedException | IOException e) {
      hangUp(socket);
    }
  }

  private void hangUp(PeerSockets.Wire wire) {
    open.remove(wire);
    wire.hangUp();
  }

  @Override
  public void close() throws IOException {
    server.close();
    Set.copyOf(open).forEach(this::hangUp);
  }
}
