// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.link.Frame;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The bytes of version 1, for ever. If one of these tests fails, the format has changed: that needs
 * a new version and a migration, not new golden files. (Files of a new version are made by running
 * this with -Dmeikyo.golden.write=true.)
 */
class GoldenFilesTest {

  static WrittenSuperblock superblock() {
    List<PeerSlot> peers = new ArrayList<>(Collections.nCopies(8, PeerSlot.UNKNOWN));
    peers.set(
        0, new PeerSlot(new Stamp(6, 0x66), new Stamp(7, 0x77), true, true, 1_700_000_000_000L));
    Superblock s =
        new Superblock(
            7,
            Image.IDENTITY,
            Image.GEOMETRY,
            0x1122334455667788L,
            5,
            0b11,
            1,
            Generations.of(0xAAAA, 0xBBBB, 0xCCCC),
            Condition.CONSISTENT,
            true,
            false,
            0xB007,
            new Stamp(7, 0x77),
            new Stamp(8, 0x88),
            peers,
            new CutRecord(
                0xC07, 0x401D, 0xAAAA, 5, new Stamp(7, 0x77), 20, CutStatus.PROVEN, 0xD1, 0xD2),
            new BackupRecord(true, 0x401D, 0xC07, 1_700_000_000_123L),
            true);
    return new WrittenSuperblock(s, 0x11FE, Image.LAYOUT);
  }

  private static final PartitionKey KEY = superblock().key();
  private static final LogTransaction LOG = new LogTransaction(20, new int[] {3, 99, 0});
  private static final MapPage PAGE =
      new MapPage(0, 2, new long[] {1, -1, 0x5555555555555555L, 0, 0, 0, 0, 0, 0, 2});
  private static final ConfigCopy CONFIG =
      new ConfigCopy(
          2,
          Image.IDENTITY.clusterId(),
          0x1122334455667788L,
          5,
          3,
          42,
          "name = \"example\"\n".getBytes(StandardCharsets.UTF_8));

  private static final SetRecord RECORD = record();

  private static SetRecord record() {
    List<Stamp> stamps = new ArrayList<>(Collections.nCopies(8, Stamp.NONE));
    stamps.set(0, new Stamp(7, 0x77));
    stamps.set(1, new Stamp(6, 0x66));
    return new SetRecord(
        0x1122334455667788L,
        12,
        5,
        1,
        0b11,
        0xAAAA,
        stamps,
        0x9909,
        0x401D,
        0xC07,
        CutStatus.PROVEN);
  }

  @Test
  void superblockIsAsEver() throws IOException {
    byte[] golden = golden("superblock.bin", Blocks.of(superblock()));
    assertThat(SuperblockCodec.decode(ByteBuffer.wrap(golden)))
        .isEqualTo(new Decoded.Ok<>(superblock()));
  }

  @Test
  void logTransactionIsAsEver() throws IOException {
    byte[] golden = golden("log.bin", Blocks.of(LOG, KEY));
    assertThat(LogCodec.decode(ByteBuffer.wrap(golden), KEY, Image.LAYOUT, 20 % 8))
        .isEqualTo(new Decoded.Ok<>(LOG));
  }

  @Test
  void mapPageIsAsEver() throws IOException {
    byte[] golden = golden("map-page.bin", Blocks.of(PAGE, KEY));
    assertThat(MapPageCodec.decode(ByteBuffer.wrap(golden), KEY, Image.LAYOUT, 0, 2))
        .isEqualTo(new Decoded.Ok<>(PAGE));
  }

  @Test
  void configurationIsAsEver() throws IOException {
    byte[] golden = golden("config.bin", Blocks.of(CONFIG, KEY));
    assertThat(ConfigCopyCodec.decode(ByteBuffer.wrap(golden), KEY))
        .isEqualTo(new Decoded.Ok<>(CONFIG));
  }

  @Test
  void decidingRecordIsAsEver() throws IOException {
    UUID disk = Image.IDENTITY.diskId();
    ByteBuffer out = ByteBuffer.allocate(SetRecordCodec.BYTES);
    SetRecordCodec.encode(RECORD, disk, out);
    byte[] golden = golden("set-record.bin", out.array());
    assertThat(SetRecordCodec.decode(ByteBuffer.wrap(golden), disk))
        .isEqualTo(new Decoded.Ok<>(RECORD));
  }

  @ParameterizedTest
  @EnumSource
  void frameIsAsEver(FrameType type) throws IOException {
    FrameCodec codec = new FrameCodec(Samples.PAYLOADS, 512);
    Frame frame = new Frame(0x1122334455667788L, 5, 0x5E55, 9, GoldenMessages.of(type));
    ByteBuffer out = ByteBuffer.allocate(FrameCodec.HEAD_BYTES_MAX + 512);
    if (codec.encode(frame, out) > 0) {
      Samples.PAYLOADS.views(frame.body().payloadOrNull()).forEach(out::put);
    }
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    String name = type.name().toLowerCase(Locale.ROOT).replace('_', '-');
    ByteBuffer golden = ByteBuffer.wrap(golden("frame-" + name + ".bin", bytes));

    FrameHeader h = codec.decodeHeader(golden).orNull();
    ByteBuffer body = golden.slice(64, h.bodyBytes());
    ByteBuffer payload = golden.slice(64 + h.bodyBytes(), h.payloadBytes());
    assertThat(codec.decode(h, body, payload).orNull()).usingRecursiveComparison().isEqualTo(frame);
  }

  /** The golden bytes, which must be these. */
  private static byte[] golden(String name, byte[] bytes) throws IOException {
    if (Boolean.getBoolean("meikyo.golden.write")) {
      Files.write(Path.of("src/test/resources/golden/v1", name), bytes);
      return bytes;
    }
    try (InputStream in = GoldenFilesTest.class.getResourceAsStream("/golden/v1/" + name)) {
      byte[] golden = in.readAllBytes();
      assertThat(bytes).as(name).isEqualTo(golden);
      return golden;
    }
  }
}
