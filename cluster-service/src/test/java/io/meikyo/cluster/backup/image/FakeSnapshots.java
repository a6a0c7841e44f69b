// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.agent.partition.PartitionFile;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Snapshots as a test says they are; cluster partitions are real ones, in the real format. */
final class FakeSnapshots implements Snapshots {
  static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");
  static final long PROVEN_AT = 1_700_000_000_000L;

  /** All that was asked for but the list. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /** Is run when one is adopted. */
  Runnable adopted = () -> {};

  private final Map<String, Snapshot> all = new LinkedHashMap<>();
  private @Nullable ImageProblem trouble;

  /** The cut that cluster partitions show; null: the one that is asked for. */
  private @Nullable String otherCut;

  /** The verdict that cluster partitions show; null: the snapshot's. */
  private @Nullable CutStatus otherVerdict;

  /** Adds one that stands, with an open verdict. */
  synchronized FakeSnapshots stands(String name, long bytes, Path socket) {
    put(name, true, "", CutStatus.NONE, bytes, socket);
    return this;
  }

  private void put(
      String name, boolean stands, String why, CutStatus verdict, long bytes, Path socket) {
    String disk = name.substring(0, name.indexOf('@'));
    put(new Snapshot(name, disk, stands, why, verdict, "", bytes, "", PROVEN_AT, "", socket));
  }

  private void put(Snapshot s) {
    all.put(s.name(), s);
  }

  /** Its bytes are where nobody can read them. */
  synchronized FakeSnapshots elsewhere(String name, String where) {
    Snapshot s = java.util.Objects.requireNonNull(all.get(name));
    put(
        new Snapshot(
            name,
            s.disk(),
            true,
            "",
            s.verdict(),
            "",
            s.bytes(),
            "",
            PROVEN_AT,
            where,
            s.socket()));
    return this;
  }

  /** Somebody has adopted it. */
  synchronized FakeSnapshots adopted(String name, String by) {
    Snapshot s = java.util.Objects.requireNonNull(all.get(name));
    put(
        new Snapshot(
            name, s.disk(), true, "", s.verdict(), by, s.bytes(), "", PROVEN_AT, "", s.socket()));
    return this;
  }

  synchronized FakeSnapshots judged(String name, CutStatus verdict) {
    Snapshot s = java.util.Objects.requireNonNull(all.get(name));
    put(name, s.stands(), s.why(), verdict, s.bytes(), s.socket());
    return this;
  }

  synchronized void lost(String name, String why) {
    Snapshot s = java.util.Objects.requireNonNull(all.get(name));
    put(name, false, why, s.verdict(), s.bytes(), s.socket());
  }

  /** Every question fails with this; null: none. */
  synchronized void trouble(@Nullable ImageProblem why) {
    trouble = why;
  }

  synchronized void otherCut(String cut) {
    otherCut = cut;
  }

  synchronized void otherVerdict(CutStatus verdict) {
    otherVerdict = verdict;
  }

  synchronized boolean has(String name) {
    return all.containsKey(name);
  }

  private void check() throws ImageProblem {
    if (trouble != null) {
      throw trouble;
    }
  }

  @Override
  public synchronized List<Snapshot> list() throws ImageProblem {
    check();
    return List.copyOf(all.values());
  }

  @Override
  public synchronized void keep(String disk, String cut, String by) throws ImageProblem {
    check();
    adopted.run();
    asked.add("keep " + disk + "@" + cut + " " + by);
    if (!all.containsKey(disk + "@" + cut)) {
      throw new ImageProblem(ImageNotice.AGENT_REFUSED, "snapshot.keep", "there is none");
    }
  }

  @Override
  public synchronized void delete(String disk, String cut) throws ImageProblem {
    check();
    asked.add("delete " + disk + "@" + cut);
    all.remove(disk + "@" + cut);
  }

  @Override
  public synchronized long bytes(String disk) throws ImageProblem {
    check();
    return all.values().stream()
        .filter(s -> s.disk().equals(disk))
        .mapToLong(Snapshot::bytes)
        .findFirst()
        .orElse(0);
  }

  @Override
  public synchronized void clusterImage(String disk, String cut, Path to) throws ImageProblem {
    check();
    asked.add("cluster-image " + disk + "@" + cut);
    Snapshot s = all.get(disk + "@" + cut);
    if (s == null) {
      throw new ImageProblem(ImageNotice.NO_SNAPSHOT, disk);
    }
    String shown = otherCut == null ? cut : otherCut;
    CutStatus verdict = otherVerdict == null ? s.verdict() : otherVerdict;
    write(to, s.bytes(), Long.parseUnsignedLong(shown, 16), verdict, true);
  }

  /** A cluster partition as it is at a cut. */
  static void write(Path to, long dataBytes, long cut, CutStatus status, boolean flag) {
    PartitionLayout layout =
        PartitionLayout.of(PartitionLayout.standardGeometry(512, dataBytes / 512), 3);
    Stamp stamp = new Stamp(9, 99);
    Superblock s =
        new Superblock(
            1,
            new Identity(CLUSTER, DISK, 1),
            layout.geometry(),
            4711,
            17,
            3,
            0,
            Generations.of(30, 20),
            Condition.CONSISTENT,
            false,
            false,
            5,
            stamp,
            Stamp.NONE,
            Collections.nCopies(
                Identity.REPLICAS_MAX, new PeerSlot(stamp, Stamp.NONE, true, true, PROVEN_AT)),
            new CutRecord(cut, 3, 30, 17, stamp, 100, status, 0x1111, 0x2222),
            flag ? new BackupRecord(true, 3, cut, 1234) : BackupRecord.OFF,
            false);
    try (RandomAccessFile file = new RandomAccessFile(to.toFile(), "rw")) {
      file.setLength(layout.requiredBytes());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    try (PartitionFile file = PartitionFile.open(to, PartitionFile.Mode.WRITE)) {
      FreshPartition.write(new WrittenSuperblock(s, 77, layout), null, file, _ -> {});
      file.flush();
    } catch (PartitionProblem e) {
      throw new IllegalStateException(e);
    }
  }

  List<String> deleted() {
    return new ArrayList<>(asked.stream().filter(a -> a.startsWith("delete ")).toList());
  }
}
