// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * kill -9 of mirror agents under a mounted file system with writers that verify: no I/O error, and
 * all that was made durable is there. Each test kills {@code -Dmeikyo.kills} times in a row, and
 * ends with a clean file system and two equal replicas, on which the next one goes on. The moments
 * are drawn from {@code -Dmeikyo.kills.seed}.
 */
@Timeout(7200)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MountedKills {
  private static final int WRITERS = 3;
  private static final int KILLS = Integer.getInteger("meikyo.kills", 3);
  private static final long SEED = Long.getLong("meikyo.kills.seed", 1);
  private static final int SECONDS = 60;
  private static final int SOME = 10;

  private final String type;
  private final Random random = new Random(SEED);
  private MountedDisk disk;
  private Load load;
  private Server one;
  private Server two;
  private boolean settled;

  MountedKills(String type) {
    this.type = type;
  }

  /** A test that failed may have left anything: the next one has a pair of its own. */
  @BeforeEach
  void begin() throws Exception {
    MountedDisk.assume(type);
    if (!settled) {
      end();
      disk = MountedDisk.make(type, "noatime");
      one = disk.pair.one;
      two = disk.pair.two;
      load = new Load(disk.at, WRITERS, SEED, disk.pair::words);
    }
    settled = false;
    load.start();
    load.more(SOME, SECONDS, "before the first kill");
    load.longestStallMillis();
  }

  @AfterAll
  void end() throws Exception {
    try {
      if (load != null) {
        load.close();
      }
    } finally {
      if (disk != null) {
        disk.close();
      }
      load = null;
      disk = null;
    }
  }

  /** No error, all there, a clean file system, equal replicas; then mounted again. */
  private void settle(String what, List<Long> stalls) throws Exception {
    disk.pair.awaitInSync(one);
    load.finish();
    disk.unmount();
    disk.check();
    disk.replicasAreEqual();
    disk.mount("noatime");
    load.check();
    settled = true;
    stalls.sort(null);
    System.err.printf(
        "%s, %s: %d x kill -9, %d records durable, no error; stall: median %d ms, longest %d ms%n",
        type, what, stalls.size(), load.durable(), stalls.get(stalls.size() / 2), stalls.getLast());
  }

  /** Load goes on after a kill; how long it stood still. */
  private long goesOn(String when) throws Exception {
    load.more(SOME, SECONDS, when);
    return load.longestStallMillis();
  }

  @Test
  void inOrdinaryWork() throws Exception {
    List<Long> stalls = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      Await.pause(random.nextInt(200));
      one.agent().kill();
      one.startNow();
      stalls.add(goesOn("after kill " + i));
    }
    settle("ordinary work", stalls);
  }

  /** Turn about: the source, which is the active, the target, and both at once. */
  @Test
  void inTheMiddleOfARecovery() throws Exception {
    List<Long> stalls = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      disk.pair.awaitInSync(one);
      one.must("recover", "rate=5");
      two.agent().kill();
      load.more(SOME, SECONDS, "alone, before kill " + i);
      two.startNow();
      two.await(SECONDS, "condition", "INCONSISTENT");
      load.more(1, SECONDS, "in the recovery, before kill " + i);
      load.longestStallMillis();
      assertThat(two.fact("condition")).as("the recovery is not over").isEqualTo("INCONSISTENT");
      kill(i % 3);
      stalls.add(goesOn("after kill " + i));
      one.until(SECONDS, "recover", "rate=0");
    }
    settle("in a recovery", stalls);
  }

  /**
   * At a moment of chance after the other one has been called; every other time it does not answer
   * yet, so that the greeting is surely not over.
   */
  @Test
  void inTheMiddleOfAReconnect() throws Exception {
    List<Long> stalls = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      disk.pair.awaitInSync(one);
      one.must("disconnect");
      one.await(SECONDS, "inSync", "server1");
      load.more(SOME, SECONDS, "alone, before kill " + i);
      load.longestStallMillis();
      boolean silent = i % 2 == 0;
      if (silent) {
        two.agent().pause();
      }
      one.must("connect");
      Await.pause(random.nextInt(silent ? 300 : 60));
      if (silent) {
        assertThat(one.fact("inSync")).as("they are not together").isEqualTo("server1");
        one.agent().kill();
        two.agent().resume();
        one.startNow();
      } else {
        kill(i % 3);
      }
      stalls.add(goesOn("after kill " + i));
    }
    settle("in a reconnect", stalls);
  }

  /** A hold dies with its owner: the next life knows of none, and writers go on. */
  @Test
  void inTheMiddleOfAHold() throws Exception {
    assumeThat(MountedDisk.has("fsfreeze")).as("fsfreeze is installed").isTrue();
    List<Long> stalls = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      disk.pair.awaitInSync(one);
      boolean frozen = i % 2 == 1;
      if (frozen) {
        disk.run("fsfreeze", "--freeze", disk.at.toString());
      }
      one.must("hold", "max=120");
      if (!frozen) {
        one.await(SECONDS, "waitingFor", "WAITS_FOR_HOLD");
      }
      long before = load.durable();
      load.longestStallMillis();
      kill(i % 3);
      one.await(SECONDS, "role", "ACTIVE");
      one.await(SECONDS, "hold", "NONE");
      if (frozen) {
        assertThat(load.durable()).as("the file system is frozen").isEqualTo(before);
        disk.run("fsfreeze", "--unfreeze", disk.at.toString());
      }
      stalls.add(goesOn("after kill " + i));
    }
    settle("in a hold", stalls);
  }

  /** 0: the active, 1: the standby, 2: both at once. They are started again. */
  private void kill(int whom) throws Exception {
    List<Server> victims = List.of(List.of(one), List.of(two), List.of(one, two)).get(whom);
    victims.forEach(each -> each.agent().killNow());
    for (Server each : victims) {
      each.agent().exit();
      each.startNow();
    }
  }
}
