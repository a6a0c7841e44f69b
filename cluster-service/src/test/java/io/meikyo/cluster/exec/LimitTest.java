// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LimitTest {
  private final AtomicLong now = new AtomicLong(1000);
  private final Cancellation cancellation = new Cancellation();
  private final Limit limit = new Limit(now::get, 1_001_000, cancellation);

  @Test
  void itCountsOnItsClock() {
    assertThat(limit.left()).isEqualTo(1_000_000);
    assertThat(limit.leftMillis()).isEqualTo(1);
    now.set(1_000_999);
    assertThat(limit.leftMillis()).isEqualTo(1);
    assertThat(limit.isOver()).isFalse();
    now.set(5_000_000);
    assertThat(limit.left()).isZero();
    assertThat(limit.leftMillis()).isZero();
    assertThat(limit.isOver()).isTrue();
    assertThat(limit.isCancelled()).isFalse();
  }

  @Test
  void aNarrowerOneIsNeverWider() {
    assertThat(limit.within(Duration.ofNanos(10)).left()).isEqualTo(10);
    assertThat(limit.within(Duration.ofHours(1)).left()).isEqualTo(1_000_000);
  }

  @Test
  void whatMustBeDoneHasItsTime() {
    now.set(5_000_000);
    cancellation.cancel();
    assertThat(limit.isOver()).isTrue();
    assertThat(limit.atLeast(Duration.ofNanos(500)).left()).isEqualTo(500);
    assertThat(limit.atLeast(Duration.ofNanos(500)).isOver()).isFalse();
  }

  @Test
  void cancellationEndsAWait() throws Exception {
    Limit hour = Limit.of(Duration.ofHours(1));
    Cancellation word = new Cancellation();
    Limit narrow = new Limit(NanoClock.BOOT, NanoClock.BOOT.nanos() + hour.left(), word);
    CompletableFuture<Boolean> waited = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> waited.complete(narrow.await(new CompletableFuture<Void>())));
    word.cancel();
    assertThat(waited.get()).isFalse();
    thread.join();
    assertThat(narrow.isOver()).isTrue();
    assertThat(narrow.atLeast(Duration.ZERO).isOver()).isFalse();
    assertThat(narrow.within(Duration.ofSeconds(1)).isCancelled()).isTrue();
  }

  @Test
  void anInterruptIsACancellationAndStays() throws Exception {
    Limit hour = Limit.of(Duration.ofHours(1));
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              boolean _ = hour.await(new CompletableFuture<Void>());
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    thread.interrupt();
    assertThat(interrupted.get()).isTrue();
    assertThat(hour.isCancelled()).isTrue();
  }

  @Test
  void anEventIsSeenEvenIfItFailed() {
    assertThat(limit.await(CompletableFuture.completedFuture(1))).isTrue();
    assertThat(limit.await(CompletableFuture.failedFuture(new IllegalStateException()))).isTrue();
    Limit soon = Limit.of(Duration.ofMillis(20));
    assertThat(soon.await(new CompletableFuture<Void>())).isFalse();
    assertThat(soon.isOver()).isTrue();
    assertThat(soon.isCancelled()).isFalse();
  }

  @Test
  void aPauseSaysWhetherThereIsTimeLeft() {
    assertThat(Limit.of(Duration.ofMinutes(1)).pause(Duration.ofMillis(5))).isTrue();
    assertThat(Limit.of(Duration.ofMillis(5)).pause(Duration.ofMinutes(1))).isFalse();
  }

  @Test
  void whatHangsIsLeftBehind() throws Exception {
    CompletableFuture<Integer> never = new CompletableFuture<>();
    Integer answer = Aside.call(Limit.of(Duration.ofMillis(20)), never::get);
    assertThat(answer).isNull();
    assertThat(Aside.<Integer>call(Limit.of(Duration.ofMinutes(1)), () -> 7)).isEqualTo(7);
    never.complete(1);
  }
}
