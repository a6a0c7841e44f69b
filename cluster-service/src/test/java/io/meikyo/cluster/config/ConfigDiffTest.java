// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.diff.ConfigChange;
import io.meikyo.core.cluster.config.diff.ConfigDiff;
import io.meikyo.core.cluster.config.form.Need;
import io.meikyo.core.notice.Subject;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigDiffTest {
  private static final String PING =
      "[[monitor]]\nname = \"ping1\"\nkind = \"ping\"\nhosts = [\"10.77.0.254\"]\n";

  private final ClusterConfig example = Samples.config(Samples.EXAMPLE);

  /**
   * One change of the example.
   *
   * @param old what stands there
   * @param replacement what stands there then
   * @param need what it needs
   * @param told each difference, as short text
   */
  private record Step(String old, String replacement, Need need, List<String> told) {}

  private static Step step(String old, String replacement, Need need, String... told) {
    return new Step(old, replacement, need, List.of(told));
  }

  static Stream<Step> steps() {
    return Stream.of(
        step("# Two servers", "# 2 servers", Need.NOTHING),
        step("type = \"ext4\"\n", "", Need.NOTHING),
        step(
            "name = \"cluster1\"",
            "name = \"c\"",
            Need.NOTHING,
            "CHANGED cluster.name \"cluster1\" > \"c\" nothing"),
        step(
            "name = \"failover1\"",
            "name = \"failover1\"\nfailover = \"manual\"",
            Need.NOTHING,
            "CHANGED group[failover1].failover \"auto\" > \"manual\" nothing"),
        step(
            "10.77.0.100",
            "10.77.0.101",
            Need.RESOURCE,
            "CHANGED group[failover1].resource[fip1].address \"10.77.0.100\" > \"10.77.0.101\""
                + " resource restart"),
        step(
            "kind = \"fs\"",
            "kind = \"fs\"\nstart-timeout = \"90s\"",
            Need.NOTHING,
            "CHANGED group[failover1].resource[fs1].start-timeout \"2m\" > \"90s\" nothing"),
        step(
            "initial-construction = false",
            "trusted-link = true",
            Need.AGENT,
            "CHANGED mirror[md1].initial-construction false > true nothing",
            "CHANGED mirror[md1].trusted-link false > true mirror agent restart"),
        step(
            "[[mirror]]\nname = \"md1\"",
            "[[mirror]]\nname = \"md1\"\nsize = \"1GiB\"",
            Need.NEW,
            "CHANGED mirror[md1].size  > \"1GiB\" made anew"),
        step(
            "[witness]",
            "[timing]\nheartbeat = \"300ms\"\n\n[witness]",
            Need.SERVICE,
            "CHANGED timing.heartbeat \"250ms\" > \"300ms\" service restart"),
        step(
            "url = \"https://witness.example:7704\"",
            "url = \"https://w2:7704\"",
            Need.SUSPEND,
            "CHANGED witness.url \"https://witness.example:7704\" > \"https://w2:7704\" cluster"
                + " suspend"),
        step(
            "kind = \"http\"\nurl = \"https://witness.example:7704\"",
            "kind = \"voter\"\naddress = \"w:7701\"",
            Need.SUSPEND,
            "CHANGED witness.kind \"http\" > \"voter\" cluster suspend",
            "CHANGED witness.name  > \"witness\" cluster suspend",
            "CHANGED witness.address  > \"w:7701\" cluster suspend",
            "CHANGED witness.url \"https://witness.example:7704\" >  cluster suspend",
            "CHANGED witness.timeout \"2s\" >  nothing",
            "CHANGED arbitration.kind \"http-witness\" > \"operator\" cluster suspend"),
        step(
            "[witness]",
            PING + "\n[witness]",
            Need.MONITOR,
            "ADDED monitor[ping1]  >  monitor restart"),
        step(
            "[witness]",
            "[[monitor]]\nname = \"fipw1\"\nkind = \"fipw\"\ntarget = \"fip1\"\ninterval = \"1s\"\n\n[witness]",
            Need.MONITOR,
            "CHANGED monitor[fipw1].interval \"5s\" > \"1s\" monitor restart"),
        step(
            "[[group.resource]]\nname = \"fip1\"\nkind = \"fip\"\naddress = \"10.77.0.100\"\n",
            "",
            Need.GROUP,
            "REMOVED group[failover1].resource[fip1]  >  group restart",
            "CHANGED group[failover1].resource[service1].depends-on [\"fip1\", \"md1\", \"fs1\"] >"
                + " [\"md1\", \"fs1\"] group restart",
            "REMOVED monitor[fipw1]  >  monitor restart"),
        step(
            "start = \"/etc/meikyo/scripts/service1-start.sh\"",
            "start = \"/etc/meikyo/scripts/service1-start.sh\"\nenvironment = { A = \"1\" }",
            Need.RESOURCE,
            "CHANGED group[failover1].resource[service1].environment  > { A = \"1\" } resource"
                + " restart"),
        step(
            "interconnect = [\"192.168.10.1\", \"10.77.0.1\"]    # heartbeats, best first",
            "interconnect = [\"10.77.0.1\", \"192.168.10.1\"]",
            Need.SERVICE,
            "CHANGED server[server1].interconnect [\"192.168.10.1\", \"10.77.0.1\"] >"
                + " [\"10.77.0.1\", \"192.168.10.1\"] service restart",
            "CHANGED server[server1].consensus \"192.168.10.1:7701\" > \"10.77.0.1:7701\" service"
                + " restart",
            "CHANGED server[server1].api \"192.168.10.1:7703\" > \"10.77.0.1:7703\" service"
                + " restart"));
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aChangeSaysWhatItNeeds(Step step) {
    ClusterConfig after =
        Samples.config(Samples.with(Samples.EXAMPLE, step.old(), step.replacement()));

    List<ConfigChange> changes = ConfigDiff.between(example, after);

    assertThat(changes.stream().map(ConfigDiffTest::told)).containsExactlyElementsOf(step.told());
    assertThat(ConfigDiff.need(changes)).isEqualTo(step.need());
    assertThat(ConfigDiff.between(after, example)).hasSameSizeAs(changes);
  }

  private static String told(ConfigChange c) {
    return c.what() + " " + c.path() + " " + c.before() + " > " + c.after() + " " + c.need().word();
  }

  @Test
  void whatCountsLaterIsNamed() {
    String text =
        Samples.with(Samples.EXAMPLE, "[witness]", "[timing]\nheartbeat = \"300ms\"\n\n[witness]");
    List<ConfigChange> changes =
        ConfigDiff.between(
            example, Samples.config(Samples.with(text, "10.77.0.100", "10.77.0.101")));

    assertThat(ConfigDiff.fromNextStart(changes)).containsExactly("timing.heartbeat");
    assertThat(ConfigDiff.fromNextGroupStart(changes)).containsExactly("failover1");
  }

  @Test
  void aChangeKnowsWhomItConcerns() {
    ClusterConfig after =
        Samples.config(Samples.with(Samples.EXAMPLE, "10.77.0.100", "10.77.0.101"));

    assertThat(ConfigDiff.between(example, after).getFirst().subjects())
        .containsExactly(new Subject("resource", "fip1"), new Subject("group", "failover1"));
  }

  @Test
  void theOrderOfServersIsAPriority() {
    String first = Samples.EXAMPLE.substring(0, Samples.EXAMPLE.indexOf("[[server]]"));
    String rest = Samples.EXAMPLE.substring(first.length());
    int second = rest.indexOf("[[server]]", 1);
    int end = rest.indexOf("[witness]");
    String swapped =
        first + rest.substring(second, end) + rest.substring(0, second) + rest.substring(end);

    assertThat(ConfigDiff.between(example, Samples.config(swapped)))
        .extracting(ConfigDiffTest::told)
        .containsExactly(
            "REORDERED server server1, server2 > server2, server1 nothing",
            "CHANGED group[failover1].servers [\"server1\", \"server2\"] > [\"server2\","
                + " \"server1\"] nothing",
            "CHANGED monitor[fipw1].servers [\"server1\", \"server2\"] > [\"server2\","
                + " \"server1\"] monitor restart");
  }

  @Test
  void theSameMirrorUnderTheOtherReplicasNumberIsNotTheSame() {
    String text =
        Samples.EXAMPLE
            .replace(
                "[[mirror.replica]]\nserver = \"server1\"", "[[mirror.replica]]\nserver = \"X\"")
            .replace(
                "[[mirror.replica]]\nserver = \"server2\"",
                "[[mirror.replica]]\nserver = \"server1\"")
            .replace("server = \"X\"", "server = \"server2\"");

    List<ConfigChange> changes = ConfigDiff.between(example, Samples.config(text));

    assertThat(ConfigDiff.need(changes)).isEqualTo(Need.NEW);
    assertThat(changes)
        .extracting(ConfigChange::path)
        .contains("mirror[md1].replica[server1].number", "mirror[md1].replica[server2].number");
  }
}
