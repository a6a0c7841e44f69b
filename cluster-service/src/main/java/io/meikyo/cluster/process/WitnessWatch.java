// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.witness.WitnessClient;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.arbitration.Hello;
import io.meikyo.core.cluster.arbitration.WitnessPin;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.BootTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The witness while all is well. Then it decides nothing: a new incarnation may be believed ({@link
 * WitnessPin}), and it is told when both servers have the newest data again. Until it has been
 * told, none but the server that went on alone last could go on alone again: the pair is not
 * settled.
 *
 * <p>Any thread; {@link #ask} blocks as long as the witness may take to answer.
 */
final class WitnessWatch {
  private final LogHost.Books books;
  private final PassageFile file;
  private final Consumer<Notice> say;
  private WitnessPin pin;
  private @Nullable String told;
  private long parted;
  private boolean silent;

  WitnessWatch(LogHost.Books books, PassageFile file, Consumer<Notice> say) {
    this.books = books;
    this.file = file;
    this.say = say;
    this.pin = new WitnessPin(file.pin());
  }

  /** The two are not together, or there are not two: what was told counts no more. */
  synchronized void apart() {
    told = null;
    parted++;
  }

  /** True if the witness has been told, in this meeting, who has the newest data. */
  synchronized boolean settled() {
    return told != null;
  }

  /** True if an answer of the other server is waited for, to believe a new incarnation. */
  synchronized boolean waits() {
    return pin.waits();
  }

  /** To be called now and then while both servers are there and this one holds its lease. */
  void ask(Witness.Http http, ClusterState state) throws InterruptedException {
    long meeting;
    synchronized (this) {
      meeting = parted;
    }
    try (WitnessClient client = new WitnessClient(http.url(), Duration.ofNanos(http.timeout()))) {
      UUID now = client.incarnation();
      boolean other;
      boolean tell;
      String newest = newest(state);
      synchronized (this) {
        silent = false;
        pin.seen(now, BootTime.nanos());
        other = pin.waits();
        tell = !other && newest != null && !newest.equals(told);
      }
      if (tell && newest != null) {
        client.newest(now, books.journal().clusterId(), newest);
        synchronized (this) {
          told = meeting == parted ? newest : told;
        }
      }
    } catch (IOException e) {
      synchronized (this) {
        if (silent) {
          return;
        }
        silent = true;
      }
      say.accept(
          Notice.of(ServiceNotice.WITNESS_SILENT, http.url(), String.valueOf(e.getMessage())));
    }
  }

  /** The other server has answered a hello that was sent at that time (ns of the boot clock). */
  void answered(Hello theirs, UUID group, long askedAt, String url) {
    UUID before;
    UUID now;
    synchronized (this) {
      before = pin.pin();
      if (!pin.answered(theirs, group, askedAt)) {
        return;
      }
      now = pin.pin();
      if (now == null) {
        return;
      }
      try {
        file.pin(now);
      } catch (UncheckedIOException e) {
        // What is not durable is not believed; it is seen again at the next look.
        pin = new WitnessPin(before);
        throw e;
      }
      told = null;
    }
    say.accept(
        before == null
            ? Notice.of(ServiceNotice.WITNESS_SEEN, url, now)
            : Notice.of(ServiceNotice.WITNESS_NEW, url, now));
  }

  /** Who alone surely has the newest data; empty: both have them; null: not known here. */
  private @Nullable String newest(ClusterState state) {
    if (allInSync(state)) {
      return "";
    }
    String self = books.journal().name();
    return PairKeeper.inSync(state, self) ? self : null;
  }

  /** True if every replica of every mirror disk that was ever used holds all data. */
  static boolean allInSync(ClusterState state) {
    return state.disks().values().stream()
        .allMatch(d -> {
          ConfigState.DiskFacts facts = state.config().disks().get(d.name());
          int all = facts == null ? 0 : (1 << facts.replicas().size()) - 1;
          return d.record().inSyncMask() == all || d.record().generation() == 0;
        });
  }
}
