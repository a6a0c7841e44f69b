// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is believed: the authorities, and what they have taken back. Immutable.
 *
 * <p>A list of revoked certificates has no end here: nobody issues a new one each day in a cluster
 * that may be cut off for weeks, and an old list is better than none.
 *
 * @param authorities their certificates
 * @param revoked lists signed by one of them
 */
public record Trust(List<X509Certificate> authorities, List<X509CRL> revoked) {
  /** What a certificate is shown for. */
  public enum Use {
    /** Its owner calls. */
    CLIENT("1.3.6.1.5.5.7.3.2"),
    /** Its owner is called. */
    SERVER("1.3.6.1.5.5.7.3.1");

    private final String id;

    Use(String id) {
      this.id = id;
    }
  }

  /** Freezes the lists. */
  public Trust {
    authorities = List.copyOf(authorities);
    revoked = List.copyOf(revoked);
  }

  /** True if a list was signed by one of the authorities. */
  public boolean signed(X509CRL list) {
    return authorities.stream().anyMatch(authority -> signedBy(authority, list));
  }

  private static boolean signedBy(X509Certificate authority, X509CRL list) {
    try {
      list.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /**
   * Judges a chain as it was shown, the owner's certificate first.
   *
   * @return who its owner is
   * @throws Refusal why it is not believed
   */
  public PeerIdentity check(List<X509Certificate> chain, Use use, Instant now) throws Refusal {
    if (chain.isEmpty()) {
      throw new Refusal(Refusal.Why.NO_CERTIFICATE, "nothing was shown");
    }
    X509Certificate leaf = chain.getFirst();
    dates(leaf, now);
    leads(chain, now);
    for (X509CRL list : revoked) {
      if (list.isRevoked(leaf)) {
        throw new Refusal(Refusal.Why.REVOKED, name(leaf) + ", number " + leaf.getSerialNumber());
      }
    }
    use(leaf, use);
    return PeerIdentity.of(leaf);
  }

  private static void dates(X509Certificate certificate, Instant now) throws Refusal {
    if (now.isAfter(certificate.getNotAfter().toInstant())) {
      throw new Refusal(
          Refusal.Why.EXPIRED,
          name(certificate)
              + " ended "
              + certificate.getNotAfter().toInstant()
              + ", now it is "
              + now);
    }
    if (now.isBefore(certificate.getNotBefore().toInstant())) {
      throw new Refusal(
          Refusal.Why.NOT_YET_VALID,
          name(certificate)
              + " begins "
              + certificate.getNotBefore().toInstant()
              + ", now it is "
              + now);
    }
  }

  /** The chain leads from its first certificate to an authority. */
  private void leads(List<X509Certificate> chain, Instant now) throws Refusal {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate authority : authorities) {
      anchors.add(new TrustAnchor(authority, null));
    }
    List<X509Certificate> below = new ArrayList<>();
    for (X509Certificate c : chain) {
      if (!authorities.contains(c)) {
        below.add(c);
      }
    }
    if (below.isEmpty()) {
      throw new Refusal(Refusal.Why.NO_NAME, "an authority is no server");
    }
    X509Certificate anchor;
    try {
      CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(below);
      PKIXParameters rules = new PKIXParameters(anchors);
      rules.setRevocationEnabled(false);
      rules.setDate(Date.from(now));
      anchor =
          ((java.security.cert.PKIXCertPathValidatorResult)
                  CertPathValidator.getInstance("PKIX").validate(path, rules))
              .getTrustAnchor()
              .getTrustedCert();
    } catch (CertPathValidatorException e) {
      if (e.getReason() == BasicReason.EXPIRED) {
        throw new Refusal(Refusal.Why.EXPIRED, String.valueOf(e.getMessage()));
      }
      throw new Refusal(
          Refusal.Why.OTHER_AUTHORITY,
          name(chain.getFirst())
              + ", signed by "
              + chain.getFirst().getIssuerX500Principal().getName()
              + " ("
              + e.getMessage()
              + ")");
    } catch (GeneralSecurityException e) {
      throw new Refusal(Refusal.Why.OTHER_AUTHORITY, String.valueOf(e.getMessage()));
    }
    dates(anchor, now);
  }

  private static void use(X509Certificate leaf, Use use) throws Refusal {
    List<String> uses;
    try {
      uses = leaf.getExtendedKeyUsage();
    } catch (CertificateParsingException e) {
      throw new Refusal(Refusal.Why.WRONG_USE, String.valueOf(e.getMessage()));
    }
    if (uses == null || !uses.contains(use.id) || leaf.getBasicConstraints() >= 0) {
      throw new Refusal(Refusal.Why.WRONG_USE, name(leaf) + " is not for a " + use);
    }
  }

  private static String name(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName();
  }
}
