// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.Poll;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link IoLoop} keeps to. */
@Timeout(120)
abstract class IoLoopContract {
  private static final int NO_SUCH_FD = 1_000_000;

  LoopWorld world;
  IoLoop loop;
  LoopDriver driver;

  abstract LoopWorld world() throws Exception;

  @BeforeEach
  void start() throws Exception {
    world = world();
    loop = world.loop();
    driver = new LoopDriver(loop);
  }

  @AfterEach
  void end() {
    try {
      if (driver != null) {
        driver.close();
      }
    } finally {
      if (world != null) {
        world.close();
      }
    }
  }

  // ---- files

  @Test
  void readsWhatWasWritten() {
    int fd = world.file(8192);
    MemorySegment from = world.text("mirror");
    MemorySegment to = world.memory(6);
    assertThat(driver.does(end -> loop.write(fd, from, 100, false, end))).isEqualTo(6);
    assertThat(driver.does(end -> loop.write(fd, from, 103, true, end))).isEqualTo(6);
    assertThat(driver.does(end -> loop.sync(fd, end))).isZero();
    assertThat(driver.does(end -> loop.read(fd, to, 101, end))).isEqualTo(6);
    assertThat(LoopDriver.text(to, 6)).isEqualTo("irmirr");
  }

  @Test
  void aReadIsShortAtTheEndOfTheFile() {
    int fd = world.file(1536);
    MemorySegment to = world.memory(4096);
    assertThat(driver.does(end -> loop.read(fd, to, 0, end))).isEqualTo(1536);
    assertThat(driver.does(end -> loop.read(fd, to, 1000, end))).isEqualTo(536);
    assertThat(driver.does(end -> loop.read(fd, to, 1536, end))).isZero();
    assertThat(driver.does(end -> loop.read(fd, to, 9999, end))).isZero();
  }

  @Test
  void aHoleReadsAsZeros() {
    int fd = world.file(8192);
    MemorySegment ones = world.memory(8192).fill((byte) 1);
    assertThat(driver.does(end -> loop.write(fd, ones, 0, false, end))).isEqualTo(8192);
    int mode = FileIo.FALLOC_PUNCH_HOLE | FileIo.FALLOC_KEEP_SIZE;
    assertThat(driver.does(end -> loop.allocate(fd, mode, 4096, 4096, end))).isZero();
    MemorySegment to = world.memory(8192);
    assertThat(driver.does(end -> loop.read(fd, to, 0, end))).isEqualTo(8192);
    assertThat(to.get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 1);
    assertThat(to.get(ValueLayout.JAVA_BYTE, 4096)).isZero();
  }

  @Test
  void errorsAreResults() {
    MemorySegment memory = world.memory(16);
    MemorySegment[] parts = {memory};
    int file = world.file(16);
    List<Integer> results =
        List.of(
            driver.does(end -> loop.read(NO_SUCH_FD, memory, 0, end)),
            driver.does(end -> loop.write(NO_SUCH_FD, memory, 0, true, end)),
            driver.does(end -> loop.sync(NO_SUCH_FD, end)),
            driver.does(end -> loop.accept(NO_SUCH_FD, end)),
            driver.does(end -> loop.receive(NO_SUCH_FD, memory, end)),
            driver.does(end -> loop.send(NO_SUCH_FD, parts, 1, end)),
            driver.does(end -> loop.readable(NO_SUCH_FD, end)));
    assertThat(results).containsOnly(-Errno.EBADF);
    assertThat(driver.does(end -> loop.receive(file, memory, end))).isEqualTo(-Errno.ENOTSOCK);
    assertThat(driver.does(end -> loop.accept(world.pair()[0], end))).isEqualTo(-Errno.EINVAL);
  }

