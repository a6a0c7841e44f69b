// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.tls.Credentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server's own pair changes whole, whatever happens. */
class NodeKeysTest {
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path root;
  private PkiFolder founder;
  private Authority authority;

  @BeforeEach
  void found() throws Exception {
    founder = PkiFolder.at(root.resolve("founder"));
    authority = Authority.found(founder, CLUSTER, "server1", CLOCK, RANDOM);
  }

  private void install(PkiFolder there) throws Exception {
    NodeKeys keys = new NodeKeys(there, RANDOM);
    keys.install(
        authority.issue(keys.request("server2"), "server2", true),
        DurableFiles.read(founder.authorities()),
        authority.revoked(),
        CLUSTER,
        NOW);
  }

  @Test
  void aKeyThatWaitsIsUsedAgain() throws Exception {
    NodeKeys keys = new NodeKeys(PkiFolder.at(root.resolve("b")), RANDOM);
    byte[] one = keys.request("server2");
    byte[] two = keys.request("server2");
    assertThat(Requests.keyOf(two)).isEqualTo(Requests.keyOf(one));
    Path pending = root.resolve("b/node.key.pending");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(pending)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(pending, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> keys.request("server2")).hasMessageContaining("tls.wrong-mode");
  }

  @Test
  void aCrashAtAnyStepOfAReplacementLeavesTheOldPairOrTheNew() throws Exception {
    PkiFolder whole = PkiFolder.at(root.resolve("whole"));
    install(whole);
    Crash all = new Crash(-1);
    install(PkiFolder.at(root.resolve("whole"), all));
    assertThat(all.steps).contains("renamed node.key", "written node.crt.next");
    int fresh = 0;
    for (int at = 0; at < all.steps.size(); at++) {
      Path path = root.resolve("crash-" + at);
      PkiFolder good = PkiFolder.at(path);
      install(good);
      Credentials old = Credentials.read(good.tls(), NOW);
      Crash crash = new Crash(at);
      assertThatThrownBy(() -> install(PkiFolder.at(path, crash)))
          .isInstanceOf(Crash.Happened.class);
      String step = crash.steps.getLast();
      Credentials after = Credentials.read(good.tls(), NOW);
      if (after.key().equals(old.key())) {
        assertThat(after.chain()).as(step).isEqualTo(old.chain());
      } else {
        fresh++;
      }
      new NodeKeys(good, RANDOM).tidy();
      assertThat(Credentials.read(good.tls(), NOW)).as(step).isEqualTo(after);
      assertThat(Credentials.belong(after.key(), after.chain().getFirst())).isTrue();
      install(good);
      assertThat(Credentials.read(good.tls(), NOW).key()).as(step).isNotEqualTo(old.key());
    }
    assertThat(fresh).as("steps after which the new pair is in use").isEqualTo(8);
  }

  @Test
  void halfAFileOfACrashIsWrittenAnew() throws Exception {
    PkiFolder there = PkiFolder.at(root.resolve("b"));
    new NodeKeys(there, RANDOM).request("x");
    Path left = root.resolve("b/node.key.pending.tmp");
    Files.writeString(left, "-----BEGIN PRIV");
    Files.setPosixFilePermissions(left, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.delete(there.pendingKey());
    new NodeKeys(there, RANDOM).request("x");
    assertThat(left).doesNotExist();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there.pendingKey())))
        .isEqualTo("rw-------");
  }

  @Test
  void anAnswerThatDoesNotFitChangesNothing() throws Exception {
    PkiFolder there = PkiFolder.at(root.resolve("b"));
    install(there);
    Credentials before = Credentials.read(there.tls(), NOW);
    NodeKeys keys = new NodeKeys(there, RANDOM);
    String ca = DurableFiles.read(founder.authorities());
    String crl = authority.revoked();
    String notOurs = DurableFiles.read(founder.certificate());
    assertThatThrownBy(() -> keys.install(notOurs, ca, crl, CLUSTER, NOW))
        .as("nothing waits")
        .hasMessageContaining("pki.foreign-answer");
    String good = authority.issue(keys.request("server2"), "server2", true);
    String newer = authority.revoked();
    PkiFolder strangers = PkiFolder.at(root.resolve("stranger"));
    Authority stranger = Authority.found(strangers, CLUSTER, "s", CLOCK, RANDOM);
    String otherCa = DurableFiles.read(strangers.authorities());
    assertThatThrownBy(() -> keys.install(notOurs, ca, newer, CLUSTER, NOW))
        .hasMessageContaining("not for the key");
    assertThatThrownBy(() -> keys.install("", ca, newer, CLUSTER, NOW))
        .hasMessageContaining("no certificate");
    assertThatThrownBy(() -> keys.install(good, otherCa, stranger.revoked(), CLUSTER, NOW))
        .hasMessageContaining("other authority");
    assertThatThrownBy(() -> keys.install(good, ca, stranger.revoked(), CLUSTER, NOW))
        .hasMessageContaining("not of this authority");
    assertThatThrownBy(() -> keys.install(good, ca, newer, new UUID(9, 9), NOW))
        .hasMessageContaining("of cluster " + CLUSTER);
    assertThatThrownBy(() -> keys.install(good, ca, newer, CLUSTER, NOW.minusSeconds(3 * 86_400)))
        .as("a clock that is days behind")
        .hasMessageContaining("not yet valid");
    assertThat(Credentials.read(there.tls(), NOW)).isEqualTo(before);
    keys.install(good, ca, newer, CLUSTER, NOW);
    assertThat(Credentials.read(there.tls(), NOW).key()).isNotEqualTo(before.key());
  }

  @Test
  void whatAnotherClusterLeftDoesNotStandInTheWay() throws Exception {
    Path path = root.resolve("b");
    PkiFolder there = PkiFolder.at(path);
    Authority.found(PkiFolder.at(path), new UUID(7, 7), "old", CLOCK, RANDOM);
    Files.delete(there.certificate());
    install(there);
    assertThat(Credentials.read(there.tls(), NOW).identity().cluster()).isEqualTo(CLUSTER);
  }
}
