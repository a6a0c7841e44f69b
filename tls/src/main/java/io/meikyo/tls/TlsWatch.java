// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks after a server's files while a process runs: takes what changed, says when a certificate is
 * about to end. A daemon thread of its own, {@code tls-watch}, so that a system disk that hangs
 * holds up nobody else.
 */
public final class TlsWatch implements AutoCloseable {
  /** From when on the end of a certificate is announced, once a day. */
  static final Duration SOON = Duration.ofDays(60);

  private static final Duration AGAIN = Duration.ofDays(1);

  private final Tls tls;
  private final Consumer<Notice> notices;
  private final Runnable changed;
  private final CountDownLatch end = new CountDownLatch(1);
  private List<String> seen;
  private @Nullable Instant announced;

  private TlsWatch(Tls tls, Consumer<Notice> notices, Runnable changed) {
    this.tls = tls;
    this.notices = notices;
    this.changed = changed;
    this.seen = List.of();
  }

  /**
   * Begins to look.
   *
   * @param every how often
   * @param notices takes what is to be said; from the watch's thread
   * @param changed run after new certificates were taken; on the watch's thread
   */
  public static TlsWatch begin(
      Tls tls, Duration every, Consumer<Notice> notices, Runnable changed) {
    TlsWatch watch = new TlsWatch(tls, notices, changed);
    Thread.ofPlatform().name("tls-watch").daemon().start(() -> watch.run(every));
    return watch;
  }

  /** Without a thread, for tests: {@link #look} is called by hand. */
  static TlsWatch byHand(Tls tls, Consumer<Notice> notices, Runnable changed) {
    return new TlsWatch(tls, notices, changed);
  }

  private void run(Duration every) {
    try {
      do {
        look();
      } while (!end.await(every.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks once. */
  void look() {
    List<String> now = stamps();
    if (!now.equals(seen)) {
      seen = now;
      String certificate = tls.files().certificate().toString();
      try {
        if (tls.reload()) {
          announced = null;
          notices.accept(Notice.of(TlsNotice.RELOADED, certificate, tls.credentials().until()));
          changed.run();
        }
      } catch (TlsProblem e) {
        notices.accept(Notice.of(TlsNotice.NOT_RELOADED, certificate));
        notices.accept(e.notice());
      }
    }
    announce();
  }

  private void announce() {
    Instant now = tls.clock().instant();
    Instant until = tls.credentials().until();
    Instant before = announced;
    if (Duration.between(now, until).compareTo(SOON) < 0
        && (before == null || Duration.between(before, now).compareTo(AGAIN) >= 0)) {
      announced = now;
      notices.accept(
          Notice.of(
              TlsNotice.EXPIRES_SOON,
              tls.files().certificate(),
              Duration.between(now, until).toDays(),
              until));
    }
  }

  /** What would be different if one of the files had changed. */
  private List<String> stamps() {
    TlsFiles f = tls.files();
    List<String> all = new ArrayList<>();
    all.add(stamp(f.key()));
    all.add(stamp(f.certificate()));
    all.add(stamp(f.nextCertificate()));
    all.add(stamp(f.authorities()));
    Path revoked = f.revoked();
    if (revoked != null) {
      all.add(stamp(revoked));
    }
    return all;
  }

  private static String stamp(Path file) {
    try {
      BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
      return a.fileKey() + " " + a.lastModifiedTime() + " " + a.size();
    } catch (IOException e) {
      return e.getClass().getSimpleName();
    }
  }

  @Override
  public void close() {
    end.countDown();
  }
}
