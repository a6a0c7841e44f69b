// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairFolderTest {
  @TempDir private Path folder;

  private PairFolder open() throws IOException {
    return PairFolder.open(folder.resolve("state"), RecordJournalTest.DISK, 77);
  }

  private Path file() {
    return folder.resolve("state").resolve(RecordJournalTest.DISK + ".pair");
  }

  @Test
  void everythingIsThereAgain() throws IOException {
    SetRecord decided;
    SetRecord pending;
    PairBook.Word word = new PairBook.Word("鏡 " + "x".repeat(200), 1_700_000_000_123L);
    try (PairFolder book = open()) {
      assertThat(book.newest()).isEqualTo(SetRecord.initial(77));
      assertThat(book.alone()).isNull();
      assertThat(book.pending()).isNull();
      decided = RecordJournalTest.next(book.newest(), 1);
      book.append(decided);
      pending = RecordJournalTest.next(decided, 2);
      book.pending(pending);
      book.alone(word);
    }
    try (PairFolder book = open()) {
      assertThat(book.newest()).isEqualTo(decided);
      assertThat(book.at(1)).isEqualTo(SetRecord.initial(77));
      assertThat(book.from(2)).containsExactly(decided);
      assertThat(book.pending()).isEqualTo(pending);
      PairBook.Word said = book.alone();
      assertThat(said).isNotNull();
      assertThat(said.atMillis()).isEqualTo(word.atMillis());
      assertThat(word.who()).startsWith(said.who());
      assertThat(said.who().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(64);
      book.alone(null);
    }
    try (PairFolder book = open()) {
      assertThat(book.alone()).isNull();
      assertThat(book.pending()).isEqualTo(pending);
    }
  }

  @Test
  void whatTakesThePlaceOfAllStays() throws IOException {
    SetRecord first = RecordJournalTest.next(SetRecord.initial(77), 5);
    SetRecord second = RecordJournalTest.next(first, 6);
    try (PairFolder book = open()) {
      book.append(RecordJournalTest.next(book.newest(), 1));
      book.pending(RecordJournalTest.next(book.newest(), 2));
      book.alone(new PairBook.Word("x", 1));
      book.replace(List.of(first, second));
      assertThat(book.newest()).isEqualTo(second);
    }
    try (PairFolder book = open()) {
      assertThat(book.from(0)).containsExactly(first, second);
      assertThat(book.pending()).isNull();
      assertThat(book.alone()).isNull();
    }
  }

  @Test
  void whatDoesNotFollowIsNotTaken() throws IOException {
    try (PairFolder book = open()) {
      SetRecord far = RecordJournalTest.next(RecordJournalTest.next(book.newest(), 1), 2);
      assertThatThrownBy(() -> book.append(far)).isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 9, 13, 20, 30, 90, 200, 511})
  void aDamagedByteIsSaid(int at) throws IOException {
    try (PairFolder book = open()) {
      book.pending(RecordJournalTest.next(book.newest(), 1));
      book.alone(new PairBook.Word("somebody", 1));
    }
    byte[] bytes = Files.readAllBytes(file());
    bytes[at] ^= 4;
    Files.write(file(), bytes);
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("damaged");
  }

  @Test
  void twoAgentsCannotHaveIt() throws IOException {
    try (PairFolder _ = open()) {
      assertThatThrownBy(this::open).isNotNull();
    }
  }
}
