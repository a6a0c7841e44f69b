// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.core.partition.Identity;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * First bytes of each side on a new connection, so that an accepting agent knows which replica of
 * which mirror disk has called, before the engines greet each other.
 *
 * <pre>
 *  0  4  magic "MKHI"
 *  4  2  version, 1
 *  6  1  replica that speaks
 *  7  1  replica that it wants to speak to
 *  8 16  cluster id
 * 24 16  disk id
 * 40 20  0
 * 60  4  CRC32C of the 60 bytes before
 * </pre>
 *
 * Numbers are little-endian; ids stand in the order in which they are printed.
 *
 * @param clusterId cluster of the speaker
 * @param diskId its mirror disk
 * @param from its replica number
 * @param to the replica that it wants
 */
public record Preamble(UUID clusterId, UUID diskId, int from, int to) {
  /** Bytes of it. */
  public static final int BYTES = 64;

  private static final int MAGIC = 'M' | 'K' << 8 | 'H' << 16 | 'I' << 24;
  private static final int VERSION = 1;
  private static final int CRC_AT = 60;
  private static final byte TLS_HANDSHAKE = 22;
  private static final byte TLS_MAJOR = 3;

  /** What is wrong with a preamble that was received. */
  public enum Flaw {
    /** Not of this protocol at all. */
    FOREIGN,
    /** The other side encrypts and this one does not. */
    ENCRYPTED,
    /** Damaged. */
    CHECKSUM,
    /** Of a version that is not spoken here. */
    VERSION,
    /** Of another cluster. */
    OTHER_CLUSTER,
    /** Of another mirror disk. */
    OTHER_DISK,
    /** For another replica than this, or from one that is not expected. */
    OTHER_REPLICA,
    /** Of another server than the one whose certificate was shown. */
    OTHER_SERVER
  }

  /** Writes it. */
  public void write(MemorySegment to64) {
    ByteBuffer out = to64.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, MAGIC).putShort(4, (short) VERSION).put(6, (byte) from).put(7, (byte) to);
    putId(out, 8, clusterId);
    putId(out, 24, diskId);
    for (int i = 40; i < CRC_AT; i++) {
      out.put(i, (byte) 0);
    }
    out.putInt(CRC_AT, crc(out));
  }

  /** Replica that speaks, or -1 if these bytes are no preamble. Nothing else is checked. */
  static int speaker(ByteBuffer in) {
    return flaw(in) == null ? in.get(in.position() + 6) : -1;
  }

  /**
   * Checks a received one.
   *
   * @param in 64 bytes from its position; not moved
   * @param own who we are
   * @param peer replica that it must come from; -1: any of the mask
   * @param peersMask replicas that are expected
   */
  public static @Nullable Flaw check(ByteBuffer in, Identity own, int peer, int peersMask) {
    Flaw flaw = flaw(in);
    if (flaw != null) {
      return flaw;
    }
    ByteBuffer b = in.slice(in.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (!own.clusterId().equals(idAt(b, 8))) {
      return Flaw.OTHER_CLUSTER;
    }
    if (!own.diskId().equals(idAt(b, 24))) {
      return Flaw.OTHER_DISK;
    }
    int from = b.get(6);
    if (b.get(7) != own.replica()
        || from < 0
        || from >= Identity.REPLICAS_MAX
        || (peersMask & 1 << from) == 0
        || (peer >= 0 && peer != from)) {
      return Flaw.OTHER_REPLICA;
    }
    return null;
  }

  private static @Nullable Flaw flaw(ByteBuffer in) {
    ByteBuffer b = in.slice(in.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (b.getInt(0) != MAGIC) {
      boolean tls = b.get(0) == TLS_HANDSHAKE && b.get(1) == TLS_MAJOR;
      return tls ? Flaw.ENCRYPTED : Flaw.FOREIGN;
    }
    if (b.getInt(CRC_AT) != crc(b)) {
      return Flaw.CHECKSUM;
    }
    return b.getShort(4) == VERSION ? null : Flaw.VERSION;
  }

  private static void putId(ByteBuffer out, int at, UUID id) {
    out.putLong(at, Long.reverseBytes(id.getMostSignificantBits()));
    out.putLong(at + 8, Long.reverseBytes(id.getLeastSignificantBits()));
  }

  private static UUID idAt(ByteBuffer in, int at) {
    return new UUID(Long.reverseBytes(in.getLong(at)), Long.reverseBytes(in.getLong(at + 8)));
  }

  private static int crc(ByteBuffer b) {
    CRC32C crc = new CRC32C();
    crc.update(b.slice(0, CRC_AT));
    return (int) crc.getValue();
  }
}
