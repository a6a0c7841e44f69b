// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Credentials;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's certificate authority, on the server where the cluster was founded. It believes
 * nobody by itself: whoever calls {@link #issue} has checked who asks. Any thread.
 */
public final class Authority {
  /** How long the authority lasts. */
  static final Duration AUTHORITY_LIFE = Duration.ofDays(30 * 365);

  /** How long a server's certificate lasts. */
  static final Duration NODE_LIFE = Duration.ofDays(3 * 365);

  /** Certificates begin in the past by this, since clocks of servers differ. */
  static final Duration BACKDATED = Duration.ofDays(1);

  private static final int NUMBER_BITS = 127;
  private static final int REASON_UNSPECIFIED = 0;

  private final PkiFolder folder;
  private final PrivateKey key;
  private final X509Certificate certificate;
  private final UUID cluster;
  private final InstantSource clock;
  private final SecureRandom random;

  private Authority(
      PkiFolder folder,
      PrivateKey key,
      X509Certificate certificate,
      UUID cluster,
      InstantSource clock,
      SecureRandom random) {
    this.folder = folder;
    this.key = key;
    this.certificate = certificate;
    this.cluster = cluster;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Founds a cluster: makes its authority and this server's own key and certificate. A founding
   * that was interrupted is begun again.
   *
   * @param cluster id of the new cluster
   * @param server name of this server
   * @throws PkiProblem ALREADY_MEMBER, ALREADY_FOUNDED, BAD_NAME, CANNOT_WRITE
   */
  public static Authority found(
      PkiFolder folder, UUID cluster, String server, InstantSource clock, SecureRandom random)
      throws PkiProblem {
    NodeKeys.checkName(server);
    return folder.locked(() -> {
      new NodeKeys(folder, random).mustBeFree();
      List<String> others =
          IssuedList.read(folder).stream()
              .map(IssuedList.Entry::server)
              .filter(name -> !name.equals(server))
              .distinct()
              .toList();
      if (folder.isFounder() && !others.isEmpty()) {
        throw new PkiProblem(
            Notice.of(PkiNotice.ALREADY_FOUNDED, folder.path(), String.join(", ", others)));
      }
      DurableFiles files = folder.files();
      files.delete(folder.tokens());
      files.delete(folder.issued());
      KeyPair keys = Requests.newKeys(random);
      files.write(
          folder.authorityKey(), Pem.text(Pem.PRIVATE_KEY, keys.getPrivate().getEncoded()), true);
      X509Certificate own = selfSigned(keys, cluster, clock.instant(), random);
      files.write(folder.authorities(), pem(own), false);
      Authority authority = new Authority(folder, keys.getPrivate(), own, cluster, clock, random);
      authority.writeRevoked(List.of(), BigInteger.ONE);
      NodeKeys node = new NodeKeys(folder, random);
      String chain = authority.issue(node.request(server), server, false);
      node.install(chain, pem(own), authority.revoked(), cluster, clock.instant());
      return authority;
    });
  }

  /**
   * As {@link #found}; but what was founded here before under the same name and id is kept: a
   * command that was interrupted after it is run again.
   *
   * @param cluster id of the new cluster; null: a random one
   */
  public static Authority foundOrKeep(
      PkiFolder folder,
      @Nullable UUID cluster,
      String server,
      InstantSource clock,
      SecureRandom random)
      throws PkiProblem {
    if (folder.isMember() && folder.isFounder()) {
      PeerIdentity own = new NodeKeys(folder, random).identity();
      if (own.server().equals(server) && (cluster == null || own.cluster().equals(cluster))) {
        return open(folder, clock, random);
      }
    }
    return found(folder, cluster == null ? UUID.randomUUID() : cluster, server, clock, random);
  }

  /**
   * The authority that was founded here.
   *
   * @throws PkiProblem NOT_FOUNDED_HERE, or what is wrong with its files
   */
  public static Authority open(PkiFolder folder, InstantSource clock, SecureRandom random)
      throws PkiProblem {
    if (!folder.isFounder()) {
      throw new PkiProblem(Notice.of(PkiNotice.NOT_FOUNDED_HERE, folder.path()));
    }
    PkiFolder.secret(folder.authorityKey());
    try {
      PrivateKey key = Pem.privateKey(DurableFiles.read(folder.authorityKey()));
      for (X509Certificate c : Pem.certificates(DurableFiles.read(folder.authorities()))) {
        if (Credentials.belong(key, c)) {
          return new Authority(folder, key, c, PeerIdentity.clusterOf(c), clock, random);
        }
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiProblem(
          Notice.of(PkiNotice.CANNOT_READ, folder.authorityKey(), String.valueOf(e.getMessage())));
    }
    throw new PkiProblem(
        Notice.of(PkiNotice.CANNOT_READ, folder.authorities(), "none of them is of ca.key"));
  }

  /** Id of the cluster. */
  public UUID cluster() {
    return cluster;
  }

  /** Its certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  private static X509Certificate selfSigned(
      KeyPair keys, UUID cluster, Instant now, SecureRandom random) {
    X500Name name = Requests.subject("Meikyo authority", "Meikyo cluster " + cluster);
    try {
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      JcaX509v3CertificateBuilder b =
          builder(name, name, keys.getPublic(), now, AUTHORITY_LIFE, random);
      b.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      b.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      b.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              new GeneralName(
                  GeneralName.uniformResourceIdentifier, PeerIdentity.clusterUri(cluster))));
      b.addExtension(
          Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(keys.getPublic()));
      return read(b.build(Requests.signer(keys.getPrivate())).getEncoded());
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("what we write ourselves can be read", e);
    }
  }

  private static JcaX509v3CertificateBuilder builder(
      X500Name issuer,
      X500Name subject,
      PublicKey of,
      Instant now,
      Duration life,
      SecureRandom random) {
    Instant from = now.minus(BACKDATED).truncatedTo(ChronoUnit.SECONDS);
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(NUMBER_BITS, random).setBit(NUMBER_BITS - 1),
        Date.from(from),
        Date.from(from.plus(life)),
        subject,
        of);
  }

  private static X509Certificate read(byte[] der) throws GeneralSecurityException {
    return Pem.certificates(Pem.text(Pem.CERTIFICATE, der)).getFirst();
  }

  private static String pem(X509Certificate certificate) {
    try {
      return Pem.text(Pem.CERTIFICATE, certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was read has bytes", e);
    }
  }

  /**
   * Gives a certificate to the key of a request; it is in the list of issued ones, durably, before
   * this returns.
   *
   * @param request PKCS #10; only its key counts
   * @param server whose it is from now on; checked by the caller
   * @param replaces the name may be in use with another key: that one's certificates are revoked
   * @return the certificate and the authority's behind it, PEM
   * @throws PkiProblem BAD_REQUEST, BAD_NAME, NAME_TAKEN, CANNOT_WRITE
   */
  public String issue(byte[] request, String server, boolean replaces) throws PkiProblem {
    PublicKey of = Requests.keyOf(request);
    String hash = Requests.hash(of);
    return folder.locked(() -> {
      boolean taken = mayIssue(request, server, replaces);
      return issueAnyway(of, hash, server, taken);
    });
  }

  /**
   * What {@link #issue} checks, without giving anything out.
   *
   * @return true if the certificates of another key are revoked by it
   * @throws PkiProblem BAD_REQUEST, BAD_NAME, NAME_TAKEN
   */
  public boolean mayIssue(byte[] request, String server, boolean replaces) throws PkiProblem {
    NodeKeys.checkName(server);
    String hash = Requests.hash(Requests.keyOf(request));
    return folder.locked(() -> {
      boolean taken =
          valid().stream().anyMatch(e -> e.server().equals(server) && !e.keyHash().equals(hash));
      if (taken && !replaces) {
        throw new PkiProblem(Notice.of(PkiNotice.NAME_TAKEN, server));
      }
      return taken;
    });
  }

  /**
   * Gives a new certificate to a server that has shown its present one.
   *
   * @return the certificate and the authority's behind it, PEM
   * @throws PkiProblem BAD_REQUEST, CANNOT_WRITE
   */
  public String renew(byte[] request, PeerIdentity shown) throws PkiProblem {
    PublicKey of = Requests.keyOf(request);
    return folder.locked(() -> issueAnyway(of, Requests.hash(of), shown.server(), false));
  }

  private String issueAnyway(PublicKey of, String hash, String server, boolean replaces)
      throws PkiProblem {
    X509Certificate fresh = sign(of, server);
    if (replaces) {
      revoke(server);
    }
    IssuedList.add(
        folder,
        new IssuedList.Entry(
            fresh.getSerialNumber(), server, hash, fresh.getNotAfter().toInstant()));
    return pem(fresh) + pem(certificate);
  }

  private X509Certificate sign(PublicKey of, String server) {
    try {
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      JcaX509v3CertificateBuilder b =
          builder(
              X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
              Requests.subject(server, "Meikyo cluster " + cluster),
              of,
              clock.instant(),
              NODE_LIFE,
              random);
      b.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      b.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      b.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      b.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              new GeneralName[] {
                new GeneralName(GeneralName.dNSName, server),
                new GeneralName(
                    GeneralName.uniformResourceIdentifier, PeerIdentity.clusterUri(cluster))
              }));
      b.addExtension(Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(of));
      b.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          ids.createAuthorityKeyIdentifier(certificate.getPublicKey()));
      return read(b.build(Requests.signer(key)).getEncoded());
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("what we write ourselves can be read", e);
    }
  }

  /**
   * Takes back every certificate of a server but this one, which it has shown.
   *
   * @return the numbers that were taken back, hexadecimal
   * @throws PkiProblem CANNOT_WRITE
   */
  public List<String> revokeFormer(X509Certificate shown, PeerIdentity of) throws PkiProblem {
    return folder.locked(() -> {
      List<BigInteger> numbers =
          valid().stream()
              .filter(e -> e.server().equals(of.server()))
              .map(IssuedList.Entry::number)
              .filter(n -> !n.equals(shown.getSerialNumber()))
              .toList();
      if (!numbers.isEmpty()) {
        writeRevoked(numbers, Revocations.number(list()).add(BigInteger.ONE));
      }
      return numbers.stream().map(n -> n.toString(16)).toList();
    });
  }

  // ---- what is taken back

  /** Certificates that are in force. */
  private List<IssuedList.Entry> valid() throws PkiProblem {
    X509CRL list = list();
    Instant now = clock.instant();
    return IssuedList.read(folder).stream()
        .filter(e -> e.until().isAfter(now) && list.getRevokedCertificate(e.number()) == null)
        .toList();
  }

  /** Names of the servers that have a certificate in force. */
  public List<String> servers() throws PkiProblem {
    return valid().stream().map(IssuedList.Entry::server).distinct().sorted().toList();
  }

  /**
   * Takes back every certificate of a server. The others believe it no more as soon as they have
   * the new list of revoked certificates.
   *
   * @return the numbers that were taken back, hexadecimal
   * @throws PkiProblem NO_SUCH_SERVER, CANNOT_WRITE
   */
  public List<String> revoke(String server) throws PkiProblem {
    return folder.locked(() -> {
      List<IssuedList.Entry> its = valid().stream().filter(e -> e.server().equals(server)).toList();
      if (its.isEmpty()) {
        throw new PkiProblem(
            Notice.of(PkiNotice.NO_SUCH_SERVER, server, String.join(", ", servers())));
      }
      List<BigInteger> numbers = its.stream().map(IssuedList.Entry::number).toList();
      writeRevoked(numbers, Revocations.number(list()).add(BigInteger.ONE));
      return numbers.stream().map(n -> n.toString(16)).toList();
    });
  }

  /** The authorities that the cluster believes, PEM. */
  public String authorities() throws PkiProblem {
    return DurableFiles.read(folder.authorities());
  }

  /** The present list of revoked certificates, PEM. */
  public String revoked() throws PkiProblem {
    return DurableFiles.read(folder.revoked());
  }

  private X509CRL list() throws PkiProblem {
    return Revocations.read(revoked(), List.of(certificate));
  }

  private void writeRevoked(List<BigInteger> more, BigInteger number) throws PkiProblem {
    Date now = Date.from(clock.instant());
    X509v2CRLBuilder b =
        new X509v2CRLBuilder(
            X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()), now);
    Set<? extends X509CRLEntry> before =
        number.equals(BigInteger.ONE) ? null : list().getRevokedCertificates();
    for (X509CRLEntry entry : before == null ? Set.<X509CRLEntry>of() : before) {
      b.addCRLEntry(entry.getSerialNumber(), entry.getRevocationDate(), REASON_UNSPECIFIED);
    }
    for (BigInteger n : more) {
      b.addCRLEntry(n, now, REASON_UNSPECIFIED);
    }
    try {
      b.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
      b.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate.getPublicKey()));
      folder
          .files()
          .write(
              folder.revoked(),
              Pem.text(Pem.REVOKED, b.build(Requests.signer(key)).getEncoded()),
              false);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("what we write ourselves has bytes", e);
    }
  }
}
