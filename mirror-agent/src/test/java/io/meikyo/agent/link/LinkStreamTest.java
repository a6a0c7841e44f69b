// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.channel.Channel;
import io.meikyo.agent.channel.Channels;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.format.Flaw;
import io.meikyo.core.format.FrameCodec;
import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.partition.Identity;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one side sends is what the other takes apart, however the bytes arrive. */
class LinkStreamTest {
  private static final int BLOCK = 512;
  private static final Identity OWN = new Identity(new UUID(1, 2), new UUID(3, 4), 1);
  private static final Preamble GREETING =
      new Preamble(OWN.clusterId(), OWN.diskId(), 0, OWN.replica());

  private final Arena arena = Arena.ofShared();
  final FakeLoop loop = new FakeLoop();
  final BufferPool pool = new BufferPool(arena, 8, 4, 2, loop::post);
  private final BufferBytes payloads = new BufferBytes();
  private final FrameCodec codec = new FrameCodec(payloads, BLOCK);
  final List<String> heard = new ArrayList<>();
  private final List<Buffer> kept = new ArrayList<>();
  private boolean keeps;
  private LinkInput input;

  @AfterEach
  void nothingIsLost() {
    kept.forEach(Buffer::drop);
    assertThat(pool.lent()).as("buffers that did not come back").isZero();
    arena.close();
  }

  private final class Ear implements LinkInput.Sink {
    @Override
    public boolean preamble(ByteBuffer bytes) {
      heard.add("preamble " + Preamble.speaker(bytes));
      return Preamble.check(bytes, OWN, -1, 1) == null;
    }

    @Override
    public void frame(Frame frame) {
      if (frame.body().payloadOrNull() instanceof Buffer b) {
        byte[] bytes = b.bytes().toArray(ValueLayout.JAVA_BYTE);
        heard.add(frame.sequence() + " " + bytes.length + " " + Arrays.hashCode(bytes));
        if (keeps) {
          b.keep();
          kept.add(b);
        }
      } else {
        heard.add(frame.sequence() + " " + frame.body());
      }
    }

    @Override
    public void ended(int errno) {
      heard.add("ended " + errno);
    }

    @Override
    public void flaw(Flaw flaw) {
      heard.add("flaw " + flaw);
    }
  }

  // ---- what is between the two sides; others put TLS there

  /** What bytes arrive through. */
  Channel incoming() throws Exception {
    return Channels.of(loop, null, "").of(7, true);
  }

  /** What bytes leave through. */
  Channel outgoing() throws Exception {
    return Channels.of(loop, null, "").of(7, false);
  }

  /** How bytes look on their way to the last {@link #incoming}. */
  byte[] onTheWay(byte[] bytes) throws Exception {
    return bytes;
  }

  /** The loop that {@link #outgoing} sends on. */
  FakeLoop out() {
    return loop;
  }

  /** What arrives of the send under way from the last {@link #outgoing}. */
  byte[] takeSent() throws Exception {
    return loop.takeSent();
  }

  void begin() throws Exception {
    input = new LinkInput(incoming(), codec, payloads, pool, arena, new Ear());
    input.begin();
  }

  private LinkOutput output() throws Exception {
    return new LinkOutput(outgoing(), codec, arena, errno -> heard.add("failed " + errno));
  }

  private Frame frame(long sequence, Message body) {
    return new Frame(9, 5, 0x5E55, sequence, body);
  }

  /** A write of so many blocks; its bytes are the expected words. */
  private Frame write(long sequence, int blocks, List<String> expected) {
    Buffer buffer = pool.take(blocks * BLOCK);
    byte[] bytes = new byte[blocks * BLOCK];
    new Random(sequence).nextBytes(bytes);
    MemorySegment.copy(bytes, 0, buffer.bytes(), ValueLayout.JAVA_BYTE, 0, bytes.length);
    expected.add(sequence + " " + bytes.length + " " + Arrays.hashCode(bytes));
    return frame(sequence, new Message.Write(sequence, 0, 8, blocks, false, buffer));
  }

  private static void drop(Frame frame) {
    if (frame.body().payloadOrNull() instanceof Buffer b) {
      b.drop();
    }
  }

