// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.channel.Channels;
import io.meikyo.agent.channel.TestKeys;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Tls;
import io.meikyo.tls.TlsFiles;
import java.io.DataInputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same with TLS between the servers, and what TLS adds. */
class TlsPeerLinksTest extends PeerLinksTest {
  @TempDir private Path root;
  private TestKeys keys;
  private final List<Channels> made = new ArrayList<>();

  @BeforeEach
  void authority() throws Exception {
    keys = new TestKeys(root.resolve("ours"));
    // What the first connection of a process would wait for.
    keys.tls("warm").rehearse();
  }

  @AfterEach
  void threadsEnd() {
    made.forEach(Channels::close);
  }

  private Channels channels(Tls tls) {
    Channels c = Channels.of(loop, tls, tls.identity().server());
    made.add(c);
    return c;
  }

  @Override
  Channels channels(String server) throws Exception {
    return channels(keys.tls(server));
  }

  @Override
  Socket call(int port) throws Exception {
    return call(port, keys.tls("server1"));
  }

  private static SSLSocket call(int port, Tls as) throws Exception {
    SSLSocket s =
        (SSLSocket)
            as.context().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    s.setSSLParameters(Tls.parameters());
    s.setSoTimeout(10_000);
    return s;
  }

  private Path others() throws Exception {
    return Files.createDirectories(root.resolve("theirs"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void whoeverIsNoServerOfThisMirrorIsRefusedAndNamedOnce(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    TlsFiles other = new TestKeys(others()).files("server1");
    keys.believedBy(other);
    Map<String, Tls> strangers =
        Map.of(
            "other server: server9", keys.tls("server9"),
            "other authority: CN=server1", TestKeys.open(other));
    for (Map.Entry<String, Tls> e : strangers.entrySet()) {
      for (int i = 0; i < 2; i++) {
        try (Socket s = call(b, e.getValue())) {
          assertThat(isClosed(s)).as(e.getKey()).isTrue();
        }
      }
      await(() -> called.said("link.stranger-tls", e.getKey()));
    }
    for (int i = 0; i < 2; i++) {
      try (Socket s = raw(b)) {
        s.getOutputStream().write(greeting(CLUSTER, DISK, 0, 1));
        assertThat(isClosed(s) || s.getInputStream().read() >= 0).isTrue();
      }
    }
    await(() -> called.said("link.stranger-tls", "the other side does not encrypt"));
    try (Socket s = raw(b)) {
      s.getOutputStream().write(new byte[] {22, 3, 1, 0, 8, 1, 0, 0, 4, 9, 9, 9, 9});
      while (!isClosed(s)) {
        // An alert.
      }
    }
    await(() -> called.notices.size() >= 4);
    assertThat(called.notices).hasSize(4);
    assertThat(called.told).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void whoeverOnlyLooksWhetherThereIsAPathIsNoStranger(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    for (int i = 0; i < 5; i++) {
      raw(b).close();
    }
    Side caller = new Side(replica(0), freePort(), b);
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.notices).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void aCallerThatFindsSomebodyElseSaysSo(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side wrong = new Side(replica(1), channels("server7"), b, freePort());
    Side caller = new Side(replica(0), freePort(), b);
    await(() -> caller.said("link.refused", "other server: server7"));
    await(() -> String.valueOf(on(() -> caller.links.troubleOf(1))).contains("server7"));
    assertThat(caller.told.poll(400, TimeUnit.MILLISECONDS)).isNull();
    assertThat(wrong.told).isEmpty();
    assertThat(caller.notices).as("once, however often it is tried").hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void ofTwoOfWhichOneEncryptsBothSaySo(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side open = new Side(replica(1), Channels.of(loop, null, ""), b, freePort());
    Side caller = new Side(replica(0), freePort(), b);
    await(() -> caller.said("link.refused", "server2"));
    await(() -> open.said("link.stranger", "ENCRYPTED"));
    int d = freePort();
    Side closed = new Side(replica(1), d, freePort());
    Side openCaller = new Side(replica(0), Channels.of(loop, null, ""), freePort(), d);
    await(() -> closed.said("link.stranger-tls", "does not encrypt"));
    await(() -> on(() -> openCaller.links.troubleOf(1)) != null);
    assertThat(open.links.areEncrypted()).isFalse();
    assertThat(closed.links.areEncrypted()).isTrue();
    for (Side s : List.of(open, caller, closed, openCaller)) {
      assertThat(s.told).isEmpty();
    }
  }

  /** A server of the cluster, with its own certificate, that speaks for another replica. */
  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void nobodySpeaksForAnotherReplica(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    List<Notice> notices = new CopyOnWriteArrayList<>();
    List<InetSocketAddress> nowhere =
        List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort()));
    Side heard = new Side(replica(1), freePort(), freePort());
    PeerLinks three =
        new PeerLinks(
            loop,
            replica(2),
            512,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), b),
            Map.of(0, nowhere, 1, nowhere),
            r -> "server" + (r + 1),
            channels("server3"),
            pool,
            heard,
            notices::add);
    on(() -> {
      three.begin();
      return true;
    });
    try (Socket s = call(b, keys.tls("server2"))) {
      s.getOutputStream().write(greeting(CLUSTER, DISK, 0, 2));
      assertThat(isClosed(s)).isTrue();
    }
    await(() -> notices.toString().contains("OTHER_SERVER"));
    assertThat(heard.told).isEmpty();
    try (Socket s = call(b, keys.tls("server2"))) {
      s.getOutputStream().write(greeting(CLUSTER, DISK, 1, 2));
      assertThat(heard.next()).isEqualTo("up 1");
    }
    on(() -> {
      three.close();
      return true;
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void certificatesChangeUnderAStandingConnection(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    TlsFiles files = keys.files("server2");
    Tls second = TestKeys.open(files);
    Side called = new Side(replica(1), channels(second), b, freePort());
    Side caller = new Side(replica(0), freePort(), b);
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");
    long before = shown(b);
    keys.files("server2");
    long fresh = keys.lastSerial();
    assertThat(second.reload()).isTrue();
    assertThat(shown(b)).isEqualTo(fresh).isNotEqualTo(before);
    on(() -> {
      called.links.judgeAgain();
      caller.links.judgeAgain();
      return true;
    });
    caller.ping(1, 3);
    assertThat(called.next()).as("the standing one goes on").isEqualTo("ping 3");
    called.ping(0, 4);
    assertThat(caller.next()).isEqualTo("ping 4");
    assertThat(called.notices).extracting(Notice::code).doesNotContain("link.not-believed");
  }

  /** Number of the certificate that is shown there now. */
  private long shown(int port) throws Exception {
    try (SSLSocket s = call(port, keys.tls("server1"))) {
      s.startHandshake();
      X509Certificate c = (X509Certificate) s.getSession().getPeerCertificates()[0];
      return c.getSerialNumber().longValue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void aRevokedServersConnectionEndsAndItDoesNotComeBack(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    TlsFiles files = keys.files("server2");
    Tls second = TestKeys.open(files);
    Side called = new Side(replica(1), channels(second), b, freePort());
    Tls first = keys.tls("server1");
    long number = keys.lastSerial();
    Side caller = new Side(replica(0), channels(first), freePort(), b);
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");
    keys.revoke(files, number);
    assertThat(second.reload()).isTrue();
    on(() -> {
      called.links.judgeAgain();
      return true;
    });
    assertThat(called.next()).isEqualTo("down 0");
    assertThat(caller.next()).isEqualTo("down 1");
    assertThat(called.said("link.not-believed", "revoked")).isTrue();
    await(() -> called.said("link.stranger-tls", "revoked: CN=server1, number " + number));
    assertThat(caller.told).isEmpty();
    keys.files("server1");
    assertThat(first.reload()).isTrue();
    assertThat(called.next()).as("with a new certificate").isEqualTo("up 0");
    assertThat(caller.next()).isEqualTo("up 1");
  }

  /** 48 MiB: keys change often here, see test.security. */
  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void muchDataGoesBothWays(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    Side caller = new Side(replica(0), freePort(), b);
    assertThat(caller.next()).isEqualTo("up 1");
    assertThat(called.next()).isEqualTo("up 0");
    Random random = new Random(1);
    for (int i = 0; i < 48; i++) {
      Side from = i % 3 == 0 ? called : caller;
      Side to = from == called ? caller : called;
      byte[] bytes = new byte[i % 2 == 0 ? 1 << 20 : 512 * (1 + random.nextInt(2000))];
      random.nextBytes(bytes);
      long number = i;
      on(() -> {
        Buffer buffer = pool.take(bytes.length);
        MemorySegment.copy(bytes, 0, buffer.bytes(), ValueLayout.JAVA_BYTE, 0, bytes.length);
        from.links.send(
            from == called ? 0 : 1,
            new Frame(
                1,
                1,
                1,
                number,
                new Message.Write(number, 0, 0, bytes.length / 512, false, buffer)));
        from.links.flush();
        buffer.drop();
        return true;
      });
      assertThat(to.next()).isEqualTo("write " + i + " " + Arrays.hashCode(bytes));
    }
    await(() -> on(pool::lent) == 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "threads"})
  void buffersComeBackWhenAConnectionIsCutInTheMiddle(String kind) throws Exception {
    begin(kind);
    int b = freePort();
    Side called = new Side(replica(1), b, freePort());
    for (int round = 0; round < 3; round++) {
      try (Socket s = call(b)) {
        s.getOutputStream().write(greeting(CLUSTER, DISK, 0, 1));
        assertThat(called.next()).isEqualTo("up 0");
        new DataInputStream(s.getInputStream()).readNBytes(Preamble.BYTES);
        on(() -> {
          for (int i = 0; i < 2; i++) {
            Buffer buffer = pool.take(1 << 20);
            for (int n = 0; n < 20; n++) {
              called.links.send(
                  0, new Frame(1, 1, 1, n, new Message.Write(n, 0, 0, 2048, false, buffer)));
            }
            buffer.drop();
          }
          called.links.flush();
          return true;
        });
        // 40 MiB are on their way, and nobody takes them.
        s.getInputStream().readNBytes(100_000);
        if (round == 1) {
          on(() -> {
            called.links.disconnect(0);
            return true;
          });
        }
      }
      assertThat(called.next()).isEqualTo("down 0");
      if (round == 1) {
        on(() -> {
          called.links.connect(0);
          return true;
        });
      }
      await(() -> on(pool::lent) == 0);
    }
  }
}
