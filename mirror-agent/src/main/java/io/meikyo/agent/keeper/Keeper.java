// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.linux.BootTime;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.Errno;
import io.meikyo.linux.Fuse;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Poll;
import io.meikyo.linux.Processes;
import io.meikyo.linux.SocketMessage;
import io.meikyo.linux.Sockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thread that keeps descriptors, and acts when a deadline has passed:
 *
 * <pre>
 *  an agent has not beaten for its heartbeat      ▶ SIGKILL: it hangs or is stopped (rule R16)
 *  a mount has had no agent for its successor ns  ▶ abort: its users' I/O fails, and goes on
 *  a file system is frozen 1 s after its deadline ▶ thaw (law 5)
 * </pre>
 *
 * <p>It judges beats, never requests that wait (rule R15), and only time in which it ran itself:
 * when the whole machine stood still, everybody gets their time anew.
 */
final class Keeper {
  private static final int BACKLOG = 16;
  private static final int CONNECTIONS_MAX = 64;
  private static final int KEPT_MAX = 256;
  private static final long SECOND = 1_000_000_000L;

  /** How often it looks although nothing happens, so that it knows when it did not run. */
  private static final long ROUND_NANOS = SECOND / 4;

  /** A round that took longer did not run all the time. */
  private static final long STOOD_STILL_NANOS = SECOND / 2;

  private record Frozen(String name, int fd, long thawAt) {}

  private final Arena arena = Arena.ofShared();
  private final int listener;
  private final Poll poll = new Poll();
  private final KeeperMessage message = new KeeperMessage(arena);
  private final SocketMessage header = new SocketMessage(arena, 1);
  private final Thawer thawer = new Thawer();
  private final QueueMender mender = new QueueMender();
  private final List<KeeperConnection> connections = new ArrayList<>(CONNECTIONS_MAX);
  private final List<KeptMount> mounts = new ArrayList<>(KEPT_MAX);
  private final List<Frozen> frozen = new ArrayList<>(KEPT_MAX);
  private long roundBegan = System.nanoTime();

  Keeper(Path socket) throws IOException {
    listener = Sockets.listen(socket, BACKLOG);
    Descriptors.nonBlocking(listener);
    // Mounts the control file system now, while nothing hangs, and loads what an abort needs.
    Fuse.abort(new DeviceNumber(0, 0));
  }

  void run() {
    while (true) {
      poll.clear();
      poll.add(listener, Poll.POLLIN);
      int watched = connections.size();
      for (KeeperConnection c : connections) {
        poll.add(c.socket, Poll.POLLIN);
      }
      if (poll.await(ROUND_NANOS) > 0) {
        for (int i = watched - 1; i >= 0; i--) {
          if (poll.events(i + 1) != 0 && !receive(connections.get(i))) {
            gone(connections.get(i));
          }
        }
        if (poll.events(0) != 0) {
          accept();
        }
      }
      deadlines();
    }
  }

  // ---- connections

  private void accept() {
    int socket = Sockets.accept(listener);
    if (socket < 0) {
      return;
    }
    try {
      boolean ours = Sockets.peer(socket).uid() == 0;
      if (ours && connections.size() < CONNECTIONS_MAX) {
        connections.add(new KeeperConnection(socket));
        return;
      }
    } catch (LinuxException e) {
      // It is gone already.
    }
    Descriptors.close(socket);
  }

  private void gone(KeeperConnection c) {
    connections.remove(c);
    Descriptors.close(c.socket);
    if (c.process >= 0) {
      Descriptors.close(c.process);
    }
    for (KeptMount m : mounts) {
      if (m.owner == c) {
        m.owner = null;
        m.successorNanos = c.successorNanos;
        m.orphanSince = System.nanoTime();
        KeeperMain.say(m.name + " " + m.device + " waits for another agent");
      }
    }
  }

