// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

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
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
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

/** An authority for tests: gives out certificates that are right or wrong in one way. */
final class TestAuthority {
  static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  static final String CLUSTER_URI = "meikyo:cluster:" + CLUSTER;

  final KeyPair keys = newKeys();
  final String pem;
  private final X500Name name;
  private final ContentSigner signer;
  private long serial = 1;

  TestAuthority(String called) throws Exception {
    name = new X500Name("CN=" + called);
    signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    JcaX509v3CertificateBuilder b =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            Date.from(NOW.minus(Duration.ofDays(10))),
            Date.from(NOW.plus(Duration.ofDays(10_000))),
            name,
            keys.getPublic());
    b.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    pem = Pem.text(Pem.CERTIFICATE, b.build(signer).getEncoded());
  }

  static KeyPair newKeys() {
    try {
      KeyPairGenerator g = KeyPairGenerator.getInstance("EC");
      g.initialize(new ECGenParameterSpec("secp256r1"));
      return g.generateKeyPair();
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** What a certificate says. */
  record Wish(
      List<GeneralName> names,
      List<KeyPurposeId> uses,
      boolean authority,
      Instant from,
      Instant until) {
    static Wish server(String name) {
      return new Wish(
          List.of(
              new GeneralName(GeneralName.dNSName, name),
              new GeneralName(GeneralName.uniformResourceIdentifier, CLUSTER_URI)),
          List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth),
          false,
          NOW.minus(Duration.ofDays(1)),
          NOW.plus(Duration.ofDays(100)));
    }

    Wish named(int... kinds) {
      List<GeneralName> all = new ArrayList<>();
      for (int i = 0; i < kinds.length; i++) {
        all.add(new GeneralName(kinds[i], kinds[i] == GeneralName.dNSName ? "s" + i : CLUSTER_URI));
      }
      return new Wish(all, uses, authority, from, until);
    }

    Wish uri(String uri) {
      return new Wish(
          List.of(names.getFirst(), new GeneralName(GeneralName.uniformResourceIdentifier, uri)),
          uses,
          authority,
          from,
          until);
    }

    Wish useful(KeyPurposeId... these) {
      return new Wish(names, List.of(these), authority, from, until);
    }

    Wish asAuthority() {
      return new Wish(names, uses, true, from, until);
    }

    Wish times(Instant a, Instant b) {
      return new Wish(names, uses, authority, a, b);
    }
  }

  /** A certificate for a key, as PEM. */
  String issue(KeyPair of, Wish wish) throws Exception {
    JcaX509v3CertificateBuilder b =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.valueOf(++serial),
            Date.from(wish.from),
            Date.from(wish.until),
            new X500Name("CN=somebody"),
            of.getPublic());
    if (!wish.names.isEmpty()) {
      b.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(wish.names.toArray(GeneralName[]::new)));
    }
    b.addExtension(Extension.basicConstraints, true, new BasicConstraints(wish.authority));
    if (!wish.uses.isEmpty()) {
      b.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(wish.uses.toArray(KeyPurposeId[]::new)));
    }
    return Pem.text(Pem.CERTIFICATE, b.build(signer).getEncoded());
  }

  /** The number that the last certificate got. */
  long lastSerial() {
    return serial;
  }

  /** A list that takes these numbers back. */
  String revoke(long... numbers) throws Exception {
    X509v2CRLBuilder b = new X509v2CRLBuilder(name, Date.from(NOW));
    for (long n : numbers) {
      b.addCRLEntry(BigInteger.valueOf(n), Date.from(NOW), 0);
    }
    return Pem.text(Pem.REVOKED, b.build(signer).getEncoded());
  }

  /** A server's folder with everything in it. */
  final class Server {
    final TlsFiles files;

    Server(Path root, Wish wish) throws Exception {
      Path folder =
          Files.createDirectory(
              root,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      files =
          new TlsFiles(
              folder.resolve("node.key"),
              folder.resolve("node.crt"),
              folder.resolve("ca.crt"),
              folder.resolve("revoked.crl"));
      renew(wish);
      write(files.authorities(), pem, "rw-r--r--");
      write(files.revoked(), revoke(), "rw-r--r--");
    }

    void renew(Wish wish) throws Exception {
      KeyPair own = newKeys();
      write(files.key(), Pem.text(Pem.PRIVATE_KEY, own.getPrivate().getEncoded()), "rw-------");
      write(files.certificate(), issue(own, wish), "rw-r--r--");
    }
  }

  static void write(Path file, String text, String mode) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }
}
