// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * What an operator carries from one server of the cluster to one that is to join: a secret that
 * admits it once, and the fingerprint by which it knows the cluster's authority. Whoever has it
 * before it is used or ends can join in its place.
 *
 * <pre>
 * "mkj1_" + base64url of: id 8 | secret 24 | SHA-256 of the authority's certificate 32 | CRC32C 4
 * </pre>
 */
public final class JoinToken {
  private static final String PREFIX = "mkj1_";
  private static final int ID_BYTES = 8;
  private static final int SECRET_BYTES = 24;
  private static final int FINGERPRINT_BYTES = 32;
  private static final int CRC_AT = ID_BYTES + SECRET_BYTES + FINGERPRINT_BYTES;
  private static final int BYTES = CRC_AT + 4;

  private final byte[] bytes;

  private JoinToken(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A fresh one. */
  static JoinToken fresh(X509Certificate authority, SecureRandom random) {
    byte[] drawn = new byte[ID_BYTES + SECRET_BYTES];
    random.nextBytes(drawn);
    ByteBuffer all = ByteBuffer.allocate(BYTES).put(drawn).put(fingerprint(authority));
    return new JoinToken(all.putInt(crc(all.array())).array());
  }

  /**
   * Reads one as a person gives it.
   *
   * @throws PkiProblem TOKEN_BAD: mistyped, cut off, or something else
   */
  public static JoinToken parse(String text) throws PkiProblem {
    String word = text.strip();
    try {
      if (word.startsWith(PREFIX)) {
        byte[] bytes = Base64.getUrlDecoder().decode(word.substring(PREFIX.length()));
        if (bytes.length == BYTES && ByteBuffer.wrap(bytes).getInt(CRC_AT) == crc(bytes)) {
          return new JoinToken(bytes);
        }
      }
    } catch (IllegalArgumentException e) {
      throw (PkiProblem) new PkiProblem(Notice.of(PkiNotice.TOKEN_BAD)).initCause(e);
    }
    throw new PkiProblem(Notice.of(PkiNotice.TOKEN_BAD));
  }

  /** The whole token, as a person carries it. A secret. */
  public String text() {
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Its number, which is no secret. */
  public String id() {
    return HexFormat.of().formatHex(bytes, 0, ID_BYTES);
  }

  /** What admits. A secret. */
  public byte[] secret() {
    return Arrays.copyOfRange(bytes, ID_BYTES, ID_BYTES + SECRET_BYTES);
  }

  /** True if this is the certificate of the authority that made the token. */
  public boolean isOf(X509Certificate authority) {
    return Arrays.equals(
        fingerprint(authority), Arrays.copyOfRange(bytes, ID_BYTES + SECRET_BYTES, CRC_AT));
  }

  private static byte[] fingerprint(X509Certificate authority) {
    try {
      return Requests.sha256(authority.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was read has bytes", e);
    }
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CRC_AT);
    return (int) crc.getValue();
  }

  /** Its number only: this may end up in a log. */
  @Override
  public String toString() {
    return "token " + id();
  }
}