  @Test
  void manyMoreThanFitTheRingAreUnderWay() {
    int count = 10_000;
    int fd = world.file(count * 8);
    MemorySegment memory = world.memory(count * 8);
    MemorySegment back = world.memory(count * 8);
    for (int i = 0; i < count; i++) {
      memory.set(ValueLayout.JAVA_LONG, i * 8L, i * 31L);
    }
    for (boolean writes : new boolean[] {true, false}) {
      AtomicInteger wrong = new AtomicInteger();
      driver.<Integer>get(done -> {
        AtomicInteger left = new AtomicInteger(count);
        for (int i = 0; i < count; i++) {
          Completion end =
              result -> {
                if (result != 8) {
                  wrong.incrementAndGet();
                }
                if (left.decrementAndGet() == 0) {
                  done.complete(0);
                }
              };
          if (writes) {
            loop.write(fd, memory.asSlice(i * 8L, 8), i * 8L, false, end);
          } else {
            loop.read(fd, back.asSlice(i * 8L, 8), i * 8L, end);
          }
        }
      });
      assertThat(wrong).hasValue(0);
    }
    assertThat(back.mismatch(memory)).isEqualTo(-1);
  }

  // ---- sockets

  private int[] connected() {
    LoopWorld.Listener listener = world.listener();
    int client = world.socket();
    CompletableFuture<Integer> server = driver.begin(end -> loop.accept(listener.fd(), end));
    assertThat(driver.does(end -> loop.connect(client, listener.address(), end))).isZero();
    assertThat(LoopDriver.await(server)).isNotNegative();
    return new int[] {client, LoopDriver.await(server)};
  }

  @Test
  void connectsAcceptsSendsAndReceives() {
    int[] ends = connected();
    MemorySegment[] parts = {world.text("clear "), world.text("mirror")};
    CompletableFuture<Integer> sent = driver.begin(end -> loop.send(ends[0], parts, 2, end));
    assertThat(driver.receiveText(ends[1], world.memory(12), 12)).isEqualTo("clear mirror");
    assertThat(LoopDriver.await(sent)).isEqualTo(12);
    driver.run(() -> loop.close(ends[0]));
    assertThat(driver.does(end -> loop.receive(ends[1], world.memory(1), end))).isZero();
    driver.run(() -> loop.close(ends[1]));
  }

  @Test
  void whereNobodyListensConnectingIsRefused() {
    int client = world.socket();
    assertThat(driver.does(end -> loop.connect(client, world.nobody(), end)))
        .isEqualTo(-Errno.ECONNREFUSED);
  }

  @Test
  void receivingWaitsForTheFirstByte() {
    int[] pair = world.pair();
    MemorySegment to = world.memory(100);
    CompletableFuture<Integer> got = driver.begin(end -> loop.receive(pair[0], to, end));
    driver.run(() -> {});
    assertThat(got).isNotDone();
    MemorySegment[] parts = {world.text("x")};
    assertThat(driver.does(end -> loop.send(pair[1], parts, 1, end))).isEqualTo(1);
    assertThat(LoopDriver.await(got)).isEqualTo(1);
  }

  @Test
  void sendingNothingEnds() {
    int[] pair = world.pair();
    MemorySegment[] parts = {};
    assertThat(driver.does(end -> loop.send(pair[0], parts, 0, end))).isZero();
  }

  @Test
  void aBigSendOfManyPartsArrivesWhole() {
    int[] pair = world.pair();
    int count = 3000;
    MemorySegment[] parts = new MemorySegment[count];
    int total = 0;
    for (int i = 0; i < count; i++) {
      parts[i] = world.memory(i % 7 == 0 ? 4000 : 1 + i % 13);
      for (long at = 0; at < parts[i].byteSize(); at++) {
        parts[i].set(ValueLayout.JAVA_BYTE, at, (byte) (31 * i + at));
      }
      total += (int) parts[i].byteSize();
    }
    CompletableFuture<Integer> sent = driver.begin(end -> loop.send(pair[0], parts, count, end));
    MemorySegment whole = world.memory(total);
    driver.receiveText(pair[1], whole, total);
    assertThat(LoopDriver.await(sent)).isEqualTo(total);
    long at = 0;
    for (MemorySegment part : parts) {
      assertThat(whole.asSlice(at, part.byteSize()).mismatch(part)).isEqualTo(-1);
      at += part.byteSize();
    }
  }

