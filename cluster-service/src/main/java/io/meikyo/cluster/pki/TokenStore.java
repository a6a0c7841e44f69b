// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;
import io.meikyo.tls.PeerIdentity;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that were given out, on the server where the cluster was founded: as hashes, each with
 * its end and, once it was used, by whom. What a call has answered is on disk. Any thread, any
 * process.
 *
 * <p>A token admits one key under one name. The same key may come again with it until it ends: its
 * owner did not hear our answer, and nobody else has that key.
 *
 * <pre>
 * id  SHA-256 of the secret  end  server or "-"  ["used" server  hash of its key  when]
 * </pre>
 */
public final class TokenStore {
  /** How long a token of the past is remembered, to say what became of it. */
  static final Duration REMEMBERED = Duration.ofDays(7);

  private static final String ANY = "-";
  private static final String USED = "used";
  private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private record Use(String server, String keyHash, Instant when) {}

  private record Entry(String id, String hash, Instant end, String server, @Nullable Use use) {
    String line() {
      Use u = use;
      return String.join(" ", id, hash, end.toString(), server)
          + (u == null ? "" : String.join(" ", "", USED, u.server, u.keyHash, u.when.toString()));
    }

    Entry with(@Nullable Use by) {
      return new Entry(id, hash, end, server, by);
    }
  }

  private final PkiFolder folder;
  private final InstantSource clock;
  private final SecureRandom random;

  /** Of a folder. */
  public TokenStore(PkiFolder folder, InstantSource clock, SecureRandom random) {
    this.folder = folder;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Makes a token.
   *
   * @param server the only one that may use it, and may take the name of a server that has it now;
   *     null: any, under a new name
   * @throws PkiProblem BAD_NAME, CANNOT_WRITE
   */
  public JoinToken create(Authority of, Duration valid, @Nullable String server) throws PkiProblem {
    if (server != null) {
      NodeKeys.checkName(server);
    }
    JoinToken token = JoinToken.fresh(of.certificate(), random);
    return folder.locked(() -> {
      Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
      List<Entry> all = new ArrayList<>(read());
      all.removeIf(e -> e.end.plus(REMEMBERED).isBefore(now));
      all.add(
          new Entry(
              token.id(),
              hash(token.secret()),
              now.plus(valid),
              server == null ? ANY : server,
              null));
      write(all);
      return token;
    });
  }

  /** What a token admits. */
  public record Claim(String id, String keyHash, boolean again, boolean replaces) {}

  /**
   * Uses a token up for this server and the key of its request. Of two that come at the same moment
   * one gets it.
   *
   * @return again: this key had it before
   * @throws PkiProblem TOKEN_UNKNOWN, TOKEN_EXPIRED, TOKEN_USED, TOKEN_FOR_ANOTHER, BAD_REQUEST,
   *     BAD_NAME, CANNOT_WRITE
   */
  public Claim claim(String id, byte[] secret, String server, byte[] request) throws PkiProblem {
    return claim(id, secret, server, Requests.keyOf(request));
  }

  Claim claim(String id, byte[] secret, String server, PublicKey key) throws PkiProblem {
    NodeKeys.checkName(server);
    String keyHash = Requests.hash(key);
    return folder.locked(() -> {
      List<Entry> all = new ArrayList<>(read());
      Entry found = find(all, id, secret);
      Instant now = clock.instant();
      if (now.isAfter(found.end)) {
        throw new PkiProblem(Notice.of(PkiNotice.TOKEN_EXPIRED, found.end, now));
      }
      if (!found.server.equals(ANY) && !found.server.equals(server)) {
        throw new PkiProblem(Notice.of(PkiNotice.TOKEN_FOR_ANOTHER, found.server, server));
      }
      Use use = found.use;
      if (use != null && (!use.keyHash.equals(keyHash) || !use.server.equals(server))) {
        throw new PkiProblem(Notice.of(PkiNotice.TOKEN_USED, use.server, use.when));
      }
      if (use == null) {
        all.set(all.indexOf(found), found.with(new Use(server, keyHash, now)));
        write(all);
      }
      return new Claim(found.id, keyHash, use != null, found.server.equals(server));
    });
  }

  /** Gives a token back whose owner was refused for another reason than the token. */
  public void release(Claim claim) throws PkiProblem {
    folder.locked(() -> {
      List<Entry> all = new ArrayList<>(read());
      all.replaceAll(e -> {
        Use use = e.use;
        return e.id.equals(claim.id) && use != null && use.keyHash.equals(claim.keyHash)
            ? e.with(null)
            : e;
      });
      write(all);
      return true;
    });
  }

  private Entry find(List<Entry> all, String id, byte[] secret) throws PkiProblem {
    byte[] shown = Requests.sha256(secret);
    for (Entry e : all) {
      if (e.id.equals(id) && MessageDigest.isEqual(HexFormat.of().parseHex(e.hash), shown)) {
        return e;
      }
    }
    throw new PkiProblem(Notice.of(PkiNotice.TOKEN_UNKNOWN));
  }

  private static String hash(byte[] secret) {
    return HexFormat.of().formatHex(Requests.sha256(secret));
  }

  // ---- the file

  private List<Entry> read() throws PkiProblem {
    List<Entry> all = new ArrayList<>();
    if (Files.exists(folder.tokens())) {
      PkiFolder.secret(folder.tokens());
      for (String line : DurableFiles.read(folder.tokens()).lines().toList()) {
        all.add(entry(line));
      }
    }
    return all;
  }

  private Entry entry(String line) throws PkiProblem {
    String[] w = line.split(" ", -1);
    try {
      boolean open = w.length == 4;
      boolean used = w.length == 8 && w[4].equals(USED);
      if ((open || used)
          && ID.matcher(w[0]).matches()
          && HASH.matcher(w[1]).matches()
          && (w[3].equals(ANY) || PeerIdentity.isServerName(w[3]))) {
        Use use = used ? new Use(w[5], w[6], Instant.parse(w[7])) : null;
        return new Entry(w[0], w[1], Instant.parse(w[2]), w[3], use);
      }
    } catch (DateTimeException e) {
      throw (PkiProblem) PkiFolder.damaged(folder.tokens(), line).initCause(e);
    }
    throw PkiFolder.damaged(folder.tokens(), line);
  }

  private void write(List<Entry> all) throws PkiProblem {
    StringBuilder text = new StringBuilder();
    all.forEach(e -> text.append(e.line()).append('\n'));
    folder.files().write(folder.tokens(), text.toString(), true);
  }
}
