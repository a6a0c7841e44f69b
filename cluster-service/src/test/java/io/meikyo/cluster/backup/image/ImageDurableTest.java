// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.meikyo.cluster.backup.image.ImageJobs.Still;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power may go at any time: what a manifest speaks of is durable before the manifest has its
 * name, and what is said to be done is durable when it is said. Told by the book of what was done
 * with the files, in its order.
 */
class ImageDurableTest {
  private static final int SIZE = 2 << 20;

  @TempDir private Path temp;
  private final WatchedFiles files = new WatchedFiles();
  private final FakeSnapshots snapshots = new FakeSnapshots();

  /** Where in the book; each is there. */
  private int at(String what) {
    assertThat(files.book).contains(what);
    return files.book.indexOf(what);
  }

  private int last(String what) {
    assertThat(files.book).contains(what);
    return files.book.lastIndexOf(what);
  }

  /** The last write, then a force, then its name; the name is durable before something else. */
  private void durable(String part, String name) {
    int written = last("write " + part);
    List<String> between = files.book.subList(written, last("move " + name));
    assertThat(between).as(files.book.toString()).contains("force " + part);
  }

  @Test
  void allThatAManifestSpeaksOfIsDurableBeforeIt() throws Exception {
    Path target = files.watched(Files.createDirectory(temp.resolve("target")));
    Path list = files.watched(temp.resolve("list"));
    List<String> atTheEnd = new ArrayList<>();
    TreeMap<String, Still> disks = new TreeMap<>();
    disks.put("md1", new Still("server1", 4321, 37_000));
    try (ServedDisk disk = new ServedDisk(SIZE, "md1@c07").fill(0, SIZE, 3)) {
      snapshots.stands("md1@c07", SIZE, disk.socket).judged("md1@c07", CutStatus.PROVEN);
      CountDownLatch ended = new CountDownLatch(1);
      try (ImageDesk desk =
          new ImageDesk(
              new Catalogue(list, n -> atTheEnd.add(n.toString())),
              new Places(() -> null),
              new ImageJob.Site("server2", "0.1.0", snapshots, () -> 0, () -> 5000),
              (Notice n) -> {
                if (n.code().startsWith("image.is-complete") || n.code().contains("failed")) {
                  atTheEnd.add(n.toString());
                  ended.countDown();
                }
              })) {
        desk.start(new ImageJobs.Request(0xc07, disks, target, 0, "me", 4000));
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
    assertThat(atTheEnd).singleElement().asString().startsWith("image.is-complete");

    durable("md1.data.img.part", "md1.data.img");
    durable("md1.cluster.img.part", "md1.cluster.img");
    durable("manifest.json.part", "manifest.json");
    // Names before the manifest that speaks of them, and its own name after it.
    int names = Math.max(at("move md1.data.img"), at("move md1.cluster.img"));
    int manifest = at("move manifest.json");
    assertThat(files.book.subList(names, at("write manifest.json.part")))
        .as(files.book.toString())
        .contains("force c07");
    List<String> after = files.book.subList(manifest, files.book.size());
    assertThat(after).contains("force c07", "force target");
    assertThat(after).noneMatch(b -> b.startsWith("write md1"));
    // The list says that it is complete when all that is so, and is durable too.
    assertThat(last("move c07.json")).isGreaterThan(manifest + after.indexOf("force target"));
    durable("c07.json.part", "c07.json");
    assertThat(files.book.subList(last("move c07.json"), files.book.size())).contains("force list");
  }

  /** Before the first snapshot is adopted: else nobody would know of it after a crash. */
  @Test
  void theListKnowsItBeforeASnapshotIsAdopted() throws Exception {
    Path list = temp.resolve("list");
    List<Boolean> known = new ArrayList<>();
    snapshots.adopted = () -> known.add(Files.exists(list.resolve("c07.json")));
    snapshots.stands("md1@c07", SIZE, temp.resolve("nobody"));
    TreeMap<String, Still> disks = new TreeMap<>();
    disks.put("md1", new Still("server1", 1, 1));
    try (ImageDesk desk =
        new ImageDesk(
            new Catalogue(list, _ -> {}),
            new Places(() -> null),
            new ImageJob.Site("server2", "0.1.0", snapshots, () -> 0, () -> 5000),
            _ -> {})) {
      desk.start(new ImageJobs.Request(0xc07, disks, null, 0, "me", 4000));
    }
    assertThat(known).containsExactly(true);
  }

  /** What is written is made durable on the way, so that little is left at the end. */
  @Test
  void aLongImageIsMadeDurableOnTheWay() throws Exception {
    Path file = files.watched(temp.resolve("image"));
    long size = 66L << 20;
    try (ServedDisk disk = new ServedDisk(size, "md1@c07").fill(0, size, 3);
        NbdReader reader = NbdReader.open(disk.socket, "md1@c07", TimeUnit.SECONDS.toNanos(20))) {
      Pace free = new Pace(0, System::nanoTime, _ -> {});
      new ImageWriter("md1@c07", reader, free, new Stop(), _ -> {}).write(file);
    }
    assertThat(at("force image")).isLessThan(last("write image"));
    assertThat(last("force image")).isGreaterThan(last("write image"));
  }

  /** The rate of the order is that of the reading. */
  @Test
  void aBackupIsReadAtTheRateThatWasAskedFor() throws Exception {
    Path target = Files.createDirectory(temp.resolve("target"));
    TreeMap<String, Still> disks = new TreeMap<>();
    disks.put("md1", new Still("server1", 1, 1));
    try (ServedDisk disk = new ServedDisk(SIZE, "md1@c07").fill(0, SIZE, 3)) {
      snapshots.stands("md1@c07", SIZE, disk.socket).judged("md1@c07", CutStatus.PROVEN);
      // A clock that stands still: the second piece of 1 MiB would wait for an hour.
      ImageJob job =
          new ImageJob(
              new ImageJob.Site("server2", "0.1.0", snapshots, () -> 0, () -> 5000),
              new ImageJobs.Request(0xc07, disks, target, (1 << 20) / 3600, "me", 4000));
      Thread says =
          Thread.ofPlatform()
              .start(() -> {
                disk.awaitAsked();
                job.stop();
              });
      assertThat(catchThrowable(job::run)).isInstanceOf(Stop.Stopped.class);
      says.join();
      assertThat(disk.asked()).as("before the pause").isLessThanOrEqualTo(1 << 20);
      assertThat(target.resolve("c07")).doesNotExist();
    }
  }
}
