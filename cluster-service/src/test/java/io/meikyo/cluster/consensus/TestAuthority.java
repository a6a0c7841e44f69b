// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Pem;
import io.meikyo.tls.Tls;
import io.meikyo.tls.TlsFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.UUID;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that makes keys and certificates for tests, as PEM files in a folder. */
final class TestAuthority {
  private static final UUID CLUSTER = new UUID(77, 88);

  private final Path folder;
  private final X500Name name;
  private final KeyPair keys = pair();
  private final ContentSigner signer;
  private final Path file;
  private final Path revoked;
  private long serial = 1;

  TestAuthority(Path folder, String called) throws Exception {
    this.folder = Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    this.name = new X500Name("CN=" + called);
    this.signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    this.file = folder.resolve(called + "-ca.crt");
    this.revoked = folder.resolve(called + ".crl");
    JcaX509v3CertificateBuilder own = builder(name, keys, Duration.ofDays(1));
    own.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    write(file, "CERTIFICATE", own.build(signer).getEncoded(), "rw-r--r--");
    write(revoked, "X509 CRL", revocations().build(signer).getEncoded(), "rw-r--r--");
  }

  private static KeyPair pair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** A server's keys, as it uses them. */
  Tls member(String server) throws Exception {
    return Tls.open(files(server), Clock.systemUTC());
  }

  /** A server's keys, as it will use them in a time when they are over. */
  Tls memberTooLate(String server) throws Exception {
    files(server);
    TlsFiles files = make(server, Duration.ofSeconds(-1));
    Clock then = Clock.offset(Clock.systemUTC(), Duration.ofHours(-1));
    return Tls.open(files, then);
  }

  /** The same files again, or new ones. */
  TlsFiles files(String server) throws Exception {
    TlsFiles files = where(server);
    return Files.exists(files.key()) ? files : make(server, Duration.ofHours(12));
  }

  private TlsFiles where(String server) {
    return new TlsFiles(
        folder.resolve(server + ".key"), folder.resolve(server + ".crt"), file, revoked);
  }

  /** Makes a server's key and certificate, in place of those that it has. */
  TlsFiles make(String server, Duration valid) throws Exception {
    KeyPair own = pair();
    TlsFiles files = where(server);
    JcaX509v3CertificateBuilder b = builder(new X500Name("CN=" + server), own, valid);
    b.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.dNSName, server),
              new GeneralName(
                  GeneralName.uniformResourceIdentifier, PeerIdentity.clusterUri(CLUSTER)),
            }));
    b.addExtension(
        Extension.extendedKeyUsage,
        false,
        new ExtendedKeyUsage(
            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
    X509CertificateHolder made = b.build(signer);
    write(files.key(), "PRIVATE KEY", own.getPrivate().getEncoded(), "rw-------");
    write(files.certificate(), "CERTIFICATE", made.getEncoded(), "rw-r--r--");
    return files;
  }

  /** Takes back the certificate that was made last. */
  void revokeNewest() throws Exception {
    revoke(BigInteger.valueOf(serial));
  }

  /**
   * Takes back the certificate that a server has; those that were taken back before count again.
   */
  void revoke(String server) throws Exception {
    revoke(
        Pem.certificates(Files.readString(where(server).certificate()))
            .getFirst()
            .getSerialNumber());
  }

  private void revoke(BigInteger number) throws Exception {
    X509v2CRLBuilder b = revocations();
    b.addCRLEntry(number, new Date(), 0);
    write(revoked, "X509 CRL", b.build(signer).getEncoded(), "rw-r--r--");
  }

  private X509v2CRLBuilder revocations() {
    return new X509v2CRLBuilder(name, new Date());
  }

  private JcaX509v3CertificateBuilder builder(X500Name subject, KeyPair of, Duration valid) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        name,
        BigInteger.valueOf(++serial),
        Date.from(now.minus(Duration.ofDays(2))),
        Date.from(now.plus(valid)),
        subject,
        of.getPublic());
  }

  private static void write(Path file, String kind, byte[] der, String mode) throws IOException {
    String base = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, base, kind));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }
}
