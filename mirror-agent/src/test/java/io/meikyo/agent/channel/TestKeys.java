// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.channel;

import io.meikyo.tls.Pem;
import io.meikyo.tls.Tls;
import io.meikyo.tls.TlsFiles;
import io.meikyo.tls.TlsProblem;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.UUID;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority for tests, and folders of servers' keys that it has signed. */
public final class TestKeys {
  private static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");

  private final Path root;
  private final X500Name name = new X500Name("CN=authority");
  private final ContentSigner signer;
  private final String pem;
  private long serial = 1;

  /** A new authority; the folders of its servers are made in {@code root}. */
  public TestKeys(Path root) throws Exception {
    this.root = root;
    KeyPair keys = newKeys();
    signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    JcaX509v3CertificateBuilder b = builder(name, keys);
    b.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    pem = Pem.text(Pem.CERTIFICATE, b.build(signer).getEncoded());
  }

  private static KeyPair newKeys() throws Exception {
    KeyPairGenerator g = KeyPairGenerator.getInstance("EC");
    g.initialize(new ECGenParameterSpec("secp256r1"));
    return g.generateKeyPair();
  }

  private JcaX509v3CertificateBuilder builder(X500Name subject, KeyPair of) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        name,
        BigInteger.valueOf(serial++),
        Date.from(now.minus(Duration.ofDays(1))),
        Date.from(now.plus(Duration.ofDays(100))),
        subject,
        of.getPublic());
  }

  /** Files of a server; made anew if they are there. */
  public TlsFiles files(String server) throws Exception {
    Path folder = root.resolve(server);
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    TlsFiles files =
        new TlsFiles(
            folder.resolve("node.key"),
            folder.resolve("node.crt"),
            folder.resolve("ca.crt"),
            folder.resolve("revoked.crl"));
    KeyPair own = newKeys();
    JcaX509v3CertificateBuilder b = builder(new X500Name("CN=" + server), own);
    b.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.dNSName, server),
              new GeneralName(GeneralName.uniformResourceIdentifier, "meikyo:cluster:" + CLUSTER)
            }));
    b.addExtension(
        Extension.extendedKeyUsage,
        false,
        new ExtendedKeyUsage(
            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
    write(files.key(), Pem.text(Pem.PRIVATE_KEY, own.getPrivate().getEncoded()), "rw-------");
    write(
        files.certificate(), Pem.text(Pem.CERTIFICATE, b.build(signer).getEncoded()), "rw-r--r--");
    write(files.authorities(), pem, "rw-r--r--");
    revoke(files);
    return files;
  }

  /** TLS of a server. */
  public Tls tls(String server) throws Exception {
    return open(files(server));
  }

  /** Lets a server of another authority believe this one too. */
  public void believedBy(TlsFiles other) throws IOException {
    Files.writeString(other.authorities(), Files.readString(other.authorities()) + pem);
  }

  /** Number of the certificate that was made last. */
  public long lastSerial() {
    return serial - 1;
  }

  /** TLS of files. */
  public static Tls open(TlsFiles files) throws TlsProblem {
    return Tls.open(files, InstantSource.system());
  }

  /** Gives a server the list that takes these numbers back. */
  public void revoke(TlsFiles of, long... numbers) throws Exception {
    X509v2CRLBuilder b = new X509v2CRLBuilder(name, new Date());
    for (long n : numbers) {
      b.addCRLEntry(BigInteger.valueOf(n), new Date(), 0);
    }
    write(of.revoked(), Pem.text(Pem.REVOKED, b.build(signer).getEncoded()), "rw-r--r--");
  }

  private static void write(Path file, String text, String mode) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }
}
