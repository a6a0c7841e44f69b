// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import io.meikyo.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One folder with files whose number, names and sizes never change, and what the kernel and we
 * agree on. Answers everything that needs no I/O; keeps no state, so that a new server goes on
 * where a former one was killed.
 */
final class FuseTree {
  /** Node of the folder; the files have the numbers behind it. */
  static final long ROOT = 1;

  /** Returned for requests that are about a file's bytes. */
  static final int DATA = -1;

  /** The version whose layouts we write. */
  static final int MAJOR = 7;

  private static final int MINOR = 45;

  /** Older kernels (before 3.15) have another layout of INIT. */
  private static final int MINOR_MIN = 23;

  private static final int ASYNC_READ = 1;
  private static final int BIG_WRITES = 1 << 5;
  private static final int ASYNC_DIO = 1 << 15;
  private static final int PARALLEL_DIROPS = 1 << 18;
  private static final int ABORT_ERROR = 1 << 21;
  private static final int MAX_PAGES = 1 << 22;
  private static final int INIT_EXT = 1 << 30;

  /** Of flags2: requests can be sent again. */
  private static final int HAS_RESEND = 1 << 7;

  private static final int WANTED =
      ASYNC_READ | BIG_WRITES | ASYNC_DIO | PARALLEL_DIROPS | ABORT_ERROR | MAX_PAGES | INIT_EXT;

  /** Open: past the page cache, writes side by side, no FLUSH at close. */
  private static final int DIRECT_IO = 1;

  private static final int NOFLUSH = 1 << 5;
  private static final int PARALLEL_DIRECT_WRITES = 1 << 6;
  private static final int O_ACCMODE = 3;

  private final List<FuseFile> files;
  private final FuseLimits limits;
  private final long bytes;

  FuseTree(List<FuseFile> files, FuseLimits limits) {
    this.files = List.copyOf(files);
    this.limits = limits;
    this.bytes = this.files.stream().mapToLong(FuseFile::bytes).sum();
  }

  /** The file with this node; null if none has it. */
  @Nullable FuseFile file(long node) {
    long index = node - ROOT - 1;
    return index >= 0 && index < files.size() ? files.get((int) index) : null;
  }

  /**
   * Answers a request.
   *
   * @param out memory for the answer
   * @return bytes of the answer; 0: there is none; {@link #DATA}: it needs I/O
   */
  int answer(FuseRequest request, MemorySegment out) {
    long unique = request.unique();
    return switch (request) {
      case FuseRequest.Read _, FuseRequest.Write _, FuseRequest.Sync _, FuseRequest.Allocate _ ->
          DATA;
      case FuseRequest.Init r -> init(r, out);
      case FuseRequest.Lookup r -> lookup(r, out);
      case FuseRequest.GetAttributes r ->
          isThere(r.node())
              ? FuseReply.attributes(out, unique, r.node(), size(r.node()))
              : FuseReply.status(out, unique, Errno.ENOENT);
      case FuseRequest.Open r -> open(r, out);
      case FuseRequest.OpenFolder r ->
          r.node() == ROOT
              ? FuseReply.opened(out, unique, ROOT, 0)
              : FuseReply.status(out, unique, Errno.ENOTDIR);
      case FuseRequest.ReadFolder r -> readFolder(r, out);
      case FuseRequest.FileSystem _ -> FuseReply.fileSystem(out, unique, bytes, files.size() + 1);
      case FuseRequest.Granted _ -> FuseReply.status(out, unique, 0);
      case FuseRequest.Unanswered _ -> 0;
      // For INTERRUPT this says: send no more of them. A request is not taken back.
      case FuseRequest.Unknown _ -> FuseReply.status(out, unique, Errno.ENOSYS);
      case FuseRequest.Malformed _ -> unique == 0 ? 0 : FuseReply.status(out, unique, Errno.EINVAL);
    };
  }

  private int init(FuseRequest.Init r, MemorySegment out) {
    if (r.major() > MAJOR) {
      return FuseReply.version(out, r.unique(), MAJOR, MINOR);
    }
    if (r.major() < MAJOR || r.minor() < MINOR_MIN) {
      return FuseReply.status(out, r.unique(), Errno.EPROTO);
    }
    int flags = r.flags() & WANTED;
    int flags2 = (flags & INIT_EXT) != 0 ? r.flags2() & HAS_RESEND : 0;
    return FuseReply.init(out, r, MAJOR, Math.min(r.minor(), MINOR), flags, flags2, limits);
  }

  private int lookup(FuseRequest.Lookup r, MemorySegment out) {
    if (r.node() != ROOT) {
      return FuseReply.status(out, r.unique(), Errno.ENOTDIR);
    }
    for (int i = 0; i < files.size(); i++) {
      FuseFile file = files.get(i);
      if (file.name().equals(r.name())) {
        return FuseReply.entry(out, r.unique(), ROOT + 1 + i, file.bytes());
      }
    }
    return FuseReply.status(out, r.unique(), Errno.ENOENT);
  }

  private int open(FuseRequest.Open r, MemorySegment out) {
    FuseFile file = file(r.node());
    if (file == null) {
      return FuseReply.status(out, r.unique(), r.node() == ROOT ? Errno.EISDIR : Errno.ENOENT);
    }
    if (file.service().readOnly() && (r.flags() & O_ACCMODE) != 0) {
      return FuseReply.status(out, r.unique(), Errno.EROFS);
    }
    return FuseReply.opened(
        out, r.unique(), r.node(), DIRECT_IO | PARALLEL_DIRECT_WRITES | NOFLUSH);
  }

  private int readFolder(FuseRequest.ReadFolder r, MemorySegment out) {
    if (r.node() != ROOT) {
      return FuseReply.status(out, r.unique(), Errno.ENOTDIR);
    }
    int at = FuseReply.names(out, r.unique());
    for (long i = Math.max(0, r.from()); i < files.size() + 2L; i++) {
      boolean folder = i < 2;
      String name = i == 0 ? "." : i == 1 ? ".." : files.get((int) i - 2).name();
      long node = folder ? ROOT : ROOT + i - 1;
      int next = FuseReply.name(out, at, r.bytes(), node, i + 1, folder, name);
      if (next == at) {
        break;
      }
      at = next;
    }
    return at;
  }

  private boolean isThere(long node) {
    return node == ROOT || file(node) != null;
  }

  private long size(long node) {
    FuseFile file = file(node);
    return file == null ? 0 : file.bytes();
  }
}
