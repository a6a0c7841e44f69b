// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import static io.meikyo.core.cluster.config.form.FormTypes.DAY_SECONDS;
import static io.meikyo.core.cluster.config.form.FormTypes.FLAG;
import static io.meikyo.core.cluster.config.form.FormTypes.HOST_PORT;
import static io.meikyo.core.cluster.config.form.FormTypes.INTERFACE;
import static io.meikyo.core.cluster.config.form.FormTypes.IP;
import static io.meikyo.core.cluster.config.form.FormTypes.NAME;
import static io.meikyo.core.cluster.config.form.FormTypes.PATH;
import static io.meikyo.core.cluster.config.form.FormTypes.SERVERS;
import static io.meikyo.core.cluster.config.form.FormTypes.TEXT;
import static io.meikyo.core.cluster.config.form.FormTypes.millis;
import static io.meikyo.core.cluster.config.form.FormTypes.seconds;
import static io.meikyo.core.cluster.config.form.FormTypes.text;

import io.meikyo.core.cluster.config.Choice;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorKind;
import java.util.Map;

/** The keys of monitors. */
final class MonitorForms {
  static final int MONITORS_MAX = 256;

  private static final Need M = Need.MONITOR;

  static final Form MONITOR = monitor();

  private MonitorForms() {}

  private static Form monitor() {
    Form.Builder b =
        Form.form(
                "monitor", "One monitor. Those of kind fipw, mdnw and mdw are made by themselves.")
            .rows(Need.MONITOR, Need.MONITOR)
            .required("name", NAME, M, "Its name.")
            .kindKey(
                "kind",
                Choice.words(MonitorKind.class),
                new Key.Required(),
                M,
                "`fipw`: floating IP. `mdnw`: link of a mirror disk. `mdw`: state of a mirror disk."
                    + " The others are named after what they look at.");
    common(b);
    ladder(b);
    b.kind("fipw")
        .standard("link-watch", FLAG, false, M, "Whether the link of its interface counts too.");
    b.kind("mdnw").required("mirror", NAME, M, "The mirror disk.");
    b.kind("mdw")
        .required("mirror", NAME, M, "The mirror disk.")
        .standard(
            "auto-recovery",
            FLAG,
            true,
            M,
            "Whether it starts the recovery of a replica that is back.");
    b.kind("ping")
        .required("hosts", new KeyType.Many(IP, 1, 16), M, "Who is pinged.")
        .standard("all", FLAG, false, M, "True: each must answer. False: one is enough.");
    b.kind("nic").required("interface", INTERFACE, M, "The network interface.");
    b.kind("disk")
        .required(
            "path", PATH, M, "A block device, which is read; or a folder, which is written to.");
    b.kind("process")
        .required("command", TEXT, M, "Name or whole path of the program.")
        .standard("min", new KeyType.Whole(0, 100_000), 1L, M, "Fewest processes.")
        .unset("max", new KeyType.Whole(1, 100_000), "any number", M, "Most processes.");
    b.kind("script")
        .required("path", PATH, M, "The script; status 0 means healthy.")
        .standard("user", text(TextRule.USER), "root", M, "Who runs it.");
    b.kind("http")
        .required("url", text(TextRule.URL), M, "The page.")
        .standard("status-min", new KeyType.Whole(100, 599), 200L, M, "Lowest good status.")
        .standard("status-max", new KeyType.Whole(100, 599), 399L, M, "Highest good status.")
        .unset("contains", TEXT, "any text", M, "Text that must be in the page.")
        .standard("verify-tls", FLAG, true, M, "Whether its certificate must be good.");
    b.kind("port").required("address", HOST_PORT, M, "Host and port.");
    b.kind("postgresql")
        .standard("address", HOST_PORT, "127.0.0.1:5432", M, "Host and port.")
        .standard("database", TEXT, "postgres", M, "Database.")
        .standard("user", text(TextRule.USER), "postgres", M, "Database user.")
        .unset("password-file", PATH, "none is needed", M, "File with the password.")
        .standard("query", TEXT, "SELECT 1", M, "The query.");
    b.kind("systemd").required("unit", text(TextRule.UNIT), M, "The systemd unit.");
    return b.end();
  }

  private static void common(Form.Builder b) {
    b.derived(
            "servers",
            SERVERS,
            "those of its target's group or of its mirror disk, else all",
            M,
            "Where it runs.")
        .byKind(
            "interval",
            millis(100, 86_400_000),
            Map.of("mdnw", "10s", "disk", "30s", "script", "30s", "http", "10s", "port", "10s"),
            "5s",
            M,
            "From the end of one look to the beginning of the next.")
        .byKind(
            "timeout",
            millis(100, 86_400_000),
            Map.of(
                "mdw", "60s", "mdnw", "60s", "disk", "60s", "script", "2m", "ping", "5s", "nic",
                "5s"),
            "20s",
            M,
            "Longest look; longer counts as failed.")
        .byKind(
            "retries",
            new KeyType.Whole(0, 1000),
            Map.of("fipw", 1L, "mdnw", 1L, "mdw", 1L, "nic", 1L, "ping", 2L),
            2L,
            M,
            "Failed looks in a row that are forgiven.")
        .standard("start-delay", seconds(0, DAY_SECONDS), "0s", M, "Wait before the first look.")
        .derived(
            "timing",
            KeyType.OneOf.of(Monitor.When.class),
            "`active` with a `target`, else `always`",
            M,
            "Always, or only while its target is active on this server.")
        .unset(
            "target", NAME, "the server as a whole", M, "The resource or group that it is about.")
        .derived(
            "recover",
            NAME,
            "`target`",
            M,
            "The resource or group that restarts and failovers work on.");
  }

  private static void ladder(Form.Builder b) {
    KeyType.Whole often = new KeyType.Whole(0, 100);
    b.unset("recovery-script", PATH, "none", Need.NOTHING, "First rung: a script.")
        .standard("recovery-scripts", often, 1L, Need.NOTHING, "How often it is run.")
        .standard(
            "recovery-script-timeout",
            seconds(1, DAY_SECONDS),
            "60s",
            Need.NOTHING,
            "Longest run of it.")
        .byKind(
            "restarts",
            often,
            Map.of("mdnw", 0L, "mdw", 0L, "nic", 0L, "ping", 0L, "disk", 0L),
            3L,
            Need.NOTHING,
            "Second rung: how often what it recovers is restarted where it is.")
        .byKind(
            "failovers",
            often,
            Map.of("mdnw", 0L, "mdw", 0L),
            1L,
            Need.NOTHING,
            "Third rung: how often its group goes to another server.")
        .standard(
            "final-action",
            KeyType.OneOf.of(FinalAction.class),
            FinalAction.NONE.word(),
            Need.NOTHING,
            "Last rung.")
        .standard(
            "back-off",
            seconds(0, 3600),
            "10s",
            Need.NOTHING,
            "Pause before the second rung; doubled with each further one.")
        .standard(
            "back-off-max", seconds(0, DAY_SECONDS), "5m", Need.NOTHING, "Longest such pause.")
        .standard(
            "reset-after",
            seconds(1, 30 * DAY_SECONDS),
            "10m",
            Need.NOTHING,
            "Healthy for so long, and the ladder begins anew.");
  }
}
