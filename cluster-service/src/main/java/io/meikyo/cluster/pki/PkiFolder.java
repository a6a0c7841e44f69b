// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import io.meikyo.tls.FileModes;
import io.meikyo.tls.TlsFiles;
import io.meikyo.tls.TlsProblem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One server's folder of keys and certificates, {@code /var/lib/meikyo/pki}, mode 0700.
 *
 * <pre>
 * ca.crt            the cluster's authority (two of them while one replaces the other)
 * node.crt          this server's certificate, and the authority's behind it
 * node.key          its key, 0600
 * revoked.crl       certificates that are believed no more
 * authority         HOST:PORT where certificates are renewed; not where the cluster was founded
 * ca.key            the authority's key, 0600; only where the cluster was founded
 * issued            certificates that it gave out; only there
 * tokens            tokens to join with, as hashes, 0600; only there
 * node.key.pending  the key of a request that is not answered yet, 0600
 * *.next, *.tmp     a replacement that is under way
 * lock              held while something is written
 * </pre>
 */
public final class PkiFolder {
  private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

  private final Path folder;
  private final DurableFiles files;

  private PkiFolder(Path folder, DurableFiles files) {
    this.folder = folder.toAbsolutePath().normalize();
    this.files = files;
  }

  /** The folder; it need not be there yet. */
  public static PkiFolder at(Path folder) {
    return new PkiFolder(folder, new DurableFiles((step, file) -> {}));
  }

  /** With a say about where a crash falls, for tests. */
  static PkiFolder at(Path folder, DurableFiles.Steps steps) {
    return new PkiFolder(folder, new DurableFiles(steps));
  }

  /** Where it is. */
  public Path path() {
    return folder;
  }

  Path authorities() {
    return folder.resolve("ca.crt");
  }

  Path authorityKey() {
    return folder.resolve("ca.key");
  }

  Path certificate() {
    return folder.resolve("node.crt");
  }

  Path key() {
    return folder.resolve("node.key");
  }

  Path pendingKey() {
    return folder.resolve("node.key.pending");
  }

  Path revoked() {
    return folder.resolve("revoked.crl");
  }

  Path issued() {
    return folder.resolve("issued");
  }

  Path tokens() {
    return folder.resolve("tokens");
  }

  Path authorityAddress() {
    return folder.resolve("authority");
  }

  static Path next(Path file) {
    return file.resolveSibling(file.getFileName() + TlsFiles.NEXT);
  }

  /** What TLS reads of it. */
  public TlsFiles tls() {
    return new TlsFiles(key(), certificate(), authorities(), revoked());
  }

  /** True if this server has a certificate: it is a member of a cluster. */
  public boolean isMember() {
    return Files.exists(certificate());
  }

  /** True if the authority's key is here: the cluster was founded on this server. */
  public boolean isFounder() {
    return Files.exists(authorityKey());
  }

  DurableFiles files() {
    return files;
  }

  /** Work that may not succeed. */
  interface Work<T> {
    T run() throws PkiProblem;
  }

  /**
   * Makes the folder if need be and does the work while nobody else writes here: no other thread,
   * no other process. May be called inside itself.
   */
  <T> T locked(Work<T> work) throws PkiProblem {
    DurableFiles.folder(folder);
    ReentrantLock own = LOCKS.computeIfAbsent(folder, f -> new ReentrantLock());
    own.lock();
    try {
      if (own.getHoldCount() > 1) {
        return work.run();
      }
      Path lock = folder.resolve("lock");
      try (FileChannel channel =
              FileChannel.open(
                  lock,
                  Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE),
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rw-------")));
          FileLock held = channel.lock()) {
        if (!held.isValid()) {
          throw new IOException("the lock was lost");
        }
        return work.run();
      } catch (IOException e) {
        throw DurableFiles.cannotWrite(lock, e);
      }
    } finally {
      own.unlock();
    }
  }

  /** Checks that a secret file is one. */
  static void secret(Path file) throws PkiProblem {
    try {
      FileModes.secret(file);
    } catch (TlsProblem e) {
      throw new PkiProblem(e.notice());
    }
  }

  /** A line of a file that nobody but us writes makes no sense. */
  static PkiProblem damaged(Path file, String line) {
    return new PkiProblem(Notice.of(PkiNotice.DAMAGED, file, line));
  }
}
