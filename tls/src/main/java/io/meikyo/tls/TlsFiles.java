// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a server's key and certificates are.
 *
 * @param key its private key, PEM (PKCS #8), for its owner alone
 * @param certificate its certificate, and what leads from it to an authority, PEM
 * @param authorities certificates of the authorities that are believed, PEM; two while one replaces
 *     the other
 * @param revoked certificates that are believed no more, PEM lists; null: there are none
 */
public record TlsFiles(Path key, Path certificate, Path authorities, @Nullable Path revoked) {
  /** What a file is called while it waits to take the place of the one without this ending. */
  public static final String NEXT = ".next";

  /** Where the next certificate lies while a pair of key and certificate is being replaced. */
  Path nextCertificate() {
    return certificate.resolveSibling(certificate.getFileName() + NEXT);
  }
}
