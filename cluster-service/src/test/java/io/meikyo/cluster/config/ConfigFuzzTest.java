// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.diff.ConfigDiff;
import io.meikyo.core.cluster.config.form.ConfigWriter;
import io.meikyo.core.cluster.config.form.JsonSchema;
import io.meikyo.core.cluster.config.form.RawNode;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Whatever the text is: an answer, never an exception; and the answer is one that a person can use.
 * More rounds: {@code -Dmeikyo.fuzz=100000}; another beginning: {@code -Dmeikyo.seed=7}.
 */
class ConfigFuzzTest {
  private static final int ROUNDS = Integer.getInteger("meikyo.fuzz", 800);
  private static final long SEED = Long.getLong("meikyo.seed", 1L);
  private static final List<Catalogue> TEXTS =
      List.of(Catalogue.in(Language.ENGLISH), Catalogue.in(Language.JAPANESE));

  private final ClusterConfig example = Samples.config(Samples.EXAMPLE);
  private final SchemaValidator schema = new SchemaValidator(JsonSchema.value());

  @Test
  void anyTextHasAnAnswer() {
    int good = 0;
    int bad = 0;
    Set<String> codes = new TreeSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(SEED * 1_000_003 + round);
      String base = random.nextBoolean() ? Samples.EXAMPLE : Samples.EVERYTHING;
      String text = new TextMutator(random).mutated(base);
      String told = "seed " + SEED + " round " + round + "\n" + text;
      ConfigReading reading = ConfigReader.read("meikyo.toml", text);
      usable(reading, text, told);
      reading.notices().forEach(n -> codes.add(n.code()));
      schemaAgrees(reading, text, told);
      if (reading.config().isPresent()) {
        good++;
        roundTrip(reading.config().get(), round % 5 == 0, told);
      } else {
        bad++;
      }
    }
    assertThat(good).as("some stay right").isGreaterThan(ROUNDS / 20);
    assertThat(bad).as("most are wrong").isGreaterThan(ROUNDS / 4);
    assertThat(codes).as("many things are found").hasSizeGreaterThan(15);
  }

  private static void usable(ConfigReading reading, String text, String told) {
    boolean error = reading.notices().stream().anyMatch(n -> n.severity() == Severity.ERROR);
    assertThat(reading.config().isEmpty()).as(told).isEqualTo(error);
    long lines = text.chars().filter(c -> c == '\n').count() + 1;
    for (Notice notice : reading.notices()) {
      assertThat(Integer.parseInt(Samples.arg(notice, "line")))
          .as("%s %s", notice, told)
          .isBetween(1, (int) lines + 1);
      assertThat(Integer.parseInt(Samples.arg(notice, "column"))).as(told).isPositive();
      TEXTS.forEach(t -> assertThat(t.render(notice).message()).doesNotStartWith(notice.code()));
    }
  }

  /** What the published schema refuses, we refuse: an editor never complains of what is right. */
  private void schemaAgrees(ConfigReading reading, String text, String told) {
    RawNode.Table raw = ConfigReader.tree(text);
    if (raw != null && reading.config().isPresent()) {
      assertThat(schema.refuses(raw.plain())).as(told).isEmpty();
    }
  }

  private void roundTrip(ClusterConfig config, boolean brief, String told) {
    if (brief) {
      ClusterConfig again = Samples.config(ConfigWriter.brief(config));
      assertThat(again).as(told).isEqualTo(config);
    }
    ClusterConfig whole = Samples.config(ConfigWriter.whole(config));
    assertThat(ConfigDiff.between(config, whole)).as(told).isEmpty();
    assertThat(ConfigDiff.between(example, config).isEmpty())
        .as(told)
        .isEqualTo(sorted(example).equals(sorted(config)));
  }

  /** Without the orders that mean nothing. */
  private static String sorted(ClusterConfig c) {
    List<String> parts = new ArrayList<>();
    c.mirrors().stream().map(Object::toString).sorted().forEach(parts::add);
    c.monitors().stream()
        .map(m -> m.toString().replaceAll("automatic=\\w+", ""))
        .sorted()
        .forEach(parts::add);
    c.groups().stream()
        .map(g ->
            g.toString().substring(0, g.toString().indexOf("resources="))
                + g.resources().stream()
                    .map(Object::toString)
                    .sorted()
                    .collect(Collectors.joining()))
        .sorted()
        .forEach(parts::add);
    parts.add(
        List.of(
                c.name(),
                c.servers(),
                c.witness(),
                c.arbitration(),
                c.timing(),
                c.selfFencing(),
                c.ports(),
                c.hooks())
            .toString());
    return String.join("\n", parts);
  }
}
