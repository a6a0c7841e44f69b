// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorKind;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceKind;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.cluster.config.form.ConfigForms;
import io.meikyo.core.cluster.config.form.Form;
import io.meikyo.core.cluster.config.form.Key;
import io.meikyo.core.cluster.config.form.KeyType;
import io.meikyo.core.cluster.config.form.RawNode;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir private Path folder;

  @Test
  void theRunbooksClusterIsReadWithoutAWord() {
    ConfigReading reading = ConfigReader.read("meikyo.toml", Samples.EXAMPLE);

    assertThat(reading.notices()).isEmpty();
    ClusterConfig config = reading.config().orElseThrow();
    assertThat(config.serverNames()).containsExactly("server1", "server2");
    assertThat(config.witness())
        .isEqualTo(new Witness.Http("https://witness.example:7704", 2 * SECOND));
    assertThat(config.arbitration()).isEqualTo(new Arbitration.HttpWitness());
    Group group = config.group("failover1").orElseThrow();
    assertThat(group.servers()).containsExactly("server1", "server2");
    assertThat(group.startup()).isEqualTo(Mode.AUTO);
    assertThat(group.failback()).isEqualTo(Mode.MANUAL);
    assertThat(group.mirrors()).containsExactly("md1");
    assertThat(group.resources())
        .extracting(Resource::name, Resource::kind)
        .containsExactly(
            tuple("fip1", ResourceKind.FIP),
            tuple("md1", ResourceKind.MD),
            tuple("fs1", ResourceKind.FS),
            tuple("service1", ResourceKind.SCRIPT));
    assertThat(config.mirror("md1").orElseThrow().initialConstruction()).isFalse();
  }

  @Test
  void theMonitorsOfTheRunbookAreMadeByThemselves() {
    ClusterConfig config = Samples.config(Samples.EXAMPLE);

    assertThat(config.monitors())
        .extracting(Monitor::name)
        .containsExactly("fipw1", "mdnw1", "mdw1");
    Monitor fipw1 = config.monitor("fipw1").orElseThrow();
    assertThat(fipw1.target()).isEqualTo("fip1");
    assertThat(fipw1.recover()).isEqualTo("fip1");
    assertThat(fipw1.when()).isEqualTo(Monitor.When.ACTIVE);
    assertThat(config.monitor("mdw1").orElseThrow().target()).isNull();
    assertThat(config.monitors()).allMatch(Monitor::automatic);
  }

  @Test
  void aMonitorOfTheFileTakesThePlaceOfTheAutomaticOne() {
    ClusterConfig config =
        Samples.config(
            Samples.EXAMPLE
                + "[[monitor]]\nname = \"slow\"\nkind = \"fipw\"\ntarget = \"fip1\"\ninterval = \"9s\"\n");

    assertThat(config.monitors()).extracting(Monitor::kind).containsOnlyOnce(MonitorKind.FIPW);
    assertThat(config.monitor("slow").orElseThrow().interval()).isEqualTo(9 * SECOND);
  }

  @Test
  void anAutomaticMonitorOfAnotherNameIsNamedAfterWhatItWatches() {
    String text =
        Samples.with(Samples.EXAMPLE, "\"fip1\"", "\"address\"").replace("\"md1\"", "\"data\"");

    assertThat(Samples.config(text).monitors())
        .extracting(Monitor::name)
        .containsExactly("fipw-address", "mdnw-data", "mdw-data");
  }

  @Test
  void aProfileGivesTheDefaultsOfItsTable() {
    Timing calm = Samples.config(Samples.EXAMPLE).timing();
    Timing fast =
        Samples.config(Samples.EXAMPLE + "[timing]\nprofile = \"fast\"\nlease-ttl = \"1200ms\"\n")
            .timing();

    assertThat(calm.suspect()).isEqualTo(1500 * SECOND / 1000);
    assertThat(calm.leaseTtl()).isEqualTo(2 * SECOND);
    assertThat(fast.suspect()).isEqualTo(600 * SECOND / 1000);
    assertThat(fast.leaseTtl()).isEqualTo(1200 * SECOND / 1000);
    assertThat(fast.electionMax()).isEqualTo(600 * SECOND / 1000);
  }

  @Test
  void whatAResourceUsuallyNeedsItDependsOn() {
    ClusterConfig config = Samples.config(Samples.EXAMPLE);

    assertThat(config.resource("fip1").orElseThrow().dependsOn()).isEmpty();
    assertThat(config.resource("md1").orElseThrow().dependsOn()).isEmpty();
    assertThat(config.resource("fs1").orElseThrow().dependsOn()).containsExactly("md1");
    assertThat(config.resource("service1").orElseThrow().dependsOn())
        .containsExactly("fip1", "md1", "fs1");
    assertThat(config.resource("fs1").orElseThrow().settings())
        .isInstanceOfSatisfying(
            ResourceSettings.Fs.class, fs -> assertThat(fs.device()).isEqualTo("/dev/meikyo/md1"));
  }

  @Test
  void anEmptyListIsNotTheUsualOne() {
    String text = Samples.with(Samples.EXAMPLE, "start = ", "depends-on = []\nstart = ");
    assertThat(Samples.config(text).resource("service1").orElseThrow().dependsOn()).isEmpty();
  }

  @Test
  void theSampleOfEveryKeyHasEveryKeyOfEveryKind() {
    RawNode.Table raw = ConfigReader.tree(Samples.EVERYTHING);
    Set<String> there = new HashSet<>();
    Set<String> known = new HashSet<>();
    // The kinds that a file can have only one of are in the documentation's variants.
    known(ConfigForms.ROOT, known);
    there(raw == null ? RawNode.Table.EMPTY : raw, ConfigForms.ROOT, there);
    known.removeIf(key -> key.startsWith("witness http") || key.startsWith("arbitration fencing"));

    assertThat(there).isEqualTo(known);
    assertThat(Samples.errors(ConfigReader.read("x", Samples.EVERYTHING))).isEmpty();
  }

  private static void known(Form form, Set<String> all) {
    form.common().forEach(key -> key(form, "", key, all));
    form.kinds().forEach(kind -> form.own(kind).forEach(key -> key(form, kind, key, all)));
  }

  private static void key(Form form, String kind, Key key, Set<String> all) {
    all.add(form.header() + " " + kind + " " + key.name());
    switch (key.type()) {
      case KeyType.Sub sub -> known(sub.form(), all);
      case KeyType.Rows rows -> known(rows.form(), all);
      default -> {}
    }
  }

  private static void there(RawNode.Table table, Form form, Set<String> all) {
    String kind = form.saidKind(table);
    table
        .entries()
        .forEach((name, entry) -> {
          Key key = form.key(kind, name).orElseThrow();
          String of = form.own(kind).contains(key) ? kind : "";
          all.add(form.header() + " " + of + " " + name);
          if (key.type() instanceof KeyType.Sub sub && entry.value() instanceof RawNode.Table t) {
            there(t, sub.form(), all);
          } else if (key.type() instanceof KeyType.Rows rows
              && entry.value() instanceof RawNode.Items items) {
            items.items().forEach(row -> there((RawNode.Table) row, rows.form(), all));
          }
        });
  }

  // ---- before the keys

  @Test
  void aFileThatIsNotThereOrTooLargeIsSaid() throws IOException {
    Path large = folder.resolve("large.toml");
    Files.writeString(large, "#".repeat(ConfigReader.BYTES_MAX + 1));

    assertThat(codes(ConfigReader.read(folder.resolve("none"))))
        .containsExactly("config-file.unreadable");
    assertThat(codes(ConfigReader.read(folder))).containsExactly("config-file.unreadable");
    assertThat(codes(ConfigReader.read(large))).containsExactly("config-file.too-large");
  }

  @Test
  void bytesThatAreNoTextAreSaid() throws IOException {
    Path binary = folder.resolve("binary.toml");
    Files.write(binary, new byte[] {'a', (byte) 0xff, (byte) 0xfe, '\n'});

    assertThat(codes(ConfigReader.read(binary))).containsExactly("config-file.unreadable");
  }

  @Test
  void everySyntaxErrorIsSaidWithItsPlace() {
    ConfigReading reading = ConfigReader.read("x.toml", "[cluster\nname = \n[[server]]\nname 1\n");

    assertThat(codes(reading)).containsOnly("config-file.syntax");
    assertThat(reading.notices()).extracting(n -> Samples.arg(n, "line")).contains("1", "2", "4");
    assertThat(reading.config()).isEmpty();
  }

  @Test
  void bracketsWithoutEndDoNotEndTheReader() {
    String deep = "a = " + "[".repeat(100_000);
    String table = "a = " + "{b=".repeat(80_000);

    assertThat(ConfigReader.read("x", deep).hasErrors()).isTrue();
    assertThat(ConfigReader.read("x", table).hasErrors()).isTrue();
    assertThat(ConfigReader.read("x", "a = " + "[".repeat(90_000) + "]".repeat(90_000)).hasErrors())
        .isTrue();
  }

  @Test
  void aMarkOfByteOrderAtTheBeginningIsNoError() {
    assertThat(ConfigReader.read("x", "\ufeff" + Samples.EXAMPLE).notices()).isEmpty();
  }

  private static List<String> codes(ConfigReading reading) {
    return reading.notices().stream().map(Notice::code).toList();
  }

  @Test
  void anEmptyFileLacksWhatHasNoDefault() {
    assertThat(ConfigReader.read("x", "").notices())
        .extracting(n -> n.code() + " " + Samples.arg(n, "path"))
        .isEqualTo(Arrays.asList("form.missing cluster", "form.missing server"));
  }
}
