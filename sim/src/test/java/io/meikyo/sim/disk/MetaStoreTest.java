// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.Prng;
import java.util.Arrays;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One suite for both cluster partitions: of values and of bytes. */
class MetaStoreTest {
  private static final Geometry GEOMETRY =
      new Geometry(4096, 130_048, 2, 4, 4, Geometry.CHUNKS_PER_PAGE_MAX);
  private static final Superblock BLANK =
      Superblock.blank(new Identity(new UUID(1, 2), new UUID(3, 4), 0), GEOMETRY);

  static Stream<MetaStore> stores() {
    return Stream.of(new ObjectMetaStore(BLANK), ByteMetaStore.blank(BLANK));
  }

  private static Superblock with(long sequence, Condition c) {
    Superblock b = BLANK;
    return new Superblock(
        sequence,
        b.identity(),
        b.geometry(),
        7,
        3,
        3,
        1,
        b.generations(),
        c,
        true,
        false,
        9,
        b.stamp(),
        b.stampPending(),
        b.peers(),
        b.cut(),
        b.backup(),
        false);
  }

  private static MapPage page(long word) {
    long[] words = new long[GEOMETRY.wordsPerPage()];
    Arrays.fill(words, word);
    return new MapPage(1, 1, words);
  }

  private static LoadedPartition load(MetaStore s) {
    LoadedPartition l = s.load(new MetaStore.Damage());
    assertThat(l).isNotNull();
    return l;
  }

  @ParameterizedTest
  @MethodSource("stores")
  void whatEndedIsRead(MetaStore s) {
    s.begin(new Effect.WriteSuperblock(1, with(2, Condition.CONSISTENT))).end();
    s.begin(new Effect.WriteLog(2, new LogTransaction(1, new int[] {5, 6}))).end();
    s.begin(new Effect.WriteMapPage(3, page(42))).end();
    LoadedPartition l = load(s);
    assertThat(l.superblock()).isEqualTo(with(2, Condition.CONSISTENT)).isEqualTo(s.superblock());
    assertThat(l.log()).isEqualTo(new LogTransaction(1, new int[] {5, 6}));
    long[] map = l.maps().get(1);
    assertThat(map[GEOMETRY.wordsPerPage() - 1]).isZero();
    assertThat(map[GEOMETRY.wordsPerPage()]).isEqualTo(42);
  }

  @ParameterizedTest
  @MethodSource("stores")
  void aTornSuperblockLeavesTheOneBefore(MetaStore first) {
    Prng prng = new Prng(3);
    boolean met = false;
    for (int i = 0; i < 50; i++) {
      MetaStore s = first.image();
      s.begin(new Effect.WriteSuperblock(1, with(2, Condition.CONSISTENT))).tear(prng);
      MetaStore.Damage damage = new MetaStore.Damage();
      LoadedPartition l = s.load(damage);
      assertThat(l).isNotNull();
      assertThat(l.superblock()).isIn(BLANK, with(2, Condition.CONSISTENT));
      assertThat(l.superblock()).isEqualTo(s.superblock());
      met |= damage.superblock;
    }
    assertThat(met).isTrue();
  }

  @ParameterizedTest
  @MethodSource("stores")
  void aTornLogLeavesTheOneBefore(MetaStore s) {
    Prng prng = new Prng(4);
    s.begin(new Effect.WriteLog(2, new LogTransaction(1, new int[] {5}))).end();
    for (int i = 0; i < 50; i++) {
      MetaStore copy = s.image();
      copy.begin(new Effect.WriteLog(2, new LogTransaction(2, new int[] {5, 6}))).tear(prng);
      assertThat(load(copy).log().sequence()).isIn(1L, 2L);
    }
  }

  @ParameterizedTest
  @MethodSource("stores")
  void aTornPageIsAllOnesOrOldOrNew(MetaStore s) {
    Prng prng = new Prng(5);
    s.begin(new Effect.WriteMapPage(3, page(1))).end();
    boolean ones = false;
    for (int i = 0; i < 50; i++) {
      MetaStore copy = s.image();
      copy.begin(new Effect.WriteMapPage(3, page(2))).tear(prng);
      long word = load(copy).maps().get(1)[GEOMETRY.wordsPerPage()];
      assertThat(word).isIn(1L, 2L, -1L);
      ones |= word == -1;
    }
    assertThat(ones).isTrue();
  }

  @ParameterizedTest
  @MethodSource("stores")
  void anImageIsNotChangedByLaterWrites(MetaStore s) {
    MetaStore image = s.image();
    s.begin(new Effect.WriteSuperblock(1, with(2, Condition.CONSISTENT))).end();
    assertThat(image.superblock()).isEqualTo(BLANK);
    assertThat(load(image).superblock()).isEqualTo(BLANK);
  }
}
