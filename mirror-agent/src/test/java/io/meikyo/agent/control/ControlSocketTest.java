// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Client and server of the control socket, and what each does when the other is odd. */
@Timeout(60)
class ControlSocketTest {
  private Path folder;
  private Path socket;
  private ControlServer server;
  private final List<String> log = new CopyOnWriteArrayList<>();

  @BeforeEach
  void make() throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "mkctl");
    socket = folder.resolve("run/agent.sock");
  }

  @AfterEach
  void remove() throws IOException {
    if (server != null) {
      server.close();
    }
    try (var all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  private void serve(ControlServer.Commands commands) throws IOException {
    server = ControlServer.open(socket, commands, log::add);
  }

  private ControlClient.Result ask(List<String> heard, String... words) throws IOException {
    return ControlClient.ask(
        socket,
        "en",
        List.of(words),
        new ControlClient.Listener() {
          @Override
          public void line(String text) {
            heard.add("line " + text);
          }

          @Override
          public void progress(String what, long done, long total) {
            heard.add(what + " " + done + "/" + total);
          }

          @Override
          public void json(String text) {
            heard.add(text.replaceAll("\\s", ""));
          }
        });
  }

  @Test
  void everyKindOfPieceArrives() throws Exception {
    serve((words, out) -> {
      out.line(String.join("+", words) + " ミラー");
      out.progress("verify", 3, 9);
      out.facts(Map.of("peers", Map.of("b", List.of(1, "x"))));
      return 7;
    });
    List<String> heard = new ArrayList<>();
    ControlClient.Result result = ask(heard, "do", "it=1");
    assertThat(result.status()).isEqualTo(7);
    assertThat(result.facts()).isEqualTo(Map.of("peers.b.0", "1", "peers.b.1", "x"));
    assertThat(heard)
        .containsExactly("line do+it=1 ミラー", "verify 3/9", "{\"peers\":{\"b\":[1,\"x\"]}}");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
  }

  private static ControlClient.Result say(ControlTalk talk, String... words) throws IOException {
    return talk.ask("en", List.of(words), new ControlClient.Listener() {});
  }

  @Test
  void oneConnectionCarriesManyRequestsEachWithItsOwnAnswer() throws Exception {
    serve((words, out) -> {
      out.names(Map.of("said", String.join(" ", words)));
      return words.size();
    });
    try (ControlTalk talk = new ControlTalk(socket)) {
      for (int i = 0; i < 20; i++) {
        ControlClient.Result result = say(talk, "request", "" + i);
        assertThat(result.facts()).isEqualTo(Map.of("said", "request " + i));
        assertThat(result.status()).isEqualTo(2);
      }
      // Another client is served beside it.
      assertThat(ask(new ArrayList<>(), "x", "y").status()).isEqualTo(2);
      assertThat(say(talk, "again", "1", "2").status()).isEqualTo(3);
    }
    assertThat(log).isEmpty();
  }

  @Test
  void silenceBetweenRequestsIsNobodysFaultAndSilenceInOneIs() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel odd = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      odd.bind(UnixDomainSocketAddress.of(socket));
      try (ControlTalk talk = new ControlTalk(socket);
          SocketChannel there = odd.accept()) {
        // Nothing is asked for longer than an agent may be silent.
        assertThat(
                never.await(
                    ControlClient.SILENCE_SECONDS + 1L, java.util.concurrent.TimeUnit.SECONDS))
            .isFalse();
        there.write(ByteBuffer.wrap(new byte[] {'x', 0, 0, 0, 5}));
        assertThat(say(talk, "x", "y").status()).isEqualTo(5);
        assertThatThrownBy(() -> say(talk, "x", "y")).isInstanceOf(ControlClient.Silent.class);
      }
    }
  }

  @Test
  void aConnectionEndsWithTheLifeThatItWasMadeTo() throws Exception {
    serve((words, out) -> {
      if (words.getFirst().equals("break")) {
        throw new IllegalStateException("broken");
      }
      return 0;
    });
    try (ControlTalk talk = new ControlTalk(socket)) {
      assertThat(say(talk, "x", "y").status()).isZero();
      assertThatThrownBy(() -> say(talk, "break", "it")).isInstanceOf(ControlClient.Lost.class);
      assertThatThrownBy(() -> say(talk, "x", "y")).isInstanceOf(ControlClient.Lost.class);
    }
  }

  @Test
  void aCommandThatTakesLongIsNotTakenForDead() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    serve((words, out) -> {
      never.await(ControlClient.SILENCE_SECONDS + 2L, java.util.concurrent.TimeUnit.SECONDS);
      return 0;
    });
    assertThat(ask(new ArrayList<>(), "slow", "x").status()).isZero();
  }

  @Test
  void aCommandThatBreaksIsAFailureAndNotAHang() throws Exception {
    serve((words, out) -> {
      throw new IllegalStateException("broken");
    });
    assertThatThrownBy(() -> ask(new ArrayList<>(), "x", "y"))
        .isInstanceOf(ControlClient.Lost.class);
  }

  @Test
  void anAgentThatIsSilentOrGoneIsToldApart() throws Exception {
    assertThatThrownBy(() -> ask(new ArrayList<>(), "x", "y"))
        .isInstanceOf(IOException.class)
        .isNotInstanceOfAny(ControlClient.Silent.class, ControlClient.Lost.class);
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel odd = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      odd.bind(UnixDomainSocketAddress.of(socket));
      assertThatThrownBy(() -> ask(new ArrayList<>(), "x", "y"))
          .isInstanceOf(ControlClient.Silent.class);
      Thread.ofVirtual()
          .start(() -> {
            try {
              // The first is the one that gave up, and is in the queue still.
              odd.accept().close();
              odd.accept().close();
              SocketChannel second = odd.accept();
              second.read(ByteBuffer.allocate(8));
              second.close();
            } catch (IOException e) {
              log.add(String.valueOf(e));
            }
          });
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> ask(new ArrayList<>(), "x", "y"))
            .isInstanceOf(ControlClient.Lost.class);
      }
    }
  }

  @Test
  void whoeverSpeaksNonsenseHarmsNobody() throws Exception {
    serve((words, out) -> 0);
    Random random = new Random(3);
    for (int i = 0; i < 50; i++) {
      try (SocketChannel c = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        c.write(ByteBuffer.wrap(bytes));
      } catch (IOException e) {
        // Closed before all was said: a refusal too.
      }
    }
    assertThat(ask(new ArrayList<>(), "x", "y").status()).isZero();
  }

  @Test
  void requestsBeyondTheirLimitsAreRefused() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ControlWire.request(new DataOutputStream(bytes), List.of("en", "mirror.status", "ü"));
    assertThat(request(bytes.toByteArray())).containsExactly("en", "mirror.status", "ü");
    byte[] count = bytes.toByteArray();
    count[8] = 0x7f;
    assertThatThrownBy(() -> request(count)).hasMessageContaining("words");
    byte[] length = bytes.toByteArray();
    length[12] = 0x7f;
    assertThatThrownBy(() -> request(length)).hasMessageContaining("a text of");
    byte[] version = bytes.toByteArray();
    version[7] = 2;
    assertThatThrownBy(() -> request(version)).hasMessageContaining("version");
  }

  private static List<String> request(byte[] bytes) throws IOException {
    return ControlWire.request(new DataInputStream(new ByteArrayInputStream(bytes)));
  }
}
