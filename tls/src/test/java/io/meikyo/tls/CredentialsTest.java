// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.meikyo.tls.TestAuthority.Wish;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with files is found, and named. */
class CredentialsTest {
  private static final Instant NOW = TestAuthority.NOW;
  private static final Wish RIGHT = Wish.server("server1");

  @TempDir private Path root;
  private TestAuthority authority;
  private TestAuthority.Server server;
  private TlsFiles files;

  @BeforeEach
  void make() throws Exception {
    authority = new TestAuthority("authority");
    server = authority.new Server(root.resolve("pki"), RIGHT);
    files = server.files;
  }

  private String wrong() {
    return wrong(NOW);
  }

  private String wrong(Instant now) {
    TlsProblem problem = catchThrowableOfType(TlsProblem.class, () -> Credentials.read(files, now));
    assertThat(problem).as("a problem").isNotNull();
    return problem.notice().toString();
  }

  private static void mode(Path path, String mode) throws Exception {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  void whatIsRightIsTaken() throws Exception {
    Credentials c = Credentials.read(files, NOW);
    assertThat(c.identity()).isEqualTo(new PeerIdentity("server1", TestAuthority.CLUSTER));
    assertThat(c.until()).isEqualTo(RIGHT.until());
    mode(files.key(), "r--------");
    assertThat(Credentials.read(files, NOW)).isEqualTo(c);
    TlsFiles without = new TlsFiles(files.key(), files.certificate(), files.authorities(), null);
    assertThat(Credentials.read(without, NOW).trust().revoked()).isEmpty();
  }

  @Test
  void aMissingFileIsNamed() throws Exception {
    for (Path file :
        new Path[] {files.key(), files.certificate(), files.authorities(), files.revoked()}) {
      byte[] bytes = Files.readAllBytes(file);
      Files.delete(file);
      assertThat(wrong()).isEqualTo("tls.file-missing (file=" + file + ")");
      Files.write(file, bytes);
      mode(file, "rw-------");
    }
    assertThat(Credentials.read(files, NOW)).isNotNull();
  }

  @Test
  void aKeyThatOthersMayReadIsRefused() throws Exception {
    for (String bad :
        new String[] {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rw---x---"}) {
      mode(files.key(), bad);
      assertThat(wrong())
          .isEqualTo("tls.wrong-mode (file=%s, mode=%s, wanted=0600)".formatted(files.key(), bad));
    }
    mode(files.key(), "rw-------");
    mode(files.key().getParent(), "rwxr-x---");
    assertThat(wrong()).contains("tls.wrong-mode", "mode=rwxr-x---, wanted=0700");
  }

  @Test
  void whatOthersMayChangeIsNotBelieved() throws Exception {
    for (Path file : new Path[] {files.certificate(), files.authorities(), files.revoked()}) {
      for (String bad : new String[] {"rw-rw-r--", "rw-r--rw-"}) {
        mode(file, bad);
        assertThat(wrong()).contains("tls.wrong-mode", file.toString(), bad);
      }
      mode(file, "rw-r--r--");
    }
  }

  @Test
  void aFileOfAnotherUserIsRefused() throws Exception {
    boolean root = (int) Files.getAttribute(files.key(), "unix:uid") == 0;
    org.junit.jupiter.api.Assumptions.assumeTrue(root, "only root gives files away");
    for (Path path : new Path[] {files.key(), files.authorities(), files.key().getParent()}) {
      Files.setAttribute(path, "unix:uid", 1);
      assertThat(wrong()).contains("tls.wrong-owner (file=" + path + ", owner=1, process=0)");
      Files.setAttribute(path, "unix:uid", 0);
    }
  }

  @Test
  void linksAndFoldersAreNoKeys() throws Exception {
    Path real = root.resolve("real.key");
    Files.move(files.key(), real);
    Files.createSymbolicLink(files.key(), real);
    assertThat(wrong()).contains("tls.no-plain-file");
    Files.delete(files.key());
    Files.createDirectory(files.key());
    assertThat(wrong()).contains("tls.no-plain-file");
  }

  @Test
  void whatIsNoPemIsNamed() throws Exception {
    String key = Files.readString(files.key());
    for (String bad :
        new String[] {
          "",
          "nonsense",
          key + key,
          key.replace("PRIVATE KEY", "EC PRIVATE KEY"),
          key.replaceAll(".=*\n-----END", "\n-----END"),
          key.substring(0, key.length() / 2)
        }) {
      Files.writeString(files.key(), bad);
      assertThat(wrong()).as(bad).startsWith("tls.not-pem (file=" + files.key());
    }
    Files.writeString(files.key(), key);
    for (Path file : new Path[] {files.certificate(), files.authorities(), files.revoked()}) {
      String good = Files.readString(file);
      for (String bad : new String[] {"", key, good.replace("MI", "MJ")}) {
        Files.writeString(file, bad);
        assertThat(wrong()).as(bad).startsWith("tls.not-pem (file=" + file);
      }
      Files.write(file, new byte[2 << 20]);
      assertThat(wrong()).startsWith("tls.file-unreadable (file=" + file);
      Files.writeString(file, good);
    }
  }

  @Test
  void keyAndCertificateBelongTogether() throws Exception {
    Files.writeString(files.certificate(), authority.issue(TestAuthority.newKeys(), RIGHT));
    assertThat(wrong()).startsWith("tls.key-of-another");
    TestAuthority.write(
        files.nextCertificate(), authority.issue(TestAuthority.newKeys(), RIGHT), "rw-r--r--");
    assertThat(wrong()).as("a third one does not help").startsWith("tls.key-of-another");
  }

  @Test
  void betweenTheTwoRenamesTheNextCertificateIsTaken() throws Exception {
    String before = Files.readString(files.certificate());
    KeyPair fresh = TestAuthority.newKeys();
    TestAuthority.write(
        files.nextCertificate(), authority.issue(fresh, Wish.server("fresh")), "rw-r--r--");
    assertThat(Credentials.read(files, NOW).identity().server()).isEqualTo("server1");
    TestAuthority.write(
        files.key(), Pem.text(Pem.PRIVATE_KEY, fresh.getPrivate().getEncoded()), "rw-------");
    assertThat(Files.readString(files.certificate())).isEqualTo(before);
    assertThat(Credentials.read(files, NOW).identity().server()).isEqualTo("fresh");
    mode(files.nextCertificate(), "rw-rw-rw-");
    assertThat(wrong()).startsWith("tls.wrong-mode");
  }

  @Test
  void timesAreKept() throws Exception {
    assertThat(wrong(RIGHT.until().plusSeconds(1)))
        .contains("tls.unusable", "expired", "now it is");
    assertThat(wrong(RIGHT.from().minusSeconds(1))).contains("tls.unusable", "not yet valid");
    assertThat(Credentials.read(files, RIGHT.until())).isNotNull();
    assertThat(Credentials.read(files, RIGHT.from())).isNotNull();
    server.renew(RIGHT.times(NOW, NOW.plus(Duration.ofDays(30_000))));
    assertThat(wrong(NOW.plus(Duration.ofDays(20_000))))
        .as("longer than its authority")
        .contains("expired: CN=authority");
  }

  @Test
  void anotherAuthorityIsNotBelieved() throws Exception {
    TestAuthority other = new TestAuthority("authority");
    Files.writeString(files.authorities(), other.pem);
    Files.writeString(files.revoked(), other.revoke());
    assertThat(wrong())
        .contains("tls.unusable", "other authority: CN=somebody, signed by CN=authority");
    Files.writeString(files.authorities(), other.pem + authority.pem);
    assertThat(Credentials.read(files, NOW).trust().authorities()).hasSize(2);
    Files.writeString(files.authorities(), authority.pem);
    assertThat(wrong()).as("its list").contains("tls.revocations-foreign");
  }

  @Test
  void aChangedCertificateIsNotBelieved() throws Exception {
    byte[] der = Pem.blocks(Pem.CERTIFICATE, Files.readString(files.certificate())).getFirst();
    int at = new String(der, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("server1");
    der[at + 6] = '2';
    Files.writeString(files.certificate(), Pem.text(Pem.CERTIFICATE, der));
    assertThat(wrong()).contains("tls.unusable", "other authority");
  }

  @Test
  void aRevokedCertificateIsNotUsed() throws Exception {
    Files.writeString(files.revoked(), authority.revoke(77));
    assertThat(Credentials.read(files, NOW)).isNotNull();
    Files.writeString(files.revoked(), authority.revoke(77, authority.lastSerial()));
    assertThat(wrong())
        .contains("tls.unusable", "revoked: CN=somebody, number " + authority.lastSerial());
  }

  @Test
  void aCertificateMustBeForBothUses() throws Exception {
    for (Wish bad :
        new Wish[] {
          RIGHT.useful(),
          RIGHT.useful(KeyPurposeId.id_kp_serverAuth),
          RIGHT.useful(KeyPurposeId.id_kp_clientAuth),
          RIGHT.useful(KeyPurposeId.anyExtendedKeyUsage),
          RIGHT.asAuthority()
        }) {
      server.renew(bad);
      assertThat(wrong()).contains("tls.unusable", "wrong use");
    }
  }

  @Test
  void aCertificateNamesOneServerAndOneCluster() throws Exception {
    int dns = GeneralName.dNSName;
    int uri = GeneralName.uniformResourceIdentifier;
    for (Wish bad :
        new Wish[] {
          RIGHT.named(),
          RIGHT.named(dns),
          RIGHT.named(uri),
          RIGHT.named(dns, dns, uri),
          RIGHT.named(dns, uri, uri),
          RIGHT.uri("meikyo:cluster:1-2-3-4-5"),
          RIGHT.uri("meikyo:cluster:" + "A".repeat(36)),
          RIGHT.uri("https://example.org/" + TestAuthority.CLUSTER),
          Wish.server("a.b"),
          Wish.server("x".repeat(64))
        }) {
      server.renew(bad);
      assertThat(wrong()).as(bad.names().toString()).contains("tls.unusable", "no name");
    }
  }

  @Test
  void namesOfServers() {
    for (String good : new String[] {"a", "server1", "S-1", "9", "x".repeat(63)}) {
      assertThat(PeerIdentity.isServerName(good)).as(good).isTrue();
    }
    for (String bad :
        new String[] {"", "-a", "a-", "a b", "a.b", "a_b", "é", "../x", "x".repeat(64), "a\n"}) {
      assertThat(PeerIdentity.isServerName(bad)).as(bad).isFalse();
    }
  }
}
