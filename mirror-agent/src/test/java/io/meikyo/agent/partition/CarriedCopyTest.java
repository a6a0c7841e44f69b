// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.WrittenSuperblock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a cluster partition carries of its cluster is the former or the new, at every moment. */
class CarriedCopyTest {
  private static final int BLOCK = PartitionLayout.BLOCK_BYTES;

  @TempDir private Path folder;
  private Lab lab;

  @BeforeEach
  void made() throws Exception {
    lab = new Lab(folder).made();
  }

  private static CarriedCopy.Contents contents(long version, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new CarriedCopy.Contents(Lab.CLUSTER, 4711, 17, 3, version, bytes);
  }

  private static WrittenSuperblock written(PartitionFile file) {
    return ((PartitionReading.Loaded) PartitionReader.read(file)).written();
  }

  private ConfigCopy put(CarriedCopy.Contents contents) throws PartitionProblem {
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.WRITE)) {
      return CarriedCopy.put(file, file, written(file), contents);
    }
  }

  private ConfigCopy read() throws PartitionProblem {
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.READ)) {
      return PartitionReader.config(file, written(file));
    }
  }

  /** Passes writes on block by block, and notes where. */
  private static final class ByBlock implements BlockSink {
    private final BlockSink under;
    private final List<Long> places = new ArrayList<>();

    ByBlock(BlockSink under) {
      this.under = under;
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      for (long at = offset; bytes.hasRemaining(); at += BLOCK) {
        places.add(at);
        under.write(at, bytes.slice(bytes.position(), BLOCK));
        bytes.position(bytes.position() + BLOCK);
      }
    }

    @Override
    public void flush() {
      under.flush();
    }
  }

  @Test
  void whatIsWrittenIsReadAndInspectShowsIt() throws Exception {
    assertThat(read()).isNull();
    put(contents(5, "name = \"one\"\n"));
    assertThat(read())
        .isEqualTo(
            new ConfigCopy(
                1,
                Lab.CLUSTER,
                4711,
                17,
                3,
                5,
                "name = \"one\"\n".getBytes(StandardCharsets.UTF_8)));
    put(contents(6, "name = \"two\"\n"));
    put(contents(7, "name = \"three\"\n"));
    assertThat(read().sequence()).isEqualTo(3);
    assertThat(read().version()).isEqualTo(7);
    assertThat(lab.check()).containsExactly(PartitionNotice.CLEAN.key());
    assertThat(Lab.codes(InspectPartition.inspect(lab.cluster).description()))
        .contains(InspectNotice.CONFIGURATION.key());
  }

  @Test
  void whatIsThereAlreadyIsNotWrittenAgain() throws Exception {
    put(contents(5, "the same"));
    try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.WRITE)) {
      BlockSink never = new Lab.Stopping(file, 0);
      ConfigCopy kept = CarriedCopy.put(file, never, written(file), contents(5, "the same"));
      assertThat(kept.sequence()).isEqualTo(1);
      assertThatThrownBy(
              () -> CarriedCopy.put(file, never, written(file), contents(5, "not the same")))
          .isInstanceOf(Lab.Stopping.Killed.class);
    }
  }

  /** Killed after each number of blocks: the newer copy of before, or the new one, whole. */
  @Test
  void aWriteThatIsCutOffAnywhereLeavesWhatWasCarried() throws Exception {
    String longer = "# a comment\n".repeat(2000);
    put(contents(1, "first " + longer));
    put(contents(2, "second " + longer));
    int blocks = 1 + ("third " + longer).length() / BLOCK + 1;
    for (int kept = 0; kept <= blocks; kept++) {
      ConfigCopy before = read();
      CarriedCopy.Contents next = contents(100 + kept, "third " + longer + kept);
      boolean whole = false;
      try (PartitionFile file = PartitionFile.open(lab.cluster, PartitionFile.Mode.WRITE)) {
        ByBlock sink = new ByBlock(new Lab.Stopping(file, kept));
        try {
          CarriedCopy.put(file, sink, written(file), next);
          whole = true;
        } catch (Lab.Stopping.Killed e) {
          assertThat(sink.places).hasSize(kept + 1);
        }
        assertThat(sink.places)
            .as("over the older copy only")
            .allMatch(p ->
                p >= PartitionLayout.configOffset(before.sequence() + 1)
                    && p
                        < PartitionLayout.configOffset(before.sequence() + 1)
                            + PartitionLayout.CONFIG_COPY_BYTES);
      }
      assertThat(whole).isEqualTo(kept == blocks);
      assertThat(read().version()).isEqualTo(whole ? 100 + kept : before.version());
      assertThat(read().configuration())
          .isEqualTo(whole ? next.configuration() : before.configuration());
    }
  }

  @Test
  void oneThatDoesNotFitIsRefusedAndTheFormerOneKept() throws Exception {
    put(contents(1, "small"));
    String most = "x".repeat(ConfigCopy.CONFIGURATION_MAX);
    assertThatThrownBy(() -> put(contents(2, most + "x")))
        .isInstanceOf(PartitionProblem.class)
        .extracting(e -> ((PartitionProblem) e).notice().code())
        .isEqualTo(PartitionNotice.CONFIGURATION_TOO_LARGE.key());
    assertThat(read().version()).isEqualTo(1);
    put(contents(3, most));
    assertThat(read().configuration()).hasSize(ConfigCopy.CONFIGURATION_MAX);
  }

  @Test
  void afterBothCopiesWereDamagedOneIsWrittenAnew() throws Exception {
    put(contents(1, "one"));
    put(contents(2, "two"));
    lab.flip(PartitionLayout.configOffset(1) + BLOCK);
    assertThat(read().version()).isEqualTo(2);
    lab.flip(PartitionLayout.configOffset(2) + 60);
    assertThat(read()).isNull();
    put(contents(3, "three"));
    assertThat(read().version()).isEqualTo(3);
  }

  @Test
  void anOpenReplicaTellsWhatItCarriesAndTakesAnother() throws Exception {
    put(contents(1, "before"));
    OpenReplica replica = null;
    try {
      replica = OpenReplica.open(lab.data, lab.cluster, Lab.IDENTITY);
    } catch (PartitionProblem e) {
      assumeThat(e.notice().code())
          .as("no direct I/O on this file system")
          .isNotEqualTo(PartitionNotice.NO_DIRECT.key());
      throw e;
    }
    CarriedCopy carried = replica.carried();
    byte[] after = "after".getBytes(StandardCharsets.UTF_8);
    assertThat(carried.mark())
        .isEqualTo(CarriedCopy.mark(1, "before".getBytes(StandardCharsets.UTF_8)));
    assertThat(carried.write(contents(2, "after"))).isTrue();
    assertThat(carried.write(contents(2, "after"))).isFalse();
    assertThat(carried.mark()).isEqualTo(CarriedCopy.mark(2, after));
    assertThat(replica.configuration().version()).isEqualTo(2);
    replica.close();
    assertThat(read().configuration()).isEqualTo(after);
    assertThatThrownBy(() -> carried.write(contents(3, "too late")))
        .isInstanceOf(PartitionProblem.class)
        .extracting(e -> ((PartitionProblem) e).notice().code())
        .isEqualTo(PartitionNotice.COPY_NOT_WRITTEN.key());
    assertThat(read().version()).isEqualTo(2);
  }
}
