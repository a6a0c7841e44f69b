// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.block.FaultLayer.Kind;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The disk in memory and the layers on it, with a loop that only keeps tasks. */
class LayersTest {
  private static final int BLOCKS = 64;

  private final ArrayDeque<Runnable> posted = new ArrayDeque<>();
  private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
  private final IoLoop loop = loop();
  private final BufferPool pool = new BufferPool(Arena.ofAuto(), 1, 0, 0, loop::post);
  private final MemorySegment bytes = Arena.ofAuto().allocate(BLOCKS * 512);
  private final MemoryDisk disk = new MemoryDisk(pool, bytes, 512, false);
  private final List<Integer> answers = new ArrayList<>();

  private IoLoop loop() {
    return (IoLoop)
        Proxy.newProxyInstance(
            IoLoop.class.getClassLoader(),
            new Class<?>[] {IoLoop.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "post" -> posted.add((Runnable) arguments[0]) ? null : null;
                  case "at" -> timers.add((Runnable) arguments[1]) ? null : null;
                  case "nanos" -> 0L;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private void answered(int errno, Buffer none) {
    answers.add(errno);
  }

  private void write(BlockService on, long start, int value) {
    Buffer buffer = on.memory(512);
    buffer.bytes().fill((byte) value);
    on.write(start, 1, false, buffer, this::answered);
    buffer.drop();
  }

  private int at(long block) {
    return bytes.get(ValueLayout.JAVA_BYTE, block * 512);
  }

  @Test
  void readsWaitForMemoryInTheirOrder() {
    write(disk, 3, 7);
    Buffer all = pool.take(4096);
    List<String> read = new ArrayList<>();
    disk.read(
        3, 1, (errno, data) -> read.add("first " + data.bytes().get(ValueLayout.JAVA_BYTE, 0)));
    disk.read(0, 8, (errno, data) -> read.add("second " + data.length()));
    assertThat(read).isEmpty();
    all.drop();
    while (!posted.isEmpty()) {
      posted.remove().run();
    }
    assertThat(read).containsExactly("first 7", "second 4096");
    assertThat(pool.lent()).isZero();
  }

  @Test
  void aDiskRefusesWhatIsOutsideAndWhatIsReadOnly() {
    disk.read(BLOCKS, 1, this::answered);
    disk.zero(BLOCKS - 1, 2, false, true, this::answered);
    disk.discard(-1, 1, this::answered);
    assertThat(answers).containsOnly(Errno.EINVAL);
    answers.clear();
    write(new MemoryDisk(pool, bytes, 512, true), 0, 1);
    assertThat(answers).containsExactly(Errno.EROFS);
    assertThat(at(0)).isZero();
  }

  @Test
  void faultsHitTheirBlocksTheirKindsAndTheirTimes() {
    FaultLayer faults = new FaultLayer(disk);
    faults.fail(EnumSet.of(Kind.WRITE), 4, 2, Errno.EIO, 2);
    faults.fail(EnumSet.of(Kind.FLUSH), 0, 1, Errno.ESHUTDOWN, 1);
    write(faults, 3, 1);
    write(faults, 4, 2);
    write(faults, 5, 3);
    write(faults, 6, 4);
    write(faults, 4, 5);
    faults.flush(this::answered);
    faults.flush(this::answered);
    faults.zero(4, 1, false, false, this::answered);
    assertThat(answers).containsExactly(0, Errno.EIO, Errno.EIO, 0, 0, Errno.ESHUTDOWN, 0, 0);
    assertThat(at(4)).isZero();
    assertThat(at(5)).isZero();
    assertThat(at(6)).isEqualTo(4);
  }

  @Test
  void aHoldKeepsChangesInOrderAndLetsReadsPass() {
    BufferPool more = new BufferPool(Arena.ofAuto(), 4, 0, 0, loop::post);
    DelayLayer delays = new DelayLayer(loop, new MemoryDisk(more, bytes, 512, false));
    delays.hold();
    write(delays, 0, 1);
    write(delays, 0, 2);
    delays.flush(this::answered);
    assertThat(answers).isEmpty();
    delays.read(
        0, 1, (errno, data) -> answers.add(100 + data.bytes().get(ValueLayout.JAVA_BYTE, 0)));
    assertThat(answers).containsExactly(100);
    assertThat(delays.held()).isEqualTo(3);
    delays.release();
    assertThat(answers).containsExactly(100, 0, 0, 0);
    assertThat(at(0)).isEqualTo(2);
    assertThat(more.lent()).isZero();

    delays.delay(0, 5);
    write(delays, 1, 3);
    assertThat(answers).hasSize(4);
    timers.remove().run();
    assertThat(answers).hasSize(5);
    assertThat(more.lent()).isZero();
  }
}