  @Test
  void sendsFollowEachOther() {
    int[] pair = world.pair();
    int count = 200;
    StringBuilder expected = new StringBuilder();
    driver.run(() -> sendNext(pair[0], 0, count));
    for (int i = 0; i < count; i++) {
      expected.append("message ").append(i).append('.');
    }
    int bytes = expected.length();
    assertThat(driver.receiveText(pair[1], world.memory(bytes), bytes))
        .isEqualTo(expected.toString());
  }

  private void sendNext(int socket, int number, int count) {
    if (number < count) {
      MemorySegment[] parts = {world.text("message " + number + ".")};
      loop.send(socket, parts, 1, result -> sendNext(socket, number + 1, count));
    }
  }

  @Test
  void sendingToNobodyFails() {
    int[] pair = world.pair();
    driver.run(() -> loop.close(pair[1]));
    MemorySegment[] parts = {world.memory(100)};
    int result;
    do {
      result = driver.does(end -> loop.send(pair[0], parts, 1, end));
    } while (result >= 0);
    assertThat(result).isIn(-Errno.EPIPE, -Errno.ECONNRESET);
  }

  @Test
  void aResetEndsWhatWaits() {
    int[] ends = connected();
    CompletableFuture<Integer> got =
        driver.begin(end -> loop.receive(ends[0], world.memory(8), end));
    driver.run(() -> {});
    world.reset(ends[1]);
    assertThat(LoopDriver.await(got)).isEqualTo(-Errno.ECONNRESET);
  }

  @Test
  void readableTellsOfDataAndOfTheEnd() {
    int[] pair = world.pair();
    CompletableFuture<Integer> ready = driver.begin(end -> loop.readable(pair[0], end));
    driver.run(() -> {});
    assertThat(ready).isNotDone();
    MemorySegment[] parts = {world.text("x")};
    driver.does(end -> loop.send(pair[1], parts, 1, end));
    assertThat(LoopDriver.await(ready) & Poll.POLLIN).isNotZero();
    assertThat(driver.receiveText(pair[0], world.memory(1), 1)).isEqualTo("x");
    CompletableFuture<Integer> over = driver.begin(end -> loop.readable(pair[0], end));
    driver.run(() -> loop.close(pair[1]));
    assertThat(LoopDriver.await(over)).isPositive();
  }

