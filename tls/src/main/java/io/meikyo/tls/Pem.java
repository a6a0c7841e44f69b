// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import io.meikyo.core.notice.Notice;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PEM text: base64 between lines that say what it is. */
public final class Pem {
  /** Type of a certificate. */
  public static final String CERTIFICATE = "CERTIFICATE";

  /** Type of a private key, PKCS #8. */
  public static final String PRIVATE_KEY = "PRIVATE KEY";

  /** Type of a list of revoked certificates. */
  public static final String REVOKED = "X509 CRL";

  private static final int BYTES_MAX = 1 << 20;
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s([A-Za-z0-9+/=\\s]*)-----END \\1-----");
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private Pem() {}

  /** Bytes as PEM text. */
  public static String text(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + LINES.encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }

  /** The blocks of one type, decoded; empty if there is none. */
  public static List<byte[]> blocks(String type, String text) {
    List<byte[]> all = new ArrayList<>();
    Matcher m = BLOCK.matcher(text);
    while (m.find()) {
      if (m.group(1).equals(type)) {
        all.add(Base64.getMimeDecoder().decode(m.group(2)));
      }
    }
    return all;
  }

  /**
   * All certificates of a text.
   *
   * @throws CertificateException if one cannot be read
   */
  public static List<X509Certificate> certificates(String text) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> all = new ArrayList<>();
    for (byte[] der : blocks(CERTIFICATE, text)) {
      if (factory.generateCertificate(new ByteArrayInputStream(der)) instanceof X509Certificate c) {
        all.add(c);
      }
    }
    return all;
  }

  /**
   * All lists of revoked certificates of a text.
   *
   * @throws CertificateException if there is no X.509
   * @throws CRLException if one cannot be read
   */
  public static List<X509CRL> revoked(String text) throws CertificateException, CRLException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509CRL> all = new ArrayList<>();
    for (byte[] der : blocks(REVOKED, text)) {
      if (factory.generateCRL(new ByteArrayInputStream(der)) instanceof X509CRL list) {
        all.add(list);
      }
    }
    return all;
  }

  /**
   * The one private key of a text, an EC key.
   *
   * @throws GeneralSecurityException if there is none, more than one, or another kind
   */
  public static PrivateKey privateKey(String text) throws GeneralSecurityException {
    List<byte[]> keys = blocks(PRIVATE_KEY, text);
    if (keys.size() != 1) {
      throw new GeneralSecurityException(keys.size() + " blocks of " + PRIVATE_KEY);
    }
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(keys.getFirst()));
  }

  // ---- from files

  /** Text of a file, at most 1 MiB of it. */
  static String read(Path file) throws TlsProblem {
    try {
      if (Files.size(file) > BYTES_MAX) {
        throw new TlsProblem(
            Notice.of(TlsNotice.FILE_UNREADABLE, file, "more than " + BYTES_MAX + " bytes"));
      }
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw FileModes.unreadable(file, e);
    }
  }

  /** The private key in a file. */
  static PrivateKey privateKey(Path file) throws TlsProblem {
    try {
      return privateKey(read(file));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw notPem(file, PRIVATE_KEY, e);
    }
  }

  /** The certificates in a file, at least one. */
  static List<X509Certificate> certificates(Path file) throws TlsProblem {
    try {
      List<X509Certificate> all = certificates(read(file));
      if (all.isEmpty()) {
        throw new CertificateException("0 blocks of " + CERTIFICATE);
      }
      return all;
    } catch (CertificateException | IllegalArgumentException e) {
      throw notPem(file, CERTIFICATE, e);
    }
  }

  /** The lists of revoked certificates in a file, at least one. */
  static List<X509CRL> revoked(Path file) throws TlsProblem {
    try {
      List<X509CRL> all = revoked(read(file));
      if (all.isEmpty()) {
        throw new CRLException("0 blocks of " + REVOKED);
      }
      return all;
    } catch (CertificateException | CRLException | IllegalArgumentException e) {
      throw notPem(file, REVOKED, e);
    }
  }

  private static TlsProblem notPem(Path file, String wanted, Exception e) {
    return new TlsProblem(
        Notice.of(TlsNotice.NOT_PEM, file, wanted, String.valueOf(e.getMessage())));
  }
}
