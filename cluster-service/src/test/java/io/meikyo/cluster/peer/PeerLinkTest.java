// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.consensus.FreePort;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.NodeKeys;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.tls.Tls;
import io.meikyo.tls.TlsFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that call each other under TLS, and those who are not let in. */
class PeerLinkTest {
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir Path root;
  private Authority authority;
  private Tls one;
  private Tls two;
  private PeerServer server;
  private InetSocketAddress address;
  private final Set<String> members = ConcurrentHashMap.newKeySet();
  private final List<String> strangers = new CopyOnWriteArrayList<>();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final List<PeerCaller> callers = new ArrayList<>();

  @BeforeEach
  void found() throws Exception {
    members.addAll(Set.of("server1", "server2"));
    authority = Authority.found(folder("server1"), CLUSTER, "server1", CLOCK, RANDOM);
    one = Tls.open(folder("server1").tls(), CLOCK);
    two = member("server2");
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.take());
    server = new PeerServer(address, new TlsSockets(one), CLUSTER, new Listener());
    server.begin();
  }

  @AfterEach
  void close() throws IOException {
    callers.forEach(PeerCaller::close);
    server.close();
  }

  private PkiFolder folder(String of) {
    return PkiFolder.at(root.resolve(of));
  }

  private Tls member(String name) throws Exception {
    issue(name);
    return Tls.open(folder(name).tls(), CLOCK);
  }

  private void issue(String name) throws Exception {
    NodeKeys keys = new NodeKeys(folder(name), RANDOM);
    keys.install(
        authority.issue(keys.request(name), name, true),
        authority.authorities(),
        authority.revoked(),
        CLUSTER,
        Instant.now());
  }

  /** Says who called, and what. */
  private final class Listener implements PeerServer.Listener {
    @Override
    public void beat(Heartbeat beat, Consumer<Heartbeat.Answer> answer) {
      throw new IllegalStateException("nobody sends any here");
    }

    @Override
    public byte[] call(String from, byte[] body) {
      return (from + " " + new String(body, StandardCharsets.UTF_8))
          .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean knows(String member) {
      return members.contains(member);
    }

    @Override
    public void stranger(String from, String why) {
      strangers.add(why);
    }
  }

  private PeerCaller call(PeerSockets sockets, String self, String member) {
    PeerCaller caller =
        new PeerCaller(
            self, member, CLUSTER, sockets, List.of(address), answer -> {}, refused::add);
    callers.add(caller);
    return caller;
  }

  private static String ask(PeerCaller caller, String what) {
    try {
      byte[] answer = caller.call(what.getBytes(StandardCharsets.UTF_8)).get(20, TimeUnit.SECONDS);
      return new String(answer, StandardCharsets.UTF_8);
    } catch (ExecutionException e) {
      return "-";
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(BooleanSupplier isTrue, String what) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!isTrue.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(until);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private void isLetIn(PeerCaller caller) {
    await(() -> ask(caller, "x").equals("server2 x"), "an answer; strangers: " + strangers);
  }

  private void isNotLetIn(PeerCaller caller, String why) {
    await(
        () -> strangers.stream().anyMatch(s -> s.contains(why)),
        why + " in " + strangers + ", " + caller.trouble());
    assertThat(ask(caller, "x")).isEqualTo("-");
  }

  @Test
  void aMemberIsLetIn() {
    isLetIn(call(new TlsSockets(two), "server2", "server1"));
    assertThat(strangers).isEmpty();
    assertThat(refused).isEmpty();
  }

  @Test
  void whoHasNoCertificateIsRefusedAndSaid() {
    isNotLetIn(call(PeerSockets.plain(), "server2", "server1"), "SSL");
  }

  @Test
  void anotherAuthorityIsRefusedAndSaidOnBothSides() throws Exception {
    PkiFolder foreign = folder("foreign");
    Authority.found(foreign, CLUSTER, "server2", CLOCK, RANDOM);
    PeerCaller caller = call(new TlsSockets(Tls.open(foreign.tls(), CLOCK)), "server2", "server1");
    await(() -> !refused.isEmpty(), "the caller believes nobody there");
    assertThat(refused.getFirst()).contains("signed by CN=Meikyo authority");
    assertThat(ask(caller, "x")).isEqualTo("-");
    TlsFiles own = foreign.tls();
    Path both = root.resolve("both.crt");
    Files.writeString(both, Files.readString(own.authorities()) + authority.authorities());
    Tls believesUs = Tls.open(new TlsFiles(own.key(), own.certificate(), both, null), CLOCK);
    isNotLetIn(call(new TlsSockets(believesUs), "server2", "server1"), "signed by");
  }

  @Test
  void aMemberThatSpeaksAsAnotherIsRefusedAndSaid() throws Exception {
    members.add("server3");
    isNotLetIn(
        call(new TlsSockets(member("server3")), "server2", "server1"),
        "the certificate is of server3, not of server2");
  }

  @Test
  void whoIsNoMemberAnyMoreIsRefusedAndSaid() throws Exception {
    PeerCaller caller = call(new TlsSockets(two), "server2", "server1");
    isLetIn(caller);
    members.remove("server2");
    caller.close();
    isNotLetIn(call(new TlsSockets(two), "server2", "server1"), "server2 is not a member");
  }

  @Test
  void anotherMemberThatAnswersIsRefusedAndSaid() {
    PeerCaller caller = call(new TlsSockets(two), "server2", "server9");
    await(() -> !refused.isEmpty(), "the caller sees who answers");
    assertThat(refused.getFirst()).contains("the certificate is of server1, not of server9");
    assertThat(ask(caller, "x")).isEqualTo("-");
  }

  @Test
  void whoIsRevokedIsCutOffWhileItIsConnected() throws Exception {
    PeerCaller caller = call(new TlsSockets(two), "server2", "server1");
    isLetIn(caller);
    authority.revoke("server2");
    assertThat(one.reload()).isTrue();
    server.judgeAgain();
    isNotLetIn(caller, "revoked");
  }

  @Test
  void aNewCertificateIsTakenWithoutARestart() throws Exception {
    PeerCaller caller = call(new TlsSockets(two), "server2", "server1");
    isLetIn(caller);
    issue("server2");
    assertThat(two.reload()).isTrue();
    authority.revokeFormer(two.credentials().chain().getFirst(), two.identity());
    assertThat(one.reload()).isTrue();
    server.judgeAgain();
    isLetIn(caller);
  }

  @Test
  void whoSaysNothingIsHungUpOn() throws Exception {
    try (Socket silent = new Socket(address.getAddress(), address.getPort())) {
      silent.setSoTimeout(20_000);
      assertThat(silent.getInputStream().read()).isNegative();
    }
    isLetIn(call(new TlsSockets(two), "server2", "server1"));
  }
}
