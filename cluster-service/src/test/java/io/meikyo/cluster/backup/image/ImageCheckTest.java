// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.partition.CutStatus;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a check of a backup's folder finds. */
class ImageCheckTest {
  private static final int SIZE = 3 << 20;

  @TempDir private Path folder;
  private Path data;
  private Path cluster;

  @BeforeEach
  void backup() throws Exception {
    data = folder.resolve("md1.data.img");
    cluster = folder.resolve("md1.cluster.img");
    byte[] bytes = new byte[SIZE];
    bytes[SIZE - 1] = 7;
    Files.write(data, bytes);
    FakeSnapshots.write(cluster, SIZE, 0xc07, CutStatus.PROVEN, true);
    manifest("c07", CutStatus.PROVEN, SIZE);
  }

  private String digest = "00000000000011110000000000002222";
  private UUID diskId = FakeSnapshots.DISK;

  private void manifest(String id, CutStatus verdict, long bytes) throws Exception {
    Manifest.Disk disk =
        new Manifest.Disk(
            "md1",
            diskId,
            1,
            "server1",
            bytes,
            "1e",
            17,
            verdict,
            digest,
            FakeSnapshots.PROVEN_AT,
            1,
            2,
            part(data),
            part(cluster));
    Manifest m =
        new Manifest(
            id, 1000, 2000, "server2", "me", FakeSnapshots.CLUSTER, "0.1.0", List.of(disk));
    Files.writeString(folder.resolve(Manifest.FILE), m.text());
  }

  private static Manifest.Part part(Path file) throws Exception {
    return new Manifest.Part(
        String.valueOf(file.getFileName()), Files.size(file), ImageFiles.sha256(file, _ -> {}));
  }

  private List<String> wrong() {
    ImageCheck.Result result = new ImageCheck(folder, (_, _, _) -> {}).run();
    List<String> errors =
        result.notices().stream()
            .filter(n -> n.severity() == Severity.ERROR)
            .map(Notice::code)
            .toList();
    assertThat(result.good()).isEqualTo(errors.isEmpty());
    return errors;
  }

  private static void flip(Path file, long at) throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.seek(at);
      int was = f.read();
      f.seek(at);
      f.write(was ^ 1);
    }
  }

  @Test
  void aWholeOneIsWhole() {
    assertThat(wrong()).isEmpty();
    assertThat(new ImageCheck(folder, (_, _, _) -> {}).run().notices().stream().map(Notice::code))
        .contains("image.good", "image.disk-proven");
  }

  @Test
  void oneBitIsFound() throws Exception {
    flip(data, SIZE / 2);
    assertThat(wrong()).containsExactly("image.file-changed");
    flip(data, SIZE / 2);
    flip(cluster, 4096 + 17);
    assertThat(wrong()).containsExactly("image.file-changed");
  }

  @Test
  void whatIsCutOffOrGoneIsFound() throws Exception {
    try (RandomAccessFile f = new RandomAccessFile(data.toFile(), "rw")) {
      f.setLength(SIZE - 1);
    }
    Files.delete(cluster);
    assertThat(wrong()).containsExactly("image.file-size", "image.file-bad");
    Files.delete(folder.resolve(Manifest.FILE));
    assertThat(wrong()).containsExactly("image.manifest-bad");
  }

  @Test
  void aLinkIsNoFile() throws Exception {
    Path elsewhere = folder.resolve("elsewhere");
    Files.move(data, elsewhere);
    Files.createSymbolicLink(data, elsewhere);
    assertThat(wrong()).containsExactly("image.file-bad");
  }

  /** The hashes fit, and the partition is not what the manifest says. */
  private void partition(long cut, CutStatus status, boolean flag) throws Exception {
    Files.delete(cluster);
    FakeSnapshots.write(cluster, SIZE, cut, status, flag);
    manifest("c07", CutStatus.PROVEN, SIZE);
  }

  @Test
  void aPartitionThatARestoreWouldRefuse() throws Exception {
    partition(0xc07, CutStatus.PROVEN, false);
    assertThat(wrong()).containsExactly("image.partition-bad");
    partition(0xc07, CutStatus.VOID, true);
    assertThat(wrong()).containsExactly("image.partition-bad");
    partition(0xc07, CutStatus.UNEQUAL, true);
    assertThat(wrong()).containsExactly("image.partition-bad");
  }

  @Test
  void aPartitionOfAnotherBackup() throws Exception {
    partition(0xc08, CutStatus.PROVEN, true);
    assertThat(wrong()).containsExactly("image.partition-bad");
    partition(0xc07, CutStatus.UNPROVEN, true);
    assertThat(wrong()).containsExactly("image.partition-bad");
    partition(0xc07, CutStatus.PROVEN, true);
    assertThat(wrong()).isEmpty();
  }

  /** Another image of the same cut, or of another mirror disk: its hash is right, and it is not. */
  @Test
  void aPartitionOfAnotherDigestOrDisk() throws Exception {
    digest = "00000000000011110000000000002223";
    manifest("c07", CutStatus.PROVEN, SIZE);
    assertThat(wrong()).containsExactly("image.partition-bad");
    digest = "00000000000011110000000000002222";
    diskId = new UUID(1, 2);
    manifest("c07", CutStatus.PROVEN, SIZE);
    assertThat(wrong()).containsExactly("image.partition-bad");
  }

  @Test
  void aPartitionOfADiskOfAnotherSize() throws Exception {
    manifest("c07", CutStatus.PROVEN, SIZE - 512);
    assertThat(wrong()).containsExactly("image.partition-bad");
  }

  @Test
  void aPartitionThatIsNone() throws Exception {
    Files.write(cluster, new byte[1 << 20]);
    manifest("c07", CutStatus.PROVEN, SIZE);
    assertThat(wrong()).containsExactly("image.partition-bad");
  }
}
