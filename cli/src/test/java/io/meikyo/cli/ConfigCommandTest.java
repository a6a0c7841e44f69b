// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.config.ConfigProblem;
import io.meikyo.cluster.config.ConfigStore;
import io.meikyo.core.cluster.config.form.JsonSchema;
import io.meikyo.core.cluster.config.form.KeyTable;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ConfigCommandTest {
  private static final Path EXAMPLE = Path.of("../docs/examples/meikyo.toml");

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String example = "";
  private Path file = EXAMPLE;

  @BeforeEach
  void copy() throws IOException {
    example = Files.readString(EXAMPLE);
    file = folder.resolve("meikyo.toml");
    Files.writeString(file, example);
  }

  /** A cluster in memory: what it was given, and what it answers. */
  private static final class Cluster implements ConfigStore {
    private @Nullable Applied applied;
    private final List<String> delivered = new ArrayList<>(List.of("server1"));
    private final List<String> waiting = new ArrayList<>();
    private final List<String> restart = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();

    @Override
    public Optional<Applied> current() {
      return Optional.ofNullable(applied);
    }

    @Override
    public Outcome apply(long expected, String text, boolean force) throws ConfigProblem {
      asked.add(expected + (force ? " force" : ""));
      if (!waiting.isEmpty() && !force) {
        throw new ConfigProblem(Notice.of(ConfigNotice.WAITING, waiting.getFirst(), expected));
      }
      applied = new Applied(expected + 1, text);
      return new Outcome(expected + 1, delivered, waiting, restart);
    }
  }

  private int run(@Nullable ConfigStore store, String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line = Main.commandLine(Map.of("LANG", "C.UTF-8"));
    if (store != null) {
      line.getCommandSpec().removeSubcommand("config");
      line.addSubcommand(new ConfigCommand(store));
    }
    List<String> all = new ArrayList<>(List.of("config"));
    all.addAll(List.of(args));
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return line.execute(all.toArray(String[]::new));
  }

  private Path variant(String old, String replacement) throws IOException {
    assertThat(example).contains(old);
    Path other = folder.resolve("other.toml");
    Files.writeString(other, example.replace(old, replacement));
    return other;
  }

  @Test
  void checkSaysThatAllIsWell() {
    assertThat(run(null, "check", file.toString())).isZero();
    assertThat(out.toString()).isEqualTo(file + ": 0 errors, 0 warnings.\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void checkNamesThePlaceAndTheLikelyWord() throws IOException {
    Path other = variant("kind = \"md\"", "kind = \"mb\"");

    assertThat(run(null, "check", other.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains("error: " + other + ":47:1: group[failover1].resource[md1].kind: \"mb\"")
        .contains("  do: Did you mean \"md\"?")
        .endsWith(": 1 errors, 0 warnings.\n");
    assertThat(run(null, "check", "--json", other.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains("\"code\": \"form.bad-near\"", "\"line\": \"47\"", "\"errors\": 1");
    assertThat(run(null, "check", "--lang", "ja", other.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("ではありませんか");
  }

  @Test
  void checkOfNoFileIsAnError() {
    assertThat(run(null, "check", folder.resolve("none").toString())).isEqualTo(1);
    assertThat(out.toString()).contains("cannot be read");
    assertThat(run(null, "check")).isEqualTo(2);
  }

  @Test
  void diffOfTwoFilesNeedsNoCluster() throws IOException {
    Path other = variant("10.77.0.100", "10.77.0.101");

    assertThat(run(null, "diff", file.toString(), file.toString())).isZero();
    assertThat(out.toString()).isEqualTo("Both say the same.\n");
    assertThat(run(null, "diff", file.toString(), other.toString())).isEqualTo(1);
    assertThat(out.toString())
        .isEqualTo(
            """
            ~ group[failover1].resource[fip1].address: "10.77.0.100" → "10.77.0.101"   (resource restart)
            Applying this needs: resource restart.
            """);
    assertThat(run(null, "diff", "--json", file.toString(), other.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains("\"needs\": \"resource restart\"", "\"what\": \"CHANGED\"", "\"name\": \"fip1\"");
  }

  @Test
  void aFileWithErrorsIsNotCompared() throws IOException {
    Path other = variant("10.77.0.100", "10.77.0.300");

    assertThat(run(null, "diff", file.toString(), other.toString())).isEqualTo(1);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).contains("10.77.0.300").contains("cannot be used: it has 1 errors");
  }

  @Test
  void withoutAServiceTheClustersOwnCannotBeHad() {
    assertThat(run(null, "diff", file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("/run/meikyo/cluster.sock");
    assertThat(run(null, "show")).isEqualTo(1);
    assertThat(run(null, "apply", file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("/run/meikyo/cluster.sock");
  }

  @Test
  void showPrintsTheTextAsItIsWritten() {
    assertThat(run(null, "show", file.toString())).isZero();
    assertThat(out.toString()).isEqualTo(example);
    assertThat(run(null, "show", "--all", file.toString())).isZero();
    assertThat(out.toString()).contains("start-timeout = \"30s\"", "name = \"mdw1\"");
    assertThat(run(null, "show", "--brief", file.toString())).isZero();
    assertThat(out.toString()).doesNotContain("#", "start-timeout", "mdw1").contains("fip1");
  }

  @Test
  void setChangesOneValueAndKeepsTheRightsOfTheFile() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

    String path = "mirror[md1].replica[server1].data";
    assertThat(run(null, "set", file.toString(), path, "/dev/sdc2")).isZero();
    assertThat(Files.readString(file))
        .isEqualTo(example.replaceFirst("data = \"/dev/sdb2\"", "data = \"/dev/sdc2\""));
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void setSaysWhatIsWrongThenAndRefusesWhatItCannotDo() throws IOException {
    assertThat(run(null, "set", file.toString(), "group[failover1].servers", "server9"))
        .isEqualTo(1);
    assertThat(out.toString()).contains("there is no [[server]] named server9");
    String before = Files.readString(file);
    assertThat(run(null, "set", file.toString(), "cluster.colour", "red")).isEqualTo(1);
    assertThat(err.toString()).contains("There is no cluster.colour; nothing was changed.");
    assertThat(run(null, "set", folder.resolve("none").toString(), "cluster.name", "x"))
        .isEqualTo(1);
    assertThat(Files.readString(file)).isEqualTo(before);
  }

  @Test
  void applyGivesTheTextAndTheVersionItWasMadeFrom() throws IOException {
    Cluster cluster = new Cluster();

    assertThat(run(cluster, "show")).isEqualTo(1);
    assertThat(err.toString()).contains("has no configuration yet");
    assertThat(run(cluster, "apply", file.toString())).isZero();
    assertThat(out.toString()).isEqualTo("Configuration version 1 applied on server1.\n");
    assertThat(cluster.applied).isEqualTo(new ConfigStore.Applied(1, example));
    assertThat(run(cluster, "show")).isZero();
    assertThat(out.toString()).isEqualTo(example);

    Path other = variant("10.77.0.100", "10.77.0.101");
    assertThat(run(cluster, "diff", other.toString())).isEqualTo(1);
    assertThat(run(cluster, "apply", other.toString())).isZero();
    assertThat(out.toString()).contains("resource restart").contains("version 2 applied");
    assertThat(cluster.asked).containsExactly("0", "1");
  }

  @Test
  void applyNamesTheServersThatTakeItOnlyAfterARestart() throws IOException {
    Cluster cluster = new Cluster();
    assertThat(run(cluster, "apply", file.toString())).isZero();
    cluster.delivered.clear();
    cluster.restart.add("server2");

    Path other = variant("[witness]", "[timing]\nlease-ttl = \"3s\"\n\n[witness]");
    assertThat(run(cluster, "apply", other.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains("version 2 is the cluster's; no server works with it yet")
        .contains("server2 takes configuration version 2 only when it is started anew")
        .contains("systemctl restart meikyo on all servers")
        .doesNotContain("applied on", "one server after the other", "has not got");
  }

  @Test
  void applyWithAServerDownIsRefusedAndForced() {
    Cluster cluster = new Cluster();
    cluster.waiting.add("server2");

    assertThat(run(cluster, "apply", file.toString())).isEqualTo(1);
    assertThat(cluster.applied).isNull();
    assertThat(run(cluster, "apply", "--force", file.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains("version 1 applied on server1")
        .contains("server2 has not got configuration version 1");
    assertThat(cluster.asked).containsExactly("0", "0 force");
  }

  @Test
  void whatHasErrorsIsNotApplied() throws IOException {
    Cluster cluster = new Cluster();
    Path other = variant("10.77.0.100", "10.77.0.1");

    assertThat(run(cluster, "apply", other.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("10.77.0.1 is used already");
    assertThat(cluster.asked).isEmpty();
  }

  @Test
  void schemaAndKeysArePrinted() {
    assertThat(run(null, "schema")).isZero();
    assertThat(out.toString()).isEqualTo(JsonSchema.text());
    assertThat(run(null, "keys")).isZero();
    assertThat(out.toString()).isEqualTo(KeyTable.text());
    assertThat(run(null, "keys", "timing")).isZero();
    assertThat(out.toString()).contains("lease-ttl").doesNotContain("[[monitor]]");
    assertThat(run(null, "keys", "timming")).isEqualTo(1);
    assertThat(err.toString()).contains("There is no table timming.").contains("self-fencing");
  }
}
