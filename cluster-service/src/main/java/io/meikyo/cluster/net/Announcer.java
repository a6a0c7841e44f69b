// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.net;

import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Network;
import io.meikyo.linux.PacketSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells a network several times that an address is here now: gratuitous ARP, or unsolicited
 * neighbour advertisements. The first goes out in {@link #begin}, the others from a timer, each
 * after twice the time of the one before.
 */
public final class Announcer implements AutoCloseable {
  private final ScheduledExecutorService timer;
  private final PacketSocket socket;
  private final Neighbours neighbours;
  private final boolean router;
  private final Consumer<String> trouble;
  private volatile boolean closed;

  private Announcer(
      ScheduledExecutorService timer,
      PacketSocket socket,
      Neighbours neighbours,
      boolean router,
      Consumer<String> trouble) {
    this.timer = timer;
    this.socket = socket;
    this.neighbours = neighbours;
    this.router = router;
    this.trouble = trouble;
  }

  /**
   * Begins.
   *
   * @param count how many times
   * @param interval between the first and the second
   * @param trouble is told once why one could not be sent; any thread
   * @return ends it
   * @throws LinuxException EPERM (needs CAP_NET_RAW), ENETDOWN, ENODEV
   */
  public static Announcer begin(
      ScheduledExecutorService timer,
      Network.Link link,
      InetAddress address,
      int count,
      Duration interval,
      Consumer<String> trouble)
      throws LinuxException {
    Neighbours neighbours = new Neighbours(address, link.hardware());
    PacketSocket socket = PacketSocket.open(link.index(), DuplicateCheck.protocol(address));
    Announcer announcer = new Announcer(timer, socket, neighbours, forwards(link.name()), trouble);
    announcer.announce(count, interval.toNanos());
    return announcer;
  }

  /** A host that forwards must say so, or whoever routes through it looks for another. */
  private static boolean forwards(String link) {
    Path file = Path.of("/proc/sys/net/ipv6/conf", link, "forwarding");
    try {
      return Files.exists(file) && !Files.readString(file).strip().equals("0");
    } catch (IOException e) {
      return false;
    }
  }

  private void announce(int left, long pauseNanos) {
    if (closed || left <= 0) {
      close();
      return;
    }
    for (boolean answer : new boolean[] {false, true}) {
      Neighbours.Outgoing packet = neighbours.announcement(answer, router);
      int sent = socket.send(packet.bytes(), packet.to());
      if (sent < 0 && !closed) {
        close();
        trouble.accept(Errno.sentence(sent));
        return;
      }
    }
    var _ =
        timer.schedule(() -> announce(left - 1, pauseNanos * 2), pauseNanos, TimeUnit.NANOSECONDS);
  }

  /** Ends it; nothing is sent any more. */
  @Override
  public void close() {
    closed = true;
    socket.close();
  }
}
