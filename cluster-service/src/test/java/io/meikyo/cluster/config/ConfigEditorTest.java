// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.cluster.config.form.ConfigForms;
import io.meikyo.core.cluster.config.form.ConfigPath;
import io.meikyo.core.cluster.config.form.Form;
import io.meikyo.core.cluster.config.form.Key;
import io.meikyo.core.cluster.config.form.KeyType;
import io.meikyo.core.cluster.config.form.RawNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigEditorTest {

  /** The case of the runbook: after a restore the devices have other names. */
  @Test
  void aDeviceNameIsCorrectedAndTheRestIsAsItWas() throws ConfigProblem {
    String before = Samples.EXAMPLE;
    String after = ConfigEditor.set(before, "mirror[md1].replica[server2].data", "/dev/sdc2");

    List<String> old = before.lines().toList();
    List<String> now = after.lines().toList();
    assertThat(now).hasSameSizeAs(old);
    List<String> changed = new ArrayList<>(now);
    changed.removeAll(old);
    assertThat(changed).containsExactly("data = \"/dev/sdc2\"");
    assertThat(Samples.config(after).mirror("md1").orElseThrow().on("server2").orElseThrow().data())
        .isEqualTo("/dev/sdc2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "a = 1 # note | x | ",
        "[cluster]\\n  name = \"old\" # note | cluster.name | [cluster]\\n  name = \"new\" # note",
        "[cluster]\\nname='old'#x | cluster.name | [cluster]\\nname=\"new\"#x",
        "[cluster]\\n\"name\" = '''o'ld'''' | cluster.name | [cluster]\\n\"name\" = \"new\"",
        "[cluster]\\nname = \"a \\\" = # b\" | cluster.name | [cluster]\\nname = \"new\"",
        "cluster.name = \"old\" | cluster.name | cluster.name = \"new\"",
        "cluster = { name = \"old\", x = 1 } | cluster.name | cluster = { name = \"new\", x = 1 }",
        "[cluster]\\r\\nname = \"old\"\\r\\n | cluster.name | [cluster]\\r\\nname = \"new\"\\r\\n",
        "[cluster]\\n[witness] | cluster.name | [cluster]\\nname = \"new\"\\n[witness]",
        "[cluster] | cluster.name | [cluster]\\nname = \"new\"\\n",
        "| cluster.name | [cluster]\\nname = \"new\"\\n",
        "a=1 | cluster.name | a=1\\n\\n[cluster]\\nname = \"new\"\\n",
        "[[server]]\\n  name = \"s\"\\n  interconnect = [ \"a\", # ]\\n \"b\" ]\\n | server[#1].address"
            + " | [[server]]\\n  name = \"s\"\\n  interconnect = [ \"a\", # ]\\n \"b\" ]\\n  address ="
            + " \"10.0.0.1/24\"\\n",
        "x = \"😀\"\\n[cluster]\\n\"name\" = \"😀\" # 明 | cluster.name | x = \"😀\"\\n[cluster]\\n\"name\""
            + " = \"new\" # 明"
      })
  void textsOfManyShapes(String text, String path, String wanted) {
    String before = text == null ? "" : text.replace("\\n", "\n").replace("\\r", "\r");
    String value = path.endsWith("address") ? "10.0.0.1/24" : "new";
    if (wanted == null) {
      refused(() -> ConfigEditor.set(before, path, value), "config-edit.no-key");
      return;
    }
    assertThat(set(before, path, value))
        .isEqualTo(wanted.replace("\\n", "\n").replace("\\r", "\r"));
  }

  private static String set(String text, String path, String value) {
    try {
      return ConfigEditor.set(text, path, value);
    } catch (ConfigProblem e) {
      throw new AssertionError(e.notice().toString(), e);
    }
  }

  private static void refused(ThrowingCallable action, String code) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            ConfigProblem.class, e -> assertThat(e.notice().code()).isEqualTo(code));
  }

  @Test
  void valuesAreWrittenAsTheirKeyWantsThem() {
    String text = Samples.EVERYTHING;
    assertThat(set(text, "mirror[md1].trusted-link", "false")).contains("trusted-link = false\n");
    assertThat(set(text, "ports.api", "9000")).contains("api = 9000\n");
    assertThat(set(text, "timing.suspect", "900ms")).contains("suspect = \"900ms\"\n");
    assertThat(set(text, "group[failover1].servers", "server1, server2"))
        .contains("servers = [\"server1\", \"server2\"]\nfailover-limit");
    assertThat(set(text, "group[failover1].servers", "server1"))
        .contains("servers = [\"server1\"]\nfailover-limit");
    assertThat(set(text, "group[failover1].servers", "[\"server1\"]"))
        .contains("servers = [\"server1\"]\nfailover-limit");
    assertThat(set(text, "group[failover1].resource[fs1].options", "ro,\"x\""))
        .contains("options = \"ro,\\\"x\\\"\"\n");
    assertThat(set(text, "group[failover1].resource[fip1].address", "10.1.1.1"))
        .contains("address = \"10.1.1.1\"\n");
  }

  @Test
  void whatCannotBeDoneIsRefused() {
    String text = Samples.EVERYTHING;
    refused(() -> ConfigEditor.set("a = = 1", "cluster.name", "x"), "config-edit.not-toml");
    refused(() -> ConfigEditor.set(text, "cluster", "x"), "config-edit.no-key");
    refused(() -> ConfigEditor.set(text, "", "x"), "config-edit.no-key");
    refused(() -> ConfigEditor.set(text, "cluster.nmae", "x"), "config-edit.no-key");
    refused(() -> ConfigEditor.set(text, "mirror[md9].size", "1GiB"), "config-edit.no-key");
    refused(() -> ConfigEditor.set(text, "mirror.size", "1GiB"), "config-edit.no-key");
    refused(() -> ConfigEditor.set(text, "mirror[md1", "1GiB"), "config-edit.no-key");
    refused(() -> ConfigEditor.set(text, "cluster[x].name", "x"), "config-edit.no-key");
    refused(() -> ConfigEditor.set(text, "mirror[md1].size", "big"), "config-edit.bad-value");
    refused(
        () -> ConfigEditor.set(text, "group[failover1].resource[fip1].mount", "/x"),
        "config-edit.no-key");
    refused(
        () -> ConfigEditor.set("timing = { profile = \"fast\" }\n", "timing.suspect", "1s"),
        "config-edit.by-hand");
  }

  static Stream<String> samples() {
    return Stream.of(Samples.EXAMPLE, Samples.EVERYTHING);
  }

  /** Every simple key of every table, there or not: exactly one line is another or new. */
  @ParameterizedTest
  @MethodSource("samples")
  void anyKeyCanBeSet(String text) {
    RawNode.Table root = Objects.requireNonNull(ConfigReader.tree(text));
    List<String[]> sets = new ArrayList<>();
    collect(root, ConfigForms.ROOT, "", new Random(4), sets);
    assertThat(sets).hasSizeGreaterThan(100);
    for (String[] pathAndValue : sets) {
      String after = set(text, pathAndValue[0], pathAndValue[1]);
      List<String> now = new ArrayList<>(after.lines().toList());
      text.lines().forEach(now::remove);
      assertThat(now.stream().filter(l -> !l.isEmpty() && !l.startsWith("[")))
          .as("%s = %s", pathAndValue[0], pathAndValue[1])
          .hasSizeLessThanOrEqualTo(1);
      assertThat(after.lines().count() - text.lines().count()).isBetween(0L, 3L);
    }
  }

  private static void collect(
      RawNode.Table table, Form form, String path, Random random, List<String[]> sets) {
    for (Key key : form.keys(form.saidKind(table))) {
      String at = path.isEmpty() ? key.name() : path + "." + key.name();
      RawNode.Entry entry = table.entry(key.name());
      RawNode node = entry == null ? RawNode.Table.EMPTY : entry.value();
      switch (key.type()) {
        case KeyType.Sub sub ->
            collect(
                node instanceof RawNode.Table t ? t : RawNode.Table.EMPTY,
                sub.form(),
                at,
                random,
                sets);
        case KeyType.Rows rows -> {
          List<RawNode> items = node instanceof RawNode.Items list ? list.items() : List.of();
          for (int i = 0; i < items.size(); i++) {
            String row = at + "[" + ConfigPath.rowName(items.get(i), i) + "]";
            collect((RawNode.Table) items.get(i), rows.form(), row, random, sets);
          }
        }
        case KeyType.TextMap _ -> {}
        default -> {
          if (!form.kindKey().orElse("").equals(key.name())) {
            sets.add(new String[] {at, value(key.type(), random)});
          }
        }
      }
    }
  }

  private static String value(KeyType type, Random random) {
    return switch (type) {
      case KeyType.Flag _ -> String.valueOf(random.nextBoolean());
      case KeyType.Whole whole -> String.valueOf(whole.max());
      case KeyType.Duration duration -> unquoted(type.show(duration.max()));
      case KeyType.Size size -> unquoted(type.show(size.max()));
      case KeyType.OneOf words -> words.words().get(random.nextInt(words.words().size()));
      case KeyType.Many many -> value(many.of(), random);
      case KeyType.Text text ->
          switch (text.rule()) {
            case IP, IP_OR_NETWORK -> "10.9.8.7";
            case NETWORK -> "10.9.8.7/24";
            case HOST_PORT, ENDPOINT -> "host-9:9999";
            case PATH -> "/new/path";
            case UNIT -> "new.service";
            case URL -> "https://new";
            default -> "new";
          };
      default -> throw new IllegalArgumentException(type.toString());
    };
  }

  private static String unquoted(String text) {
    return text.substring(1, text.length() - 1);
  }
}