  @Test
  void manySocketsWaitAtOnce() {
    List<int[]> pairs = new ArrayList<>();
    List<CompletableFuture<Integer>> got = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int[] pair = world.pair();
      pairs.add(pair);
      got.add(driver.begin(end -> loop.receive(pair[0], world.memory(8), end)));
    }
    for (int i = 199; i >= 0; i--) {
      int[] pair = pairs.get(i);
      MemorySegment[] parts = {world.memory(1 + i % 8)};
      driver.does(end -> loop.send(pair[1], parts, 1, end));
      assertThat(LoopDriver.await(got.get(i))).isBetween(1, 1 + i % 8);
    }
  }

  // ---- closing a descriptor

  @Test
  void closingEndsWhatWaits() {
    LoopWorld.Listener listener = world.listener();
    int[] one = world.pair();
    int[] two = world.pair();
    int[] three = world.pair();
    MemorySegment[] parts = {world.memory(8 << 20)};
    List<CompletableFuture<Integer>> results =
        List.of(
            driver.begin(end -> loop.accept(listener.fd(), end)),
            driver.begin(end -> loop.receive(one[0], world.memory(8), end)),
            driver.begin(end -> loop.readable(one[0], end)),
            driver.begin(end -> loop.readable(two[0], end)),
            driver.begin(end -> loop.send(three[0], parts, 1, end)));
    driver.run(() -> {});
    driver.run(() -> {
      loop.close(listener.fd());
      loop.close(one[0]);
      loop.close(two[0]);
      loop.close(three[0]);
    });
    for (CompletableFuture<Integer> result : results) {
      assertThat(LoopDriver.await(result)).isEqualTo(-Errno.ECANCELED);
    }
    assertThat(driver.does(end -> loop.receive(one[1], world.memory(1), end))).isZero();
    assertThat(driver.does(end -> loop.receive(two[1], world.memory(1), end))).isZero();
  }

  @Test
  void closingInTheSameBreathAsBeginningEndsIt() {
    int[] pair = world.pair();
    CompletableFuture<Integer> got =
        driver.begin(end -> {
          loop.receive(pair[0], world.memory(8), end);
          loop.close(pair[0]);
        });
    assertThat(LoopDriver.await(got)).isEqualTo(-Errno.ECANCELED);
    assertThat(driver.does(end -> loop.receive(pair[1], world.memory(1), end))).isZero();
  }

  @Test
  void closingWaitsForTheFile() {
    int fd = world.file(1 << 20);
    MemorySegment memory = world.memory(1 << 20);
    List<Integer> results = new ArrayList<>();
    CompletableFuture<Integer> late = new CompletableFuture<>();
    driver.<Integer>get(done -> {
      for (int i = 0; i < 16; i++) {
        loop.write(
            fd,
            memory.asSlice((long) i << 16, 1 << 16),
            (long) i << 16,
            false,
            result -> {
              results.add(result);
              if (results.size() == 16) {
                done.complete(0);
              }
            });
      }
      loop.close(fd);
      loop.close(fd);
      loop.read(fd, memory, 0, late::complete);
    });
    assertThat(results).containsOnly(1 << 16);
    assertThat(LoopDriver.await(late)).as("begun after closing").isEqualTo(-Errno.EBADF);
    for (int rounds = 0; world.isOpen(fd); rounds++) {
      assertThat(rounds).isLessThan(1_000_000);
      driver.run(() -> {});
    }
  }

  // ---- time

  @Test
  void timersRunInOrderAndNotEarly() {
    List<String> ran = new ArrayList<>();
    long early =
        driver.<Long>get(done -> {
          long now = loop.nanos();
          long[] seen = new long[1];
          loop.at(now + 30_000_000, () -> done.complete(seen[0]));
          loop.at(
              now + 20_000_000,
              () -> {
                ran.add("20");
                seen[0] = loop.nanos() - now - 20_000_000;
              });
          loop.at(now + 10_000_000, () -> ran.add("10 a"));
          loop.at(now + 10_000_000, () -> ran.add("10 b"));
          IoLoop.Timer never = loop.at(now + 15_000_000, () -> ran.add("15"));
          IoLoop.Timer past = loop.at(now - 1, () -> ran.add("past"));
          loop.at(now + 5_000_000, never::cancel);
          loop.at(now + 6_000_000, past::cancel);
        });
    assertThat(ran).containsExactly("past", "10 a", "10 b", "20");
    assertThat(early).isNotNegative();
  }

  @Test
  void manyTimersAreCancelledAndRun() {
    int count = 5000;
    List<Integer> ran = new ArrayList<>();
    driver.<Integer>get(done -> {
      long now = loop.nanos();
      List<IoLoop.Timer> timers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = (i * 1237) % count;
        timers.add(loop.at(now + number, () -> ran.add(number)));
      }
      for (int i = 0; i < count; i += 3) {
        timers.get(i).cancel();
        timers.get(i).cancel();
      }
      loop.at(now + 1_000_000, () -> done.complete(0));
    });
    assertThat(ran).isSorted().hasSize(count - (count + 2) / 3);
  }

  @Test
  void aTimerThatSetsItselfLetsOthersLive() {
    int[] pair = world.pair();
    AtomicInteger runs = new AtomicInteger();
    driver.run(() -> again(runs));
    MemorySegment[] parts = {world.text("x")};
    CompletableFuture<Integer> got =
        driver.begin(end -> loop.receive(pair[0], world.memory(8), end));
    driver.does(end -> loop.send(pair[1], parts, 1, end));
    assertThat(LoopDriver.await(got)).isEqualTo(1);
    driver.run(() -> runs.set(-1));
  }

  private void again(AtomicInteger runs) {
    if (runs.get() >= 0) {
      runs.incrementAndGet();
      loop.at(loop.nanos(), () -> again(runs));
    }
  }

  // ---- life

  @Test
  void tasksOfEachThreadRunInTheirOrder() throws Exception {
    int threads = 8;
    int tasks = 2000;
    List<Integer> ran = new ArrayList<>();
    List<Thread> started = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int number = t;
      started.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < tasks; i++) {
                  int value = number * tasks + i;
                  loop.post(() -> ran.add(value));
                }
              }));
    }
    for (Thread thread : started) {
      thread.join();
    }
    driver.run(() -> {});
    assertThat(ran).hasSize(threads * tasks);
    for (int t = 0; t < threads; t++) {
      int number = t;
      assertThat(ran.stream().filter(value -> value / tasks == number).toList()).isSorted();
    }
  }

  @Test
  void aSleepingLoopIsWoken() {
    for (int i = 0; i < 200; i++) {
      driver.run(() -> {});
    }
  }

  @Test
  void nothingIsToldAfterTheStop() {
    int[] pair = world.pair();
    AtomicInteger told = new AtomicInteger();
    driver.run(() -> {
      loop.receive(pair[0], world.memory(8), result -> told.incrementAndGet());
      loop.readable(pair[0], result -> told.incrementAndGet());
      loop.at(loop.nanos() + 3_600_000_000_000L, told::incrementAndGet);
    });
    driver.run(loop::stop);
    assertThat(driver.ending()).isNull();
    loop.close();
    loop.close();
    assertThat(told).hasValue(0);
    assertThat(world.isOpen(pair[0])).as("stopping closes no descriptor").isTrue();
  }

  @Test
  void whatLeavesACompletionEndsTheLoop() {
    int fd = world.file(100);
    RuntimeException fault = new IllegalStateException("planted");
    loop.post(() ->
        loop.read(
            fd,
            world.memory(8),
            0,
            result -> {
              throw fault;
            }));
    assertThat(driver.ending()).isSameAs(fault);
    driver = null;
    loop.close();
  }

  @Test
  void whatLeavesATaskOrTimerEndsTheLoop() throws Exception {
    RuntimeException fault = new IllegalStateException("planted");
    loop.post(() ->
        loop.at(
            0,
            () -> {
              throw fault;
            }));
    assertThat(driver.ending()).isSameAs(fault);
    driver = null;
    loop.close();
  }

  @Test
  void anotherThreadIsRefused() {
    driver.run(() -> {});
    assertThatThrownBy(() -> loop.sync(1, result -> {})).hasMessageContaining("own thread");
    assertThatThrownBy(loop::close).hasMessageContaining("does not run");
  }

  @Test
  void whatBeginsBeforeTheRunBeginsWithIt() throws Exception {
    try (LoopWorld other = world()) {
      IoLoop fresh = other.loop();
      int fd = other.file(100);
      CompletableFuture<Integer> first = new CompletableFuture<>();
      CompletableFuture<Integer> second = new CompletableFuture<>();
      fresh.read(fd, other.memory(50), 0, first::complete);
      fresh.at(fresh.nanos(), () -> second.complete(1));
      try (LoopDriver running = new LoopDriver(fresh)) {
        assertThat(running.loop).isSameAs(fresh);
        assertThat(LoopDriver.await(first)).isEqualTo(50);
        assertThat(LoopDriver.await(second)).isEqualTo(1);
      }
    }
  }
}
