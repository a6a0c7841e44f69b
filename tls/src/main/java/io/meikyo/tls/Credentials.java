// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import io.meikyo.core.notice.Notice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A key, its certificate and what is believed, as they were read together and found good.
 *
 * @param key private key
 * @param chain its certificate, and what leads to an authority
 * @param trust who else is believed
 * @param identity who we are
 */
public record Credentials(
    PrivateKey key, List<X509Certificate> chain, Trust trust, PeerIdentity identity) {

  /** Freezes the list. */
  public Credentials {
    chain = List.copyOf(chain);
  }

  /** When the certificate ends. */
  public Instant until() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  /**
   * Reads and checks everything: modes and owner of the files, that key and certificate belong
   * together, that our own authority would believe us as caller and called, now.
   *
   * <p>Key and certificate are two files and change their places one after the other, the key
   * first. Between the two (also if the server died there) the certificate of the new key lies
   * beside the old one under the name that ends in {@value TlsFiles#NEXT}; it is taken then.
   *
   * @throws TlsProblem what is wrong first
   */
  public static Credentials read(TlsFiles files, Instant now) throws TlsProblem {
    FileModes.secret(files.key());
    PrivateKey key = Pem.privateKey(files.key());
    List<X509Certificate> chain = chain(files.certificate());
    if (!belong(key, chain.getFirst())) {
      if (!Files.exists(files.nextCertificate())) {
        throw ofAnother(files);
      }
      chain = chain(files.nextCertificate());
      if (!belong(key, chain.getFirst())) {
        throw ofAnother(files);
      }
    }
    Trust trust = trust(files);
    try {
      trust.check(chain, Trust.Use.CLIENT, now);
      return new Credentials(key, chain, trust, trust.check(chain, Trust.Use.SERVER, now));
    } catch (Refusal e) {
      throw new TlsProblem(
          Notice.of(TlsNotice.UNUSABLE, files.certificate(), String.valueOf(e.getMessage())));
    }
  }

  private static List<X509Certificate> chain(Path file) throws TlsProblem {
    FileModes.believed(file);
    return Pem.certificates(file);
  }

  private static Trust trust(TlsFiles files) throws TlsProblem {
    FileModes.believed(files.authorities());
    List<X509Certificate> authorities = Pem.certificates(files.authorities());
    Path revoked = files.revoked();
    if (revoked == null) {
      return new Trust(authorities, List.of());
    }
    FileModes.believed(revoked);
    Trust trust = new Trust(authorities, Pem.revoked(revoked));
    for (X509CRL list : trust.revoked()) {
      if (!trust.signed(list)) {
        throw new TlsProblem(Notice.of(TlsNotice.REVOCATIONS_FOREIGN, revoked));
      }
    }
    return trust;
  }

  private static TlsProblem ofAnother(TlsFiles files) {
    return new TlsProblem(Notice.of(TlsNotice.KEY_OF_ANOTHER, files.key(), files.certificate()));
  }

  /** True if what the key signs is verified with the certificate. */
  public static boolean belong(PrivateKey key, X509Certificate certificate) {
    byte[] probe = {'m', 'e', 'i', 'k', 'y', 'o'};
    try {
      Signature sign = Signature.getInstance("SHA256withECDSA");
      sign.initSign(key);
      sign.update(probe);
      byte[] signature = sign.sign();
      sign.initVerify(certificate.getPublicKey());
      sign.update(probe);
      return sign.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
