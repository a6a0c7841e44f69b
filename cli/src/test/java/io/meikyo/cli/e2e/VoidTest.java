// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.partition.InspectPartition;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Both agents die in a hold of backup mode, after the cut, and die again at moments of chance after
 * their restart: on neither server does a byte of the image change before the partition says that
 * it is none any more (rule R11). How often: {@code -Dmeikyo.kills}.
 */
@Timeout(3600)
class VoidTest extends WithPair {
  private static final int KILLS = Integer.getInteger("meikyo.kills", 4);

  private final Random random = new Random(Long.getLong("meikyo.kills.seed", 1));
  private long cut;

  @Test
  void nothingIsReplayedOrWrittenBeforeVoidStands() throws Exception {
    ledger.start();
    ledger.more(200, 30, "before the hold");
    new Backup(pair, "md1").freeze(120);
    one.agent().killNow();
    two.agent().killNow();
    one.agent().exit();
    two.agent().exit();
    pair.keeper().kill();
    assertThat(Files.mismatch(one.data, two.data)).as("the replicas in the hold").isEqualTo(-1);
    cut = superblock(one).written().superblock().cut().cutId();
    for (Server each : List.of(one, two)) {
      PartitionReading.Loaded now = superblock(each);
      assertThat(now.partition().log().extents()).as("the log in a hold").isEmpty();
      assertThat(now.written().superblock().backup().flagOn()).isTrue();
      assertThat(now.written().superblock().cut().cutId()).isEqualTo(cut).isNotZero();
    }
    for (Path each : files()) {
      Files.copy(each, image(each));
    }

    ledger.finish();

    int changed = 0;
    for (int i = 0; i < KILLS; i++) {
      asAtTheCut();
      Scribbler scribbler = new Scribbler(one.nbd);
      try {
        two.startNow();
        one.startNow();
        if (i % 2 == 0) {
          Await.that(30, "it writes again", pair::words, () -> scribbler.written);
        } else {
          one.await(30, "role", "ACTIVE");
        }
        Await.pause(random.nextInt(100));
        one.agent().killNow();
        two.agent().killNow();
        one.agent().exit();
        two.agent().exit();
      } finally {
        scribbler.end();
      }
      pair.keeper().kill();
      for (Server each : List.of(one, two)) {
        changed += judge(each) ? 1 : 0;
      }
    }
    System.err.println("images that had changed, and said so: " + changed + " of " + 2 * KILLS);
    assertThat(changed).as("images that were written to").isPositive();

    asAtTheCut();
    one.start();
    two.start();
    ledger.start();
    ledger.more(200, 60, "after the hold");
    pair.awaitInSync(one);
    settle(one);
    one.agent().kill();
    two.agent().kill();
    assertThat(judge(one)).isTrue();
    assertThat(judge(two)).isTrue();
  }

  /** Everything as both agents left it in the hold; only the keeper of the record runs. */
  private void asAtTheCut() throws Exception {
    for (Path each : files()) {
      Files.copy(image(each), each, StandardCopyOption.REPLACE_EXISTING);
    }
    pair.startKeeper();
  }

  /** Writes where the ledger does not, as soon as it is let, and keeps no book. */
  private static final class Scribbler {
    private static final long FROM = 32L << 20;
    private static final int BLOCKS = 4096;
    private final Thread thread;
    private volatile boolean stop;
    private volatile boolean written;

    Scribbler(int port) {
      thread = Thread.ofPlatform().daemon().name("scribbler").start(() -> run(port));
    }

    private void run(int port) {
      Random where = new Random(1);
      byte[] bytes = new byte[Ledger.BLOCK];
      while (!stop) {
        try (Nbd nbd = new Nbd(port, 60)) {
          while (!stop) {
            where.nextBytes(bytes);
            nbd.write(FROM + (long) where.nextInt(BLOCKS) * bytes.length, bytes, false);
            written = true;
          }
        } catch (IOException e) {
          Await.pause(2); // It is not there yet, or not any more.
        }
      }
    }

    void end() throws InterruptedException {
      stop = true;
      thread.join();
    }
  }

  /** True if its bytes are not those of the cut any more; then its partition must say so. */
  private boolean judge(Server s) throws Exception {
    boolean changed = Files.mismatch(s.data, image(s.data)) >= 0;
    Superblock now = superblock(s).written().superblock();
    assertThat(now.cut().cutId()).as(s.name()).isEqualTo(cut);
    if (changed) {
      assertThat(now.backup().flagOn()).as(s.name() + ": the flag over a changed image").isFalse();
      assertThat(now.cut().status()).as(s.name()).isEqualTo(CutStatus.VOID);
    }
    return changed;
  }

  private List<Path> files() {
    return List.of(one.data, one.cluster, two.data, two.cluster, record());
  }

  private Path record() {
    return pair.records.resolve(Pair.DISK + ".record");
  }

  private static Path image(Path file) {
    return file.resolveSibling(file.getFileName() + ".image");
  }

  private static PartitionReading.Loaded superblock(Server s) throws Exception {
    PartitionReading reading = InspectPartition.inspect(s.cluster).reading();
    assertThat(reading).isInstanceOf(PartitionReading.Loaded.class);
    return (PartitionReading.Loaded) reading;
  }
}
