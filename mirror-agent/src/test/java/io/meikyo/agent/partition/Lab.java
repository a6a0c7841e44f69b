// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import io.meikyo.core.partition.Identity;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Partitions as real files, for tests. */
final class Lab {
  static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  static final UUID DISK = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");
  static final Identity IDENTITY = new Identity(CLUSTER, DISK, 0);
  static final long DATA_BYTES = 3 << 20;
  static final PartitionLayout LAYOUT =
      PartitionLayout.of(PartitionLayout.standardGeometry(512, DATA_BYTES / 512), 3);

  final Path data;
  final Path cluster;

  Lab(Path folder) {
    data = folder.resolve("data");
    cluster = folder.resolve("cluster");
  }

  /** Fully written files of the right size. */
  Lab withFiles() throws IOException {
    Files.write(data, new byte[(int) DATA_BYTES]);
    Files.write(cluster, new byte[(int) LAYOUT.requiredBytes()]);
    return this;
  }

  /** A partition that was made. */
  Lab made() throws IOException, PartitionProblem {
    withFiles();
    create(request()).run(1);
    return this;
  }

  CreatePartition.Request request() {
    return request(IDENTITY, false);
  }

  CreatePartition.Request request(Identity identity, boolean force) {
    return new CreatePartition.Request(data, cluster, identity, 3, 512, 0, 0, force);
  }

  static CreatePartition create(CreatePartition.Request request) {
    return new CreatePartition(request, Progress.NONE);
  }

  void put(Path file, long offset, byte[] bytes) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.seek(offset);
      f.write(bytes);
    }
  }

  byte[] get(Path file, long offset, int length) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[length];
      f.seek(offset);
      f.readFully(bytes);
      return bytes;
    }
  }

  void flip(long offset) throws IOException {
    byte[] b = get(cluster, offset, 1);
    b[0] ^= 0x10;
    put(cluster, offset, b);
  }

  List<String> check() throws PartitionProblem {
    return check(CheckPartition.Expected.NOTHING);
  }

  List<String> check(CheckPartition.Expected expected) throws PartitionProblem {
    return codes(CheckPartition.check(List.of(cluster), expected).getFirst().notices());
  }

  static List<String> codes(List<Notice> notices) {
    return notices.stream().map(Notice::code).toList();
  }

  static String[] keys(NoticeCode... codes) {
    String[] keys = new String[codes.length];
    for (int i = 0; i < codes.length; i++) {
      keys[i] = codes[i].key();
    }
    return keys;
  }

  /** Passes some writes on and then stops for good, as a killed process does. */
  static final class Stopping implements BlockSink {
    /** Thrown instead of the write after the last one. */
    static final class Killed extends RuntimeException {
      private static final long serialVersionUID = 1;
    }

    private final BlockSink under;
    private int left;
    int writes;

    Stopping(BlockSink under, int writes) {
      this.under = under;
      this.left = writes;
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      if (left-- == 0) {
        throw new Killed();
      }
      writes++;
      under.write(offset, bytes);
    }

    @Override
    public void flush() {
      under.flush();
    }
  }
}
