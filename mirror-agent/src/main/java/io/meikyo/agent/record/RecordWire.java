// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.record;

import io.meikyo.core.format.SetRecordCodec;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * What an agent and the keeper of the record say to each other, over TCP or a Unix socket: a
 * greeting of the agent, then messages of one size in both directions.
 *
 * <pre>
 * greeting, 32 bytes:    "MKRG", version 1 in 4 bytes, disk id 16, replica number plus 1 in 1 byte
 *                        (0: not said), 0 for 7
 * message, 272 bytes:    kind 1, outcome 1, 0 for 6, proposal id 8, record 256
 *   kind 1   to the keeper: propose this record
 *   kind 2   to the agent: this is the record now (at once after the greeting, and at each change)
 *   kind 3   to the agent: what became of the proposal (outcome 1 committed, 2 rejected, 0 not
 *            decided yet), and the record now
 *   kind 4   to the agent: in place of the proposal id the group of the records that follow; in
 *            place of the record the number of groups before it in 8 bytes, then up to 31 of
 *            these in 8 bytes each, newest first. Not sent by whoever has none before it.
 * </pre>
 *
 * Numbers are little-endian; ids stand in the order in which they are printed.
 */
final class RecordWire {
  static final int GREETING_BYTES = 32;
  static final int MESSAGE_BYTES = 16 + SetRecordCodec.BYTES;
  static final int PROPOSE = 1;
  static final int RECORD = 2;
  static final int PROPOSED = 3;
  static final int LINEAGE = 4;

  /** Groups before the present one that a message has room for. */
  static final int FORMER_MAX = SetRecordCodec.BYTES / 8 - 1;

  private static final int MAGIC = 'M' | 'K' << 8 | 'R' << 16 | 'G' << 24;
  private static final int VERSION = 1;
  private static final int COMMITTED = 1;
  private static final int REJECTED = 2;

  /** A message taken apart. */
  record Received(int kind, long proposalId, @Nullable Outcome outcome, SetRecord record) {}

  private RecordWire() {}

  static ByteBuffer greeting(UUID diskId, int replica) {
    ByteBuffer out = ByteBuffer.allocate(GREETING_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(VERSION);
    out.putLong(Long.reverseBytes(diskId.getMostSignificantBits()));
    out.putLong(Long.reverseBytes(diskId.getLeastSignificantBits()));
    return out.putLong(replica + 1L).flip();
  }

  /** The replica that a greeting comes from; -1 if it does not say. */
  static int replicaOf(ByteBuffer in) {
    return in.get(24) - 1;
  }

  /** The disk that a greeting is about; null if it is none. */
  static @Nullable UUID diskOf(ByteBuffer in) {
    in.order(ByteOrder.LITTLE_ENDIAN);
    return in.getInt(0) == MAGIC && in.getInt(4) == VERSION
        ? new UUID(Long.reverseBytes(in.getLong(8)), Long.reverseBytes(in.getLong(16)))
        : null;
  }

  static ByteBuffer message(
      int kind, long proposalId, @Nullable Outcome outcome, SetRecord record, UUID diskId) {
    ByteBuffer out = ByteBuffer.allocate(MESSAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) kind);
    out.put(code(outcome));
    out.position(8).putLong(proposalId);
    SetRecordCodec.encode(record, diskId, out);
    return out.flip();
  }

  private static byte code(@Nullable Outcome outcome) {
    return switch (outcome) {
      case COMMITTED -> COMMITTED;
      case REJECTED -> REJECTED;
      case UNKNOWN -> 0;
      case null -> 0;
    };
  }

  static ByteBuffer lineage(long group, List<Long> former) {
    ByteBuffer out = ByteBuffer.allocate(MESSAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) LINEAGE).position(8).putLong(group);
    int count = Math.min(FORMER_MAX, former.size());
    out.putLong(count);
    former.subList(0, count).forEach(out::putLong);
    return out.position(MESSAGE_BYTES).flip();
  }

  /** A lineage taken apart. */
  record Lineage(long group, List<Long> former) {}

  /** The lineage in a message; null if it is of another kind. */
  static @Nullable Lineage lineage(ByteBuffer in) throws IOException {
    in.order(ByteOrder.LITTLE_ENDIAN);
    if (in.get(0) != LINEAGE) {
      return null;
    }
    long count = in.getLong(16);
    if (count < 0 || count > FORMER_MAX) {
      throw new IOException("a lineage of " + count);
    }
    List<Long> former = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      former.add(in.getLong(24 + 8 * i));
    }
    return new Lineage(in.getLong(8), former);
  }

  /** Takes a message apart; throws if it is none. */
  static Received parse(ByteBuffer in, UUID diskId) throws IOException {
    in.order(ByteOrder.LITTLE_ENDIAN);
    int kind = in.get(0);
    SetRecord record = SetRecordCodec.decode(in.slice(16, SetRecordCodec.BYTES), diskId).orNull();
    if (record == null || kind < PROPOSE || kind > PROPOSED) {
      throw new IOException("not a message about the record of " + diskId);
    }
    Outcome outcome =
        switch (in.get(1)) {
          case COMMITTED -> Outcome.COMMITTED;
          case REJECTED -> Outcome.REJECTED;
          default -> null;
        };
    return new Received(kind, in.getLong(8), outcome, record);
  }

  static ByteBuffer read(SocketChannel from, int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes);
    while (in.hasRemaining()) {
      if (from.read(in) < 0) {
        throw new EOFException();
      }
    }
    return in.flip();
  }

  static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  /** Lets the kernel notice within seconds that the other machine is gone. */
  static void keepWatch(SocketChannel tcp) throws IOException {
    tcp.setOption(StandardSocketOptions.TCP_NODELAY, true);
    tcp.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    tcp.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 2);
    tcp.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
    tcp.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
  }

  /** Opens a connection; blocks until it stands or fails. */
  static SocketChannel connect(SocketAddress address) throws IOException {
    if (address instanceof UnixDomainSocketAddress) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(address);
        return channel;
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }
    SocketChannel channel = SocketChannel.open();
    try {
      keepWatch(channel);
      channel.socket().connect((InetSocketAddress) address, 2000);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }
}
