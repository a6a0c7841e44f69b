// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.fuse.FuseFile;
import io.meikyo.agent.fuse.FuseLimits;
import io.meikyo.agent.fuse.FuseServer;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.mirror.MirrorBlocks;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.Errno;
import io.meikyo.linux.Fuse;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The block device of one mirror disk as FUSE file, loop device, link.
 *
 * <pre>
 *  up:    what the keeper has ── there ──▶ resume the server ─┐
 *              └─ nothing ──▶ mount ▶ give to keeper ▶ serve ─┴▶ loop device ▶ link ▶ its queue
 *  down:  link ▶ loop device (ends with its last user) ▶ unmount, again and again ▶ keeper forgets
 * </pre>
 *
 * <p>{@link #up} and {@link #down} may be called by any thread and return at once; they are carried
 * out one after the other by a thread of their own, since mounting and attaching wait for the
 * server, which runs on the loop. A new {@code up} ends the waiting of a {@code down}. Everything
 * that went wrong is a notice too.
 */
public final class DeviceFront implements ServedDevice {
  private static final long AGAIN_MILLIS = 50;
  private static final long AGAIN_LATE_MILLIS = 1000;

  /** How long users have when the replica ceases to be active, before it is told who they are. */
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private final IoLoop loop;
  private final FrontSpec spec;
  private final FrontKeeper keeper;
  private final Consumer<Notice> notices;
  private final FuseLoop steps;
  private final DeviceLink link;
  private final FuseLimits limits = FuseLimits.underLoop();
  private final DeviceThread thread;
  private volatile @Nullable Served served;
  private volatile @Nullable Path device;

  /** A running server and its memory. */
  private final class Served {
    private final Arena memory = Arena.ofShared();
    private final DeviceNumber connection;
    private final FuseServer server;

    /** It was aborted by our own wish. */
    private volatile boolean cut;

    Served(BlockService service, int fd, DeviceNumber connection) {
      this.connection = connection;
      this.server =
          new FuseServer(
              loop,
              fd,
              List.of(new FuseFile(spec.name(), service)),
              limits,
              memory,
              keeper.fence(spec.name()),
              errno -> ended(this, errno));
    }
  }

  /** Makes one; nothing is there before {@link #up}. */
  public DeviceFront(IoLoop loop, FrontSpec spec, FrontKeeper keeper, Consumer<Notice> notices) {
    this.loop = loop;
    this.spec = spec;
    this.keeper = keeper;
    this.notices = notice -> notices.accept(notice.about("mirror", spec.name()));
    this.steps = new FuseLoop(spec, this.notices);
    this.link = new DeviceLink(spec.link());
    this.thread = new DeviceThread(spec.name());
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

  /**
   * As declared. The connection is aborted before anything else, and beside the thread that makes
   * and takes away: while requests wait, in a hold or for a lease, whoever changes the queue of the
   * loop device waits for them in the kernel, where even a SIGKILL does not reach him.
   */
  @Override
  public CompletableFuture<Void> drop() {
    Served now = served;
    boolean cut = now != null && cut(now);
    return down(0, true, cut);
  }

  private boolean cut(Served now) {
    now.cut = true;
    try {
      // No other mount: its number may be a stranger's once ours is over.
      return now.connection.equals(steps.mountedAt()) && Fuse.abort(now.connection);
    } catch (IOException e) {
      notices.accept(Notice.of(FrontNotice.FAILED, "down", String.valueOf(e.getMessage())));
      return false;
    }
  }

  @Override
  public @Nullable Path device() {
    return device;
  }

  @Override
  public String kind() {
    return "FUSE";
  }

  // ---- up

  /** Makes the device; the answer is its path, or the failure, which was also told as a notice. */
  public CompletableFuture<Path> up(BlockService service) {
    long mine = thread.wish();
    return thread.then(() -> {
      CompletableFuture<Path> done = new CompletableFuture<>();
      rise(service, mine, done, false);
      return done;
    });
  }

  /** One attempt to come up; another one follows while another agent has the name. */
  private void rise(BlockService service, long mine, CompletableFuture<Path> done, boolean told) {
    if (thread.isOutdated(mine)) {
      done.completeExceptionally(new CancellationException("not wanted any more"));
      return;
    }
    try {
      done.complete(bring(service));
    } catch (FrontKeeper.Taken e) {
      if (!told) {
        notices.accept(Notice.of(FrontNotice.TAKEN, spec.link()));
      }
      thread.later(AGAIN_MILLIS, () -> rise(service, mine, done, true));
    } catch (FuseLoop.NotDirect e) {
      done.completeExceptionally(e);
      notices.accept(Notice.of(FrontNotice.NOT_DIRECT, e.device()));
    } catch (IOException | RuntimeException e) {
      done.completeExceptionally(e);
      notices.accept(Notice.of(FrontNotice.FAILED, "up", String.valueOf(e.getMessage())));
    }
  }

  private Path bring(BlockService service) throws IOException {
    boolean resumed = false;
    if (served == null) {
      FrontKeeper.Held held = kept();
      resumed = held != null;
      if (held != null) {
        serve(service, held.fd(), held.connection(), true);
      } else {
        int bytesMax = Math.min(limits.requestBytesMax(), service.requestBytesMax());
        FuseLoop.Mounted mounted = steps.mount(bytesMax);
        deposit(mounted);
        serve(service, mounted.fd(), mounted.connection(), false);
      }
    }
    Path there = resumed ? steps.device() : null;
    Path at = there != null ? there : steps.attach(service);
    tell(() -> keeper.attached(spec.name(), at));
    link.to(at);
    device = at;
    FrontNotice code = resumed ? FrontNotice.RESUMED : FrontNotice.UP;
    notices.accept(Notice.of(code, at, spec.link()));
    steps.reserve(at, limits.requestsOf(service.requestBytesMax()));
    return at;
  }

  /** Whether a living agent serves what is mounted here; if a dead one did, it is ours now. */
  private boolean isTaken() {
    try {
      FrontKeeper.Held held = keeper.fetch(spec.name());
      if (held != null) {
        Descriptors.close(held.fd());
      }
      return false;
    } catch (FrontKeeper.Taken e) {
      notices.accept(Notice.of(FrontNotice.TAKEN, spec.link()));
      return true;
    } catch (IOException e) {
      notKept(e);
      return false;
    }
  }

  /** Gives a new mount to the keeper. What another agent has in the way is not touched. */
  private void deposit(FuseLoop.Mounted mounted) throws IOException {
    try {
      tell(() -> keeper.deposit(spec.name(), mounted.fd(), mounted.connection()));
    } catch (FrontKeeper.Taken e) {
      Descriptors.close(mounted.fd());
      steps.unmount();
      throw e;
    }
  }

  /** What a former agent left, if it is still mounted. */
  private FrontKeeper.@Nullable Held kept() throws IOException {
    FrontKeeper.Held held = null;
    try {
      held = keeper.fetch(spec.name());
    } catch (FrontKeeper.Taken e) {
      throw e;
    } catch (IOException e) {
      notKept(e);
    }
    if (held == null || (held.connection().equals(steps.mountedAt()) && !Fuse.isOver(held.fd()))) {
      return held;
    }
    Descriptors.close(held.fd());
    tell(() -> keeper.forget(spec.name()));
    return null;
  }

  /** Something to tell the keeper. */
  private interface Told {
    void run() throws IOException;
  }

  /** A device is served without a keeper too: it dies with this process then, and that is said. */
  private void tell(Told call) throws FrontKeeper.Taken {
    try {
      call.run();
    } catch (FrontKeeper.Taken e) {
      throw e;
    } catch (IOException e) {
      notKept(e);
    }
  }

  private void notKept(IOException e) {
    String reason = String.valueOf(e.getMessage());
    notices.accept(Notice.of(FrontNotice.NOT_KEPT, spec.link(), reason));
  }

  private void serve(BlockService service, int fd, DeviceNumber connection, boolean resume) {
    Served now = new Served(service, fd, connection);
    served = now;
    loop.post(resume ? now.server::resume : now.server::begin);
  }

  /** On the loop's thread: the connection is over. */
  private void ended(Served now, int errno) {
    boolean current = served == now;
    if (current) {
      served = null;
    }
    if (now.server.requestsOpen() == 0) {
      now.server.whenFree(now.memory::close);
    }
    Path lost = device;
    if (current && lost != null && !now.cut) {
      device = null;
      notices.accept(
          Notice.of(FrontNotice.LOST, lost, errno == 0 ? "unmounted" : Errno.sentence(errno)));
    }
  }

  // ---- down

  /**
   * Takes the device away. Its users are waited for.
   *
   * @param patienceNanos after this long it is told who they are
   * @param abort then their I/O fails for ever instead of being waited for
   * @return ends when nothing is left of it; a later {@link #up} cancels it
   */
  public CompletableFuture<Void> down(long patienceNanos, boolean abort) {
    return down(patienceNanos, abort, false);
  }

  /** The same; what this agent served may be cut already, so that it serves nothing any more. */
  private CompletableFuture<Void> down(long patienceNanos, boolean abort, boolean cut) {
    long mine = thread.wish();
    long deadline = loop.nanos() + patienceNanos;
    return thread.then(() -> {
      CompletableFuture<Void> done = new CompletableFuture<>();
      Path old = device;
      device = null;
      try {
        if (served == null && !cut) {
          if (isTaken()) {
            done.complete(null);
            return done;
          }
          // What a former agent left: nobody will answer it, and what follows would wait for that.
          steps.abort();
        }
        link.remove();
        Path at = old != null ? old : steps.device();
        if (at != null) {
          steps.detach(at);
        }
        leave(new Leaving(mine, deadline, abort, at == null ? spec.file() : at, done), false);
      } catch (IOException | RuntimeException e) {
        failed(done, e);
      }
      return done;
    });
  }

  /** One attempt to go down. */
  private record Leaving(
      long wish, long deadline, boolean abort, Path device, CompletableFuture<Void> done) {}

  private void leave(Leaving l, boolean told) {
    try {
      if (steps.unmount()) {
        served = null; // the server finds out by itself
        tell(() -> keeper.forget(spec.name()));
        notices.accept(Notice.of(FrontNotice.DOWN, spec.link()));
        l.done.complete(null);
        return;
      }
      if (thread.isOutdated(l.wish)) {
        l.done.completeExceptionally(new CancellationException("it is wanted again"));
        return;
      }
      boolean late = loop.nanos() >= l.deadline;
      if (late && !told) {
        FrontNotice code = l.abort ? FrontNotice.ABORTED : FrontNotice.HELD;
        notices.accept(Notice.of(code, l.device, Holders.of(l.device)));
        if (l.abort) {
          abort();
        }
      }
      // What was just aborted is gone in a moment.
      long pause = late && told ? AGAIN_LATE_MILLIS : AGAIN_MILLIS;
      thread.later(pause, () -> leave(l, late));
    } catch (IOException | RuntimeException e) {
      failed(l.done, e);
    }
  }

  private void abort() throws IOException {
    Served now = served;
    DeviceNumber connection = now != null ? now.connection : steps.mountedAt();
    if (connection != null) {
      Fuse.abort(connection);
      Mounts.unmount(spec.mount(), Mounts.MNT_DETACH);
    }
  }

  private void failed(CompletableFuture<?> done, Exception e) {
    notices.accept(Notice.of(FrontNotice.FAILED, "down", String.valueOf(e.getMessage())));
    done.completeExceptionally(e);
  }

  /** As declared; the device's users wait if the keeper has it, and get errors if not. */
  @Override
  public void close() {
    thread.close();
    Served now = served;
    served = null;
    if (now != null) {
      now.server.close();
    }
  }
}
