// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Pem;
import io.meikyo.tls.Trust;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;

/** Reads lists of revoked certificates. */
final class Revocations {
  private Revocations() {}

  /** The one list of a text, signed by one of the authorities. */
  static X509CRL read(String pem, List<X509Certificate> authorities) throws PkiProblem {
    try {
      List<X509CRL> lists = Pem.revoked(pem);
      if (lists.size() == 1 && new Trust(authorities, List.of()).signed(lists.getFirst())) {
        return lists.getFirst();
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiProblem(Notice.of(PkiNotice.FOREIGN_ANSWER, "revoked.crl: " + e.getMessage()));
    }
    throw new PkiProblem(Notice.of(PkiNotice.FOREIGN_ANSWER, "revoked.crl: not of this authority"));
  }

  /** Its number; each list has a higher one than the list before. */
  static BigInteger number(X509CRL list) {
    byte[] value = list.getExtensionValue(Extension.cRLNumber.getId());
    return value == null
        ? BigInteger.ZERO
        : ASN1Integer.getInstance(ASN1OctetString.getInstance(value).getOctets()).getValue();
  }
}
