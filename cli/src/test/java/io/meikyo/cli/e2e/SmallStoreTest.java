// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A snapshot store that is too small: the snapshot is lost, said, and no writer notices. */
@Timeout(600)
class SmallStoreTest extends WithPair {
  private static final String NAME = "md1@77";

  @Override
  void prepare() throws Exception {
    for (Server s : List.of(one, two)) {
      Files.writeString(
          s.config,
          Files.readString(s.config)
              .replace("[[mirror]]", "[snapshots]\ncap = \"256KiB\"\n\n[[mirror]]"));
    }
  }

  @Test
  void aFullStoreCostsTheSnapshotAndNoWrite() throws Exception {
    ledger.start();
    ledger.more(100, 30, "before the cut");
    one.must("hold", "max=60");
    one.must("cut", "cut=77");
    one.must("release");
    ledger.more(300, 60, "after the cut");
    for (Server s : List.of(one, two)) {
      Map<String, String> facts = s.ask(List.of("snapshot.list")).facts();
      assertThat(facts).containsEntry("state." + NAME, "LOST").containsEntry("why." + NAME, "FULL");
      assertThat(s.words()).contains(NAME + " is lost: its store in");
      assertThat(s.ask(List.of("snapshot.keep", "md1", "cut=77", "by=test")).status()).isEqualTo(4);
      Path socket = Path.of(facts.get("socket." + NAME));
      try (Nbd nbd = new Nbd(socket, NAME)) {
        assertThatThrownBy(() -> nbd.read(0, 4096))
            .isInstanceOf(Nbd.Refused.class)
            .extracting(e -> ((Nbd.Refused) e).errno)
            .isEqualTo(5);
      }
      assertThat(s.ask(List.of("snapshot.cluster-image", "md1", "cut=77", "to=/x")).status())
          .isEqualTo(4);
    }
    assertThat(ledger.refused()).isZero();
    settle(one);
    // The next cut stands again.
    one.must("hold", "max=60");
    one.must("cut", "cut=78");
    one.must("release");
    assertThat(one.ask(List.of("snapshot.list")).facts()).containsEntry("state.md1@78", "STANDS");
  }
}
