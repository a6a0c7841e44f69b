// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token is good once. */
class TokenStoreTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path root;
  private Instant now = Instant.parse("2026-11-22T12:00:00Z");
  private final InstantSource clock = () -> now;
  private Path path;
  private Authority authority;
  private TokenStore store;
  private final PublicKey key = Requests.newKeys(RANDOM).getPublic();
  private final PublicKey other = Requests.newKeys(RANDOM).getPublic();

  @BeforeEach
  void found() throws Exception {
    path = root.resolve("pki");
    authority = Authority.found(PkiFolder.at(path), new UUID(1, 2), "server1", clock, RANDOM);
    store = fresh();
  }

  /** As another process would see it. */
  private TokenStore fresh() {
    return new TokenStore(PkiFolder.at(path), clock, RANDOM);
  }

  private static TokenStore.Claim claim(TokenStore s, JoinToken t, String server, PublicKey of)
      throws PkiProblem {
    return s.claim(t.id(), t.secret(), server, of);
  }

  @Test
  void aTokenIsCarriedAsText() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    JoinToken read = JoinToken.parse("  " + t.text() + "\n");
    assertThat(read.text()).isEqualTo(t.text());
    assertThat(read.secret()).isEqualTo(t.secret()).hasSize(24);
    assertThat(read.isOf(authority.certificate())).isTrue();
    Authority stranger =
        Authority.found(PkiFolder.at(root.resolve("x")), new UUID(1, 2), "server1", clock, RANDOM);
    assertThat(read.isOf(stranger.certificate())).isFalse();
    assertThat(t.toString()).isEqualTo("token " + t.id()).doesNotContain(t.text());
    assertThat(store.create(authority, HOUR, null).text()).isNotEqualTo(t.text());
  }

  @Test
  void aMistypedTokenIsToldFromAWrongOne() throws Exception {
    String text = store.create(authority, HOUR, null).text();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i) == 'A' ? 'B' : 'A';
      String wrong = text.substring(0, i) + c + text.substring(i + 1);
      if (i < text.length() - 1) {
        assertThatThrownBy(() -> JoinToken.parse(wrong)).hasMessageContaining("pki.token-bad");
      }
    }
    for (String wrong :
        new String[] {
          "", "mkj1_", text.substring(1), text + "A", text.substring(0, 40), "mkj1_é"
        }) {
      assertThatThrownBy(() -> JoinToken.parse(wrong)).hasMessageContaining("pki.token-bad");
    }
  }

  @Test
  void theSecretIsNotInTheFile() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    String file = Files.readString(path.resolve("tokens"));
    assertThat(file)
        .contains(t.id())
        .doesNotContain(java.util.HexFormat.of().formatHex(t.secret()))
        .doesNotContain(Base64.getEncoder().encodeToString(t.secret()));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve("tokens"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aTokenAdmitsOneKeyUnderOneName() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    TokenStore.Claim first = claim(store, t, "server2", key);
    assertThat(first.again()).isFalse();
    assertThat(first.replaces()).isFalse();
    for (TokenStore s : List.of(store, fresh())) {
      assertThatThrownBy(() -> claim(s, t, "server2", other))
          .as("replayed with another key")
          .hasMessageContaining("pki.token-used (server=server2, when=" + now + ")");
      assertThatThrownBy(() -> claim(s, t, "server3", key))
          .as("replayed with another name")
          .hasMessageContaining("pki.token-used");
      assertThat(claim(s, t, "server2", key).again()).as("the answer was lost").isTrue();
    }
    JoinToken second = store.create(authority, HOUR, null);
    assertThatThrownBy(() -> claim(store, t, "server3", other)).hasMessageContaining("used");
    assertThat(claim(store, second, "server3", other).again()).isFalse();
  }

  @Test
  void aTokenEnds() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    JoinToken used = store.create(authority, HOUR, null);
    claim(store, used, "server2", key);
    now = now.plus(HOUR);
    assertThat(claim(store, t, "server3", other)).isNotNull();
    now = now.plusSeconds(1);
    JoinToken late = store.create(authority, HOUR, null);
    assertThatThrownBy(() -> claim(store, used, "server2", key))
        .as("not even for whom it admitted")
        .hasMessageContaining("pki.token-expired");
    now = now.plus(TokenStore.REMEMBERED).plus(HOUR);
    store.create(authority, HOUR, null);
    assertThatThrownBy(() -> claim(store, late, "server4", key)).hasMessageContaining("expired");
    assertThatThrownBy(() -> claim(store, used, "server2", key))
        .as("forgotten, and still no good")
        .hasMessageContaining("pki.token-unknown");
  }

  @Test
  void aTokenThatNobodyMadeIsUnknown() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    byte[] wrong = t.secret();
    wrong[23] ^= 1;
    assertThatThrownBy(() -> store.claim(t.id(), wrong, "server2", key))
        .hasMessageContaining("pki.token-unknown");
    assertThatThrownBy(() -> store.claim("0".repeat(16), t.secret(), "server2", key))
        .hasMessageContaining("pki.token-unknown");
    assertThatThrownBy(() -> store.claim(t.id(), new byte[0], "server2", key))
        .hasMessageContaining("pki.token-unknown");
    assertThatThrownBy(() -> store.claim(t.id(), t.secret(), "a b", key))
        .hasMessageContaining("pki.bad-name");
    assertThat(claim(store, t, "server2", key).again()).isFalse();
  }

  @Test
  void aTokenForOneServerIsForNoOther() throws Exception {
    JoinToken t = store.create(authority, HOUR, "server2");
    assertThatThrownBy(() -> claim(store, t, "server3", key))
        .hasMessageContaining("pki.token-for-another (wanted=server2, server=server3)");
    assertThat(claim(store, t, "server2", key).replaces()).isTrue();
    assertThatThrownBy(() -> store.create(authority, HOUR, "-"))
        .hasMessageContaining("pki.bad-name");
  }

  @Test
  void aTokenIsGivenBack() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    TokenStore.Claim first = claim(store, t, "server2", key);
    store.release(first);
    TokenStore.Claim second = claim(store, t, "server3", other);
    assertThat(second.again()).isFalse();
    store.release(first);
    assertThatThrownBy(() -> claim(store, t, "server2", key))
        .as("only its owner gives it back")
        .hasMessageContaining("pki.token-used");
  }

  /** Threads of one process, each with a store of its own, all at once. */
  @Test
  void ofManyAtTheSameMomentOneGetsIt() throws Exception {
    int many = 8;
    for (int round = 0; round < 5; round++) {
      JoinToken t = store.create(authority, HOUR, null);
      CyclicBarrier start = new CyclicBarrier(many);
      List<Callable<String>> all = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        PublicKey own = Requests.newKeys(RANDOM).getPublic();
        String name = "server" + i;
        all.add(() -> {
          TokenStore mine = fresh();
          start.await();
          try {
            claim(mine, t, name, own);
            return "got it";
          } catch (PkiProblem e) {
            return e.notice().code();
          }
        });
      }
      List<String> ends = new ArrayList<>();
      try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
        for (Future<String> f : threads.invokeAll(all)) {
          ends.add(f.get());
        }
      }
      assertThat(ends).containsOnly("got it", "pki.token-used");
      assertThat(ends).filteredOn("got it"::equals).hasSize(1);
    }
  }

  /** Another process, a Java of its own, comes when we have begun to use the token. */
  @Test
  void ofTwoProcessesAtTheSameMomentOneGetsIt() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    Process p =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Contender.class.getName(),
                path.toString(),
                t.text(),
                now.toString())
            .redirectErrorStream(true)
            .start();
    try (var from = p.inputReader(StandardCharsets.UTF_8);
        var to = p.outputWriter(StandardCharsets.UTF_8)) {
      assertThat(from.readLine()).isEqualTo("ready");
      DurableFiles.Steps letIn =
          (step, file) -> {
            if (step.equals("created")) {
              try {
                to.write("go\n");
                to.flush();
                // Whoever does not wait for our lock has its answer by then.
                long until = System.nanoTime() + 500_000_000L;
                while (!from.ready() && System.nanoTime() < until) {
                  java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
                }
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            }
          };
      TokenStore ours = new TokenStore(PkiFolder.at(path, letIn), clock, RANDOM);
      assertThat(claim(ours, t, "server2", key).again()).isFalse();
      assertThat(from.readLine()).isEqualTo("pki.token-used");
    }
    assertThat(p.waitFor()).isZero();
  }

  @Test
  void aCrashWhileATokenIsUsedLeavesItUsedOrNot() throws Exception {
    Crash whole = new Crash(-1);
    JoinToken probe = store.create(authority, HOUR, null);
    claim(new TokenStore(PkiFolder.at(path, whole), clock, RANDOM), probe, "probe", key);
    assertThat(whole.steps)
        .containsExactly("created tokens", "written tokens", "renamed tokens", "durable tokens");
    for (int at = 0; at < whole.steps.size(); at++) {
      JoinToken t = store.create(authority, HOUR, null);
      TokenStore crashes = new TokenStore(PkiFolder.at(path, new Crash(at)), clock, RANDOM);
      assertThatThrownBy(() -> claim(crashes, t, "server2", key))
          .isInstanceOf(Crash.Happened.class);
      boolean used = whole.steps.get(at).matches("(renamed|durable) tokens");
      assertThat(claim(store, t, "server2", key).again()).as(whole.steps.get(at)).isEqualTo(used);
      assertThatThrownBy(() -> claim(store, t, "server2", other)).hasMessageContaining("used");
    }
  }

  @Test
  void aDamagedFileIsNamedAndAdmitsNobody() throws Exception {
    JoinToken t = store.create(authority, HOUR, null);
    String good = Files.readString(path.resolve("tokens"));
    for (String bad :
        new String[] {
          good.substring(0, good.length() / 2),
          good.replace("T12", "T99"),
          good + "\n",
          good.replace(" - ", " server2 used "),
          good.toUpperCase(java.util.Locale.ROOT)
        }) {
      Files.writeString(
          path.resolve("tokens"),
          bad.stripTrailing().equals(good.stripTrailing()) ? good + " \n" : bad);
      assertThatThrownBy(() -> claim(store, t, "server2", key))
          .as(bad)
          .hasMessageContaining("pki.damaged");
    }
    Files.writeString(path.resolve("tokens"), good);
    Files.setPosixFilePermissions(
        path.resolve("tokens"), PosixFilePermissions.fromString("rw-rw----"));
    assertThatThrownBy(() -> claim(store, t, "server2", key))
        .hasMessageContaining("tls.wrong-mode");
  }
}
