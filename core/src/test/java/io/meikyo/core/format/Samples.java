// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Payload;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/** Values of every kind, drawn from a seed. */
final class Samples {
  static final int BLOCK = PartitionLayout.BLOCK_BYTES;

  /** A payload of the tests: equal by its bytes. */
  record Bytes(byte[] bytes) implements Payload {
    @Override
    public boolean equals(Object o) {
      return o instanceof Bytes b && Arrays.equals(b.bytes, bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  static final PayloadBytes PAYLOADS =
      new PayloadBytes() {
        @Override
        public int length(Payload payload) {
          return ((Bytes) payload).bytes.length;
        }

        @Override
        public List<ByteBuffer> views(Payload payload) {
          byte[] b = ((Bytes) payload).bytes;
          int half = b.length / 2;
          return List.of(ByteBuffer.wrap(b, 0, half), ByteBuffer.wrap(b, half, b.length - half));
        }

        @Override
        public Payload wrap(ByteBuffer bytes) {
          byte[] b = new byte[bytes.remaining()];
          bytes.get(bytes.position(), b);
          return new Bytes(b);
        }
      };

  private final SplittableRandom random;

  Samples(long seed) {
    random = new SplittableRandom(seed);
  }

  SplittableRandom random() {
    return random;
  }

  /** Now and then an extreme number. */
  long number() {
    return switch (random.nextInt(6)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> Long.MIN_VALUE;
      case 3 -> random.nextInt(1000);
      default -> random.nextLong();
    };
  }

  long natural() {
    return number() & Long.MAX_VALUE;
  }

  boolean chance() {
    return random.nextBoolean();
  }

  <E> E oneOf(E[] all) {
    return all[random.nextInt(all.length)];
  }

  Identity identity() {
    return new Identity(
        new UUID(number(), number()), new UUID(number(), number()), random.nextInt(8));
  }

  Geometry geometry() {
    int chunk = 1 << random.nextInt(8);
    return new Geometry(
        chance() ? 512 : 4096,
        1 + random.nextLong(1 << 20),
        chunk,
        chunk * (1 + random.nextInt(64)),
        1 + random.nextInt(Geometry.LOG_EXTENTS_MAX),
        64 * (1 + random.nextInt(508)));
  }

  Stamp stamp() {
    return chance() ? Stamp.NONE : new Stamp(number(), number());
  }

  Generations generations() {
    long[] history = new long[chance() ? random.nextInt(Generations.HISTORY_MAX + 1) : 0];
    for (int i = 0; i < history.length; i++) {
      history[i] = number();
    }
    return Generations.of(number(), history);
  }

  CutRecord cut() {
    return chance()
        ? CutRecord.NONE
        : new CutRecord(
            number(),
            number(),
            number(),
            number(),
            stamp(),
            natural(),
            oneOf(CutStatus.values()),
            number(),
            number());
  }

  BackupRecord backup() {
    return new BackupRecord(chance(), number(), number(), number());
  }

  Superblock superblock() {
    List<PeerSlot> peers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      peers.add(new PeerSlot(stamp(), stamp(), chance(), chance(), number()));
    }
    return new Superblock(
        1 + (natural() >>> 1),
        identity(),
        geometry(),
        number(),
        number(),
        random.nextInt(256),
        random.nextInt(9) - 1,
        generations(),
        oneOf(Condition.values()),
        chance(),
        chance(),
        number(),
        stamp(),
        stamp(),
        peers,
        cut(),
        backup(),
        chance());
  }

  WrittenSuperblock written() {
    Superblock s = superblock();
    return new WrittenSuperblock(
        s,
        number(),
        new PartitionLayout(s.geometry(), 1 + random.nextInt(255), 2 + random.nextInt(511)));
  }

  LogTransaction transaction(PartitionLayout layout) {
    int[] extents = new int[random.nextInt(4) == 0 ? 1000 : random.nextInt(1001)];
    for (int i = 0; i < extents.length; i++) {
      extents[i] = random.nextInt(layout.geometry().extents());
    }
    return new LogTransaction(natural(), extents);
  }

  long[] words(int count) {
    long[] words = new long[count];
    for (int i = 0; i < count; i++) {
      words[i] = number();
    }
    return words;
  }

  MapPage page(PartitionLayout layout) {
    return new MapPage(
        random.nextInt(MapPage.MAPS),
        random.nextInt(1 << 20),
        words(layout.geometry().wordsPerPage()));
  }

  ConfigCopy config() {
    byte[] bytes = new byte[chance() ? random.nextInt(20_000) : random.nextInt(10)];
    random.nextBytes(bytes);
    return new ConfigCopy(
        1 + (natural() >>> 1),
        new UUID(number(), number()),
        number(),
        number(),
        random.nextInt(256),
        number(),
        bytes);
  }

  Hash hash() {
    return new Hash(number(), number());
  }

  Payload payload(int blocks, int blockSize) {
    byte[] bytes = new byte[blocks * blockSize];
    random.nextBytes(bytes);
    return new Bytes(bytes);
  }

  ReplicaView view() {
    return new ReplicaView(
        identity(),
        geometry(),
        number(),
        number(),
        oneOf(Role.values()),
        generations(),
        stamp(),
        number(),
        oneOf(Condition.values()),
        chance(),
        chance(),
        chance(),
        chance(),
        chance(),
        cut(),
        backup(),
        random.nextInt(1 << 20));
  }

  int count() {
    return 1 + random.nextInt(Integer.MAX_VALUE);
  }

  int page() {
    return random.nextInt(1 << 24);
  }

  int mask() {
    return random.nextInt(256);
  }

  /** A message of the kind. */
  Message message(FrameType type, int blockSize) {
    return switch (type) {
      case HELLO -> new Message.Hello((int) number(), number());
      case GREET -> new Message.Greet(number(), number(), view());
      case SUSPECTS -> new Message.Suspects(page(), words(random.nextInt(509)), chance());
      case FOLLOW ->
          new Message.Follow(oneOf(Message.FollowMode.values()), stamp(), generations(), mask());
      case FOLLOWING -> new Message.Following(stamp());
      case STAMP_DONE -> new Message.StampDone(stamp());
      case RESTAMP -> new Message.Restamp(stamp(), generations(), mask());
      case WRITE -> {
        int blocks = 1 + random.nextInt(8);
        yield new Message.Write(
            number(), number(), natural(), blocks, chance(), payload(blocks, blockSize));
      }
      case ZERO -> new Message.Zero(number(), number(), natural(), count(), chance(), chance());
      case WRITTEN -> new Message.Written(number());
      case FLUSH -> new Message.Flush(number());
      case FLUSHED -> new Message.Flushed(number());
      case PING -> new Message.Ping(number(), number(), number());
      case PONG -> new Message.Pong(number());
      case COMPARE -> new Message.Compare(number(), natural(), count(), hash());
      case COMPARED -> new Message.Compared(number(), chance());
      case REPAIR -> {
        int blocks = 1 + random.nextInt(8);
        yield new Message.Repair(number(), natural(), blocks, payload(blocks, blockSize));
      }
      case REPAIRED -> new Message.Repaired(number());
      case RECOVERED -> new Message.Recovered(generations());
      case RECOVERED_ACK -> new Message.RecoveredAck();
      case CUT -> new Message.Cut(cut(), backup());
      case CHANGE_PAGE -> new Message.ChangePage(number(), page(), words(random.nextInt(509)));
      case CUT_DONE -> new Message.CutDone(number(), chance());
      case DIGEST_PAGE ->
          new Message.DigestPage(number(), page(), words(random.nextInt(509)), chance());
      case DIGEST -> new Message.Digest(number(), hash());
      case CUT_VERDICT ->
          new Message.CutVerdict(number(), oneOf(CutStatus.values()), hash(), backup());
      case CUT_VERDICT_ACK ->
          new Message.CutVerdictAck(number(), oneOf(CutStatus.values()), chance());
      case REST -> new Message.Rest(number());
      case GOODBYE -> new Message.Goodbye(oneOf(Message.Parting.values()));
    };
  }

  Frame frame(FrameType type, int blockSize) {
    return new Frame(number(), number(), number(), number(), message(type, blockSize));
  }

  /** A block of its own with a copy of these bytes, heap or direct in turn. */
  ByteBuffer fresh(int bytes) {
    return chance() ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
  }
}
