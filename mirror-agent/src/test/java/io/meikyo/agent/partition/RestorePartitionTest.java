// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.LogCodec;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.RepairPlan;
import io.meikyo.core.format.SuperblockCodec;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image becomes this server's replica, or is refused with nothing changed (rule R13). */
class RestorePartitionTest {
  private static final long LIFE = 77;
  private static final long CUT = 0xc07;
  private static final long LOG_AT_CUT = 100;
  private static final long NOW = 1_700_000_000_000L;
  private static final Identity OTHER = new Identity(Lab.CLUSTER, Lab.DISK, 1);
  private static final int BLOCK = PartitionLayout.BLOCK_BYTES;

  @TempDir private Path folder;
  private Lab lab;
  private Identity identity = OTHER;
  private boolean force;
  private boolean alone;
  private final List<String> loops = new ArrayList<>();

  @BeforeEach
  void image() throws Exception {
    lab = new Lab(folder).withFiles();
    byte[] data = new byte[(int) Lab.DATA_BYTES];
    Arrays.fill(data, (byte) 7);
    Files.write(lab.data, data);
    write(lab.cluster, flagged());
  }

  @AfterEach
  void detach() throws Exception {
    for (String loop : loops) {
      sh("losetup", "-d", loop);
    }
  }

  private static String sh(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.strip();
  }

  // ---- images

  private static Superblock flagged() {
    return superblock(true, CutStatus.PROVEN, Condition.CONSISTENT);
  }

  private static Superblock superblock(boolean flag, CutStatus status, Condition condition) {
    Stamp stamp = new Stamp(9, 99);
    return new Superblock(
        88,
        Lab.IDENTITY,
        Lab.LAYOUT.geometry(),
        4711,
        17,
        3,
        0,
        Generations.of(30, 20),
        condition,
        true,
        false,
        5,
        stamp,
        Stamp.NONE,
        Collections.nCopies(Identity.REPLICAS_MAX, new PeerSlot(stamp, Stamp.NONE, true, true, 1)),
        new CutRecord(CUT, 3, 30, 17, stamp, LOG_AT_CUT, status, 1, 2),
        flag ? new BackupRecord(true, 3, CUT, 1234) : BackupRecord.OFF,
        false);
  }

