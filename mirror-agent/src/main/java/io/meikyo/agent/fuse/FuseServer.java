// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.base.Invariant;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves a {@link FuseTree} over a descriptor of /dev/fuse. For the loop's thread.
 *
 * <p>A request is read with its head in the head room of a {@link Buffer}, so that the bytes of a
 * write lie on a 4096 boundary and go to the disk and to the peer from where the kernel has put
 * them; the answer to a read is sent out of the service's own buffer, its head in the head room
 * too. All memory is allocated at the start: a buffer of 1 MiB for each write that may be under
 * way, and one to read into. Reads use the service's memory, so that they pass writers that wait
 * (rule R15).
 *
 * <p>A server may be killed at any moment and another be put on the same descriptor ({@link
 * #resume}): the kernel gives that one what was not answered, and it runs before anything newer.
 * Requests with a wrong range get EINVAL, a write behind the end ENOSPC, all else that fails the
 * service's errno.
 */
public final class FuseServer {
  /** Requests taken in one go, so that completions and timers have their turn. */
  private static final int REQUESTS_PER_TURN = 64;

  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;
  private static final int FALLOC_ZERO_RANGE = 16;

  /** A request that waits for the verdict on the resent ones. */
  private record Parked(FuseRequest request, @Nullable Buffer bytes) {}

  private final IoLoop loop;
  private final FuseTree tree;
  private final FuseLimits limits;
  private final BufferPool memory;
  private final MemorySegment reply;
  private final ResentFence fence;
  private final IntConsumer ended;
  private final ArrayDeque<Parked> parked = new ArrayDeque<>();
  private final Set<Long> resentOpen = new HashSet<>();
  private int fd;
  private int open;
  private @Nullable Buffer input;
  private boolean gathering;
  private boolean judging;
  private boolean begun;

  /**
   * Makes a server; nothing is read before {@link #begin} or {@link #resume}.
   *
   * @param fd of /dev/fuse, nonblocking; this object's from now on
   * @param arena whose life the memory has; it outlives the loop
   * @param fence judges requests that were sent again
   * @param ended is told once why nothing more comes: 0 unmounted, ECONNABORTED aborted, or what
   *     reading failed with; not after {@link #close}
   */
  public FuseServer(
      IoLoop loop,
      int fd,
      List<FuseFile> files,
      FuseLimits limits,
      Arena arena,
      ResentFence fence,
      IntConsumer ended) {
    this.loop = loop;
    this.fd = fd;
    int most = limits.requestBytesMax();
    for (FuseFile file : files) {
      most = Math.min(most, file.service().requestBytesMax());
    }
    this.limits = limits.requestsOf(most);
    this.tree = new FuseTree(files, this.limits);
    this.memory =
        new BufferPool(
            arena,
            BufferPool.Counts.ofSize(this.limits.requestBytesMax(), limits.writesMax() + 1),
            loop::post);
    this.reply = arena.allocate(FuseReply.BYTES_MAX, 8);
    this.fence = fence;
    this.ended = ended;
  }

  /** Begins with a new mount. */
  public void begin() {
    Invariant.check(!begun, "a server begins once", fd);
    begun = true;
    await();
  }

  /** Goes on where a former server of the same mount has ended. */
  public void resume() {
    Invariant.check(!begun, "a server begins once", fd);
    begun = true;
    gathering = true;
    int sent = Descriptors.write(fd, reply.asSlice(0, FuseReply.resend(reply)));
    if (sent < 0 && sent != -Errno.ENOENT) {
      // A kernel before 6.9 refuses: what was under way is lost to its users only by an abort.
      end(-sent);
      return;
    }
    drain();
  }

  /** Requests that are under way. */
  public int requestsOpen() {
    return open + parked.size();
  }

  /**
   * Runs the task on the loop's thread when nobody holds memory of this server any more: a write
   * may be answered and its bytes still be on their way to a peer. After its end.
   */
  public void whenFree(Runnable task) {
    Buffer unused = input;
    if (unused != null) {
      input = null;
      unused.drop();
    }
    if (memory.lent() == 0) {
      loop.post(task);
    } else {
      memory.whenFree(() -> whenFree(task));
    }
  }

  /**
   * Stops reading and closes the descriptor. Nothing is unmounted: if somebody else holds the
   * descriptor too, the file system's users wait for the next server. What is under way ends
   * without an answer.
   */
  public void close() {
    if (fd >= 0) {
      loop.close(fd);
      fd = -1;
    }
  }

  // ---- requests in

  private void await() {
    loop.readable(
        fd,
        _ -> {
          if (fd >= 0) {
            drain();
          }
        });
  }

  private void drain() {
    for (int i = 0; i < REQUESTS_PER_TURN; i++) {
      if (fd < 0) {
        return;
      }
      Buffer in = input();
      if (in == null) {
        if (gathering) {
          judge();
        } else {
          memory.whenFree(this::drain);
        }
        return;
      }
      int got = Descriptors.read(fd, in.withHead(FuseRequest.WRITE_HEAD_BYTES));
      if (got >= 0) {
        request(FuseRequest.of(in.withHead(FuseRequest.WRITE_HEAD_BYTES).asSlice(0, got)), in);
      } else if (got == -Errno.EAGAIN) {
        if (gathering) {
          judge();
        } else {
          await();
        }
        return;
      } else if (got != -Errno.EINTR && got != -Errno.ENOENT) {
        end(got == -Errno.ENODEV ? 0 : -got);
        return;
      }
    }
    loop.post(this::drain);
  }

  /** The buffer that is read into. */
  private @Nullable Buffer input() {
    if (input == null) {
      input = memory.take(limits.requestBytesMax());
    }
    return input;
  }

  private void request(FuseRequest request, Buffer in) {
    Buffer bytes = null;
    if (request instanceof FuseRequest.Write write) {
      bytes = in;
      bytes.length(write.bytes());
      input = null;
    }
    if (gathering) {
      parked.add(new Parked(request, bytes));
    } else {
      run(request, bytes);
    }
  }

  private void end(int errno) {
    close();
    ended.accept(errno);
  }

  // ---- what a former server did not answer

  private void judge() {
    if (judging) {
      return;
    }
    judging = true;
    for (Parked p : parked) {
      if (p.request.resent()) {
        resentOpen.add(p.request.unique());
      }
    }
    if (resentOpen.isEmpty()) {
      runParked(Set.of());
    } else {
      fence.resent(Set.copyOf(resentOpen), this::runParked);
    }
  }

  private void runParked(Set<Long> fenced) {
    Invariant.check(gathering, "the verdict comes once", open);
    gathering = false;
    while (!parked.isEmpty()) {
      Parked p = parked.remove();
      if (fenced.contains(p.request.unique())) {
        dropped(p.bytes);
        status(p.request.unique(), Errno.EIO);
      } else {
        run(p.request, p.bytes);
      }
    }
    if (fd >= 0) {
      loop.post(this::drain);
    }
  }

  // ---- requests carried out

  private void run(FuseRequest request, @Nullable Buffer bytes) {
    int length = tree.answer(request, reply);
    if (length == FuseTree.DATA) {
      open++;
      switch (request) {
        case FuseRequest.Read r -> read(r);
        case FuseRequest.Write r when bytes != null -> write(r, bytes);
        case FuseRequest.Sync r -> sync(r);
        case FuseRequest.Allocate r -> allocate(r);
        default -> throw new IllegalStateException("not about data: " + request);
      }
    } else if (length > 0) {
      send(request.unique(), reply.asSlice(0, length));
    }
  }

  private void write(FuseRequest.Write r, Buffer bytes) {
    FuseFile file = tree.file(r.node());
    int errno = file == null ? Errno.EBADF : wrongRange(file, r.offset(), r.bytes(), true);
    if (file == null || errno != 0 || r.bytes() == 0) {
      bytes.drop();
      if (errno == 0) {
        done(() -> send(r.unique(), reply.asSlice(0, FuseReply.written(reply, r.unique(), 0))));
      } else {
        ended(r.unique(), errno);
      }
      return;
    }
    BlockService service = file.service();
    int blockBytes = service.blockBytes();
    service.write(
        r.offset() / blockBytes,
        r.bytes() / blockBytes,
        r.durable(),
        bytes,
        (failure, _) -> {
          open--;
          if (failure != 0) {
            status(r.unique(), failure);
          } else {
            int length = FuseReply.written(reply, r.unique(), r.bytes());
            send(r.unique(), reply.asSlice(0, length));
          }
        });
    bytes.drop();
  }

  private void read(FuseRequest.Read r) {
    FuseFile file = tree.file(r.node());
    if (file == null || r.offset() < 0 || r.bytes() < 0) {
      ended(r.unique(), file == null ? Errno.EBADF : Errno.EINVAL);
      return;
    }
    int bytes = (int) Math.max(0, Math.min(r.bytes(), file.bytes() - r.offset()));
    if (bytes == 0) {
      done(() -> status(r.unique(), 0));
      return;
    }
    BlockService service = file.service();
    int blockBytes = service.blockBytes();
    long start = r.offset() / blockBytes;
    long end = (r.offset() + bytes + blockBytes - 1) / blockBytes;
    if ((end - start) * blockBytes > service.requestBytesMax()) {
      piecewise(r, service, bytes);
      return;
    }
    int skip = (int) (r.offset() - start * blockBytes);
    service.read(
        start,
        (int) (end - start),
        (errno, got) -> {
          open--;
          if (errno != 0 || got == null) {
            status(r.unique(), errno == 0 ? Errno.EIO : errno);
          } else {
            MemorySegment answer =
                got.withHead(FuseReply.HEADER_BYTES).asSlice(skip, FuseReply.HEADER_BYTES + bytes);
            FuseReply.header(answer, r.unique(), bytes);
            send(r.unique(), answer);
          }
        });
  }

  /** A read that is larger than the service takes once it is widened: in pieces, copied. */
  private void piecewise(FuseRequest.Read r, BlockService service, int bytes) {
    Buffer whole = memory.take(bytes);
    if (whole == null) {
      memory.whenFree(() -> piecewise(r, service, bytes));
      return;
    }
    piece(r, service, whole, 0);
  }

  private void piece(FuseRequest.Read r, BlockService service, Buffer whole, int have) {
    if (have == whole.length()) {
      MemorySegment answer = whole.withHead(FuseReply.HEADER_BYTES);
      FuseReply.header(answer, r.unique(), have);
      done(() -> send(r.unique(), answer));
      whole.drop();
      return;
    }
    int blockBytes = service.blockBytes();
    long start = (r.offset() + have) / blockBytes;
    int skip = (int) (r.offset() + have - start * blockBytes);
    int part = Math.min(whole.length() - have, service.requestBytesMax() - skip);
    service.read(
        start,
        (skip + part + blockBytes - 1) / blockBytes,
        (errno, got) -> {
          if (errno != 0 || got == null) {
            whole.drop();
            ended(r.unique(), errno == 0 ? Errno.EIO : errno);
          } else {
            MemorySegment.copy(got.bytes(), skip, whole.bytes(), have, part);
            piece(r, service, whole, have + part);
          }
        });
  }

  private void sync(FuseRequest.Sync r) {
    FuseFile file = tree.file(r.node());
    if (file == null) {
      ended(r.unique(), r.node() == FuseTree.ROOT ? 0 : Errno.EBADF);
    } else {
      file.service().flush((errno, _) -> ended(r.unique(), errno));
    }
  }

  /**
   * A loop device sends discards and zeroing with unmapping alike, as "punch a hole": both must
   * leave zeros, so both are written as zeros that may unmap (rule R6). A service without discards
   * refuses them, and the kernel then zeroes by writing.
   */
  private void allocate(FuseRequest.Allocate r) {
    FuseFile file = tree.file(r.node());
    int kind = r.mode() & ~FALLOC_KEEP_SIZE;
    boolean hole = r.mode() == (FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE);
    if (file == null) {
      ended(r.unique(), Errno.EBADF);
    } else if (hole ? file.service().discardBytes() == 0 : kind != FALLOC_ZERO_RANGE) {
      ended(r.unique(), Errno.EOPNOTSUPP);
    } else {
      int errno = wrongRange(file, r.offset(), r.bytes(), false);
      if (errno != 0) {
        ended(r.unique(), errno);
      } else {
        new ZeroRange(file.service(), r.offset(), r.bytes(), hole, e -> ended(r.unique(), e))
            .begin();
      }
    }
  }

  private static int wrongRange(FuseFile file, long offset, long bytes, boolean write) {
    int blockBytes = file.service().blockBytes();
    if (offset < 0 || bytes < 0 || offset % blockBytes != 0 || bytes % blockBytes != 0) {
      return Errno.EINVAL;
    }
    if (file.service().readOnly()) {
      return Errno.EROFS;
    }
    if (bytes > file.bytes() || offset > file.bytes() - bytes) {
      return write ? Errno.ENOSPC : Errno.EFBIG;
    }
    return write && bytes > file.service().requestBytesMax() ? Errno.EINVAL : 0;
  }

  // ---- answers out

  private void ended(long unique, int errno) {
    done(() -> status(unique, errno));
  }

  private void done(Runnable answer) {
    open--;
    answer.run();
  }

  private void status(long unique, int errno) {
    send(unique, reply.asSlice(0, FuseReply.status(reply, unique, errno)));
  }

  private void send(long unique, MemorySegment answer) {
    if (fd < 0) {
      return;
    }
    int sent = Descriptors.write(fd, answer);
    // ENOENT: nobody waits for it any more, since the connection was aborted.
    Invariant.check(
        sent == answer.byteSize() || sent == -Errno.ENOENT || isOver(sent),
        "the kernel takes an answer",
        sent);
    if (!resentOpen.isEmpty() && resentOpen.remove(unique) && resentOpen.isEmpty()) {
      fence.answered();
    }
  }

  private static boolean isOver(int sent) {
    return sent == -Errno.ENODEV || sent == -Errno.EPERM || sent == -Errno.ECONNABORTED;
  }

  private static void dropped(@Nullable Buffer bytes) {
    if (bytes != null) {
      bytes.drop();
    }
  }
}
