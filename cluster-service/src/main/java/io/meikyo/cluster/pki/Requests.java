// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.HexFormat;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Keys, and requests for certificates (PKCS #10). All keys are EC keys on P-256. */
final class Requests {
  static final String CURVE = "secp256r1";
  static final String SIGNATURE = "SHA256withECDSA";
  private static final int FIELD_BITS = 256;
  private static final int BYTES_MAX = 8 << 10;

  private Requests() {}

  static KeyPair newKeys(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + CURVE, e);
    }
  }

  static X500Name subject(String commonName, String organisation) {
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.O, organisation)
        .addRDN(BCStyle.CN, commonName)
        .build();
  }

  static ContentSigner signer(java.security.PrivateKey key) {
    try {
      return new JcaContentSignerBuilder(SIGNATURE).build(key);
    } catch (OperatorCreationException e) {
      throw new IllegalStateException("every Java has " + SIGNATURE, e);
    }
  }

  /** A request for the certificate of a key, signed with it. */
  static byte[] request(KeyPair keys, String server) {
    try {
      return new JcaPKCS10CertificationRequestBuilder(subject(server, "Meikyo"), keys.getPublic())
          .build(signer(keys.getPrivate()))
          .getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory", e);
    }
  }

  /**
   * The key that a request is for. Whoever made the request has its private half; what else the
   * request says is not looked at.
   *
   * @throws PkiProblem BAD_REQUEST
   */
  static PublicKey keyOf(byte[] request) throws PkiProblem {
    try {
      if (request.length > BYTES_MAX) {
        throw new PKCSException("more than " + BYTES_MAX + " bytes");
      }
      JcaPKCS10CertificationRequest read = new JcaPKCS10CertificationRequest(request);
      PublicKey key = read.getPublicKey();
      if (!(key instanceof ECPublicKey ec)
          || ec.getParams().getCurve().getField().getFieldSize() != FIELD_BITS) {
        throw new PKCSException("the key is no EC key on P-256");
      }
      if (!read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new PKCSException("it is not signed with its own key");
      }
      return key;
    } catch (IOException
        | PKCSException
        | OperatorCreationException
        | GeneralSecurityException
        | RuntimeException e) {
      // The parser throws unchecked exceptions too; what came from outside is only bad input.
      throw new PkiProblem(
          Notice.of(PkiNotice.BAD_REQUEST, e.getClass().getSimpleName() + " " + e.getMessage()));
    }
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Fingerprint of a public key, in hexadecimal digits. */
  static String hash(PublicKey key) {
    return HexFormat.of().formatHex(sha256(key.getEncoded()));
  }
}
