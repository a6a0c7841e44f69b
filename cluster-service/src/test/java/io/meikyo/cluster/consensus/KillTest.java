// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import static io.meikyo.cluster.consensus.Member.applied;
import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.consensus.Member.Words;
import io.meikyo.core.consensus.Sealed;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member whose process is killed while it proposes, leaves groups and makes new ones. */
class KillTest {
  private static final int KILLS = Integer.getInteger("meikyo.kills", 4);
  private static final int WORDS = 6;

  @TempDir Path folder;
  private final Map<Long, List<String>> applied = new HashMap<>();
  private final Map<Long, Long> sealedAt = new HashMap<>();
  private long newest;

  @Test
  void whatWasSaidIsThereAfterAKill() throws Exception {
    Member member = new Member("server1#1", folder.resolve("one"), null);
    Random random = new Random(42);
    for (int kill = 0; kill < KILLS; kill++) {
      runAndKill(member, newest + 1, 3 + random.nextInt(4 * (WORDS + 2)), random.nextInt(20));
      check(member);
    }
    assertThat(sealedAt).as("groups were left").isNotEmpty();
  }

  /** Runs until so many lines were said, and a little longer. */
  private void runAndKill(Member member, long from, int lines, int millisMore) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KilledMember.class.getName(),
                member.voter.id(),
                member.voter.address(),
                member.folder.toString(),
                Long.toString(from),
                Integer.toString(WORDS))
            .redirectError(new File(folder.toFile(), "stderr"))
            .start();
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
      for (int i = 0; i < lines; i++) {
        String line = said.readLine();
        assertThat(line).as("the process goes on").isNotNull();
        hear(line);
      }
      process.waitFor(millisMore, java.util.concurrent.TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        hear(line);
      }
    } catch (IOException e) {
      // What it said last is cut off with it.
      assertThat(process.isAlive()).isFalse();
    }
  }

  private void hear(String line) {
    String[] words = line.split(" ", -1);
    switch (words[0]) {
      case "created" -> newest = Long.parseLong(words[1]);
      case "applied" ->
          applied
              .computeIfAbsent(
                  Long.parseLong(words[1].substring(0, words[1].indexOf('.'))),
                  n -> new ArrayList<>())
              .add(words[1]);
      case "sealed" -> sealedAt.put(Long.parseLong(words[1]), Long.parseLong(words[2]));
      default -> throw new IllegalStateException(line);
    }
  }

  private void check(Member member) throws IOException {
    try (RatisStore store = member.boot()) {
      for (long number = 1; number <= newest; number++) {
        UUID group = new UUID(1, number);
        List<String> said = applied.getOrDefault(number, List.of());
        Sealed sealed = store.sealed(group);
        if (sealedAt.containsKey(number)) {
          assertThat(sealed).as("group " + number + " stays left").isNotNull();
        }
        if (sealed != null) {
          assertThat(Member.words(sealed)).containsAll(said);
          assertThat(store.local()).doesNotContain(group);
        } else {
          assertThat(store.local()).contains(group);
          Words words = new Words();
          var log = store.open(group, words);
          applied(log, "again");
          assertThat(words.words()).containsAll(said).doesNotHaveDuplicates();
          log.seal();
        }
      }
      // One that was being made, and of which nothing was said, may be there or not.
      newest =
          Math.max(
              newest,
              store.local().stream().mapToLong(g -> g.getLeastSignificantBits()).max().orElse(0));
    }
  }
}
