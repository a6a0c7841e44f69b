// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.core.partition.Identity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two mirror disks of one pair, the file system of the second mounted in that of the first: they
 * are frozen and held together, and end together.
 */
@Timeout(600)
class NestedBackupTest {
  private static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-000000000002");
  private static final long BYTES = 32L << 20;
  private static final String BOTH = "md1,md2";

  /** Puts a second mirror disk into the configuration of both servers. */
  private static void second(Pair pair) throws Exception {
    int[] links = Pair.freePorts(2);
    for (Server s : List.of(pair.one, pair.two)) {
      Path data = s.folder.resolve("data2");
      Path cluster = s.folder.resolve("cluster2");
      Identity identity = new Identity(Pair.CLUSTER, DISK, s.number);
      new CreatePartition(
              new CreatePartition.Request(data, cluster, identity, 3, 512, 0, BYTES, false),
              (what, done, total) -> {})
          .run(s.number + 54321);
      String config =
          """

          [[mirror]]
          name = "md2"
          cluster-id = "%s"
          disk-id = "%s"
          replica = %d
          server = "%s"
          data = "%s"
          cluster = "%s"
          listen = "127.0.0.1:%d"
          record = "127.0.0.1:%d"
          front-end = "fuse"
          device = "%s"

          [[mirror.peer]]
          replica = %d
          server = "%s"
          paths = ["127.0.0.1:%d"]
          """
              .formatted(
                  Pair.CLUSTER,
                  DISK,
                  s.number,
                  s.name(),
                  data,
                  cluster,
                  links[s.number],
                  pair.recordPort,
                  s.folder.resolve("dev/md2"),
                  1 - s.number,
                  pair.other(s).name(),
                  links[1 - s.number]);
      Files.writeString(s.config, config, StandardOpenOption.APPEND);
    }
  }

  private static Map<String, String> facts(Server s) throws Exception {
    return s.ask(List.of("mirror.status", "md2")).facts();
  }

  private static void awaitSecondInSync(Pair pair) throws Exception {
    Await.that(
        60,
        "md2 is in sync",
        pair::words,
        () -> {
          Map<String, String> f = facts(pair.one);
          return "server1, server2".equals(f.get("inSync"))
              && "0".equals(f.get("peers.server2.dirtyChunks"));
        });
  }

  @Test
  void bothStandStillTogetherAndEndTogether() throws Exception {
    MountedDisk.assume("ext4");
    assumeThat(MountedDisk.has("fsfreeze")).as("fsfreeze is installed").isTrue();
    MountedDisk disk = MountedDisk.make("ext4", "noatime", NestedBackupTest::second);
    FileLedger outer = null;
    FileLedger inner = null;
    try {
      Pair pair = disk.pair;
      Server one = pair.one;
      Await.that(
          30, "md2 is active", pair::words, () -> one.ask(List.of("mirror.activate", "md2")).ok());
      awaitSecondInSync(pair);
      Path link = one.folder.resolve("dev/md2");
      Await.that(20, "the device is there", pair::words, () -> Files.isSymbolicLink(link));
      Path at = Files.createDirectory(disk.at.resolve("inner"));
      disk.run("mkfs.ext4", "-q", link.toString());
      disk.run("mount", "-t", "ext4", link.toString(), at.toString());
      outer = new FileLedger(disk.at.resolve("ledger"), 1, 1);
      inner = new FileLedger(at.resolve("ledger"), 1, 2);
      outer.start();
      inner.start();
      Backup backup = new Backup(pair, BOTH);

      outer.more(5, 30, "before the backup");
      inner.more(5, 30, "before the backup");
      Server.Said said = backup.freeze(50);
      assertThat(said.facts())
          .containsEntry("mounts.md1", disk.at.toString())
          .containsEntry("mounts.md2", at.toString());
      for (String name : List.of("md1", "md2")) {
        assertThat(said.facts()).containsEntry("cutStatus." + name, "PROVEN");
      }
      Path image = backup.image();
      disk.run("e2fsck", "-fn", image.toString());
      Path second = pair.two.folder.resolve("data2");
      assertThat(Files.mismatch(one.folder.resolve("data2"), second)).isEqualTo(-1);
      Path copy = Files.copy(second, pair.folder.resolve("image2"));
      disk.run("e2fsck", "-fn", copy.toString());
      backup.good();
      outer.more(5, 30, "after the backup");
      inner.more(5, 30, "after the backup");

      // The hold of one ends by itself: that of the other ends too.
      backup.freeze(55);
      assertThat(one.ask(List.of("mirror.disconnect", "md2")).ok()).isTrue();
      outer.more(5, 30, "after the hold of the other disk has ended");
      inner.more(5, 30, "without a peer");
      backup.isVoid();
      backup.isVoidOnBoth();
      assertThat(facts(one)).containsEntry("cutStatus", "VOID");
      assertThat(one.ask(List.of("mirror.connect", "md2")).ok()).isTrue();
      awaitSecondInSync(pair);

      outer.finish();
      inner.finish();
      disk.run("umount", at.toString());
      disk.run("e2fsck", "-fn", link.toString());
      disk.unmount();
      disk.check();
      disk.replicasAreEqual();
    } finally {
      for (FileLedger each : new FileLedger[] {outer, inner}) {
        if (each != null) {
          each.finish();
        }
      }
      disk.close();
    }
  }
}