  /** False: the connection is over. */
  private boolean receive(KeeperConnection c) {
    header.clear();
    header.add(message.bytes(), 0);
    header.expectDescriptors();
    int flags = Sockets.MSG_DONTWAIT | SocketMessage.CLOSE_ON_EXEC;
    int got = Sockets.receive(c.socket, header, flags);
    if (got == -Errno.EAGAIN || got == -Errno.EINTR) {
      return true;
    }
    if (got <= 0) {
      return false;
    }
    int[] passed = header.descriptors();
    int fd = passed.length == 1 ? passed[0] : -1;
    boolean valid = got == KeeperMessage.BYTES && message.isValid() && passed.length <= 1;
    int kept = valid ? carryOut(c, fd) : -1;
    if (kept != fd) {
      for (int other : passed) {
        Descriptors.close(other);
      }
    }
    return valid;
  }

  /** Does what the message asks, and answers. The descriptor if it is kept, else -1. */
  private int carryOut(KeeperConnection c, int fd) {
    String name = message.name();
    int kept = -1;
    int give = -1;
    int result = 0;
    switch (message.kind()) {
      case KeeperMessage.BEAT -> {
        c.lastBeat = System.nanoTime();
        return -1;
      }
      case KeeperMessage.HELLO -> hello(c);
      case KeeperMessage.DEPOSIT -> {
        result = fd < 0 || mounts.size() == KEPT_MAX ? Errno.EINVAL : taken(name, c);
        if (result == 0) {
          forget(name);
          mounts.add(new KeptMount(name, fd, device(), c));
          kept = fd;
        }
      }
      case KeeperMessage.FETCH -> {
        KeptMount m = mount(name);
        result = m == null ? Errno.ENOENT : taken(name, c);
        if (m != null && result == 0) {
          m.owner = c;
          message.numbers(m.connection.major(), m.connection.minor());
          give = m.fd;
        }
      }
      case KeeperMessage.ATTACHED -> {
        KeptMount m = mount(name);
        result = m == null ? Errno.ENOENT : taken(name, c);
        if (m != null && result == 0) {
          m.device = message.text();
        }
      }
      case KeeperMessage.FORGET -> {
        result = taken(name, c);
        if (result == 0) {
          forget(name);
        }
      }
      case KeeperMessage.FROZEN -> {
        result = fd < 0 || frozen.size() == KEPT_MAX ? Errno.EINVAL : 0;
        if (result == 0) {
          thawed(name);
          frozen.add(new Frozen(name, fd, message.first() + SECOND));
          kept = fd;
        }
      }
      case KeeperMessage.THAWED -> thawed(name);
      case KeeperMessage.RESENT -> {
        result = taken(name, c);
        if (result == 0) {
          result = resent(mount(name));
        }
      }
      case KeeperMessage.ANSWERED -> {
        KeptMount m = mount(name);
        if (m != null && m.owner == c) {
          m.answered();
        }
      }
      case KeeperMessage.STATUS -> message.numbers(mounts.size(), frozen.size());
      default -> result = Errno.ENOSYS;
    }
    answer(c, result, give);
    return kept;
  }

  private void hello(KeeperConnection c) {
    c.heartbeatNanos = message.first();
    c.successorNanos = message.second();
    c.lastBeat = System.nanoTime();
    try {
      int pid = Sockets.peer(c.socket).pid();
      if (c.process < 0 && pid > 0) {
        c.process = Processes.open(pid);
      }
    } catch (LinuxException e) {
      KeeperMain.say("an agent cannot be watched: " + e.getMessage());
    }
  }

  private DeviceNumber device() {
    return new DeviceNumber((int) message.first(), (int) message.second());
  }

  /** Counts, and leaves in the message those that are fenced. */
  private int resent(@Nullable KeptMount m) {
    int count = (int) message.first();
    if (m == null || count < 0 || count > KeeperMessage.LIST_MAX) {
      return Errno.EINVAL;
    }
    int fenced = 0;
    for (int i = 0; i < count; i++) {
      long unique = message.item(i);
      if (m.isFenced(unique)) {
        message.item(fenced++, unique);
        KeeperMain.say(m.name + ": a request that has outlived two agents is refused");
      }
    }
    message.numbers(fenced, 0);
    return 0;
  }

