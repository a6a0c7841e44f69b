// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.net;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Network;
import io.meikyo.linux.PacketSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the network whether somebody has an address, and listens to who answers, has it or is about
 * to take it. A silent network is taken for a no. Any thread.
 */
public final class DuplicateCheck implements AutoCloseable {
  private final ScheduledExecutorService timer;
  private final PacketSocket socket;
  private final Neighbours neighbours;
  private final Duration interval;
  private final CompletableFuture<Boolean> over = new CompletableFuture<>();
  private boolean closed;

  private DuplicateCheck(
      ScheduledExecutorService timer,
      PacketSocket socket,
      Neighbours neighbours,
      Duration interval) {
    this.timer = timer;
    this.socket = socket;
    this.neighbours = neighbours;
    this.interval = interval;
  }

  /** The packets that belong to an address. */
  static int protocol(InetAddress address) {
    return address instanceof Inet6Address ? PacketSocket.NEIGHBOUR_DISCOVERY : PacketSocket.ARP;
  }

  /**
   * Asks for the first time, and again from the timer. What comes is kept by the kernel until it is
   * looked at.
   *
   * @param timer sends what follows; it is short
   * @param probes how often it is asked
   * @param interval how long each question waits for an answer
   * @throws LinuxException EPERM (needs CAP_NET_RAW), ENETDOWN, ENODEV
   */
  public static DuplicateCheck begin(
      ScheduledExecutorService timer,
      Network.Link link,
      InetAddress address,
      int probes,
      Duration interval)
      throws LinuxException {
    Neighbours neighbours = new Neighbours(address, link.hardware());
    PacketSocket socket = PacketSocket.open(link.index(), protocol(address));
    DuplicateCheck check = new DuplicateCheck(timer, socket, neighbours, interval);
    check.ask(probes);
    return check;
  }

  private synchronized void ask(int left) {
    if (closed || left == 0) {
      over.complete(!closed);
      return;
    }
    Neighbours.Outgoing probe = neighbours.probe();
    if (socket.send(probe.bytes(), probe.to()) < 0) {
      over.complete(false);
      return;
    }
    var _ = timer.schedule(() -> ask(left - 1), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Waits until the last question has been open for its time.
   *
   * @return true: every question was asked, and up to now nobody has said that he has the address;
   *     false: somebody has, or this check says nothing
   * @throws LinuxException ENETDOWN: the interface was switched off
   */
  public boolean isSilent(Limit limit) throws LinuxException {
    return limit.await(over) && over.getNow(false) && nobodySpeaks();
  }

  private synchronized boolean nobodySpeaks() throws LinuxException {
    if (closed) {
      return false;
    }
    while (true) {
      PacketSocket.Packet packet = socket.receive(0);
      if (packet == null) {
        return true;
      }
      if (neighbours.claimant(packet) != null) {
        return false;
      }
    }
  }

  /** Ends it. */
  @Override
  public synchronized void close() {
    closed = true;
    over.complete(false);
    socket.close();
  }

  /**
   * Asks, and waits for somebody who has it, or is about to take it: for {@code probes} times
   * {@code interval} if all is well.
   *
   * @return hardware address of who has it; null if nobody said so
   * @throws LinuxException EPERM (needs CAP_NET_RAW), ENETDOWN, ENODEV
   */
  public static @Nullable String claimant(
      Network.Link link, InetAddress address, int probes, Duration interval, Limit limit)
      throws LinuxException {
    Neighbours neighbours = new Neighbours(address, link.hardware());
    try (PacketSocket socket = PacketSocket.open(link.index(), protocol(address))) {
      for (int i = 0; i < probes && !limit.isOver(); i++) {
        Neighbours.Outgoing probe = neighbours.probe();
        int sent = socket.send(probe.bytes(), probe.to());
        if (sent < 0) {
          throw new LinuxException("sendto", sent, link.name());
        }
        Limit round = limit.within(interval);
        while (!round.isOver()) {
          PacketSocket.Packet packet = socket.receive(round.left());
          String claimant = packet == null ? null : neighbours.claimant(packet);
          if (claimant != null) {
            return claimant;
          }
        }
      }
      return null;
    }
  }
}
