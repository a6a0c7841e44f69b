// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BookTest {
  private static final int BLOCKS = 8;

  private final ByteBuffer bytes = ByteBuffer.allocate(BLOCKS * Book.BLOCK);
  private final Book book = new Book(3, BLOCKS);

  private void write(int first, int count, int number) {
    bytes.limit((first + count) * Book.BLOCK).position(first * Book.BLOCK);
    book.fill(bytes, first, count, number);
    book.wrote(first, count, number);
    bytes.clear();
  }

  private void compare() throws Exception {
    book.compare(bytes.clear(), 0, BLOCKS);
  }

  @Test
  void whatWasWrittenLastIsRight() throws Exception {
    compare();
    write(0, 4, 1);
    write(2, 3, 2);
    compare();
    assertThat(book.written()).isEqualTo(5);
  }

  @Test
  void anOlderWriteIsSeen() {
    write(2, 2, 1);
    byte[] old = bytes.array().clone();
    write(3, 1, 2);
    System.arraycopy(old, 3 * Book.BLOCK, bytes.array(), 3 * Book.BLOCK, Book.BLOCK);
    assertThatThrownBy(this::compare)
        .hasMessage(
            "file 3, block 3, sector 0: write 2 must be there, found is write 1 of block 3");
  }

  @Test
  void oneTornSectorIsSeen() {
    write(1, 1, 1);
    byte[] old = bytes.array().clone();
    write(1, 1, 2);
    System.arraycopy(old, Book.BLOCK + 7 * 512, bytes.array(), Book.BLOCK + 7 * 512, 512);
    assertThatThrownBy(this::compare).hasMessageContaining("block 1, sector 7: write 2 must be");
  }

  @Test
  void oneFlippedBitIsSeen() {
    write(5, 1, 9);
    bytes.array()[5 * Book.BLOCK + 3 * 512 + 200] ^= 1;
    assertThatThrownBy(this::compare)
        .hasMessage("file 3, block 5, sector 3 of write 9: damaged at byte 200");
  }

  @Test
  void bytesOfAnotherFileOrBlockAreSeen() {
    write(4, 2, 1);
    System.arraycopy(bytes.array(), 4 * Book.BLOCK, bytes.array(), 5 * Book.BLOCK, Book.BLOCK);
    assertThatThrownBy(this::compare).hasMessageContaining("found is write 1 of block 4");
    Book other = new Book(4, BLOCKS);
    other.wrote(4, 1, 1);
    assertThatThrownBy(() -> other.compare(bytes.clear().position(4 * Book.BLOCK), 4, 1))
        .hasMessageContaining("foreign bytes");
  }

  @Test
  void itIsKeptForAnotherProcess(@TempDir Path folder) throws Exception {
    write(1, 3, 7);
    Path file = folder.resolve("book");
    book.save(file);
    Book read = Book.load(3, file);
    assertThat(read.blocks()).isEqualTo(BLOCKS);
    read.compare(bytes.clear(), 0, BLOCKS);
    assertThat(read.written()).isEqualTo(3);
  }

  @Test
  void quantilesAreRightWithinASixteenth() {
    Durations all = new Durations();
    assertThat(all.quantile(0.5)).isZero();
    for (int i = 1; i <= 1000; i++) {
      all.add(i * 1_000_000L);
    }
    assertThat(all.count()).isEqualTo(1000);
    assertThat(all.quantile(0.5) / 1e6).isBetween(500.0, 535.0);
    assertThat(all.quantile(0.99) / 1e6).isBetween(990.0, 1000.0);
    assertThat(all.quantile(1)).isEqualTo(all.longest()).isEqualTo(1_000_000_000L);
    assertThat(Durations.millis(1_234_567)).isEqualTo("1.23");
    assertThat(Durations.millis(123_400_000)).isEqualTo("123");
  }
}
