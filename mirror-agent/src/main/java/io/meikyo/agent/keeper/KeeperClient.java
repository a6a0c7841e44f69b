// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.agent.front.FrontKeeper;
import io.meikyo.agent.fuse.ResentFence;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.still.FreezeKeeper;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.SocketMessage;
import io.meikyo.linux.Sockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One loop's connection to the keeper. From {@link #beats} on the loop beats by itself, and is
 * killed when it does not; what it has deposited is given to the next agent.
 *
 * <p>The calls that block ({@link FrontKeeper}, {@link #frozen}, {@link #thawed}) are for other
 * threads than the loop's. A keeper that is gone shows as an IOException of each call, and once as
 * a call of {@code lost}.
 */
public final class KeeperClient implements FrontKeeper, FreezeKeeper, AutoCloseable {
  private static final long BEATS_PER_DEADLINE = 4;

  private final IoLoop loop;
  private final Consumer<String> lost;
  private final Arena arena = Arena.ofShared();
  private final int socket;
  private final Object sending = new Object();
  private final KeeperMessage message = new KeeperMessage(arena);
  private final SocketMessage header = new SocketMessage(arena, 1);
  private final KeeperMessage beat = new KeeperMessage(arena);
  private final SocketMessage beatHeader = new SocketMessage(arena, 1);
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("keeper-client").factory());
  private IoLoop.@Nullable Timer timer;
  private boolean closed;

  /**
   * Connects.
   *
   * @param socket the keeper's
   * @param lost told once, on the loop's thread, that the keeper is gone and nothing is kept
   * @throws LinuxException ENOENT, ECONNREFUSED: there is no keeper
   */
  public KeeperClient(IoLoop loop, Path socket, Consumer<String> lost) throws LinuxException {
    this.loop = loop;
    this.lost = lost;
    this.socket = Sockets.stream(SocketAddress.AF_UNIX);
    try (Arena address = Arena.ofConfined()) {
      int result = Sockets.connect(this.socket, SocketAddress.of(address, socket));
      if (result < 0) {
        Descriptors.close(this.socket);
        throw new LinuxException("connect", result, socket.toString());
      }
    }
  }

  /**
   * Promises to beat. On the loop's thread.
   *
   * @param heartbeatNanos a loop that is silent longer is killed; longer than any pause of the
   *     process that is to be survived
   * @param successorNanos how long the devices' users wait for another agent before they get errors
   */
  public void beats(long heartbeatNanos, long successorNanos) {
    thread.execute(() -> {
      try {
        synchronized (this) {
          message.kind(KeeperMessage.HELLO, "").numbers(heartbeatNanos, successorNanos);
          call(-1);
        }
      } catch (IOException e) {
        loop.post(() -> lost.accept(String.valueOf(e.getMessage())));
      }
    });
    beat.kind(KeeperMessage.BEAT, "");
    beatAgain(heartbeatNanos / BEATS_PER_DEADLINE);
  }

  private void beatAgain(long pauseNanos) {
    if (closed) {
      return;
    }
    int sent;
    synchronized (sending) {
      beatHeader.clear();
      beatHeader.add(beat.bytes(), 0);
      int flags = Sockets.MSG_DONTWAIT | Sockets.MSG_NOSIGNAL;
      sent = Sockets.send(socket, beatHeader, flags);
    }
    // EAGAIN: the keeper is behind, and has beats enough in its queue.
    if (sent < 0 && sent != -Errno.EAGAIN) {
      lost.accept(Errno.sentence(sent));
    } else {
      timer = loop.at(loop.nanos() + pauseNanos, () -> beatAgain(pauseNanos));
    }
  }

  // ---- calls

  @Override
  public synchronized @Nullable Held fetch(String name) throws IOException {
    message.kind(KeeperMessage.FETCH, name);
    int fd = call(-1);
    if (message.result() == Errno.ENOENT) {
      return null;
    }
    taken(name);
    check("fetch");
    return new Held(fd, new DeviceNumber((int) message.first(), (int) message.second()));
  }

  @Override
  public synchronized void deposit(String name, int fd, DeviceNumber connection)
      throws IOException {
    message.kind(KeeperMessage.DEPOSIT, name).numbers(connection.major(), connection.minor());
    call(fd);
    taken(name);
    check("deposit");
  }

  @Override
  public synchronized void attached(String name, Path device) throws IOException {
    message.kind(KeeperMessage.ATTACHED, name).text(device.toString());
    call(-1);
    check("attached");
  }

  @Override
  public synchronized void forget(String name) throws IOException {
    message.kind(KeeperMessage.FORGET, name);
    call(-1);
    if (message.result() != Errno.EBUSY) {
      check("forget");
    }
  }

  /** As declared: it is thawed one second after the deadline, whatever becomes of us. */
  @Override
  public synchronized void frozen(String name, int folder, long deadline) throws IOException {
    message.kind(KeeperMessage.FROZEN, name).numbers(deadline, 0);
    call(folder);
    check("frozen");
  }

  @Override
  public synchronized void thawed(String name) throws IOException {
    message.kind(KeeperMessage.THAWED, name);
    call(-1);
    check("thawed");
  }

  @Override
  public ResentFence fence(String name) {
    return new ResentFence() {
      @Override
      public void resent(Set<Long> uniques, Consumer<Set<Long>> fenced) {
        thread.execute(() -> {
          Set<Long> refused = ask(name, List.copyOf(uniques));
          loop.post(() -> fenced.accept(refused));
        });
      }

      @Override
      public void answered() {
        thread.execute(() -> tellAnswered(name));
      }
    };
  }

  /** Without a keeper nothing is fenced: rather once more than never again. */
  private synchronized Set<Long> ask(String name, List<Long> uniques) {
    Set<Long> refused = new HashSet<>();
    try {
      for (int from = 0; from < uniques.size(); from += KeeperMessage.LIST_MAX) {
        List<Long> part =
            uniques.subList(from, Math.min(uniques.size(), from + KeeperMessage.LIST_MAX));
        message.kind(KeeperMessage.RESENT, name).numbers(part.size(), 0);
        for (int i = 0; i < part.size(); i++) {
          message.item(i, part.get(i));
        }
        call(-1);
        check("resent");
        for (int i = 0; i < message.first(); i++) {
          refused.add(message.item(i));
        }
      }
    } catch (IOException e) {
      loop.post(() -> lost.accept(String.valueOf(e.getMessage())));
    }
    return refused;
  }

  private synchronized void tellAnswered(String name) {
    try {
      message.kind(KeeperMessage.ANSWERED, name);
      call(-1);
    } catch (IOException e) {
      loop.post(() -> lost.accept(String.valueOf(e.getMessage())));
    }
  }

  /** Sends the message and waits for the answer, in the same memory; a descriptor that came. */
  private int call(int pass) throws LinuxException {
    header.clear();
    header.add(message.bytes(), 0);
    if (pass >= 0) {
      header.pass(pass);
    }
    int sent;
    synchronized (sending) {
      sent = Sockets.send(socket, header, Sockets.MSG_NOSIGNAL);
    }
    if (sent != KeeperMessage.BYTES) {
      throw new LinuxException("sendmsg", Math.min(sent, -Errno.EPIPE), "the keeper");
    }
    header.clear();
    header.add(message.bytes(), 0);
    header.expectDescriptors();
    int got;
    do {
      got = Sockets.receive(socket, header, SocketMessage.CLOSE_ON_EXEC);
    } while (got == -Errno.EINTR);
    if (got != KeeperMessage.BYTES || !message.isValid()) {
      throw new LinuxException("recvmsg", got < 0 ? got : Errno.ECONNRESET, "the keeper");
    }
    int[] fds = header.descriptors();
    return fds.length > 0 ? fds[0] : -1;
  }

  private void taken(String name) throws Taken {
    if (message.result() == Errno.EBUSY) {
      throw new Taken(name);
    }
  }

  private void check(String call) throws LinuxException {
    if (message.result() != 0) {
      throw new LinuxException(call, message.result(), "the keeper");
    }
  }

  /**
   * Ends the connection, on the loop's thread: devices that were not forgotten wait for another
   * agent, as long as was promised.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    IoLoop.Timer armed = timer;
    if (armed != null) {
      armed.cancel();
    }
    thread.shutdown();
    Sockets.shutdown(socket, 2);
    synchronized (sending) {
      Descriptors.close(socket);
    }
  }
}
