// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.nbd.SessionTest.Talk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sessions under bytes that nobody meant: no exception, no endless answer, no endless turn. */
class SessionFuzzTest {
  private static final int ROUNDS = 1000;

  private static final ByteBuffer ALL = ByteBuffer.allocate(4 << 20);
  private static final ByteBuffer OUT = ByteBuffer.allocate(Outbox.BYTES);
  private static final ByteBuffer IN = ByteBuffer.allocate(Inbox.BYTES);

  private static final Exports EXPORTS =
      new Exports() {
        @Override
        public List<ExportInfo> list() {
          return List.of(Talk.DISK);
        }

        @Override
        public @Nullable ExportInfo find(String name) {
          return name.equals("disk") ? Talk.DISK : null;
        }
      };

  /** What a session said and understood. */
  private record Heard(byte[] out, List<String> requests, boolean closed) {}

  /** A session, fed in pieces as the edge does it. */
  private static Heard feed(byte[] bytes, Random pieces, int pieceMax) {
    Session session = new Session(EXPORTS);
    ByteBuffer all = ALL.clear();
    ByteBuffer out = OUT.clear();
    ByteBuffer in = IN.clear();
    List<String> requests = new ArrayList<>();
    session.greet(out);
    int given = 0;
    boolean closed = false;
    while (!closed) {
      all.put(out.flip());
      out.clear();
      in.flip();
      int had = in.remaining();
      boolean more = false;
      if (session.payloadLeft() > 0) {
        int now = (int) Math.min(session.payloadLeft(), had);
        in.position(in.position() + now);
        session.payloadTaken(now);
        more = now == 0;
      } else {
        Session.Step step = session.step(in, out);
        more = step == Session.Step.MORE;
        closed = step == Session.Step.CLOSE;
        if (step == Session.Step.REQUEST) {
          requests.add(session.request() + " " + session.errno());
        }
      }
      in.compact();
      if (more) {
        int now = Math.min(bytes.length - given, pieceMax == 1 ? 1 : 1 + pieces.nextInt(pieceMax));
        now = Math.min(now, in.remaining());
        if (now == 0) {
          assertThat(given).as("a session asks for more than its inbox").isEqualTo(bytes.length);
          break;
        }
        in.put(bytes, given, now);
        given += now;
      }
    }
    all.put(out.flip());
    byte[] said = new byte[all.position()];
    all.get(0, said);
    return new Heard(said, requests, closed);
  }

  private static void same(byte[] bytes, Random random) {
    Heard whole = feed(bytes, random, Integer.MAX_VALUE - 1);
    Heard pieces = feed(bytes, random, 1 + random.nextInt(100));
    assertThat(pieces.out()).isEqualTo(whole.out());
    assertThat(pieces.requests()).isEqualTo(whole.requests());
    assertThat(pieces.closed()).isEqualTo(whole.closed());
    if (bytes.length < 2000) {
      Heard one = feed(bytes, random, 1);
      assertThat(one.out()).isEqualTo(whole.out());
      assertThat(one.requests()).isEqualTo(whole.requests());
    }
  }

  /** A conversation as a client of good will would have it, and a bit more. */
  private static byte[] conversation(Random random) {
    ByteBuffer all = ByteBuffer.allocate(700_000);
    all.putInt(random.nextInt(4));
    int options = random.nextInt(8);
    for (int i = 0; i < options; i++) {
      option(all, 2 + random.nextInt(10), random);
    }
    put(all, Wire.OPT_GO, SessionTest.go("disk", 1, 2, 3));
    int requests = random.nextInt(20);
    for (int i = 0; i < requests; i++) {
      int command = random.nextInt(9);
      int length = random.nextInt(20) * 512;
      all.put(Talk.request(command, random.nextInt(8) / 4, random.nextInt(2048) * 512L, length));
      if (command == Wire.CMD_WRITE) {
        all.position(all.position() + length);
      }
    }
    byte[] bytes = new byte[all.position()];
    all.get(0, bytes);
    return bytes;
  }

  private static void option(ByteBuffer all, int option, Random random) {
    byte[] data =
        switch (option) {
          case Wire.OPT_INFO, Wire.OPT_GO ->
              SessionTest.go(random.nextBoolean() ? "disk" : "none", random.nextInt(5));
          case Wire.OPT_LIST_META_CONTEXT, Wire.OPT_SET_META_CONTEXT ->
              SessionTest.contexts("disk", "base:allocation", "x".repeat(random.nextInt(50)));
          case Wire.OPT_EXTENDED_HEADERS -> new byte[random.nextInt(100) == 0 ? 70_000 : 0];
          default -> new byte[random.nextInt(20) == 0 ? 5 : 0];
        };
    put(all, option, data);
  }

  private static void put(ByteBuffer all, int option, byte[] data) {
    all.putLong(Wire.OPTION_MAGIC).putInt(option).putInt(data.length).put(data);
  }

  @Test
  void conversationsInPiecesMeanTheSame() {
    Random random = new Random(1);
    int understood = 0;
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = conversation(random);
      same(bytes, random);
      understood += feed(bytes, random, 1000).requests().size();
    }
    assertThat(understood).isGreaterThan(ROUNDS);
  }

  @Test
  void changedConversationsDoNoHarm() {
    Random random = new Random(2);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = conversation(random);
      int changes = 1 + random.nextInt(4);
      for (int c = 0; c < changes; c++) {
        int at = random.nextInt(bytes.length);
        bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : bytes[at] ^ 1);
      }
      same(bytes, random);
    }
  }

  @Test
  void randomBytesDoNoHarm() {
    Random random = new Random(3);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] noise = new byte[random.nextInt(600)];
      random.nextBytes(noise);
      same(noise, random);

      // Past the greeting, and past the handshake.
      ByteBuffer later = ByteBuffer.allocate(1000);
      later.putInt(3);
      if (random.nextBoolean()) {
        put(later, Wire.OPT_GO, SessionTest.go("disk"));
        later.putInt(Wire.REQUEST_MAGIC);
      } else {
        later.putLong(Wire.OPTION_MAGIC).putInt(random.nextInt(12)).putInt(random.nextInt(300));
      }
      later.put(noise, 0, Math.min(noise.length, later.remaining()));
      same(java.util.Arrays.copyOf(later.array(), later.position()), random);
    }
  }
}
