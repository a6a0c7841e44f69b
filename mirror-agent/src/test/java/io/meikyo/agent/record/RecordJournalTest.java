// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.format.SetRecordCodec;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordJournalTest {
  static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");
  private static final long GROUP = 77;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve(DISK + ".record");
  }

  private RecordJournal open() throws IOException {
    return RecordJournal.open(file, DISK, GROUP);
  }

  /** A change of the record by a proposal of this id. */
  static SetRecord next(SetRecord r, long proposal) {
    return new SetRecord(
        r.groupId(),
        r.version() + 1,
        r.epoch() + 1,
        (int) (proposal & 1),
        3,
        42,
        r.stamps(),
        proposal,
        0,
        0,
        r.cutStatus());
  }

  private SetRecord write(int count) throws IOException {
    try (RecordJournal journal = open()) {
      for (int i = 1; i <= count; i++) {
        assertThat(journal.propose(next(journal.record(), i))).isEqualTo(Outcome.COMMITTED);
      }
      return journal.record();
    }
  }

  @Test
  void aNewOneBeginsWithTheGivenLineage() throws IOException {
    try (RecordJournal journal = open()) {
      assertThat(journal.record()).isEqualTo(SetRecord.initial(GROUP));
    }
    assertThat(Files.size(file)).isEqualTo(SetRecordCodec.BYTES);
  }

  @Test
  void whatWasDecidedIsThereAgain() throws IOException {
    SetRecord last = write(5);
    try (RecordJournal journal = RecordJournal.open(file, DISK, 99)) {
      assertThat(journal.record()).isEqualTo(last);
    }
  }

  @Test
  void onlyTheNextVersionOfTheSameLineageIsTaken() throws IOException {
    SetRecord last = write(3);
    try (RecordJournal journal = open()) {
      SetRecord tooFar = next(next(last, 50), 51);
      assertThat(journal.propose(tooFar)).isEqualTo(Outcome.REJECTED);
      SetRecord late = next(SetRecord.initial(GROUP), 52);
      assertThat(journal.propose(late)).isEqualTo(Outcome.REJECTED);
      SetRecord foreign = next(SetRecord.initial(GROUP + 1), 53);
      assertThat(journal.propose(foreign)).isEqualTo(Outcome.REJECTED);
      assertThat(journal.record()).isEqualTo(last);
    }
  }

  @Test
  void aProposalThatIsAskedAboutAgainIsFound() throws IOException {
    SetRecord first = next(SetRecord.initial(GROUP), 1);
    write(3);
    try (RecordJournal journal = open()) {
      SetRecord before = journal.record();
      assertThat(journal.propose(first)).isEqualTo(Outcome.COMMITTED);
      assertThat(journal.record()).as("and nothing is written for it").isEqualTo(before);
    }
    assertThat(Files.size(file)).isEqualTo(4L * SetRecordCodec.BYTES);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 255})
  void aTornEndIsForgotten(int bytes) throws IOException {
    SetRecord last = write(3);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(whole, bytes), StandardOpenOption.APPEND);
    try (RecordJournal journal = open()) {
      assertThat(journal.record()).isEqualTo(last);
      assertThat(journal.propose(next(last, 4))).isEqualTo(Outcome.COMMITTED);
    }
    assertThat(Files.size(file)).isEqualTo(5L * SetRecordCodec.BYTES);
    try (RecordJournal journal = open()) {
      assertThat(journal.record()).isEqualTo(next(last, 4));
    }
  }

  @Test
  void roomThatWasMadeForARecordIsForgotten() throws IOException {
    SetRecord last = write(3);
    Files.write(file, new byte[SetRecordCodec.BYTES], StandardOpenOption.APPEND);
    try (RecordJournal journal = open()) {
      assertThat(journal.record()).isEqualTo(last);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aDamagedRecordIsRefusedWhereverItIs(int entry) throws IOException {
    write(3);
    byte[] before = Files.readAllBytes(file);
    before[entry * SetRecordCodec.BYTES + 20] ^= 1;
    Files.write(file, before);
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged at byte " + entry * SetRecordCodec.BYTES);
    assertThat(Files.readAllBytes(file)).as("nothing is changed").isEqualTo(before);
  }

  @Test
  void aMissingVersionIsRefused() throws IOException {
    write(3);
    byte[] all = Files.readAllBytes(file);
    byte[] less = new byte[3 * SetRecordCodec.BYTES];
    System.arraycopy(all, 0, less, 0, SetRecordCodec.BYTES);
    System.arraycopy(
        all, 2 * SetRecordCodec.BYTES, less, SetRecordCodec.BYTES, 2 * SetRecordCodec.BYTES);
    Files.write(file, less);
    assertThatThrownBy(this::open).hasMessageContaining("version 3 follows 1");
  }

  @Test
  void theRecordOfAnotherDiskIsRefused() throws IOException {
    write(1);
    assertThatThrownBy(() -> RecordJournal.open(file, new UUID(1, 2), GROUP))
        .hasMessageContaining("OTHER_PARTITION");
  }

  @Test
  void aFullFileKeepsItsNewerHalf() throws IOException {
    int more = 10;
    SetRecord last = write(RecordJournal.ENTRIES_MAX + more);
    int entries = RecordJournal.ENTRIES_MAX / 2 + more + 1;
    assertThat(Files.size(file)).isEqualTo((long) entries * SetRecordCodec.BYTES);
    try (RecordJournal journal = open()) {
      assertThat(journal.record()).isEqualTo(last);
      assertThat(journal.propose(last)).as("a recent proposal").isEqualTo(Outcome.COMMITTED);
      SetRecord old = next(SetRecord.initial(GROUP), 1);
      assertThat(journal.propose(old)).as("a forgotten one").isEqualTo(Outcome.REJECTED);
      assertThat(journal.propose(next(last, 9999))).isEqualTo(Outcome.COMMITTED);
    }
    assertThat(folder.toFile().list()).containsExactly(file.getFileName().toString());
  }

  @Test
  void anotherProcessThatHasItIsNoticed() throws Exception {
    write(1);
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                "import fcntl,sys; f=open(sys.argv[1],'r+'); fcntl.lockf(f,fcntl.LOCK_EX);"
                    + " print('has',flush=True); sys.stdin.read()",
                file.toString())
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("has");
      assertThatThrownBy(this::open).hasMessageContaining("in use by another process");
      other.getOutputStream().close();
      assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
      open().close();
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void aFileThatIsNoJournalIsRefused() throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      for (int i = 0; i < 1000; i++) {
        f.write('x');
      }
    }
    assertThatThrownBy(this::open).hasMessageContaining("FOREIGN");
    assertThat(Files.size(file)).isEqualTo(1000);
  }
}