  /** As an agent leaves it: both superblocks written many times. */
  private static void write(Path path, Superblock s) throws Exception {
    try (PartitionFile file = PartitionFile.open(path, PartitionFile.Mode.WRITE)) {
      WrittenSuperblock w = new WrittenSuperblock(s, LIFE, Lab.LAYOUT);
      FreshPartition.write(w, null, file, done -> {});
      for (long sequence : new long[] {87, 88}) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        SuperblockCodec.encode(w.with(numbered(s, sequence)), block);
        file.write(PartitionLayout.superblockOffset(sequence), block.flip());
      }
      file.flush();
    }
  }

  private static Superblock numbered(Superblock s, long sequence) {
    return new Superblock(
        sequence,
        s.identity(),
        s.geometry(),
        s.groupId(),
        s.epoch(),
        s.inSyncMask(),
        s.activeReplica(),
        s.generations(),
        s.condition(),
        s.wasActive(),
        s.clean(),
        s.bootId(),
        s.stamp(),
        s.stampPending(),
        s.peers(),
        s.cut(),
        s.backup(),
        s.changeMapPartial());
  }

  private void log(LogTransaction t) throws Exception {
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    WrittenSuperblock w = new WrittenSuperblock(flagged(), LIFE, Lab.LAYOUT);
    LogCodec.encode(t, w.key(), block);
    lab.put(lab.cluster, Lab.LAYOUT.logOffset(Lab.LAYOUT.logSlot(t.sequence())), block.array());
  }

  // ---- what is done with them

  private RestorePartition work(UnaryOperator<BlockSink> layer) {
    return new RestorePartition(
        new RestorePartition.Request(lab.data, lab.cluster, identity, force, alone),
        Progress.NONE,
        layer);
  }

  private RestorePartition.Result run() throws PartitionProblem {
    return work(s -> s).run(4242, NOW);
  }

  private PartitionReading.Loaded loaded() throws PartitionProblem {
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.READ)) {
      return (PartitionReading.Loaded) PartitionReader.read(file);
    }
  }

  private void assertRefused(PartitionNotice why) throws Exception {
    byte[] before = Files.readAllBytes(lab.cluster);
    assertThatThrownBy(() -> work(s -> s).check())
        .isInstanceOf(PartitionProblem.class)
        .extracting(e -> ((PartitionProblem) e).notice().code())
        .isEqualTo(why.key());
    assertThatThrownBy(this::run)
        .isInstanceOf(PartitionProblem.class)
        .extracting(e -> ((PartitionProblem) e).notice().code())
        .isEqualTo(why.key());
    assertThat(Files.readAllBytes(lab.cluster)).isEqualTo(before);
  }

  private void assertRestored() throws PartitionProblem {
    PartitionReading.Loaded now = loaded();
    assertThat(now.clean()).as("%s", now.findings()).isTrue();
    Superblock s = now.partition().superblock();
    assertThat(s.identity()).isEqualTo(identity);
    assertThat(s.condition()).isEqualTo(Condition.RESTORED);
    assertThat(s.cut()).isEqualTo(flagged().cut());
    assertThat(s.backup()).isEqualTo(flagged().backup());
    assertThat(s.epoch()).isZero();
    assertThat(s.groupId()).isZero();
    assertThat(s.stamp().counter()).isBetween(NOW, NOW + 9);
    assertThat(now.partition().log()).isEqualTo(new LogTransaction(LOG_AT_CUT, new int[0]));
    assertThat(now.written().life()).isNotEqualTo(LIFE);
    for (long[] map : now.partition().maps()) {
      if (map != null) {
        assertThat(map).containsOnly(0);
      }
    }
  }

  @Test
  void anImageBecomesThisServersReplica() throws Exception {
    final byte[] data = Files.readAllBytes(lab.data);
    assertThat(work(s -> s).check().cut().cutId()).isEqualTo(CUT);
    RestorePartition.Result made = run();
    assertThat(made.already()).isFalse();
    assertThat(made.cut()).isEqualTo(flagged().cut());
    assertThat(Lab.codes(made.notices())).containsExactly(PartitionNotice.RESTORED.key());
    assertRestored();
    assertThat(Files.readAllBytes(lab.data)).isEqualTo(data);
  }

  @Test
  void aSecondRunSaysSoAndWritesNothing() throws Exception {
    run();
    byte[] once = Files.readAllBytes(lab.cluster);
    RestorePartition.Result again = run();
    assertThat(again.already()).isTrue();
    assertThat(Lab.codes(again.notices())).containsExactly(PartitionNotice.RESTORED_ALREADY.key());
    assertThat(Files.readAllBytes(lab.cluster)).isEqualTo(once);
  }

  /** The disk went to the wrong server: it is relabelled once more. */
  @Test
  void oneThatWasRestoredForAnotherServerIsRelabelled() throws Exception {
    run();
    identity = Lab.IDENTITY;
    assertThat(run().already()).isFalse();
    assertRestored();
  }

  @Test
  void theConfigurationIsKept() throws Exception {
    ConfigCopy copy =
        new ConfigCopy(
            3, Lab.CLUSTER, 4711, 17, 3, 42, "name = \"x\"\n".getBytes(StandardCharsets.UTF_8));
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.WRITE)) {
      RepairPlan.writeConfig(copy, new WrittenSuperblock(flagged(), LIFE, Lab.LAYOUT).key(), file);
      file.flush();
    }
    run();
    assertRestored();
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.READ)) {
      ConfigCopy kept = PartitionReader.config(file, loaded().written());
      assertThat(kept).isNotNull();
      assertThat(kept.version()).isEqualTo(42);
    }
  }

  // ---- what is no image

  @Test
  void withTheFlagOffItIsRefused() throws Exception {
    write(lab.cluster, superblock(false, CutStatus.PROVEN, Condition.CONSISTENT));
    assertRefused(PartitionNotice.IMAGE_WITHOUT_FLAG);
    force = true;
    RestorePartition.Result made = run();
    assertThat(made.cut()).as("it pairs with no other").isEqualTo(CutRecord.NONE);
    assertThat(loaded().partition().superblock().cut()).isEqualTo(CutRecord.NONE);
    assertThat(loaded().partition().superblock().condition()).isEqualTo(Condition.RESTORED);
    assertThat(Lab.codes(made.notices()))
        .containsExactly(
            Lab.keys(
                PartitionNotice.IMAGE_WITHOUT_FLAG,
                PartitionNotice.IMAGE_FORCED,
                PartitionNotice.RESTORED));
  }

  @Test
  void aVoidCutIsRefusedAsVoid() throws Exception {
    write(lab.cluster, superblock(true, CutStatus.VOID, Condition.CONSISTENT));
    assertRefused(PartitionNotice.IMAGE_VOID);
    assertThatThrownBy(this::run)
        .satisfies(e -> assertThat(RestorePartition.isVoid((PartitionProblem) e)).isTrue());
    force = true;
    assertThat(run().cut()).isEqualTo(CutRecord.NONE);
  }

  @Test
  void replicasThatDifferedAtTheCutAreNoPair() throws Exception {
    write(lab.cluster, superblock(true, CutStatus.UNEQUAL, Condition.CONSISTENT));
    assertRefused(PartitionNotice.IMAGE_UNEQUAL);
  }

  @Test
  void aMixtureIsOfNoUseEvenByForce() throws Exception {
    write(lab.cluster, superblock(true, CutStatus.PROVEN, Condition.INCONSISTENT));
    assertRefused(PartitionNotice.IMAGE_NOT_WHOLE);
    force = true;
    assertRefused(PartitionNotice.IMAGE_NOT_WHOLE);
  }

  @Test
  void aLogThatMovedOnShowsThatWritesWentOn() throws Exception {
    log(new LogTransaction(LOG_AT_CUT + 1, new int[] {0}));
    assertRefused(PartitionNotice.IMAGE_WRITTEN_TO);
    assertThatThrownBy(this::run)
        .satisfies(e -> assertThat(RestorePartition.isVoid((PartitionProblem) e)).isTrue());
  }

  @Test
  void aLogThatIsNotEmptyToo() throws Exception {
    log(new LogTransaction(LOG_AT_CUT, new int[] {0}));
    assertRefused(PartitionNotice.IMAGE_WRITTEN_TO);
  }

  @Test
  void law7AnotherMirrorDiskIsRefusedEvenByForce() throws Exception {
    identity = new Identity(Lab.CLUSTER, new UUID(1, 1), 1);
    assertRefused(PartitionNotice.UNEXPECTED_DISK);
    force = true;
    assertRefused(PartitionNotice.UNEXPECTED_DISK);
  }

  /** Both system disks were lost, and the cluster was founded anew. */
  @Test
  void anImageOfAnotherClusterIsTakenByForceAndIsStillAnImage() throws Exception {
    identity = new Identity(new UUID(5, 5), Lab.DISK, 1);
    assertRefused(PartitionNotice.IMAGE_OF_OTHER_CLUSTER);
    force = true;
    assertThat(run().cut()).isEqualTo(flagged().cut());
    assertRestored();
  }

  @Test
  void aReplicaWithoutRoomIsRefused() throws Exception {
    identity = new Identity(Lab.CLUSTER, Lab.DISK, 5);
    assertRefused(PartitionNotice.NO_PLACE_FOR_REPLICA);
  }

  @Test
  void whatIsTooSmallIsRefused() throws Exception {
    cutShort(lab.data, Lab.DATA_BYTES - 4096);
    assertRefused(PartitionNotice.DATA_TOO_SMALL);
    Files.write(lab.data, new byte[(int) Lab.DATA_BYTES + 8192]);
    assertThat(work(s -> s).check().already()).as("larger is no harm").isFalse();
    cutShort(lab.cluster, Lab.LAYOUT.requiredBytes() - 4096);
    assertRefused(PartitionNotice.TRUNCATED);
  }

  private static void cutShort(Path file, long bytes) throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(bytes);
    }
  }

  @Test
  void oneFileCannotBeBoth() throws Exception {
    assertThatThrownBy(() ->
            new RestorePartition(
                    new RestorePartition.Request(lab.cluster, lab.cluster, identity, false, false),
                    Progress.NONE)
                .check())
        .hasMessageContaining(PartitionNotice.SAME_DEVICE.key());
  }

  @Test
  void anEmptyDiskIsRefused() throws Exception {
    Files.write(lab.cluster, new byte[(int) Lab.LAYOUT.requiredBytes()]);
    assertThatThrownBy(this::run).hasMessageContaining("not-made");
  }

  /** Whoever cannot be told from one that was followed by worse is not believed. */
  @Test
  void aNewestSuperblockThatIsLostIsRefused() throws Exception {
    lab.put(lab.cluster, PartitionLayout.superblockOffset(88), new byte[BLOCK]);
    byte[] noise = new byte[BLOCK];
    Arrays.fill(noise, (byte) 0x5a);
    lab.put(lab.cluster, PartitionLayout.superblockOffset(88), noise);
    assertThatThrownBy(this::run)
        .isInstanceOf(PartitionProblem.class)
        .hasMessageContaining("newest-lost");
  }

  @Test
  void aFullCopyIsAskedForByForgettingTheCut() throws Exception {
    alone = true;
    assertThat(run().cut()).isEqualTo(CutRecord.NONE);
    assertThat(loaded().partition().superblock().backup().flagOn()).isTrue();
  }

  @Test
  void anAgentThatHasItOpenKeepsUsOut() throws Exception {
    OpenReplica agent;
    try {
      agent = OpenReplica.open(lab.data, lab.cluster, Lab.IDENTITY);
    } catch (PartitionProblem e) {
      boolean direct = !e.notice().code().equals(PartitionNotice.NO_DIRECT.key());
      assumeThat(direct).as("direct I/O in this folder").isTrue();
      throw e;
    }
    try {
      assertRefused(PartitionNotice.IN_USE);
    } finally {
      agent.close();
    }
    run();
    assertRestored();
  }

  // ---- interrupted

  @Test
  void diedBetweenAnyTwoWritesItIsDoneByTheNextRun() throws Exception {
    byte[] image = Files.readAllBytes(lab.cluster);
    Lab.Stopping[] whole = new Lab.Stopping[1];
    work(
            s -> {
              whole[0] = new Lab.Stopping(s, -1);
              return whole[0];
            })
        .run(1, NOW);
    int writes = whole[0].writes;
    assertThat(writes).isGreaterThan(10);
    for (int n = 0; n < writes; n++) {
      int stopAfter = n;
      Files.write(lab.cluster, image);
      assertThatThrownBy(() -> work(s -> new Lab.Stopping(s, stopAfter)).run(1, NOW))
          .isInstanceOf(Lab.Stopping.Killed.class);
      assertNobodyIsMisled(n);
      run();
      assertRestored();
    }
  }

  /** In between it is the image, or half made and refused, or all done. */
  private void assertNobodyIsMisled(int n) throws Exception {
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.READ)) {
      PartitionReading reading = PartitionReader.read(file);
      if (reading instanceof PartitionReading.Loaded l) {
        Condition condition = l.partition().superblock().condition();
        assertThat(condition)
            .as("after %d writes", n)
            .isEqualTo(n == 0 ? Condition.CONSISTENT : Condition.RESTORED);
      }
    }
  }

  /** The power went in the middle of a superblock, at the first one or the last one. */
  @Test
  void aTornSuperblockIsDoneAgain() throws Exception {
    byte[] image = Files.readAllBytes(lab.cluster);
    for (int which = 1; which <= 2; which++) {
      for (int sectors = 1; sectors < 8; sectors++) {
        Files.write(lab.cluster, image);
        int stopAt = which;
        int keep = sectors;
        assertThatThrownBy(() -> work(s -> new Tearing(s, stopAt, keep)).run(1, NOW))
            .isInstanceOf(Lab.Stopping.Killed.class);
        RestorePartition.Result again = run();
        assertThat(again.already()).as("superblock %d, %d sectors", which, sectors).isFalse();
        assertRestored();
      }
    }
  }

  /** Tears the nth write of a superblock and ends. */
  private static final class Tearing implements BlockSink {
    private final BlockSink under;
    private final int sectors;
    private int left;

    Tearing(BlockSink under, int nth, int sectors) {
      this.under = under;
      this.left = nth;
      this.sectors = sectors;
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      boolean superblock =
          offset == PartitionLayout.superblockOffset(1)
              || offset == PartitionLayout.superblockOffset(2);
      if (superblock && --left == 0) {
        PartitionFile file = (PartitionFile) under;
        ByteBuffer old = file.read(offset, BLOCK);
        byte[] torn = new byte[BLOCK];
        if (old != null) {
          old.get(torn);
        }
        bytes.duplicate().get(torn, 0, sectors * 512);
        under.write(offset, ByteBuffer.wrap(torn));
        under.flush();
        throw new Lab.Stopping.Killed();
      }
      under.write(offset, bytes);
    }

    @Override
    public void flush() {
      under.flush();
    }
  }

  // ---- devices

  @Test
  void blockDevicesAreRestoredAndLocked() throws Exception {
    assumeThat(System.getProperty("user.name")).as("loop devices need root").isEqualTo("root");
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    Path data = loop(lab.data);
    Path cluster = loop(lab.cluster);
    RestorePartition.Request request =
        new RestorePartition.Request(data, cluster, identity, false, false);
    OpenReplica agent = OpenReplica.open(data, cluster, Lab.IDENTITY);
    assertThatThrownBy(() -> new RestorePartition(request, Progress.NONE).run(4242, NOW))
        .hasMessageContaining(PartitionNotice.IN_USE.key());
    agent.close();
    assertThat(new RestorePartition(request, Progress.NONE).run(4242, NOW).already()).isFalse();
    OpenReplica next = OpenReplica.open(data, cluster, identity);
    assertThat(next.loaded().partition().superblock().condition()).isEqualTo(Condition.RESTORED);
    next.close();
    sh("sync");
    assertRestored();
  }

  private Path loop(Path file) throws Exception {
    String device = sh("losetup", "-f", "--show", file.toString());
    loops.add(device);
    return Path.of(device);
  }
}
