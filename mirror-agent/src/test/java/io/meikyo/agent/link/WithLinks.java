// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.channel.Channels;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.agent.mirror.PeerPort;
import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;

/** Two agents' links on one loop, and strangers. */
abstract class WithLinks {
  static final UUID CLUSTER = new UUID(1, 2);
  static final UUID DISK = new UUID(3, 4);

  final Arena arena = Arena.ofShared();
  IoLoop loop;
  Thread thread;
  BufferPool pool;
  final List<Side> sides = new ArrayList<>();

  void begin(String kind) throws LinuxException {
    loop = kind.equals("threads") ? Loops.threads() : Loops.best(reason -> {});
    pool = new BufferPool(arena, 8, 4, 2, loop::post);
    thread = Thread.ofPlatform().start(loop::run);
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Side s : sides) {
      on(() -> {
        s.links.close();
        return true;
      });
    }
    loop.stop();
    thread.join(10_000);
    assertThat(thread.isAlive()).isFalse();
    loop.close();
    arena.close();
  }

  <T> T on(Supplier<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.post(() -> done.complete(task.get()));
    return done.orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** One agent's links, and what they tell. */
  final class Side implements PeerPort.Events {
    final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
    final List<Notice> notices = new CopyOnWriteArrayList<>();
    final PeerLinks links;

    Side(Identity own, int listen, int... paths) throws Exception {
      this(own, channels("server" + (own.replica() + 1)), listen, paths);
    }

    Side(Identity own, Channels through, int listen, int... paths) throws Exception {
      List<InetSocketAddress> to = new ArrayList<>();
      for (int port : paths) {
        to.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      }
      links =
          new PeerLinks(
              loop,
              own,
              512,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), listen),
              Map.of(1 - own.replica(), to),
              r -> "server" + (r + 1),
              through,
              pool,
              this,
              notices::add);
      sides.add(this);
      on(() -> {
        links.begin();
        return true;
      });
    }

    @Override
    public void linkUp(int peer) {
      told.add("up " + peer);
    }

    @Override
    public void linkDown(int peer) {
      told.add("down " + peer);
    }

    @Override
    public void received(int peer, Frame frame) {
      told.add(
          switch (frame.body()) {
            case Message.Ping ping -> "ping " + ping.ping();
            case Message.Write write ->
                "write "
                    + write.write()
                    + " "
                    + Arrays.hashCode(
                        ((Buffer) write.payload()).bytes().toArray(ValueLayout.JAVA_BYTE));
            default -> frame.body().toString();
          });
    }

    String next() throws InterruptedException {
      String s = told.poll(15, TimeUnit.SECONDS);
      assertThat(s).as("news; " + notices).isNotNull();
      return s;
    }

    void ping(int peer, long number) {
      on(() -> {
        links.send(peer, new Frame(1, 1, 1, number, new Message.Ping(number, 0, 0)));
        links.flush();
        return true;
      });
    }

    boolean said(String key, String word) {
      return notices.stream().anyMatch(n -> n.code().equals(key) && n.toString().contains(word));
    }
  }

  static Identity replica(int number) {
    return new Identity(CLUSTER, DISK, number);
  }

  static int freePort() throws IOException {
    return FreePort.take();
  }

  static byte[] greeting(UUID cluster, UUID disk, int from, int to) {
    try (Arena a = Arena.ofConfined()) {
      MemorySegment bytes = a.allocate(Preamble.BYTES);
      new Preamble(cluster, disk, from, to).write(bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  // ---- what is between the servers; others put TLS there

  /** What a server's bytes go through. */
  Channels channels(String server) throws Exception {
    return Channels.of(loop, null, server);
  }

  /** Somebody who connects as server1 would. */
  Socket call(int port) throws Exception {
    return raw(port);
  }

  static Socket raw(int port) throws IOException {
    Socket s = new Socket(InetAddress.getLoopbackAddress(), port);
    s.setSoTimeout(10_000);
    return s;
  }

  /** True if the other side closes without a word. */
  static boolean isClosed(Socket s) throws IOException {
    try {
      return s.getInputStream().read() < 0;
    } catch (java.net.SocketException | javax.net.ssl.SSLException e) {
      return true;
    }
  }

  void await(Supplier<Boolean> question) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!question.get()) {
      assertThat(System.nanoTime())
          .as(() -> sides.stream().map(s -> s.notices.toString()).toList().toString())
          .isLessThan(deadline);
      java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
    }
  }
}
