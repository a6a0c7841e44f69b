// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.core.format.FormatNotice;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Identity;
import io.meikyo.linux.FileIo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreatePartitionTest {
  @TempDir private Path folder;
  private Lab lab;

  @BeforeEach
  void makeFiles() throws IOException {
    lab = new Lab(folder).withFiles();
  }

  private static void assertRefused(CreatePartition.Request request, PartitionNotice why) {
    assertThatThrownBy(() -> Lab.create(request).run(1))
        .isInstanceOf(PartitionProblem.class)
        .extracting(e -> ((PartitionProblem) e).notice().code())
        .isEqualTo(why.key());
  }

  @Test
  void aNewPartitionIsBlankAndClean() throws Exception {
    byte[] data = new byte[(int) Lab.DATA_BYTES];
    Arrays.fill(data, (byte) 7);
    Files.write(lab.data, data);
    var notices = Lab.create(lab.request()).run(1);

    assertThat(Lab.codes(notices)).containsExactly(PartitionNotice.CREATED.key());
    var result = CheckPartition.check(List.of(lab.cluster), CheckPartition.Expected.NOTHING);
    assertThat(result.getFirst().clean()).isTrue();
    var superblock =
        ((PartitionReading.Loaded) result.getFirst().reading()).partition().superblock();
    assertThat(superblock.condition()).isEqualTo(Condition.BLANK);
    assertThat(superblock.identity()).isEqualTo(Lab.IDENTITY);
    assertThat(Files.readAllBytes(lab.data)).isEqualTo(data);
  }

  @Test
  void aPartitionThatIsThereIsKept() throws Exception {
    Lab.create(lab.request()).run(1);
    byte[] before = Files.readAllBytes(lab.cluster);
    assertRefused(lab.request(), PartitionNotice.IS_MEIKYO);
    assertRefused(
        lab.request(new Identity(Lab.CLUSTER, Lab.DISK, 1), false), PartitionNotice.IS_MEIKYO);
    assertThat(Files.readAllBytes(lab.cluster)).isEqualTo(before);

    var notices = Lab.create(lab.request(Lab.IDENTITY, true)).run(2);
    assertThat(Lab.codes(notices))
        .containsExactly(Lab.keys(PartitionNotice.OVERWRITTEN, PartitionNotice.CREATED));
  }

  @Test
  void aDamagedPartitionIsKeptToo() throws Exception {
    Lab.create(lab.request()).run(1);
    lab.flip(100);
    lab.flip((1 << 20) + 100);

    assertRefused(lab.request(), PartitionNotice.IS_MEIKYO);
  }

  @ParameterizedTest
  @CsvSource({
    "XFS, 0, 58465342",
    "LUKS, 0, 4c554b53babe",
    "'ext2, ext3 or ext4', 1080, 53ef",
    "btrfs, 65600, 5f42485266535f4d",
    "swap, 4086, 53574150535041434532",
    "LVM2, 512, 4c4142454c4f4e45",
    "GPT partition table, 512, 4546492050415254",
    "MBR partition table or FAT, 510, 55aa",
    "Linux software RAID, 4096, fc4e2ba9"
  })
  void whatOthersKeepIsNotOverwritten(String name, int offset, String bytes) throws Exception {
    lab.put(lab.cluster, offset, HexFormat.of().parseHex(bytes));
    byte[] before = Files.readAllBytes(lab.cluster);

    assertThatThrownBy(() -> Lab.create(lab.request()).run(1))
        .isInstanceOf(PartitionProblem.class)
        .hasMessageContaining(PartitionNotice.HAS_SIGNATURE.key())
        .hasMessageContaining(name);
    assertThat(Files.readAllBytes(lab.cluster)).isEqualTo(before);
    assertThat(Lab.create(lab.request(Lab.IDENTITY, true)).run(1)).isNotEmpty();
  }

  @Test
  void metadataOfDrbdAtTheEndIsSeen() throws Exception {
    long end = Files.size(lab.cluster);
    lab.put(lab.cluster, end - 4096 + 60, HexFormat.of().parseHex("8374026d"));
    assertRefused(lab.request(), PartitionNotice.HAS_SIGNATURE);
  }

  @Test
  void realFileSystemsAreSeen() throws Exception {
    for (List<String> make : List.of(List.of("mkfs.ext4", "-q", "-F"), List.of("mkswap"))) {
      Path tool = Path.of("/usr/sbin").resolve(make.getFirst());
      assumeThat(tool).as("the tool that makes it").isExecutable();
      Files.write(lab.cluster, new byte[(int) Lab.LAYOUT.requiredBytes()]);
      Process process =
          new ProcessBuilder(
                  java.util.stream.Stream.concat(
                          make.stream(), java.util.stream.Stream.of(lab.cluster.toString()))
                      .toList())
              .redirectErrorStream(true)
              .start();
      process.getInputStream().readAllBytes();
      assertThat(process.waitFor()).isZero();
      assertRefused(lab.request(), PartitionNotice.HAS_SIGNATURE);
    }
  }

  @Test
  void unknownContentsAreNotOverwritten() throws Exception {
    lab.put(lab.cluster, 3000, "somebody's notes".getBytes(StandardCharsets.UTF_8));
    assertRefused(lab.request(), PartitionNotice.NOT_EMPTY);
  }

  @Test
  void oneFileCannotBeBoth() throws Exception {
    var r = lab.request();
    assertRefused(
        new CreatePartition.Request(lab.data, lab.data, r.identity(), 3, 512, 0, 0, true),
        PartitionNotice.SAME_DEVICE);
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, lab.data);
    assertRefused(
        new CreatePartition.Request(lab.data, link, r.identity(), 3, 512, 0, 0, true),
        PartitionNotice.SAME_DEVICE);
  }

  @Test
  void theDataPartitionCannotBeAClusterPartition() throws Exception {
    Lab.create(lab.request()).run(1);
    Path other = folder.resolve("other");
    Files.write(other, new byte[(int) Lab.LAYOUT.requiredBytes()]);
    assertRefused(
        new CreatePartition.Request(lab.cluster, other, Lab.IDENTITY, 3, 512, 0, 0, true),
        PartitionNotice.DATA_IS_CLUSTER);
  }

  @Test
  void aFileWithHolesIsRefused() throws Exception {
    Files.delete(lab.data);
    try (RandomAccessFile f = new RandomAccessFile(lab.data.toFile(), "rw")) {
      f.setLength(Lab.DATA_BYTES);
    }
    assertRefused(lab.request(), PartitionNotice.SPARSE);
  }

  @Test
  void sizesAreChecked() throws Exception {
    Files.write(lab.data, new byte[1000]);
    assertRefused(lab.request(), PartitionNotice.NOT_WHOLE_BLOCKS);
    Files.write(lab.data, new byte[4096]);
    assertRefused(
        new CreatePartition.Request(lab.data, lab.cluster, Lab.IDENTITY, 3, 512, 8192, 0, false),
        PartitionNotice.DATA_TOO_SMALL);
    Files.write(lab.cluster, new byte[1 << 20]);
    assertRefused(lab.request(), PartitionNotice.TOO_SMALL);
    assertRefused(
        new CreatePartition.Request(
            lab.data, lab.cluster, Lab.IDENTITY, 3, 4096, 0, 1L << 50, false),
        PartitionNotice.TOO_LARGE);
  }

  @Test
  void pathsAreChecked() {
    for (Path path : List.of(folder.resolve("none"))) {
      assertRefused(
          new CreatePartition.Request(path, lab.cluster, Lab.IDENTITY, 3, 512, 0, 0, false),
          PartitionNotice.NO_SUCH_FILE);
    }
    for (Path path : List.of(folder, Path.of("/dev/null"))) {
      assertRefused(
          new CreatePartition.Request(path, lab.cluster, Lab.IDENTITY, 3, 512, 0, 0, false),
          PartitionNotice.NOT_A_DISK);
    }
  }

  @Test
  void filesAreMadeFullyWritten() throws Exception {
    Files.delete(lab.data);
    Files.delete(lab.cluster);
    Files.write(folder.resolve("data.meikyo-part"), new byte[] {1});
    long[] last = new long[1];
    var request =
        new CreatePartition.Request(
            lab.data, lab.cluster, Lab.IDENTITY, 3, 4096, 0, 32 << 20, false);
    new CreatePartition(request, (what, done, total) -> last[0] = total - done).run(5);

    assertThat(Files.size(lab.data)).isEqualTo(32 << 20);
    assertThat(FileIo.firstHole(lab.data)).isEqualTo(32 << 20);
    assertThat(FileIo.firstHole(lab.cluster)).isEqualTo(Files.size(lab.cluster));
    assertThat(last[0]).isZero();
    assertThat(folder.resolve("data.meikyo-part")).doesNotExist();
    assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
    assertRefused(request, PartitionNotice.ALREADY_THERE);
  }

  @Test
  void aPartitionInUseIsLeftAlone() throws Exception {
    try (PartitionFile user = PartitionFile.open(lab.cluster, PartitionFile.Mode.WRITE)) {
      assertThat(user.size()).isPositive();
      assertRefused(lab.request(), PartitionNotice.IN_USE);
    }
  }

  /** Killed between any two writes: the old one, or something that is recognised and made again. */
  @Test
  void killedAtAnyWriteItCanBeDoneAgain() throws Exception {
    Lab.create(lab.request()).run(1);
    byte[] old = Files.readAllBytes(lab.cluster);
    AtomicReference<Lab.Stopping> whole = new AtomicReference<>();
    new CreatePartition(
            lab.request(Lab.IDENTITY, true),
            Progress.NONE,
            sink -> {
              whole.set(new Lab.Stopping(sink, -1));
              return whole.get();
            })
        .run(2);
    assertThat(whole.get().writes).isGreaterThan(60);

    for (int k = 0; k < whole.get().writes; k++) {
      Files.write(lab.cluster, old);
      int stopAfter = k;
      assertThatThrownBy(() ->
              new CreatePartition(
                      lab.request(Lab.IDENTITY, true),
                      Progress.NONE,
                      sink -> new Lab.Stopping(sink, stopAfter))
                  .run(2))
          .isInstanceOf(Lab.Stopping.Killed.class);
      assertThat(lab.check())
          .containsExactly(
              k == 0 ? PartitionNotice.CLEAN.key() : FormatNotice.SUPERBLOCKS_DISAGREE.key());
      Lab.create(lab.request(Lab.IDENTITY, true)).run(3);
      assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
    }
  }

  @Test
  void killedOnAnEmptyPartitionItNeedsNoForce() throws Exception {
    for (int k = 0; k < 60; k += 7) {
      Files.write(lab.cluster, new byte[(int) Lab.LAYOUT.requiredBytes()]);
      int stopAfter = k;
      assertThatThrownBy(() ->
              new CreatePartition(
                      lab.request(), Progress.NONE, sink -> new Lab.Stopping(sink, stopAfter))
                  .run(2))
          .isInstanceOf(Lab.Stopping.Killed.class);
      assertThat(lab.check())
          .containsExactly(k == 0 ? FormatNotice.NOT_MADE.key() : FormatNotice.NOT_FINISHED.key());
      if (k > 0) {
        assertRefused(
            lab.request(new Identity(Lab.CLUSTER, Lab.DISK, 1), false), PartitionNotice.IS_MEIKYO);
      }
      Lab.create(lab.request()).run(3);
      assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
    }
  }
}
