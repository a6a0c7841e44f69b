// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimLoopTest extends IoLoopContract {
  private static final long MINUTE = 60_000_000_000L;

  @Override
  LoopWorld world() {
    return new SimWorld(new SimLoop(1, MINUTE, 4096));
  }

  @Test
  void theSeedDecidesTheOrder() {
    assertThat(order(7)).isEqualTo(order(7)).isNotEqualTo(order(8));
  }

  private static List<Integer> order(long seed) {
    SimLoop sim = new SimLoop(seed, MINUTE, 4096);
    List<Integer> order = new ArrayList<>();
    try (SimWorld world = new SimWorld(sim)) {
      int fd = sim.file(100);
      for (int i = 0; i < 50; i++) {
        int number = i;
        sim.read(fd, world.memory(1), i, result -> order.add(number));
      }
      sim.at(MINUTE, sim::stop);
      sim.run();
      assertThat(sim.nanos()).as("time jumps").isEqualTo(MINUTE);
    }
    return order;
  }

  private record SimWorld(SimLoop loop, Arena arena) implements LoopWorld {
    SimWorld(SimLoop loop) {
      this(loop, Arena.ofAuto());
    }

    @Override
    public int file(int bytes) {
      return loop.file(bytes);
    }

    @Override
    public int[] pair() {
      return loop.pair();
    }

    @Override
    public Listener listener() {
      MemorySegment address = memory(16);
      return new Listener(loop.listener(address), address);
    }

    @Override
    public int socket() {
      return loop.socket();
    }

    @Override
    public MemorySegment nobody() {
      return memory(16);
    }

    @Override
    public void reset(int socket) {
      loop.reset(socket);
    }

    @Override
    public boolean isOpen(int fd) {
      return loop.isOpen(fd);
    }

    @Override
    public MemorySegment memory(int bytes) {
      return arena.allocate(bytes, 4096);
    }

    @Override
    public void close() {}
  }
}
