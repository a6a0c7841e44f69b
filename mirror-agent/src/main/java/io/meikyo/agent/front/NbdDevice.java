// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.block.WriteMemory;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.agent.mirror.MirrorBlocks;
import io.meikyo.agent.nbd.Limits;
import io.meikyo.agent.nbd.NbdServer;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.NbdClient;
import io.meikyo.linux.Sockets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The block device of one mirror disk as /dev/nbdN: the kernel's NBD client on one end of a socket
 * pair, our NBD server on the other.
 *
 * <pre>
 *  up:    a device of our name ── there ──▶ give it a new socket ─┐
 *              └─ none ──▶ make one ▶ set its queue ──────────────┴▶ link
 *  over:  the socket has ended ── the kernel said good-bye, or the device is gone ──▶ lost
 *              └─ else: a request took too long ──▶ wait twice as long, new socket
 *  down:  link ▶ the device goes with its last user ▶ wait for that, or take it away
 * </pre>
 *
 * <p>The kernel keeps the device and its requests when the agent dies, for as long as is promised,
 * so nothing has to be kept elsewhere: the name of what is behind it, which the kernel keeps too,
 * leads the next agent to it. What was under way then is sent again, each request when its own time
 * ({@link #REQUEST_SECONDS}) is over.
 *
 * <p>A request may take longer while the agent lives: in a hold, or when a decision waits. The
 * kernel cannot tell and gives up the connection. What it sends again over the next one is a second
 * copy of writes that are under way, behind them in the order of overlapping requests, with the
 * same bytes; so it changes nothing but costs memory and time. Each time the kernel is told to wait
 * twice as long, until requests are in time again.
 *
 * <p>{@link #up} and {@link #down} may be called by any thread and return at once; see {@link
 * DeviceThread}.
 */
public final class NbdDevice implements ServedDevice {
  /**
   * How long a request may take before the kernel gives up the connection: longer than the loss of
   * a peer holds writes, short since it is what an agent's death costs.
   */
  static final long REQUEST_SECONDS = 5;

  /** Longer than any hold. */
  static final long REQUEST_SECONDS_MAX = 320;

  private static final long AGAIN_MILLIS = 50;
  private static final long AGAIN_LATE_MILLIS = 1000;

  /** How long users have when the replica ceases to be active, before it is told who they are. */
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  /** After so long without a late request the kernel waits as long as at first. */
  private static final long CALM_MILLIS = 60_000;

  /** How long the former agent's connection may need to end. */
  private static final int RECONNECT_ATTEMPTS = 200;

  /** Writes under way at one time, each with a buffer of 1 MiB. */
  private static final int WRITES = 48;

  private static final int SMALL_BUFFERS = 256;
  private static final int MIDDLE_BUFFERS = 64;

  private static final long HANDSHAKE_NANOS = 1_000_000_000L;
  private static final Limits LIMITS = new Limits(8, 512, 64 << 20, 512, 16 << 20, HANDSHAKE_NANOS);

  private final IoLoop loop;
  private final Spec spec;
  private final KernelNbd kernel;
  private final Consumer<Notice> notices;
  private final DeviceLink link;
  private final DeviceThread thread;
  private volatile @Nullable Path device;
  private volatile @Nullable Served served;

  // The rest is for our thread.
  private final Set<Integer> takenAway = new HashSet<>();
  private int index = -1;
  private long requestSeconds = REQUEST_SECONDS;
  private int ending;
  private long lateCount;
  private @Nullable Line current;

  /**
   * Where the device of a mirror disk appears.
   *
   * @param name of the mirror disk, {@code md1}
   * @param backend what the kernel calls what is behind it: the same in every life of the agent,
   *     and nobody else's on this machine
   * @param link symbolic link to the device; its folder is made if need be
   * @param successorSeconds how long its users wait for the next agent before they get errors
   */
  public record Spec(String name, String backend, Path link, long successorSeconds) {}

  /** A running server and its memory. */
  private final class Served {
    private final Arena memory = Arena.ofShared();
    private final BufferPool pool =
        new BufferPool(memory, SMALL_BUFFERS, MIDDLE_BUFFERS, WRITES + 1, loop::post);
    private final NbdServer server = new NbdServer(loop, LIMITS, memory, notices);
    private final BlockService service;

    Served(BlockService service) {
      this.service = new WriteMemory(service, pool);
      loop.post(() -> server.add("", spec.name, this.service));
    }

    /** On the loop's thread. */
    void stop() {
      server.stop(this::free);
    }

    /** A write may be answered and its bytes still be on their way to a peer. */
    private void free() {
      if (pool.lent() == 0) {
        loop.post(memory::close);
      } else {
        pool.whenFree(this::free);
      }
    }
  }

  /** One connection of the kernel. */
  private final class Line implements NbdServer.Line {
    @Override
    public void over(boolean bye) {
      thread.later(0, () -> lineOver(this, bye));
    }

    @Override
    public void gone() {
      thread.later(0, NbdDevice.this::lineGone);
    }
  }

  /** Makes one; nothing is there before {@link #up}. */
  public NbdDevice(IoLoop loop, Spec spec, Consumer<Notice> notices) {
    this(loop, spec, notices, KernelNbd.REAL);
  }

  NbdDevice(IoLoop loop, Spec spec, Consumer<Notice> notices, KernelNbd kernel) {
    this.loop = loop;
    this.spec = spec;
    this.kernel = kernel;
    this.notices = notice -> notices.accept(notice.about("mirror", spec.name));
    this.link = new DeviceLink(spec.link);
    this.thread = new DeviceThread(spec.name);
  }

  @Override
  public void serves(MirrorBlocks blocks) {
    var _ = up(blocks); // failures are notices
  }

  @Override
  public void ceases() {
    var _ = down(PATIENCE_NANOS, false);
  }

  @Override
  public void abandon() {
    var _ = down(0, true);
  }

  @Override
  public CompletableFuture<Void> drop() {
    return down(0, true);
  }

  @Override
  public @Nullable Path device() {
    return device;
  }

  @Override
  public String kind() {
    return "kernel NBD";
  }

  private NbdClient.Patience patience() {
    return new NbdClient.Patience(requestSeconds, spec.successorSeconds);
  }

  // ---- up

  /** Makes the device; the answer is its path, or the failure, which was also told as a notice. */
  public CompletableFuture<Path> up(BlockService service) {
    long mine = thread.wish();
    return thread.then(() -> {
      CompletableFuture<Path> done = new CompletableFuture<>();
      try {
        if (thread.isOutdated(mine)) {
          throw new CancellationException("not wanted any more");
        }
        bring(service, done);
      } catch (IOException | RuntimeException e) {
        failed("up", done, e);
      }
      return done;
    });
  }

  private void bring(BlockService service, CompletableFuture<Path> done) throws IOException {
    int found = found();
    if (current != null && found == index) {
      // It waited for its last user to go, and is wanted again.
      kernel.goesAtLastClose(found, spec.backend, false);
      arrived(FrontNotice.UP, done);
      return;
    }
    Served now = served;
    if (now == null) {
      now = new Served(service);
      served = now;
    }
    if (found >= 0) {
      index = found;
      kernel.goesAtLastClose(found, spec.backend, false);
      reconnect(RECONNECT_ATTEMPTS, () -> arrived(FrontNotice.RESUMED, done), done);
      return;
    }
    connect(now);
    takenAway.remove(index);
    String refused = DeviceQueue.set(kernel.device(index), service.requestBytesMax(), WRITES);
    if (!refused.isEmpty()) {
      notices.accept(Notice.of(FrontNotice.NO_RESERVE, kernel.device(index), refused));
    }
    arrived(FrontNotice.UP, done);
  }

  private void arrived(FrontNotice code, CompletableFuture<Path> done) {
    Path at = kernel.device(index);
    try {
      link.to(at);
      device = at;
      notices.accept(Notice.of(code, at, spec.link));
      done.complete(at);
    } catch (IOException | RuntimeException e) {
      failed("up", done, e);
    }
  }

  /** The device of our name; -1: none. The one behind the link, if there are several. */
  private int found() throws IOException {
    int best = -1;
    List<Integer> all = kernel.named(spec.backend);
    takenAway.retainAll(all);
    for (int each : all) {
      if (!takenAway.contains(each) && (best < 0 || link.isTo(kernel.device(each)))) {
        best = each;
      }
    }
    return best;
  }

  // ---- connections

  /** What the kernel is told about its end of a new socket pair. */
  private interface Offer {
    void make(int socket) throws IOException;
  }

  private void connect(Served now) throws IOException {
    BlockService service = now.service;
    NbdClient.Export export =
        new NbdClient.Export(
            service.blocks() * service.blockBytes(),
            service.blockBytes(),
            NbdServer.kernelFlags(service),
            spec.backend);
    requestSeconds = REQUEST_SECONDS;
    if (!offer(now, socket -> index = kernel.connect(socket, export, patience()))) {
      throw new IOException(kernel.device(index) + " closed its connection at once");
    }
  }

  /** Offers a socket; false: the kernel did not take it. */
  private boolean offer(Served now, Offer offer) throws IOException {
    int[] ends = Sockets.pair();
    boolean taken = false;
    try {
      try {
        offer.make(ends[0]);
      } finally {
        Descriptors.close(ends[0]);
      }
      taken = !Sockets.hungUp(ends[1]);
    } finally {
      if (!taken) {
        Descriptors.close(ends[1]);
      }
    }
    if (taken) {
      Line line = new Line();
      current = line;
      loop.post(() -> {
        if (served == now) {
          var _ = now.server.serve(ends[1], "", line);
        } else {
          loop.close(ends[1]);
        }
      });
    }
    return taken;
  }

  /** Gives the device a new connection, as soon as the old one is dead for the kernel. */
  private void reconnect(int attempts, Runnable then, CompletableFuture<?> failure) {
    if (ending >= LIMITS.connectionsMax()) {
      // The server would refuse it: so much is under way that another copy would help nobody.
      thread.later(AGAIN_MILLIS, () -> reconnect(attempts, then, failure));
      return;
    }
    try {
      Served now = served;
      if (now == null) {
        throw new CancellationException("nothing is served any more");
      }
      if (offer(now, end -> kernel.reconnect(index, end, spec.backend, patience()))) {
        then.run();
      } else if (attempts == 0) {
        throw new LinuxException("reconnect", Errno.EBUSY, spec.backend);
      } else {
        thread.later(AGAIN_MILLIS, () -> reconnect(attempts - 1, then, failure));
      }
    } catch (IOException | RuntimeException e) {
      failed("up", failure, e);
    }
  }

  /** A connection has ended: the device is gone, or a request took too long. */
  private void lineOver(Line line, boolean bye) {
    ending++;
    if (line != current) {
      return;
    }
    current = null;
    try {
      if (bye) {
        takenAway.add(index);
      }
      if (found() != index) {
        gone();
        return;
      }
      lateCount++;
      long next = Math.min(2 * requestSeconds, REQUEST_SECONDS_MAX);
      notices.accept(Notice.of(FrontNotice.LATE, kernel.device(index), requestSeconds, next));
      requestSeconds = next;
      reconnect(RECONNECT_ATTEMPTS, () -> {}, new CompletableFuture<>());
    } catch (IOException | RuntimeException e) {
      failed("up", new CompletableFuture<>(), e);
    }
  }

  /** Nothing of a connection is under way any more. */
  private void lineGone() {
    ending--;
    long seen = lateCount;
    if (ending == 0 && requestSeconds != REQUEST_SECONDS) {
      thread.later(CALM_MILLIS, () -> calm(seen));
    }
  }

  /** It was not late for a while: the kernel need not wait so long any more. */
  private void calm(long seen) {
    if (lateCount != seen || ending > 0) {
      return;
    }
    requestSeconds = REQUEST_SECONDS;
    try {
      if (current != null) {
        kernel.patience(index, spec.backend, patience());
      }
    } catch (IOException e) {
      failed("up", new CompletableFuture<>(), e);
    }
  }

  /** The device is not there any more, by our wish or another's. */
  private void gone() {
    Path lost = device;
    device = null;
    String refused = DeviceQueue.reset(kernel.device(index));
    if (!refused.isEmpty()) {
      notices.accept(Notice.of(FrontNotice.NOT_RESET, kernel.device(index), refused));
    }
    index = -1;
    current = null;
    Served now = served;
    served = null;
    if (now != null) {
      loop.post(now::stop);
    }
    if (lost != null) {
      notices.accept(Notice.of(FrontNotice.LOST, lost, "disconnected"));
    }
  }

  // ---- down

  /**
   * Takes the device away. Its users are waited for.
   *
   * @param patienceNanos after this long it is told who they are
   * @param abort then their I/O fails for ever instead of being waited for
   * @return ends when nobody has it; a later {@link #up} cancels it
   */
  public CompletableFuture<Void> down(long patienceNanos, boolean abort) {
    long mine = thread.wish();
    long deadline = loop.nanos() + patienceNanos;
    return thread.then(() -> {
      CompletableFuture<Void> done = new CompletableFuture<>();
      device = null;
      try {
        link.remove();
        int found = found();
        if (found >= 0) {
          index = found;
          kernel.goesAtLastClose(found, spec.backend, true);
        }
        leave(new Leaving(mine, deadline, abort, found, done), false);
      } catch (IOException | RuntimeException e) {
        failed("down", done, e);
      }
      return done;
    });
  }

  /** Closes the device, and so lets it go if nobody has it open. */
  private static void close(Path at) {
    try {
      Descriptors.close(Descriptors.open(at, Descriptors.O_RDONLY | Descriptors.O_NONBLOCK));
    } catch (LinuxException e) {
      // It went meanwhile, or another has just closed it: what counts is whether it is there.
    }
  }

  /** One attempt to go down. */
  private record Leaving(
      long wish, long deadline, boolean abort, int index, CompletableFuture<Void> done) {}

  private void leave(Leaving l, boolean told) {
    try {
      if (l.index >= 0 && current != null) {
        close(kernel.device(l.index));
      }
      if (l.index < 0 || found() != l.index) {
        left(l);
        return;
      }
      if (thread.isOutdated(l.wish)) {
        l.done.completeExceptionally(new CancellationException("it is wanted again"));
        return;
      }
      boolean late = loop.nanos() >= l.deadline;
      if (late && !told) {
        Path at = kernel.device(l.index);
        FrontNotice code = l.abort ? FrontNotice.ABORTED : FrontNotice.HELD;
        notices.accept(Notice.of(code, at, Holders.of(at)));
        if (l.abort) {
          takenAway.add(l.index);
          kernel.disconnect(l.index);
          left(l);
          return;
        }
      }
      long pause = late ? AGAIN_LATE_MILLIS : AGAIN_MILLIS;
      thread.later(pause, () -> leave(l, late));
    } catch (IOException | RuntimeException e) {
      failed("down", l.done, e);
    }
  }

  private void left(Leaving l) {
    if (l.index >= 0) {
      if (index == l.index) {
        gone();
      }
      notices.accept(Notice.of(FrontNotice.DOWN, spec.link));
    }
    l.done.complete(null);
  }

  private void failed(String step, CompletableFuture<?> done, Exception e) {
    done.completeExceptionally(e);
    if (!(e instanceof CancellationException)) {
      notices.accept(Notice.of(FrontNotice.FAILED, step, String.valueOf(e.getMessage())));
    }
  }

  /** As declared; the kernel keeps the device and sends again what was not answered. */
  @Override
  public void close() {
    thread.close();
    Served now = served;
    served = null;
    if (now != null) {
      now.stop();
    }
  }
}
