// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.tls.Credentials;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Pem;
import io.meikyo.tls.Refusal;
import io.meikyo.tls.Tls;
import io.meikyo.tls.Trust;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Founding, certificates, revocation. */
class AuthorityTest {
  private static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path root;
  private Instant now = Instant.parse("2026-11-22T12:00:00.123456789Z");
  private final InstantSource clock = () -> now;
  private PkiFolder folder;
  private Authority authority;

  @BeforeEach
  void found() throws Exception {
    folder = PkiFolder.at(root.resolve("state/pki"));
    authority = Authority.found(folder, CLUSTER, "server1", clock, RANDOM);
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  /** A joiner's folder with its certificate. */
  private PkiFolder join(String server) throws Exception {
    PkiFolder there = PkiFolder.at(root.resolve(server));
    NodeKeys keys = new NodeKeys(there, RANDOM);
    String chain = authority.issue(keys.request(server), server, false);
    keys.install(chain, DurableFiles.read(folder.authorities()), authority.revoked(), CLUSTER, now);
    return there;
  }

  @Test
  void theFounderHasEverythingWithTheRightModes() throws Exception {
    assertThat(mode(folder.path())).isEqualTo("rwx------");
    assertThat(mode(folder.key())).isEqualTo("rw-------");
    assertThat(mode(folder.authorityKey())).isEqualTo("rw-------");
    assertThat(mode(folder.certificate())).isEqualTo("rw-r--r--");
    assertThat(folder.isMember()).isTrue();
    assertThat(folder.isFounder()).isTrue();
    assertThat(authority.servers()).containsExactly("server1");
    Credentials own = Credentials.read(folder.tls(), now);
    assertThat(own.identity()).isEqualTo(new PeerIdentity("server1", CLUSTER));
    assertThat(own.chain()).hasSize(2);
    assertThat(Duration.between(now, own.until())).isGreaterThan(Duration.ofDays(1000));
    Authority again = Authority.open(folder, clock, RANDOM);
    assertThat(again.certificate()).isEqualTo(authority.certificate());
    assertThat(again.cluster()).isEqualTo(CLUSTER);
    try (var all = Files.list(folder.path())) {
      assertThat(all.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "ca.crt", "ca.key", "node.crt", "node.key", "revoked.crl", "issued", "lock");
    }
  }

  @Test
  void aClusterIsFoundedOnce() throws Exception {
    byte[] key = Files.readAllBytes(folder.authorityKey());
    assertThatThrownBy(() -> Authority.found(folder, CLUSTER, "server1", clock, RANDOM))
        .isInstanceOf(PkiProblem.class)
        .hasMessageContaining("pki.already-member")
        .hasMessageContaining("server=server1, cluster=" + CLUSTER);
    join("server2");
    Files.delete(folder.certificate());
    assertThatThrownBy(() -> Authority.found(folder, CLUSTER, "server1", clock, RANDOM))
        .as("others have certificates of it")
        .hasMessageContaining("pki.already-founded")
        .hasMessageContaining("servers=server2");
    assertThat(Files.readAllBytes(folder.authorityKey())).isEqualTo(key);
    PkiFolder other = PkiFolder.at(root.resolve("other"));
    assertThatThrownBy(() -> Authority.found(other, CLUSTER, "server 1", clock, RANDOM))
        .hasMessageContaining("pki.bad-name");
    assertThat(other.path()).doesNotExist();
    assertThatThrownBy(() -> Authority.open(other, clock, RANDOM))
        .hasMessageContaining("pki.not-founded-here");
  }

  @Test
  void aCrashAtAnyStepOfTheFoundingIsMendedByFoundingAgain() throws Exception {
    Crash whole = new Crash(-1);
    Authority.found(PkiFolder.at(root.resolve("whole"), whole), CLUSTER, "a", clock, RANDOM);
    assertThat(whole.steps).hasSizeGreaterThan(20).contains("durable node.key");
    for (int at = 0; at < whole.steps.size(); at++) {
      Path path = root.resolve("crash-" + at);
      String step = whole.steps.get(at);
      assertThatThrownBy(() -> Authority.found(crashing(path, step), CLUSTER, "a", clock, RANDOM))
          .as(step)
          .isInstanceOf(Crash.Happened.class);
      PkiFolder after = PkiFolder.at(path);
      if (after.isMember()) {
        assertThat(step).isIn("renamed node.crt", "durable node.crt");
        Authority.open(after, clock, RANDOM);
      } else {
        Authority.found(after, CLUSTER, "a", clock, RANDOM);
      }
      assertThat(Credentials.read(after.tls(), now).identity().server()).as(step).isEqualTo("a");
      new NodeKeys(after, RANDOM).tidy();
      try (var all = Files.list(path)) {
        assertThat(all.filter(p -> p.toString().matches(".*\\.(tmp|next|pending)")))
            .as(step)
            .isEmpty();
      }
    }
  }

  private static PkiFolder crashing(Path path, String step) {
    return PkiFolder.at(
        path,
        (done, file) -> {
          if ((done + " " + file.getFileName()).equals(step)) {
            throw new Crash.Happened();
          }
        });
  }

  @Test
  void whatItIssuesIsBelievedByTheMembersAndByNobodyElse() throws Exception {
    Tls first = Tls.open(folder.tls(), clock);
    Tls second = Tls.open(join("server2").tls(), clock);
    first.rehearse();
    second.rehearse();
    Trust trust = first.credentials().trust();
    assertThat(trust.check(second.credentials().chain(), Trust.Use.CLIENT, now).server())
        .isEqualTo("server2");
    PkiFolder stranger = PkiFolder.at(root.resolve("stranger"));
    Authority.found(stranger, CLUSTER, "server2", clock, RANDOM);
    assertThatThrownBy(
            () -> trust.check(Credentials.read(stranger.tls(), now).chain(), Trust.Use.CLIENT, now))
        .isInstanceOfSatisfying(
            Refusal.class, r -> assertThat(r.why()).isEqualTo(Refusal.Why.OTHER_AUTHORITY));
    assertThatThrownBy(() -> trust.check(List.of(authority.certificate()), Trust.Use.CLIENT, now))
        .as("the authority itself is no server")
        .isInstanceOf(Refusal.class);
  }

  @Test
  void aServersCertificateSignsNothing() throws Exception {
    Credentials own = Credentials.read(folder.tls(), now);
    X509Certificate c = own.chain().getFirst();
    assertThat(c.getBasicConstraints()).isNegative();
    assertThat(c.getKeyUsage()[5]).as("keyCertSign").isFalse();
    assertThat(c.getKeyUsage()[0]).as("digitalSignature").isTrue();
    assertThat(c.getExtendedKeyUsage()).hasSize(2);
    assertThat(authority.certificate().getBasicConstraints()).isZero();
    assertThat(c.getSerialNumber().bitLength()).isEqualTo(127);
  }

  @Test
  void aNameIsGivenOnce() throws Exception {
    join("server2");
    NodeKeys other = new NodeKeys(PkiFolder.at(root.resolve("other")), RANDOM);
    byte[] request = other.request("server2");
    assertThatThrownBy(() -> authority.issue(request, "server2", false))
        .hasMessageContaining("pki.name-taken (server=server2)");
    assertThatThrownBy(() -> authority.issue(request, "server1", false))
        .hasMessageContaining("pki.name-taken (server=server1)");
    assertThat(authority.issue(request, "server3", false)).contains("BEGIN CERTIFICATE");
    assertThat(authority.issue(request, "server3", false)).as("the same key again").isNotEmpty();
    assertThat(authority.servers()).containsExactly("server1", "server2", "server3");
  }

  @Test
  void aReplacedServersCertificateIsRevoked() throws Exception {
    Credentials old = Credentials.read(join("server2").tls(), now);
    NodeKeys fresh = new NodeKeys(PkiFolder.at(root.resolve("fresh")), RANDOM);
    authority.issue(fresh.request("server2"), "server2", true);
    Trust trust = Credentials.read(folder.tls(), now).trust();
    assertThatThrownBy(() -> trust.check(old.chain(), Trust.Use.CLIENT, now))
        .hasMessageContaining("revoked");
    assertThat(authority.servers()).containsExactly("server1", "server2");
  }

  @Test
  void whatWasRevokedStaysRevokedAndTheListIsCountedUp() throws Exception {
    Credentials second = Credentials.read(join("server2").tls(), now);
    Credentials third = Credentials.read(join("server3").tls(), now);
    String first = authority.revoked();
    assertThat(authority.revoke("server2")).hasSize(1);
    String before = authority.revoked();
    now = now.plus(Duration.ofDays(5));
    authority = Authority.open(folder, clock, RANDOM);
    assertThat(authority.revoke("server3")).hasSize(1);
    Trust trust = Credentials.read(folder.tls(), now).trust();
    for (Credentials c : List.of(second, third)) {
      assertThatThrownBy(() -> trust.check(c.chain(), Trust.Use.CLIENT, now))
          .hasMessageContaining("revoked");
    }
    assertThat(authority.servers()).containsExactly("server1");
    assertThatThrownBy(() -> authority.revoke("server2"))
        .hasMessageContaining("pki.no-such-server (server=server2, known=server1)");
    NodeKeys keys = new NodeKeys(PkiFolder.at(root.resolve("server2")), RANDOM);
    keys.takeRevoked(authority.revoked());
    keys.takeRevoked(authority.revoked());
    assertThatThrownBy(() -> keys.takeRevoked(before))
        .hasMessageContaining("pki.older-revocations (offered=2, known=3)");
    assertThatThrownBy(() -> keys.takeRevoked(first)).hasMessageContaining("offered=1");
    PkiFolder stranger = PkiFolder.at(root.resolve("stranger"));
    String foreign = Authority.found(stranger, CLUSTER, "x", clock, RANDOM).revoked();
    assertThatThrownBy(() -> keys.takeRevoked(foreign)).hasMessageContaining("pki.foreign-answer");
  }

  @Test
  void theFormerCertificatesOfAServerCanBeTakenBack() throws Exception {
    PkiFolder there = join("server2");
    Credentials old = Credentials.read(there.tls(), now);
    NodeKeys keys = new NodeKeys(there, RANDOM);
    String chain = authority.renew(keys.request("server2"), old.identity());
    keys.install(chain, DurableFiles.read(folder.authorities()), authority.revoked(), CLUSTER, now);
    Credentials fresh = Credentials.read(there.tls(), now);
    assertThat(fresh.key()).isNotEqualTo(old.key());
    assertThat(authority.revokeFormer(fresh.chain().getFirst(), fresh.identity())).hasSize(1);
    assertThat(authority.revokeFormer(fresh.chain().getFirst(), fresh.identity())).isEmpty();
    Trust trust = Credentials.read(folder.tls(), now).trust();
    assertThatThrownBy(() -> trust.check(old.chain(), Trust.Use.CLIENT, now))
        .hasMessageContaining("revoked");
    trust.check(fresh.chain(), Trust.Use.CLIENT, now);
  }

  @Test
  void aCertificateEndsAndIsDueBefore() throws Exception {
    Credentials own = Credentials.read(folder.tls(), now);
    X509Certificate c = own.chain().getFirst();
    assertThat(NodeKeys.isDue(c, now)).isFalse();
    assertThat(NodeKeys.isDue(c, now.plus(Authority.NODE_LIFE.dividedBy(2)))).isFalse();
    assertThat(NodeKeys.isDue(c, now.plus(Authority.NODE_LIFE.multipliedBy(7).dividedBy(10))))
        .isTrue();
    now = own.until().plusSeconds(1);
    assertThatThrownBy(() -> Tls.open(folder.tls(), clock)).hasMessageContaining("expired");
    assertThat(authority.servers()).isEmpty();
    NodeKeys keys = new NodeKeys(folder, RANDOM);
    String chain = authority.renew(keys.request("server1"), own.identity());
    keys.install(chain, DurableFiles.read(folder.authorities()), authority.revoked(), CLUSTER, now);
    Tls.open(folder.tls(), clock).rehearse();
  }

  @Test
  void aRequestThatIsNoneIsRefused() throws Exception {
    KeyPair keys = Requests.newKeys(RANDOM);
    byte[] good = Requests.request(keys, "x");
    assertThat(Requests.keyOf(good)).isEqualTo(keys.getPublic());
    byte[] swapped = good.clone();
    byte[] other = Requests.newKeys(RANDOM).getPublic().getEncoded();
    int at = indexOf(good, keys.getPublic().getEncoded());
    System.arraycopy(other, 0, swapped, at, other.length);
    List<byte[]> bad =
        new ArrayList<>(
            List.of(
                new byte[0],
                "nonsense".getBytes(StandardCharsets.UTF_8),
                new byte[9000],
                Arrays.copyOf(good, good.length - 1),
                swapped));
    for (int i = 0; i < good.length; i += 3) {
      byte[] one = good.clone();
      one[i] ^= 0x55;
      bad.add(one);
    }
    for (byte[] b : bad) {
      assertThatThrownBy(() -> authority.issue(b, "x", false))
          .isInstanceOf(PkiProblem.class)
          .hasMessageContaining("pki.bad-request");
    }
    java.security.KeyPairGenerator rsa = java.security.KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPair r = rsa.generateKeyPair();
    byte[] ofRsa =
        new org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder(
                Requests.subject("x", "x"), r.getPublic())
            .build(
                new org.bouncycastle.operator.jcajce.JcaContentSignerBuilder("SHA256withRSA")
                    .build(r.getPrivate()))
            .getEncoded();
    assertThatThrownBy(() -> Requests.keyOf(ofRsa)).hasMessageContaining("P-256");
    assertThat(authority.servers()).containsExactly("server1");
  }

  private static int indexOf(byte[] in, byte[] what) {
    for (int i = 0; i + what.length <= in.length; i++) {
      if (Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    throw new AssertionError("not in it");
  }

  @Test
  void aKeyThatOthersCouldReadIsNotUsed() throws Exception {
    Files.setPosixFilePermissions(
        folder.authorityKey(), PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> Authority.open(folder, clock, RANDOM))
        .isInstanceOf(PkiProblem.class)
        .hasMessageContaining("tls.wrong-mode")
        .hasMessageContaining("ca.key");
  }

  @Test
  void damagedListsAreNamedAndNotGuessedAt() throws Exception {
    Files.writeString(folder.issued(), "zz server1 " + "0".repeat(64) + " yesterday\n");
    assertThatThrownBy(authority::servers).hasMessageContaining("pki.damaged");
    Files.writeString(folder.issued(), "half a li");
    assertThatThrownBy(() -> authority.issue(new NodeKeys(folder, RANDOM).request("b"), "b", false))
        .hasMessageContaining("pki.damaged");
    Files.writeString(folder.revoked(), "");
    assertThatThrownBy(() -> authority.revoke("server1")).isInstanceOf(PkiProblem.class);
  }

  /** A foreign program reads and believes what we write. */
  @Test
  void opensslAgrees() throws Exception {
    Path openssl = Path.of("/usr/bin/openssl");
    assumeThat(openssl).as("openssl is not installed").exists();
    join("server2");
    String node = folder.path().resolve("node.crt").toString();
    String ca = folder.path().resolve("ca.crt").toString();
    String crl = folder.path().resolve("revoked.crl").toString();
    Path second = root.resolve("server2/node.crt");
    String at = Long.toString(now.getEpochSecond());
    assertThat(
            run(
                "openssl",
                "verify",
                "-x509_strict",
                "-purpose",
                "sslserver",
                "-attime",
                at,
                "-CAfile",
                ca,
                node))
        .contains("node.crt: OK");
    assertThat(run("openssl", "x509", "-in", node, "-noout", "-ext", "subjectAltName"))
        .contains("DNS:server1", "URI:meikyo:cluster:" + CLUSTER);
    assertThat(run("openssl", "pkey", "-in", folder.key().toString(), "-noout", "-text"))
        .contains("prime256v1");
    authority.revoke("server2");
    assertThat(run("openssl", "crl", "-in", crl, "-CAfile", ca, "-noout")).contains("verify OK");
    assertThat(
            run(
                "openssl",
                "verify",
                "-crl_check",
                "-attime",
                at,
                "-CAfile",
                ca,
                "-CRLfile",
                crl,
                second.toString()))
        .contains("certificate revoked");
  }

  private static String run(String... words) throws Exception {
    Process p = new ProcessBuilder(words).redirectErrorStream(true).start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    p.waitFor();
    return out;
  }

  @Test
  void pemIsReadBackAsItWasWritten() {
    byte[] bytes = new byte[1000];
    RANDOM.nextBytes(bytes);
    String text = Pem.text("X", bytes) + Pem.text("Y", new byte[0]) + Pem.text("X", new byte[] {1});
    assertThat(Pem.blocks("X", text)).containsExactly(bytes, new byte[] {1});
  }
}
