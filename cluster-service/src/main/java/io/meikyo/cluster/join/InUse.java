// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/**
 * Which certificate the cluster service of this server shows: its number, in a file beside the
 * keys. Who revokes the former one waits for that first; otherwise the others would refuse a server
 * that has a good certificate and does not use it yet.
 */
public final class InUse {
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private InUse() {}

  private static Path file(PkiFolder folder) {
    return folder.path().resolve("in-use");
  }

  /** The service says so. */
  public static void tell(PkiFolder folder, BigInteger number) throws IOException {
    Path fresh = folder.path().resolve("in-use.new");
    Files.writeString(fresh, number.toString(16));
    Files.move(fresh, file(folder), StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Waits until a service that runs here shows this certificate; at once if none runs.
   *
   * @throws PkiProblem if it still shows another one after 20 s
   */
  static void await(PkiFolder folder, BigInteger number) throws PkiProblem {
    String wanted = number.toString(16);
    long end = System.nanoTime() + PATIENCE_NANOS;
    try (WatchService watch = folder.path().getFileSystem().newWatchService()) {
      folder
          .path()
          .register(
              watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      while (serves(folder) && !(Files.exists(file(folder)) && is(folder, wanted))) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new PkiProblem(Notice.of(JoinNotice.NOT_IN_USE, folder.path()));
        }
        var key = watch.poll(left, TimeUnit.NANOSECONDS);
        if (key != null) {
          key.pollEvents();
          key.reset();
        }
      }
    } catch (IOException e) {
      throw new PkiProblem(Notice.of(JoinNotice.NOT_IN_USE, folder.path()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PkiProblem(Notice.of(JoinNotice.NOT_IN_USE, folder.path()));
    }
  }

  private static boolean is(PkiFolder folder, String wanted) throws IOException {
    return Files.readString(file(folder)).strip().equals(wanted);
  }

  /** True if a service has this state folder. */
  private static boolean serves(PkiFolder folder) throws IOException {
    Path lock = folder.path().resolveSibling("lock");
    if (!Files.exists(lock)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock taken = channel.tryLock()) {
      return taken == null;
    } catch (OverlappingFileLockException e) {
      return true;
    }
  }
}
