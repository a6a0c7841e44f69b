// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.core.cluster.config.form.Toml;
import io.meikyo.core.cluster.config.form.Units;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The configuration of a lab's cluster, {@code meikyo.toml}. Pure. */
final class LabConfig {
  /** The floating IP of the group. */
  static final String FLOATING = "10.77.0.100";

  private final LabFolder folder;
  private final LabPlan plan;
  private final StringBuilder out = new StringBuilder();

  /** For a lab. */
  LabConfig(LabFolder folder, LabPlan plan) {
    this.folder = folder;
    this.plan = plan;
  }

  /**
   * The text.
   *
   * @param postgres where PostgreSQL's programs are, if the group runs it
   */
  String text(@Nullable Path postgres) {
    line("# The cluster of a lab. Its servers are namespaces of one machine; see docs/lab.md.");
    table("[cluster]", "name = \"lab\"");
    table("[timing]", "profile = " + Toml.text(plan.wish().profile()));
    if (plan.wish().profile().equals("fast")) {
      // Nobody wants to look for five minutes at a server that boots alone.
      line("start-wait = \"20s\"");
    }
    // No other hand switches a server of the lab on again.
    table("[self-fencing]", "last-resort = \"power-off\"");
    if (plan.wish().profile().equals("fast")) {
      // The new owner waits for as long as the former one may take: docs/cluster.md, Times.
      line("suspend = \"100ms\"");
      line("stop = \"1s\"");
    }
    switch (plan.wish().witness()) {
      case VOTER ->
          table(
              "[witness]",
              "kind = \"voter\"",
              "name = " + Toml.text(LabPlan.WITNESS),
              "address = " + Toml.text(LabNet.witnessAddress() + ":7701"));
      case HTTP ->
          table(
              "[witness]",
              "kind = \"http\"",
              "url = " + Toml.text("http://" + LabNet.witnessListens()));
    }
    for (int s = 1; s <= plan.servers(); s++) {
      server(s);
    }
    mirror();
    group(postgres);
    return out.toString();
  }

  private void server(int s) {
    String lan = LabNet.lanAddress(s);
    // With more than two, a server has one address per cable: none that all others can call.
    String cable = plan.servers() == 2 ? Toml.text(LabNet.address(s, 3 - s)) + ", " : "";
    table(
        "[[server]]",
        "name = " + Toml.text("server" + s),
        "address = " + Toml.text(lan + "/24"),
        "interface = \"lan0\"",
        "interconnect = [" + cable + Toml.text(lan) + "]",
        "mirror-connect = [" + cable + Toml.text(lan) + "]",
        // The witness has no cable to the servers.
        "consensus = " + Toml.text(lan + ":7701"),
        "api = " + Toml.text(lan + ":7703"));
  }

  private void mirror() {
    table(
        "[[mirror]]",
        "name = " + Toml.text(LabPlan.MIRROR),
        "initial-construction = false",
        // Namespaces of one machine: nobody else is on those cables.
        "trusted-link = true",
        "front-end = " + Toml.text(plan.fileSystem() ? "auto" : "nbd"),
        "device = \"/run/meikyo/md1\"",
        "nbd = \"unix:/run/meikyo/md1.nbd\"");
    if (plan.wish().snapshotCap() > 0) {
      line("snapshot-cap = " + Toml.text(Units.size(plan.wish().snapshotCap())));
    }
    for (int s = 1; s <= plan.servers(); s++) {
      table(
          "[[mirror.replica]]",
          "server = " + Toml.text("server" + s),
          "data = " + Toml.text(folder.device(s, "data").toString()),
          "cluster = " + Toml.text(folder.device(s, "cluster").toString()));
    }
  }

  private void group(@Nullable Path postgres) {
    table("[[group]]", "name = " + Toml.text(LabCluster.GROUP));
    resource("fip1", "fip", "address = " + Toml.text(FLOATING));
    resource("md1", "md");
    if (plan.fileSystem()) {
      resource("fs1", "fs", "mount = \"/srv/md1\"", "type = " + Toml.text(plan.wish().type()));
      switch (plan.wish().application()) {
        case NONE -> {}
        case LEDGER -> ledger();
        case POSTGRESQL -> postgres(String.valueOf(postgres));
      }
    }
  }

  private void ledger() {
    resource(
        "app1",
        "script",
        "start = " + Toml.text(folder.bin().resolve("app-start.sh").toString()),
        "stop = " + Toml.text(folder.bin().resolve("app-stop.sh").toString()),
        "start-timeout = \"1m\"",
        "stop-timeout = \"30s\"",
        "environment = { LEDGER_JAVA = "
            + Toml.text(Path.of(System.getProperty("java.home"), "bin", "java").toString())
            + ", LEDGER_CLASSES = "
            + Toml.text(folder.classes().toString())
            + " }");
  }

  private void postgres(String programs) {
    String script = Toml.text(folder.bin().resolve("postgres.sh").toString());
    resource(
        "app1",
        "script",
        "start = " + script,
        "stop = " + script,
        "start-timeout = \"2m\"",
        "stop-timeout = \"1m\"",
        "environment = { PGBIN = " + Toml.text(programs) + " }");
  }

  private void resource(String name, String kind, String... more) {
    table("[[group.resource]]", "name = " + Toml.text(name), "kind = " + Toml.text(kind));
    for (String each : more) {
      line(each);
    }
  }

  private void table(String head, String... lines) {
    out.append('\n');
    line(head);
    for (String each : lines) {
      line(each);
    }
  }

  private void line(String text) {
    out.append(text).append('\n');
  }
}
