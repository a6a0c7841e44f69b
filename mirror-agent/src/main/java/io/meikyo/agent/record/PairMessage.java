// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.core.format.SetRecordCodec;
import io.meikyo.core.mirror.SetRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What two agents that keep the record themselves say to each other. A greeting in both directions,
 * then messages of one size:
 *
 * <pre>
 * greeting, 48 bytes:    "MKPR", version 1 in 4 bytes, cluster id 16, disk id 16, own replica 4,
 *                        the other's replica 4
 * message, 272 bytes:    kind 1, flags 1, 0 for 6, proposal id 8, record 256
 * </pre>
 *
 * Numbers are little-endian; ids stand in the order in which they are printed.
 *
 * @param kind what is said
 * @param flags {@link #BLANK}, {@link #ACTIVE}
 * @param proposalId what a REFUSED is about
 * @param record a decision, or what is asked for
 */
record PairMessage(Kind kind, int flags, long proposalId, SetRecord record) {
  static final int GREETING_BYTES = 48;
  static final int BYTES = 16 + SetRecordCodec.BYTES;

  /** HELLO: nothing was ever decided here, or it was forgotten. */
  static final int BLANK = 1;

  /** REFUSED: by a replica that is active. */
  static final int ACTIVE = 2;

  private static final int MAGIC = 'M' | 'K' << 8 | 'P' << 16 | 'R' << 24;
  private static final int VERSION = 1;

  /** Kinds, by their number. */
  enum Kind {
    /** The newest decision here; the first message. */
    HELLO(1),
    /** One more decision that the other does not have. */
    ENTRY(2),
    /** The entries that follow take the place of all that the other has. */
    REPLACE(3),
    /** The other now has everything up to this. */
    END(4),
    /** This is the newest decision here, after END. */
    CAUGHT_UP(5),
    /** What the other has is not how it came to this. */
    APART(6),
    /** It is in the journal here: put it into yours, and it is decided. */
    PREPARE(7),
    /** It is in the journal here too: it is decided. */
    ACCEPTED(8),
    /** It is not: this is the newest decision here. */
    REFUSED(9),
    /** Are you there? */
    PING(10),
    /** Yes. */
    PONG(11);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The kind of a code; null if there is none. */
    static @Nullable Kind of(int code) {
      for (Kind k : values()) {
        if (k.code == code) {
          return k;
        }
      }
      return null;
    }
  }

  PairMessage(Kind kind, SetRecord record) {
    this(kind, 0, 0, record);
  }

  ByteBuffer bytes(UUID diskId) {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) kind.code).put((byte) flags);
    out.position(8).putLong(proposalId);
    SetRecordCodec.encode(record, diskId, out);
    return out.flip();
  }

  /** Takes a message apart; throws if it is none. */
  static PairMessage of(ByteBuffer in, UUID diskId) throws IOException {
    in.order(ByteOrder.LITTLE_ENDIAN);
    Kind kind = Kind.of(in.get(0));
    SetRecord record = SetRecordCodec.decode(in.slice(16, SetRecordCodec.BYTES), diskId).orNull();
    if (record == null || kind == null) {
      throw new IOException("not a message about the record of " + diskId);
    }
    return new PairMessage(kind, in.get(1), in.getLong(8), record);
  }

  /** First words to the other side. */
  static ByteBuffer greeting(UUID cluster, UUID disk, int own, int other) {
    ByteBuffer out = ByteBuffer.allocate(GREETING_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(VERSION);
    for (UUID id : new UUID[] {cluster, disk}) {
      out.putLong(Long.reverseBytes(id.getMostSignificantBits()));
      out.putLong(Long.reverseBytes(id.getLeastSignificantBits()));
    }
    return out.putInt(own).putInt(other).flip();
  }
}
