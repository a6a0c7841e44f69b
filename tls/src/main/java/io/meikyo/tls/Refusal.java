// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import java.security.cert.CertificateException;
import java.util.Locale;

/** Why a certificate is not believed. Thrown inside a handshake, and found again in its failure. */
public final class Refusal extends CertificateException {
  private static final long serialVersionUID = 1;

  /** The kinds of reasons. */
  public enum Why {
    /** Nothing was shown. */
    NO_CERTIFICATE,
    /** It is not from an authority of this cluster, or was changed. */
    OTHER_AUTHORITY,
    /** Its time is over. */
    EXPIRED,
    /** Its time has not come; or a clock is wrong. */
    NOT_YET_VALID,
    /** The authority has taken it back. */
    REVOKED,
    /** It is not made for this use. */
    WRONG_USE,
    /** It names no server, or more than one, or no cluster. */
    NO_NAME,
    /** It is of another cluster. */
    OTHER_CLUSTER,
    /** It is of another server than the one that is wanted. */
    OTHER_SERVER
  }

  private final Why why;

  /** With the detail that a person needs besides. */
  public Refusal(Why why, String detail) {
    super(why.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + detail);
    this.why = why;
  }

  /** The kind of reason. */
  public Why why() {
    return why;
  }
}
