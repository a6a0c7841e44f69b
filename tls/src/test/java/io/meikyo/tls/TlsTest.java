// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.notice.Notice;
import io.meikyo.tls.TestAuthority.Wish;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers shake hands, or find out why not. */
class TlsTest {
  @TempDir private Path root;
  private TestAuthority authority;
  private TestAuthority.Server first;
  private TestAuthority.Server second;
  private Instant now = TestAuthority.NOW;
  private final InstantSource clock = () -> now;
  private final List<Notice> notices = new ArrayList<>();

  @BeforeEach
  void make() throws Exception {
    authority = new TestAuthority("authority");
    first = authority.new Server(root.resolve("1"), Wish.server("server1"));
    second = authority.new Server(root.resolve("2"), Wish.server("server2"));
  }

  private Tls tls(TestAuthority.Server of) throws TlsProblem {
    return Tls.open(of.files, clock);
  }

  /** Lets them talk until both are done; what one of them throws is thrown. */
  private static void shake(SSLEngine a, SSLEngine b) throws SSLException {
    ByteBuffer ab = ByteBuffer.allocate(64 << 10);
    ByteBuffer ba = ByteBuffer.allocate(64 << 10);
    a.beginHandshake();
    b.beginHandshake();
    SSLException[] wrong = new SSLException[2];
    for (int i = 0; i < 50; i++) {
      turn(a, ba, ab, wrong, 0);
      turn(b, ab, ba, wrong, 1);
    }
    for (SSLException e : wrong) {
      if (e != null) {
        e.addSuppressed(wrong[0] == e && wrong[1] != null ? wrong[1] : new SSLException("alone"));
        throw e;
      }
    }
    assertThat(a.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
    assertThat(b.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
  }

  private static void turn(
      SSLEngine e, ByteBuffer in, ByteBuffer out, SSLException[] wrong, int who) {
    try {
      while (true) {
        HandshakeStatus h = e.getHandshakeStatus();
        if (h == HandshakeStatus.NEED_TASK) {
          e.getDelegatedTask().run();
        } else if (h == HandshakeStatus.NEED_WRAP && !e.isOutboundDone()) {
          e.wrap(ByteBuffer.allocate(0), out);
        } else {
          in.flip();
          boolean more =
              in.hasRemaining()
                  && e.unwrap(in, ByteBuffer.allocate(64 << 10)).getStatus() == Status.OK;
          in.compact();
          if (!more) {
            return;
          }
        }
      }
    } catch (SSLException x) {
      wrong[who] = wrong[who] == null ? x : wrong[who];
    }
  }

  /** What goes through, both ways. */
  private static void talk(SSLEngine from, SSLEngine to) throws SSLException {
    ByteBuffer net = ByteBuffer.allocate(64 << 10);
    ByteBuffer ear = ByteBuffer.allocate(64 << 10);
    from.wrap(StandardCharsets.UTF_8.encode("still water"), net);
    assertThat(new String(net.array(), StandardCharsets.ISO_8859_1)).doesNotContain("still");
    to.unwrap(net.flip(), ear);
    assertThat(StandardCharsets.UTF_8.decode(ear.flip()).toString()).isEqualTo("still water");
  }

  @Test
  void twoServersKnowEachOther() throws Exception {
    SSLEngine a = tls(first).caller();
    SSLEngine b = tls(second).called();
    shake(a, b);
    assertThat(Tls.peer(a.getSession()))
        .isEqualTo(new PeerIdentity("server2", TestAuthority.CLUSTER));
    assertThat(Tls.peer(b.getSession()).server()).isEqualTo("server1");
    assertThat(a.getSession().getProtocol()).isEqualTo("TLSv1.3");
    assertThat(a.getSession().getCipherSuite()).isEqualTo("TLS_AES_128_GCM_SHA256");
    talk(a, b);
    talk(b, a);
  }

  /** The refusal of one side, in words, and what the other side says of it. */
  private static String refused(SSLEngine a, SSLEngine b) {
    try {
      shake(a, b);
    } catch (SSLException e) {
      return Tls.reason(e) + " / " + Tls.reason(e.getSuppressed()[0]);
    }
    throw new AssertionError("nobody was refused");
  }

  @Test
  void whoeverShowsNothingIsRefused() throws Exception {
    Tls called = tls(second);
    SSLEngine nobody =
        Tls.context(new KeyManager[0], new TrustManager[] {called.trustManager()})
            .createSSLEngine();
    nobody.setUseClientMode(true);
    SSLEngine b = called.called();
    assertThatThrownBy(() -> shake(nobody, b)).isInstanceOf(SSLHandshakeException.class);
    assertThatThrownBy(() -> Tls.peer(b.getSession())).isInstanceOf(Refusal.class);
  }

  @Test
  void anotherClustersAuthorityIsRefusedByBothSides() throws Exception {
    TestAuthority other = new TestAuthority("authority");
    Tls stranger = tls(other.new Server(root.resolve("3"), Wish.server("server1")));
    assertThat(refused(stranger.caller(), tls(second).called())).contains("other authority");
    assertThat(refused(tls(first).caller(), stranger.called())).contains("other authority");
  }

  @Test
  void whoBelievesTooMuchIsRefusedAllTheSame() throws Exception {
    TestAuthority other = new TestAuthority("other");
    TestAuthority.Server s = other.new Server(root.resolve("3"), Wish.server("server1"));
    Files.writeString(s.files.authorities(), other.pem + authority.pem);
    assertThat(refused(tls(s).caller(), tls(second).called()))
        .contains("the other side: ", "other authority: CN=somebody, signed by CN=other");
  }

  @Test
  void anotherClusterOfTheSameAuthorityIsRefused() throws Exception {
    Wish odd = Wish.server("server1").uri("meikyo:cluster:ffffffff-89ab-cdef-0011-223344556677");
    Tls stranger = tls(authority.new Server(root.resolve("3"), odd));
    assertThat(refused(stranger.caller(), tls(second).called())).contains("other cluster: server");
  }

  @Test
  void aCertificateThatEndsMeanwhileIsRefused() throws Exception {
    first.renew(Wish.server("server1").times(now.minusSeconds(10), now.plus(Duration.ofDays(1))));
    Tls a = tls(first);
    Tls b = tls(second);
    SSLEngine standing = b.called();
    shake(a.caller(), standing);
    now = now.plus(Duration.ofDays(2));
    assertThat(refused(a.caller(), b.called())).contains("expired: CN=somebody ended");
    assertThatThrownBy(() -> b.judgeAgain(standing.getSession(), true))
        .isInstanceOfSatisfying(
            Refusal.class, r -> assertThat(r.why()).isEqualTo(Refusal.Why.EXPIRED));
  }

  @Test
  void aRevokedCertificateIsRefusedAsSoonAsTheListIsRead() throws Exception {
    first.renew(Wish.server("server1"));
    long number = authority.lastSerial();
    Tls a = tls(first);
    Tls b = tls(second);
    SSLEngine standing = b.called();
    shake(a.caller(), standing);
    b.judgeAgain(standing.getSession(), true);
    Files.writeString(second.files.revoked(), authority.revoke(number));
    shake(a.caller(), b.called());
    assertThat(b.reload()).isTrue();
    assertThat(refused(a.caller(), b.called())).contains("revoked: CN=somebody, number " + number);
    assertThat(refused(b.caller(), a.called())).contains("revoked");
    assertThatThrownBy(() -> b.judgeAgain(standing.getSession(), true))
        .hasMessageContaining("revoked");
  }

  @Test
  void onlyTheNewestVersionIsSpoken() throws Exception {
    Tls a = tls(first);
    SSLEngine old = a.context().createSSLEngine();
    old.setUseClientMode(true);
    old.setSSLParameters(new SSLParameters(null, new String[] {"TLSv1.2"}));
    assertThat(refused(old, tls(second).called())).containsIgnoringCase("protocol");
    SSLEngine weak = a.caller();
    weak.setEnabledCipherSuites(new String[] {"TLS_CHACHA20_POLY1305_SHA256"});
    assertThatThrownBy(() -> shake(weak, tls(second).called()))
        .isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void plainWordsAreNoHandshake() throws Exception {
    SSLEngine b = tls(second).called();
    assertThatThrownBy(() ->
            b.unwrap(
                ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8)),
                ByteBuffer.allocate(64 << 10)))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void whatIsNewIsUsedByTheNextConnectionAndTheStandingOneGoesOn() throws Exception {
    Tls a = tls(first);
    Tls b = tls(second);
    SSLEngine a1 = a.caller();
    SSLEngine b1 = b.called();
    shake(a1, b1);
    assertThat(a.reload()).as("nothing is new").isFalse();
    first.renew(Wish.server("renamed"));
    assertThat(a.reload()).isTrue();
    assertThat(a.identity().server()).isEqualTo("renamed");
    talk(a1, b1);
    SSLEngine b2 = b.called();
    shake(a.caller(), b2);
    assertThat(Tls.peer(b2.getSession()).server()).isEqualTo("renamed");
    assertThat(Tls.peer(b1.getSession()).server()).isEqualTo("server1");
  }

  @Test
  void aSwapBetweenTheQuestionsOfAHandshakeMixesNothing() throws Exception {
    Tls a = tls(first);
    String[] types = {"EC"};
    String alias = a.keyManager().chooseEngineClientAlias(types, null, null);
    var key = a.keyManager().getPrivateKey(alias);
    first.renew(Wish.server("server1"));
    assertThat(a.reload()).isTrue();
    assertThat(a.keyManager().getPrivateKey(alias)).isEqualTo(key);
    assertThat(Credentials.belong(key, a.keyManager().getCertificateChain(alias)[0])).isTrue();
    String fresh = a.keyManager().chooseEngineServerAlias("EC", null, null);
    assertThat(a.keyManager().getPrivateKey(fresh)).isNotEqualTo(key);
    assertThat(a.keyManager().chooseEngineServerAlias("RSA", null, null)).isNull();
    first.renew(Wish.server("server1"));
    assertThat(a.reload()).isTrue();
    assertThat(a.keyManager().getPrivateKey(alias)).as("two swaps later").isNull();
  }

  @Test
  void filesThatAreNotGoodChangeNothing() throws Exception {
    Tls a = tls(first);
    Credentials before = a.credentials();
    Files.writeString(first.files.certificate(), "half a certif");
    assertThatThrownBy(a::reload).isInstanceOf(TlsProblem.class);
    assertThat(a.credentials()).isEqualTo(before);
    shake(a.caller(), tls(second).called());
  }

  @Test
  void noSessionIsResumed() throws Exception {
    Tls a = tls(first);
    Tls b = tls(second);
    var context = a.context();
    for (int i = 0; i < 3; i++) {
      SSLEngine caller = context.createSSLEngine("server2", 1);
      caller.setUseClientMode(true);
      SSLEngine called = b.called();
      shake(caller, called);
      talk(called, caller);
      assertThat(Tls.peer(called.getSession()).server()).isEqualTo("server1");
      assertThat(called.getSession().getCreationTime())
          .isGreaterThanOrEqualTo(System.currentTimeMillis() - 60_000);
    }
    Files.writeString(second.files.revoked(), authority.revoke(2));
    b.reload();
    SSLEngine caller = context.createSSLEngine("server2", 1);
    caller.setUseClientMode(true);
    assertThat(refused(caller, b.called())).as("with a ticket in hand").contains("revoked");
  }

  @Test
  void aRehearsalShowsThatEverythingWorks() throws Exception {
    Tls a = tls(first);
    a.rehearse();
    now = now.plus(Duration.ofDays(1000));
    assertThatThrownBy(a::rehearse)
        .isInstanceOf(TlsProblem.class)
        .hasMessageContaining("rehearsal-failed")
        .hasMessageContaining("expired");
  }

  // ---- the watch

  private List<String> said() {
    List<String> codes = notices.stream().map(Notice::code).toList();
    notices.clear();
    return codes;
  }

  @Test
  void theWatchTakesWhatChangedAndSaysSo() throws Exception {
    Tls a = tls(first);
    List<String> changes = new ArrayList<>();
    TlsWatch watch = TlsWatch.byHand(a, notices::add, () -> changes.add(a.identity().server()));
    watch.look();
    assertThat(said()).isEmpty();
    first.renew(Wish.server("renamed"));
    watch.look();
    assertThat(said()).containsExactly("tls.reloaded");
    assertThat(changes).containsExactly("renamed");
    Files.writeString(first.files.authorities(), "nothing");
    watch.look();
    watch.look();
    assertThat(said()).as("once").containsExactly("tls.not-reloaded", "tls.not-pem");
    Files.writeString(first.files.authorities(), authority.pem);
    watch.look();
    assertThat(said()).as("back to what is in use").isEmpty();
    assertThat(changes).hasSize(1);
  }

  @Test
  void theEndOfACertificateIsAnnouncedOnceADay() throws Exception {
    Tls a = tls(first);
    TlsWatch watch = TlsWatch.byHand(a, notices::add, () -> {});
    now = Wish.server("server1").until().minus(TlsWatch.SOON);
    watch.look();
    assertThat(said()).isEmpty();
    now = now.plusSeconds(1);
    watch.look();
    watch.look();
    assertThat(said()).containsExactly("tls.expires-soon");
    now = now.plus(Duration.ofDays(1));
    watch.look();
    assertThat(said()).containsExactly("tls.expires-soon");
    first.renew(Wish.server("server1").times(now, now.plus(Duration.ofDays(500))));
    watch.look();
    assertThat(said()).containsExactly("tls.reloaded");
  }

  @Test
  void theWatchLooksByItself() throws Exception {
    Tls a = tls(first);
    CountDownLatch changed = new CountDownLatch(1);
    TlsWatch watch = TlsWatch.begin(a, Duration.ofMillis(20), n -> {}, changed::countDown);
    try (watch) {
      first.renew(Wish.server("renamed"));
      assertThat(changed.await(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(a.identity().server()).isEqualTo("renamed");
  }
}
