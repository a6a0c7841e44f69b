// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

import io.meikyo.cluster.peer.PeerWire.Frame;
import io.meikyo.core.cluster.BeatCodec;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.tls.Tls;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The calling side: one connection to one member, made again and again, over the first of its
 * addresses that answers. A connection on which nothing comes back for {@link #SILENCE_MILLIS} is
 * given up: what hangs in it would come too late. Methods: any thread.
 */
public final class PeerCaller implements AutoCloseable {
  /** Longest silence of a member that is sent heartbeats, ms. */
  public static final int SILENCE_MILLIS = 2000;

  private static final int CONNECT_MILLIS = 1000;
  private static final long BACKOFF_MILLIS = 200;
  private static final int WAITING_MAX = 16;

  private final String self;
  private final String member;
  private final UUID cluster;
  private final PeerSockets sockets;
  private final List<InetSocketAddress> addresses;
  private final Consumer<Heartbeat.Answer> answers;
  private final LinkedBlockingQueue<Frame> out = new LinkedBlockingQueue<>(WAITING_MAX);
  private final Map<Long, CompletableFuture<byte[]>> calls = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Consumer<String> refused;
  private final Repeats repeats = new Repeats();
  private volatile PeerSockets.@Nullable Wire socket;
  private volatile String trouble = "not tried yet";

  /**
   * Begins to call.
   *
   * @param addresses best first
   * @param answers takes answers to heartbeats, on a thread of the connection
   * @param refused takes what is said, once a minute, if somebody else answers there, or if we are
   *     not believed there
   */
  public PeerCaller(
      String self,
      String member,
      UUID cluster,
      PeerSockets sockets,
      List<InetSocketAddress> addresses,
      Consumer<Heartbeat.Answer> answers,
      Consumer<String> refused) {
    this.self = self;
    this.member = member;
    this.cluster = cluster;
    this.sockets = sockets;
    this.addresses = List.copyOf(addresses);
    this.answers = answers;
    this.refused = refused;
    PeerThreads.named("peer-to-" + member).start(this::run);
  }

  /** The member. */
  public String member() {
    return member;
  }

  /** Its addresses. */
  public List<InetSocketAddress> addresses() {
    return addresses;
  }

  /** Why there is no connection; empty while there is one. */
  public String trouble() {
    return trouble;
  }

  /** Sends a heartbeat if there is a connection with room; else it is lost. */
  public void beat(byte[] beat) {
    if (socket != null && !out.offer(new Frame(PeerWire.BEAT, 0, beat))) {
      trouble = "the connection is stuck";
      hangUp();
    }
  }

  /** Calls; the result completes the future, or it fails when the connection does. */
  public CompletableFuture<byte[]> call(byte[] body) {
    long number = numbers.incrementAndGet();
    CompletableFuture<byte[]> result = new CompletableFuture<>();
    calls.put(number, result);
    if (socket == null || !out.offer(new Frame(PeerWire.CALL, number, body))) {
      calls.remove(number);
      result.completeExceptionally(new IOException(member + " cannot be reached: " + trouble));
    }
    return result;
  }

  private void run() {
    while (end.getCount() > 0) {
      for (InetSocketAddress address : addresses) {
        if (end.getCount() > 0) {
          once(address);
        }
      }
      try {
        if (end.await(BACKOFF_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void once(InetSocketAddress address) {
    Thread writer = null;
    PeerSockets.Wire wire = null;
    try {
      wire = sockets.call(resolved(address), member, CONNECT_MILLIS);
      Socket s = wire.inside();
      s.setSoTimeout(SILENCE_MILLIS);
      DataOutputStream to = new DataOutputStream(new BufferedOutputStream(s.getOutputStream()));
      PeerWire.greet(to, new PeerWire.Greeting(cluster, self));
      out.clear();
      socket = wire;
      trouble = "";
      writer = PeerThreads.named("peer-write").start(() -> write(to));
      DataInputStream in = new DataInputStream(new BufferedInputStream(s.getInputStream()));
      while (true) {
        Frame f = PeerWire.read(in);
        switch (f.kind()) {
          case PeerWire.ANSWER -> answers.accept(BeatCodec.answer(f.body()));
          case PeerWire.RESULT -> {
            CompletableFuture<byte[]> call = calls.remove(f.number());
            if (call != null) {
              call.complete(f.body());
            }
          }
          default -> throw new IOException("a frame of kind " + f.kind());
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      trouble = address + ": " + Tls.reason(e);
      if (e instanceof SSLException || e instanceof PeerSockets.NotBelieved) {
        refused(trouble);
      }
    } finally {
      socket = null;
      if (wire != null) {
        wire.hangUp();
      }
      if (writer != null) {
        writer.interrupt();
      }
      calls.values().forEach(c -> c.completeExceptionally(new IOException(trouble)));
      calls.clear();
    }
  }

  private static InetSocketAddress resolved(InetSocketAddress address) {
    return address.isUnresolved()
        ? new InetSocketAddress(address.getHostString(), address.getPort())
        : address;
  }

  private void write(DataOutputStream to) {
    try {
      while (true) {
        PeerWire.write(to, out.take());
      }
    } catch (InterruptedException | IOException e) {
      hangUp();
    }
  }

  private void refused(String why) {
    if (repeats.isNews(why)) {
      refused.accept(why);
    }
  }

  /** Ends the connection if who is at its other end is believed no more. */
  public void judgeAgain() {
    PeerSockets.Wire wire = socket;
    if (wire != null) {
      try {
        sockets.again(wire, false);
      } catch (PeerSockets.NotBelieved e) {
        refused(String.valueOf(e.getMessage()));
        wire.hangUp();
      }
    }
  }

  private void hangUp() {
    PeerSockets.Wire wire = socket;
    if (wire != null) {
      wire.hangUp();
    }
  }

  @Override
  public void close() {
    end.countDown();
    hangUp();
  }
}
