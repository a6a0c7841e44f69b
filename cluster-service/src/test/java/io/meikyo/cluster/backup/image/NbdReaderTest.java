// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.cluster.backup.image.ScriptedNbd.Script;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader against our own server, and against servers that lie. */
class NbdReaderTest {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);
  private static final byte[] FOUR = {1, 2, 3, 4};
  private static final byte[] EIGHT = {1, 2, 3, 4, 5, 6, 7, 8};

  private static NbdReader open(Path socket) throws IOException {
    return NbdReader.open(socket, "md1@c07", PATIENCE);
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] all = new byte[from.remaining()];
    from.get(all);
    return all;
  }

  // ---- our own server

  @Test
  void readsWhatOurServerHas() throws Exception {
    try (ServedDisk disk = new ServedDisk(4 << 20, "md1@c07")) {
      disk.fill(0, 4 << 20, 7);
      try (NbdReader reader = open(disk.socket)) {
        assertThat(reader.bytes()).isEqualTo(4 << 20);
        reader.ask(1 << 20, ByteBuffer.allocateDirect(1 << 20));
        reader.ask(512, ByteBuffer.allocateDirect(1024));
        byte[] all = disk.all();
        assertThat(bytes(reader.next())).isEqualTo(part(all, 1 << 20, 1 << 20));
        assertThat(bytes(reader.next())).isEqualTo(part(all, 512, 1024));
      }
    }
  }

  private static byte[] part(byte[] all, int from, int length) {
    return java.util.Arrays.copyOfRange(all, from, from + length);
  }

  @Test
  void whatOurServerCannotReadIsRefused() throws Exception {
    try (ServedDisk disk = new ServedDisk(1 << 20, "md1@c07")) {
      disk.failAt(70_000, 5);
      try (NbdReader reader = open(disk.socket)) {
        reader.ask(0, ByteBuffer.allocateDirect(1 << 20));
        assertThatThrownBy(reader::next)
            .isInstanceOf(NbdReader.Refused.class)
            .hasMessageContaining("EIO");
      }
    }
  }

  @Test
  void anExportThatIsNotThere() throws Exception {
    try (ServedDisk disk = new ServedDisk(1 << 20, "md1@c08")) {
      assertThatThrownBy(() -> open(disk.socket))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("md1@c07");
    }
  }

  @Test
  void noServerAtAll() {
    assertThatThrownBy(() -> open(Path.of("/nowhere/s"))).isInstanceOf(IOException.class);
  }

  // ---- good answers of other servers

  @Test
  void answersInAnyOrderAndInPieces() throws Exception {
    Script script =
        s -> {
          s.agree(true, 1 << 20);
          long first = s.request();
          long second = s.request();
          s.data(1, second, 100, new byte[] {9, 9});
          s.data(0, first, 4, FOUR).hole(0, first, 0, 4).chunk(1, 0, first, 0);
        };
    try (ScriptedNbd server = new ScriptedNbd(script);
        NbdReader reader = open(server.socket)) {
      ByteBuffer dirty = ByteBuffer.wrap(new byte[] {7, 7, 7, 7, 7, 7, 7, 7});
      reader.ask(0, dirty);
      reader.ask(100, ByteBuffer.allocate(2));
      assertThat(bytes(reader.next())).containsExactly(0, 0, 0, 0, 1, 2, 3, 4);
      assertThat(bytes(reader.next())).containsExactly(9, 9);
    }
  }

  @Test
  void simpleAnswersOfAServerWithoutStructuredOnes() throws Exception {
    Script script =
        s -> {
          s.agree(false, 1 << 20);
          long first = s.request();
          long second = s.request();
          s.simple(5, second).simple(0, first, FOUR);
        };
    try (ScriptedNbd server = new ScriptedNbd(script);
        NbdReader reader = open(server.socket)) {
      reader.ask(0, ByteBuffer.allocate(4));
      reader.ask(4, ByteBuffer.allocate(4));
      assertThat(bytes(reader.next())).isEqualTo(FOUR);
      assertThatThrownBy(reader::next).isInstanceOf(NbdReader.Refused.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x8001, 0x8002, 0x8fff})
  void anErrorCountsWhateverElseCame(int type) throws Exception {
    Script script =
        s -> {
          s.agree(true, 1 << 20);
          long cookie = s.request();
          s.data(0, cookie, 0, FOUR).error(1, type, cookie, 5);
        };
    try (ScriptedNbd server = new ScriptedNbd(script);
        NbdReader reader = open(server.socket)) {
      reader.ask(0, ByteBuffer.allocate(4));
      assertThatThrownBy(reader::next).isInstanceOf(NbdReader.Refused.class);
    }
  }

  // ---- wrong ones

  /** The handshake fails with an IOException that says this. */
  private static void noAgreement(String words, Script script) throws Exception {
    try (ScriptedNbd server = new ScriptedNbd(script)) {
      assertThatThrownBy(() -> open(server.socket))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(words);
    }
  }

  @Test
  void handshakesThatAreNone() throws Exception {
    noAgreement("no NBD server", s -> s.out.write(new byte[18]));
    noAgreement(
        "no options",
        s -> {
          s.out.writeLong(0x4e42444d41474943L);
          s.out.writeLong(0x49484156454F5054L);
          s.out.writeShort(0);
        });
    noAgreement("not asked", s -> s.greet().option().reply(ScriptedNbd.GO, 1));
    noAgreement(
        "not asked",
        s -> {
          s.greet().option();
          s.out.write(new byte[20]);
        });
    noAgreement(
        "too long",
        s -> {
          s.greet().option();
          s.out.writeLong(ScriptedNbd.OPTION_REPLY);
          s.out.writeInt(ScriptedNbd.STRUCTURED);
          s.out.writeInt(1);
          s.out.writeInt(-1);
        });
    // As the system says it: closed, reset or broken.
    noAgreement(
        "",
        s -> {
          s.greet();
          s.out.close();
        });
  }

  private static Script go(Script script) {
    return s -> {
      s.greet().option().reply(ScriptedNbd.STRUCTURED, 1).option();
      script.play(s);
    };
  }

  @Test
  void exportsThatAreNone() throws Exception {
    noAgreement("does not say how large", go(s -> s.reply(ScriptedNbd.GO, 1)));
    noAgreement("does not give", go(s -> s.reply(ScriptedNbd.GO, 0x80000006)));
    noAgreement("does not give", go(s -> s.reply(ScriptedNbd.GO, 2)));
    noAgreement("tells nothing", go(s -> s.reply(ScriptedNbd.GO, 3, (byte) 0)));
    noAgreement("describes", go(s -> s.reply(ScriptedNbd.GO, 3, new byte[] {0, 0, 1})));
    noAgreement("describes", go(s -> s.reply(ScriptedNbd.GO, 3, new byte[] {0, 3, 1})));
    byte[] negative = new byte[12];
    negative[2] = (byte) 0x80;
    noAgreement("no size", go(s -> s.reply(ScriptedNbd.GO, 3, negative)));
    noAgreement(
        "come to an end",
        go(s -> {
          for (int i = 0; i < 200; i++) {
            s.reply(ScriptedNbd.GO, 3, new byte[] {0, 9});
          }
        }));
  }

  /** A read of eight bytes at 16 fails as no answer, not as an error of the disk. */
  private static void noAnswer(boolean structured, String words, Script script) throws Exception {
    Script all =
        s -> {
          s.agree(structured, 1 << 20);
          script.play(s);
        };
    try (ScriptedNbd server = new ScriptedNbd(all);
        NbdReader reader = open(server.socket)) {
      reader.ask(16, ByteBuffer.allocate(8));
      assertThatThrownBy(reader::next)
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(NbdReader.Refused.class)
          .hasMessageContaining(words);
    }
  }

  @Test
  void piecesThatDoNotBelongThere() throws Exception {
    noAnswer(true, "came for", s -> s.data(1, s.request(), 12, EIGHT));
    noAnswer(true, "came for", s -> s.data(1, s.request(), 20, EIGHT));
    noAnswer(true, "came for", s -> s.data(1, s.request(), Long.MIN_VALUE, EIGHT));
    noAnswer(true, "came for", s -> s.data(1, s.request(), Long.MAX_VALUE, EIGHT));
    noAnswer(true, "came for", s -> s.hole(1, s.request(), 16, -8));
    noAnswer(true, "came for", s -> s.hole(1, s.request(), 16, 9));
    noAnswer(
        true,
        "twice",
        s -> {
          long cookie = s.request();
          s.data(0, cookie, 16, FOUR).data(1, cookie, 19, FOUR);
        });
    noAnswer(
        true,
        "twice",
        s -> {
          long cookie = s.request();
          s.data(0, cookie, 20, FOUR).hole(1, cookie, 16, 8);
        });
  }

  @Test
  void answersThatLackSomething() throws Exception {
    noAnswer(true, "came 4", s -> s.data(1, s.request(), 16, FOUR));
    noAnswer(true, "came 0", s -> s.chunk(1, 0, s.request(), 0));
    noAnswer(
        true,
        "closed",
        s -> {
          s.chunk(1, 1, s.request(), 16);
          s.out.writeLong(16);
          s.out.write(FOUR);
          s.out.close();
        });
    noAnswer(
        false,
        "closed",
        s -> {
          s.simple(0, s.request(), FOUR);
          s.out.close();
        });
  }

  @Test
  void answersThatAreNone() throws Exception {
    noAnswer(true, "begins with", s -> s.simple(0, s.request(), EIGHT));
    noAnswer(false, "begins with", s -> s.data(1, s.request(), 16, EIGHT));
    noAnswer(
        true,
        "begins with",
        s -> {
          s.request();
          s.out.write(new byte[4]);
        });
    noAnswer(true, "not made", s -> s.data(1, s.request() + 1, 16, EIGHT));
    noAnswer(false, "not made", s -> s.simple(0, s.request() + 1, EIGHT));
    noAnswer(true, "too long", s -> s.chunk(1, 1, s.request(), -1));
    noAnswer(true, "too long", s -> s.chunk(1, 1, s.request(), 64 << 20));
    noAnswer(true, "type 5", s -> s.chunk(1, 5, s.request(), 12));
    noAnswer(true, "type 1", s -> s.chunk(1, 1, s.request(), 8));
    noAnswer(true, "type 0", s -> s.chunk(0, 0, s.request(), 0));
    noAnswer(true, "errno 0", s -> s.error(1, 0x8001, s.request(), 0));
    noAnswer(true, "no answer", s -> s.chunk(1, 0x8001, s.request(), 4));
  }

  @Test
  void aServerThatFallsSilentIsGivenUp() throws Exception {
    Script script = s -> s.agree(true, 1 << 20);
    try (ScriptedNbd server = new ScriptedNbd(script);
        NbdReader reader = NbdReader.open(server.socket, "md1@c07", 50_000_000)) {
      reader.ask(0, ByteBuffer.allocate(4));
      assertThatThrownBy(reader::next).hasMessageContaining("silent");
    }
  }

  @Test
  void whoeverWaitsCanBeWoken() throws Exception {
    Script script = s -> s.agree(true, 1 << 20);
    try (ScriptedNbd server = new ScriptedNbd(script);
        NbdReader reader = open(server.socket)) {
      reader.ask(0, ByteBuffer.allocate(4));
      Thread other = Thread.ofPlatform().start(reader::wake);
      assertThatThrownBy(reader::next).hasMessageContaining("told to stop");
      other.join();
    }
  }

  @Test
  void onlyWhatIsThereCanBeAskedFor() throws Exception {
    Script script = s -> s.agree(true, 1 << 20);
    try (ScriptedNbd server = new ScriptedNbd(script);
        NbdReader reader = open(server.socket)) {
      assertThatThrownBy(() -> reader.ask((1 << 20) - 3, ByteBuffer.allocate(4)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> reader.ask(-1, ByteBuffer.allocate(4)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> reader.ask(0, ByteBuffer.allocate(0)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