  /** Everything that a side would send: greeting and frames, with and without payload. */
  byte[] conversation(List<String> expected) {
    LinkOutput output =
        new LinkOutput(
            Channels.of(loop, null, "").of(7, false),
            codec,
            arena,
            errno -> heard.add("failed " + errno));
    MemorySegment greeting = arena.allocate(Preamble.BYTES);
    GREETING.write(greeting);
    output.add(greeting);
    expected.add("preamble 0");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 1; i <= 12; i++) {
      Frame f =
          switch (i % 4) {
            case 0 -> write(i, 1, expected);
            case 1 -> frame(i, new Message.Ping(i, 0, 0));
            case 2 -> write(i, 8 * i + 1, expected);
            default -> frame(i, new Message.Suspects(i, new long[300], true));
          };
      if (f.body().payloadOrNull() == null) {
        expected.add(i + " " + f.body());
      }
      output.add(f);
      drop(f);
      output.flush();
      if (loop.isSending()) {
        all.writeBytes(loop.takeSent());
      }
    }
    while (loop.isSending()) {
      all.writeBytes(loop.takeSent());
    }
    return all.toByteArray();
  }

  static List<String> plain(List<String> words) {
    return words.stream().map(w -> w.replaceAll("\\[J@[0-9a-f]+", "[]")).toList();
  }

  /** Lets bytes arrive, in pieces. */
  private void feed(byte[] plain, int piece) throws Exception {
    arrive(onTheWay(plain), piece);
  }

  void arrive(byte[] bytes, int piece) {
    int at = 0;
    while (at < bytes.length) {
      int taken = loop.give(bytes, at, piece);
      assertThat(taken).as("stuck at byte " + at + ": " + heard).isPositive();
      at += taken;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 63, 64, 65, 4096, 1 << 20})
  void framesComeWholeInPiecesOfAnySize(int piece) throws Exception {
    List<String> expected = new ArrayList<>();
    byte[] bytes = conversation(expected);
    begin();
    feed(bytes, piece);
    assertThat(plain(heard)).isEqualTo(plain(expected));
    loop.end(0);
    assertThat(heard).last().isEqualTo("ended 0");
    assertThat(loop.receives()).isFalse();
  }

  @Test
  void piecesOfRandomSizes() throws Exception {
    for (int seed = 0; seed < 30; seed++) {
      heard.clear();
      List<String> expected = new ArrayList<>();
      byte[] plain = conversation(expected);
      begin();
      byte[] bytes = onTheWay(plain);
      Random random = new Random(seed);
      int at = 0;
      while (at < bytes.length) {
        at += loop.give(bytes, at, 1 + random.nextInt(random.nextBoolean() ? 100 : 30_000));
      }
      assertThat(plain(heard)).isEqualTo(plain(expected));
      loop.end(-104);
      assertThat(heard).last().isEqualTo("ended 104");
    }
  }

  @Test
  void anyDamagedByteIsAFlawAndNeverAWrongFrame() throws Exception {
    List<String> expected = new ArrayList<>();
    byte[] good = conversation(expected);
    List<String> right = plain(expected);
    Random random = new Random(5);
    for (int i = 0; i < 400; i++) {
      heard.clear();
      byte[] bytes = good.clone();
      int at = i < 200 ? i : random.nextInt(bytes.length);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      begin();
      bytes = onTheWay(bytes);
      int given = 0;
      while (given < bytes.length) {
        int part = loop.give(bytes, given, 5000);
        if (part == 0) {
          break;
        }
        given += part;
      }
      List<String> told = plain(heard);
      if (at < Preamble.BYTES) {
        assertThat(told).as("byte " + at).hasSize(1);
      } else {
        assertThat(told.getLast()).as("byte " + at).startsWith("flaw ");
        assertThat(right).startsWith(told.subList(0, told.size() - 1).toArray(String[]::new));
      }
      assertThat(pool.lent()).isZero();
    }
  }

  private void afterGreeting(byte[] bytes) throws Exception {
    begin();
    MemorySegment greeting = arena.allocate(Preamble.BYTES);
    GREETING.write(greeting);
    feed(greeting.toArray(ValueLayout.JAVA_BYTE), 64);
    byte[] coming = onTheWay(bytes);
    loop.give(coming, 0, coming.length);
  }

  private byte[] header(int at, int value) {
    ByteBuffer out = ByteBuffer.allocate(FrameCodec.HEAD_BYTES_MAX);
    codec.encode(frame(1, new Message.Ping(1, 0, 0)), out);
    byte[] bytes = Arrays.copyOf(out.array(), out.position());
    ByteBuffer b = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    b.putInt(at, value);
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(b.slice(0, 60));
    b.putInt(60, (int) crc.getValue());
    return bytes;
  }

  @Test
  void eachFlawIsTold() throws Exception {
    byte[] foreign = new byte[64];
    afterGreeting(foreign);
    assertThat(heard).last().isEqualTo("flaw FOREIGN");
    afterGreeting(header(4, 2 | 17 << 16));
    assertThat(heard).last().isEqualTo("flaw NEWER_VERSION");
    afterGreeting(header(40, 1 << 30));
    assertThat(heard).last().isEqualTo("flaw LENGTH");
    afterGreeting(header(44, 1 << 30));
    assertThat(heard.getLast()).startsWith("flaw ");
    byte[] torn = header(44, 0);
    torn[63] ^= 1;
    afterGreeting(torn);
    assertThat(heard).last().isEqualTo("flaw CHECKSUM");
  }

  @Test
  void aStrangersFirstWordsEndIt() throws Exception {
    begin();
    byte[] http =
        "GET / HTTP/1.1\r\nHost: here\r\nAccept: anything at all, please do\r\n".getBytes();
    byte[] coming = onTheWay(http);
    loop.give(coming, 0, coming.length);
    assertThat(heard).containsExactly("preamble -1");
    assertThat(loop.receives()).isFalse();
  }

  @Test
  void withoutAFreeBufferNothingIsReceivedUntilOneComesBack() throws Exception {
    List<String> expected = new ArrayList<>();
    byte[] plain = conversation(expected);
    keeps = true;
    List<Buffer> all = new ArrayList<>();
    Buffer b = pool.take(1);
    while (b != null) {
      all.add(b);
      b = pool.take(1);
    }
    begin();
    byte[] bytes = onTheWay(plain);
    int at = 0;
    int part = loop.give(bytes, at, 1000);
    while (part > 0) {
      at += part;
      part = at == bytes.length ? 0 : loop.give(bytes, at, 1000);
    }
    assertThat(loop.receives()).isFalse();
    all.forEach(Buffer::drop);
    keeps = false;
    arrive(Arrays.copyOfRange(bytes, at, bytes.length), 1000);
    assertThat(plain(heard)).isEqualTo(plain(expected));
    loop.end(0);
  }

  @Test
  void anEndInTheMiddleOfAPayloadGivesItsBufferBack() throws Exception {
    List<String> expected = new ArrayList<>();
    byte[] bytes = conversation(expected);
    for (int at = Preamble.BYTES; at < bytes.length; at += 997) {
      begin();
      byte[] coming = onTheWay(bytes);
      arrive(Arrays.copyOf(coming, Math.min(at, coming.length)), 1 << 20);
      loop.end(-32);
      assertThat(pool.lent()).isZero();
    }
  }

  // ---- output

  @Test
  void whatIsSaidDuringASendIsOneNextSend() throws Exception {
    LinkOutput output = output();
    int before = out().sends;
    output.add(frame(1, new Message.Ping(1, 0, 0)));
    output.flush();
    assertThat(out().sends - before).isEqualTo(1);
    for (int i = 2; i <= 100; i++) {
      output.add(frame(i, new Message.Ping(i, 0, 0)));
      output.flush();
    }
    assertThat(out().sends - before).isEqualTo(1);
    takeSent();
    assertThat(out().sends - before).isEqualTo(2);
    assertThat(out().parts()).as("heads beside each other are one part").isEqualTo(1);
    takeSent();
    assertThat(out().isSending()).isFalse();
  }

  @Test
  void moreThanABatchGoesOutInOrder() throws Exception {
    LinkOutput output = output();
    List<String> expected = new ArrayList<>();
    MemorySegment greeting = arena.allocate(Preamble.BYTES);
    GREETING.write(greeting);
    output.add(greeting);
    expected.add("preamble 0");
    for (int i = 1; i <= 5000; i++) {
      Frame f = frame(i, new Message.Suspects(i, new long[20], false));
      expected.add(i + " " + f.body());
      output.add(f);
    }
    output.flush();
    begin();
    while (out().isSending()) {
      feed(takeSent(), 1 << 20);
    }
    assertThat(plain(heard)).isEqualTo(plain(expected));
    loop.end(0);
  }

  @Test
  void aFailedSendIsToldOnceAndGivesPayloadsBack() throws Exception {
    LinkOutput output = output();
    for (int i = 1; i < 4; i++) {
      Frame f = write(i, 1, new ArrayList<>());
      output.add(f);
      drop(f);
      output.flush();
    }
    out().endSend(-32);
    assertThat(heard).containsExactly("failed 32");
    output.close();
    assertThat(pool.lent()).isZero();
  }

  @Test
  void theLastWordsLeaveBeforeTheEnd() throws Exception {
    LinkOutput output = output();
    output.add(frame(1, new Message.Ping(1, 0, 0)));
    output.flush();
    output.add(frame(2, new Message.Ping(2, 0, 0)));
    output.finish(() -> heard.add("finished"));
    takeSent();
    assertThat(heard).isEmpty();
    assertThat(out().isSending()).isTrue();
    takeSent();
    assertThat(heard).containsExactly("finished");
  }
}