  private void answer(KeeperConnection c, int result, int give) {
    message.result(result);
    header.clear();
    header.add(message.bytes(), 0);
    if (give >= 0) {
      header.pass(give);
    }
    // An agent that does not read its answers finds the connection dead, by its next message.
    int flags = Sockets.MSG_DONTWAIT | Sockets.MSG_NOSIGNAL;
    if (Sockets.send(c.socket, header, flags) != KeeperMessage.BYTES) {
      Sockets.shutdown(c.socket, 2);
    }
  }

  // ---- what is kept

  private @Nullable KeptMount mount(String name) {
    for (KeptMount m : mounts) {
      if (m.name.equals(name)) {
        return m;
      }
    }
    return null;
  }

  /**
   * EBUSY if the mount of this name is served by somebody else who lives: two servers on one mount
   * would each answer a part. Whoever has died is known to be dead before its successor is heard,
   * since connections are looked at before new ones are taken.
   */
  private int taken(String name, KeeperConnection c) {
    KeptMount m = mount(name);
    return m == null || m.owner == null || m.owner == c ? 0 : Errno.EBUSY;
  }

  private void forget(String name) {
    KeptMount m = mount(name);
    if (m != null) {
      mounts.remove(m);
      Descriptors.close(m.fd);
    }
  }

  private void thawed(String name) {
    Iterator<Frozen> each = frozen.iterator();
    while (each.hasNext()) {
      Frozen f = each.next();
      if (f.name.equals(name)) {
        each.remove();
        Descriptors.close(f.fd);
      }
    }
  }

  // ---- deadlines

  private void deadlines() {
    long now = System.nanoTime();
    boolean stoodStill = now - roundBegan > ROUND_NANOS + STOOD_STILL_NANOS;
    roundBegan = now;
    for (KeeperConnection c : connections) {
      if (stoodStill) {
        c.lastBeat = now;
      } else if (c.heartbeatNanos > 0 && !c.fenced && now - c.lastBeat > c.heartbeatNanos) {
        fence(c);
      }
    }
    Iterator<KeptMount> each = mounts.iterator();
    while (each.hasNext()) {
      KeptMount m = each.next();
      if (m.owner == null && stoodStill) {
        m.orphanSince = now;
      } else if (m.owner == null && now - m.orphanSince > m.successorNanos) {
        each.remove();
        abort(m);
      }
    }
    thawWhatIsDue();
  }

  private void fence(KeeperConnection c) {
    c.fenced = true;
    int sent = c.process < 0 ? -Errno.ESRCH : Processes.signal(c.process, Processes.SIGKILL);
    KeeperMain.say("an agent did not beat and was killed: " + (sent == 0 ? "done" : sent));
    // A process in a bad disk sleep does not die: its mounts wait for another one all the same.
    Sockets.shutdown(c.socket, 2);
  }

  private void abort(KeptMount m) {
    try {
      // The number of a connection that is over may be somebody else's by now.
      boolean there = !Fuse.isOver(m.fd) && Fuse.abort(m.connection);
      KeeperMain.say(
          m.name + " " + m.device + ": no agent came, I/O fails now" + (there ? "" : " (gone)"));
    } catch (IOException e) {
      KeeperMain.say(m.name + " could not be aborted: " + e.getMessage());
    }
    // With the last descriptor the kernel ends the connection too.
    Descriptors.close(m.fd);
    mender.putBack(m.device);
  }

  private void thawWhatIsDue() {
    if (frozen.isEmpty()) {
      return;
    }
    long boot = BootTime.nanos();
    Iterator<Frozen> each = frozen.iterator();
    while (each.hasNext()) {
      Frozen f = each.next();
      if (boot >= f.thawAt) {
        each.remove();
        thawer.thaw(f.fd);
      }
    }
  }
}
