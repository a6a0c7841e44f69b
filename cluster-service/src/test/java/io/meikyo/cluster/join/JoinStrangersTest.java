// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.join.JoinWire.Kind;
import io.meikyo.cluster.join.JoinWire.Message;
import io.meikyo.cluster.pki.PkiNotice;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** Those who should not be there, are slow, or make no sense. */
class JoinStrangersTest extends WithJoinServer {
  @Test
  void strangersAreShutOutAndNamedOnce() throws Exception {
    for (int i = 0; i < 3; i++) {
      try (Socket s = new Socket(server.address().getAddress(), server.address().getPort())) {
        s.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        assertThat(isClosed(s)).isTrue();
      }
    }
    awaitSaid("join.stranger");
    join("server2", tokens.create(authority, HOUR, null), "server2");
    assertThat(said()).containsExactly("join.stranger", "join.admitted");
  }

  @Test
  void nobodyHoldsUpTheOthersByBeingSlow() throws Exception {
    server.close();
    server = open(Duration.ofMillis(300));
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        slow.add(new Socket(server.address().getAddress(), server.address().getPort()));
      }
      for (Socket s : slow) {
        assertThat(isClosed(s)).isTrue();
      }
    } finally {
      for (Socket s : slow) {
        s.close();
      }
    }
    try (SSLSocket s = connect(open())) {
      s.getOutputStream().write(new byte[] {'M', 'K', 'J'});
      assertThat(isClosed(s)).as("in the middle of a message").isTrue();
    } catch (SocketException | SSLException e) {
      assertThat(e).as("in the middle of the handshake").isNotNull();
    }
    server.close();
    server = open(Duration.ofSeconds(20));
    join("server2", tokens.create(authority, HOUR, null), "server2");
  }

  @Test
  void messagesThatMakeNoSenseEndTheConnectionOnly() throws Exception {
    byte[] id = JoinWire.utf8("0".repeat(16));
    List<Message> odd =
        List.of(
            new Message(Kind.JOIN, List.of()),
            new Message(Kind.JOIN, List.of(JoinWire.utf8("server2"), id, new byte[24])),
            new Message(
                Kind.JOIN, List.of(JoinWire.utf8("server2"), id, new byte[24], new byte[100])),
            new Message(Kind.JOIN, List.of(new byte[60_000], id, id, id)),
            new Message(Kind.JOIN, List.of(new byte[70_000], id, id, id)),
            new Message(Kind.RENEW, List.of()),
            new Message(Kind.GRANTED, List.of()),
            new Message(Kind.REFUSED, List.of(new byte[1])));
    for (Message m : odd) {
      try (SSLSocket s = connect(open())) {
        JoinWire.write(s.getOutputStream(), m);
        Message answer = JoinWire.read(s.getInputStream(), 1 << 20);
        assertThat(answer.kind()).isEqualTo(Kind.REFUSED);
        assertThat(JoinWire.notice(answer).severity()).isEqualTo(Severity.ERROR);
      } catch (IOException e) {
        assertThat(e).as(m.kind().toString()).isNotNull();
      }
    }
    try (SSLSocket s = connect(open())) {
      s.getOutputStream().write(new byte[] {'M', 'K', 'J', 'N', 0, 9, 1, 0});
      Notice why = JoinWire.notice(JoinWire.read(s.getInputStream(), 1 << 20));
      assertThat(why).hasToString("join.other-version (theirs=9, ours=1)");
    }
    assertThat(asked).isEmpty();
    join("server2", tokens.create(authority, HOUR, null), "server2");
  }

  @Test
  void anyBytesAreAMessageOrAnError() throws Exception {
    Notice notice = Notice.of(PkiNotice.TOKEN_USED, "a", "b").about("server", "a");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JoinWire.write(out, JoinWire.refused(notice));
    byte[] good = out.toByteArray();
    assertThat(JoinWire.notice(JoinWire.read(new ByteArrayInputStream(good), 1000)))
        .isEqualTo(notice);
    Random random = new Random(7);
    int sound = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        JoinWire.notice(JoinWire.read(new ByteArrayInputStream(bytes), 1000));
        sound++;
      } catch (IOException e) {
        assertThat(e).isNotNull();
      }
    }
    assertThat(sound).as("some change only text").isBetween(1, 19_999);
  }
}
