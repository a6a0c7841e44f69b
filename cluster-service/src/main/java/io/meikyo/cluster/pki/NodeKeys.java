// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Credentials;
import io.meikyo.tls.PeerIdentity;
import io.meikyo.tls.Pem;
import io.meikyo.tls.Refusal;
import io.meikyo.tls.Trust;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * This server's own key and certificate. A new pair is made in two acts: {@link #request} makes a
 * key that waits for its certificate, {@link #install} puts both in their places. The same request
 * can be made again after a crash or a lost answer: the key that waits is used again. Any thread.
 */
public final class NodeKeys {
  private final PkiFolder folder;
  private final SecureRandom random;

  /** Of a folder. */
  public NodeKeys(PkiFolder folder, SecureRandom random) {
    this.folder = folder;
    this.random = random;
  }

  /**
   * Checks a server's name.
   *
   * @throws PkiProblem BAD_NAME
   */
  public static void checkName(String server) throws PkiProblem {
    if (!PeerIdentity.isServerName(server)) {
      throw new PkiProblem(Notice.of(PkiNotice.BAD_NAME, server));
    }
  }

  /**
   * Who this server is by its certificate, whether that is in force or not.
   *
   * @throws PkiProblem CANNOT_READ
   */
  public PeerIdentity identity() throws PkiProblem {
    try {
      List<X509Certificate> chain = Pem.certificates(DurableFiles.read(folder.certificate()));
      if (!chain.isEmpty()) {
        return PeerIdentity.of(chain.getFirst());
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiProblem(
          Notice.of(PkiNotice.CANNOT_READ, folder.certificate(), String.valueOf(e.getMessage())));
    }
    throw new PkiProblem(Notice.of(PkiNotice.CANNOT_READ, folder.certificate(), "no certificate"));
  }

  /**
   * Refuses if this server is in a cluster.
   *
   * @throws PkiProblem ALREADY_MEMBER
   */
  public void mustBeFree() throws PkiProblem {
    if (folder.isMember()) {
      PeerIdentity own = identity();
      throw new PkiProblem(
          Notice.of(PkiNotice.ALREADY_MEMBER, folder.path(), own.server(), own.cluster()));
    }
  }

  /**
   * A request for a certificate (PKCS #10), for a key that waits in this folder, durably.
   *
   * @throws PkiProblem CANNOT_WRITE, CANNOT_READ
   */
  public byte[] request(String server) throws PkiProblem {
    checkName(server);
    return folder.locked(() -> {
      KeyPair keys = pending();
      if (keys == null) {
        keys = Requests.newKeys(random);
        folder
            .files()
            .write(
                folder.pendingKey(),
                Pem.text(Pem.PRIVATE_KEY, keys.getPrivate().getEncoded()),
                true);
      }
      return Requests.request(keys, server);
    });
  }

  private @Nullable KeyPair pending() throws PkiProblem {
    if (!Files.exists(folder.pendingKey())) {
      return null;
    }
    PkiFolder.secret(folder.pendingKey());
    try {
      PrivateKey key = Pem.privateKey(DurableFiles.read(folder.pendingKey()));
      return new KeyPair(publicOf(key), key);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiProblem(
          Notice.of(PkiNotice.CANNOT_READ, folder.pendingKey(), String.valueOf(e.getMessage())));
    }
  }

  /** The public half, computed: our files have the private one only. */
  private static PublicKey publicOf(PrivateKey key) throws GeneralSecurityException {
    ECPrivateKey ec = (ECPrivateKey) key;
    var q =
        org.bouncycastle.asn1.x9.ECNamedCurveTable.getByName(Requests.CURVE)
            .getG()
            .multiply(ec.getS())
            .normalize();
    java.security.spec.ECPoint w =
        new java.security.spec.ECPoint(
            q.getAffineXCoord().toBigInteger(), q.getAffineYCoord().toBigInteger());
    return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(w, ec.getParams()));
  }

  /**
   * Puts a new certificate and the key that waited for it in their places, with what is to be
   * believed. Everything is checked first, and durable when this returns; a crash in the middle
   * leaves the old pair or the new one.
   *
   * @param chain certificate and what leads to the authority, PEM
   * @param authorities the cluster's authorities, PEM
   * @param revoked list of revoked certificates, PEM
   * @param cluster the cluster that it must be of
   * @throws PkiProblem FOREIGN_ANSWER, CANNOT_WRITE
   */
  public void install(String chain, String authorities, String revoked, UUID cluster, Instant now)
      throws PkiProblem {
    folder.locked(() -> {
      KeyPair keys = pending();
      List<X509Certificate> certificates = certificates(chain);
      if (keys == null || !Credentials.belong(keys.getPrivate(), certificates.getFirst())) {
        throw foreign("the certificate is not for the key that waits for one");
      }
      List<X509Certificate> believed = certificates(authorities);
      X509CRL list = Revocations.read(revoked, believed);
      try {
        PeerIdentity identity =
            new Trust(believed, List.of(list)).check(certificates, Trust.Use.SERVER, now);
        if (!identity.cluster().equals(cluster)) {
          throw foreign("the certificate is of cluster " + identity.cluster());
        }
      } catch (Refusal e) {
        throw foreign(String.valueOf(e.getMessage()));
      }
      DurableFiles files = folder.files();
      files.write(folder.authorities(), authorities, false);
      boolean member = folder.isMember();
      if (!member) {
        // What may lie here is of a joining that was given up, perhaps of another cluster.
        files.write(folder.revoked(), revoked, false);
      }
      files.write(PkiFolder.next(folder.certificate()), chain, false);
      files.move(folder.pendingKey(), folder.key());
      files.move(PkiFolder.next(folder.certificate()), folder.certificate());
      if (member) {
        // Not before: it may name the pair that was in use until now.
        takeRevoked(revoked);
      }
      return true;
    });
  }

  /**
   * Ends what a crash interrupted between the new key and its certificate. Everybody who reads the
   * pair copes with that state; this only tidies up.
   */
  public void tidy() throws PkiProblem {
    folder.locked(() -> {
      if (!Files.exists(PkiFolder.next(folder.certificate())) || !Files.exists(folder.key())) {
        return false;
      }
      List<X509Certificate> waiting =
          certificates(DurableFiles.read(PkiFolder.next(folder.certificate())));
      try {
        PrivateKey key = Pem.privateKey(DurableFiles.read(folder.key()));
        if (Credentials.belong(key, waiting.getFirst())) {
          folder.files().move(PkiFolder.next(folder.certificate()), folder.certificate());
        }
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw new PkiProblem(
            Notice.of(PkiNotice.CANNOT_READ, folder.key(), String.valueOf(e.getMessage())));
      }
      return true;
    });
  }

  /**
   * Takes a newer list of revoked certificates; nothing happens if it is the present one.
   *
   * @throws PkiProblem FOREIGN_ANSWER, OLDER_REVOCATIONS, CANNOT_WRITE
   */
  public void takeRevoked(String offered) throws PkiProblem {
    folder.locked(() -> {
      List<X509Certificate> believed = certificates(DurableFiles.read(folder.authorities()));
      BigInteger number = Revocations.number(Revocations.read(offered, believed));
      if (Files.exists(folder.revoked())) {
        BigInteger known =
            Revocations.number(Revocations.read(DurableFiles.read(folder.revoked()), believed));
        if (number.compareTo(known) < 0) {
          throw new PkiProblem(Notice.of(PkiNotice.OLDER_REVOCATIONS, number, known));
        }
        if (number.equals(known)) {
          return false;
        }
      }
      folder.files().write(folder.revoked(), offered, false);
      return true;
    });
  }

  /**
   * Remembers where this server renews its certificate.
   *
   * @param address HOST:PORT
   */
  public void rememberAuthority(String address) throws PkiProblem {
    folder.locked(() -> {
      folder.files().write(folder.authorityAddress(), address + "\n", false);
      return true;
    });
  }

  /** Where this server renews its certificate; null if that is not known. */
  public @Nullable String authorityAddress() throws PkiProblem {
    return Files.exists(folder.authorityAddress())
        ? DurableFiles.read(folder.authorityAddress()).strip()
        : null;
  }

  /** Keeps something that came with the certificate, durably, for its owner alone. */
  public void keep(Path file, byte[] bytes) throws PkiProblem {
    folder.locked(() -> {
      folder.files().write(file, bytes, true);
      return true;
    });
  }

  /** True if less than a third of the certificate's life is left: it is time for a new one. */
  public static boolean isDue(X509Certificate certificate, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
    return Duration.between(from, now).compareTo(life.dividedBy(3).multipliedBy(2)) > 0;
  }

  private static List<X509Certificate> certificates(String pem) throws PkiProblem {
    try {
      List<X509Certificate> all = Pem.certificates(pem);
      if (!all.isEmpty()) {
        return all;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw foreign(String.valueOf(e.getMessage()));
    }
    throw foreign("no certificate");
  }

  private static PkiProblem foreign(String reason) {
    return new PkiProblem(Notice.of(PkiNotice.FOREIGN_ANSWER, reason));
  }
}
