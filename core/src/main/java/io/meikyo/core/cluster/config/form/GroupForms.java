// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import static io.meikyo.core.cluster.config.form.FormTypes.DAY_SECONDS;
import static io.meikyo.core.cluster.config.form.FormTypes.FLAG;
import static io.meikyo.core.cluster.config.form.FormTypes.INTERFACE;
import static io.meikyo.core.cluster.config.form.FormTypes.NAME;
import static io.meikyo.core.cluster.config.form.FormTypes.PATH;
import static io.meikyo.core.cluster.config.form.FormTypes.SERVERS;
import static io.meikyo.core.cluster.config.form.FormTypes.TEXT;
import static io.meikyo.core.cluster.config.form.FormTypes.seconds;
import static io.meikyo.core.cluster.config.form.FormTypes.text;

import io.meikyo.core.cluster.config.Choice;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.ResourceKind;
import io.meikyo.core.cluster.config.ResourceSettings;
import java.util.List;
import java.util.Map;

/** The keys of groups and resources. */
final class GroupForms {
  static final int GROUPS_MAX = 64;

  private static final int RESOURCES_MAX = 64;
  private static final KeyType MODE = KeyType.OneOf.of(Mode.class);
  private static final KeyType.Many NAMES = new KeyType.Many(NAME, 0, RESOURCES_MAX);

  private static final Form RESOURCE = resource();

  static final Form GROUP =
      Form.form("group", "One failover group: resources that are active together.")
          .rows(Need.NOTHING, Need.GROUP)
          .required("name", NAME, Need.GROUP, "Its name.")
          .standard("startup", MODE, "auto", Need.NOTHING, "Whether it starts by itself.")
          .standard(
              "failover",
              MODE,
              "auto",
              Need.NOTHING,
              "Whether it goes to another server by itself.")
          .standard(
              "failback",
              MODE,
              "manual",
              Need.NOTHING,
              "Whether it returns by itself to a server of higher priority.")
          .derived(
              "servers",
              SERVERS,
              "all servers that its mirror disks are on, in the order of the file",
              Need.NOTHING,
              "The servers that may have it, highest priority first.")
          .standard(
              "failover-limit",
              new KeyType.Whole(0, 1000),
              3L,
              Need.NOTHING,
              "Most failovers by itself within `failover-window`; then it stays where it is.")
          .standard(
              "failover-window",
              seconds(1, 30 * DAY_SECONDS),
              "1h",
              Need.NOTHING,
              "The time in which they are counted.")
          .standard(
              "wait-for", NAMES, List.of(), Need.NOTHING, "Groups that must be started before it.")
          .standard(
              "wait-timeout",
              seconds(0, DAY_SECONDS),
              "30m",
              Need.NOTHING,
              "Longest wait for them.")
          .standard(
              "exclusive-with",
              NAMES,
              List.of(),
              Need.NOTHING,
              "Groups that are never on the same server with it.")
          .required(
              "resource",
              new KeyType.Rows(RESOURCE, 1, RESOURCES_MAX),
              Need.NOTHING,
              RESOURCE.about())
          .end();

  private GroupForms() {}

  private static Form resource() {
    Form.Builder b =
        Form.form("group.resource", "One resource of the group.")
            .rows(Need.GROUP, Need.GROUP)
            .required("name", NAME, Need.RESOURCE, "Its name.")
            .kindKey(
                "kind",
                Choice.words(ResourceKind.class),
                new Key.Required(),
                Need.RESOURCE,
                "`fip`: floating IP. `md`: mirror disk. `fs`: file system. `service`: systemd unit."
                    + " `script`: scripts that start and stop something.");
    common(b);
    b.kind("fip")
        .required(
            "address",
            text(TextRule.IP_OR_NETWORK),
            Need.RESOURCE,
            "The address; its network only if it is not that of the servers' `address`.")
        .unset(
            "interface",
            INTERFACE,
            "the server's",
            Need.RESOURCE,
            "Network interface to put it on.")
        .standard(
            "duplicate-check",
            FLAG,
            true,
            Need.NOTHING,
            "Whether somebody else's use of the address is looked for first.")
        .standard(
            "announcements",
            new KeyType.Whole(1, 20),
            3L,
            Need.NOTHING,
            "How many ARP or NDP packets tell the network where it is now.");
    b.kind("md").derived("mirror", NAME, "its own name", Need.GROUP, "Name of the mirror disk.");
    b.kind("fs")
        .derived(
            "device",
            PATH,
            "that of the group's mirror disk, if it has one",
            Need.RESOURCE,
            "The block device.")
        .required("mount", PATH, Need.RESOURCE, "Where it is mounted.")
        .standard(
            "type",
            KeyType.OneOf.of(ResourceSettings.FsType.class),
            ResourceSettings.FsType.EXT4.word(),
            Need.RESOURCE,
            "Its type.")
        .standard("options", TEXT, "rw", Need.RESOURCE, "Mount options, with commas between them.")
        .standard(
            "fsck",
            KeyType.OneOf.of(ResourceSettings.Fsck.class),
            ResourceSettings.Fsck.ON_FAILURE.word(),
            Need.NOTHING,
            "When it is checked: never, when the mount failed, or before each mount.")
        .standard("fsck-timeout", seconds(1, 7 * DAY_SECONDS), "2h", Need.NOTHING, "Longest check.")
        .standard(
            "kill-holders",
            FLAG,
            true,
            Need.RESOURCE,
            "Whether processes that keep it from being unmounted are killed.");
    b.kind("service").required("unit", text(TextRule.UNIT), Need.RESOURCE, "The systemd unit.");
    b.kind("script")
        .required("start", PATH, Need.RESOURCE, "Starts it; status 0 means that it is started.")
        .unset("stop", PATH, "nothing to do", Need.RESOURCE, "Stops it.")
        .standard("user", text(TextRule.USER), "root", Need.RESOURCE, "Who runs the scripts.")
        .unset(
            "environment",
            new KeyType.TextMap(),
            "none",
            Need.RESOURCE,
            "Variables, beside those that Meikyo sets.")
        .standard(
            "wait",
            FLAG,
            true,
            Need.RESOURCE,
            "False: the start counts as done when the script runs, and it may run on.");
    return b.end();
  }

  private static void common(Form.Builder b) {
    b.derived(
            "depends-on",
            NAMES,
            "`fs`: all `md` of the group; `service`, `script`: all `fip`, `md` and `fs`; else none",
            Need.GROUP,
            "Resources of the group that start before it and stop after it.")
        .byKind(
            "start-timeout",
            seconds(1, DAY_SECONDS),
            Map.of("fip", "30s", "service", "3m", "script", "30m"),
            "2m",
            Need.NOTHING,
            "Longest start.")
        .byKind(
            "stop-timeout",
            seconds(1, DAY_SECONDS),
            Map.of("fip", "30s", "md", "1m", "fs", "5m", "script", "30m"),
            "3m",
            Need.NOTHING,
            "Longest stop.")
        .byKind(
            "start-retries",
            new KeyType.Whole(0, 100),
            Map.of("fip", 5L, "fs", 3L),
            0L,
            Need.NOTHING,
            "How often a failed start is tried again on the same server.")
        .byKind(
            "stop-retries",
            new KeyType.Whole(0, 100),
            Map.of("fip", 1L, "fs", 3L),
            0L,
            Need.NOTHING,
            "How often a failed stop is tried again.")
        .standard(
            "failovers",
            new KeyType.Whole(0, 100),
            1L,
            Need.NOTHING,
            "How often its failed start moves the group to another server.")
        .standard(
            "final-action",
            KeyType.OneOf.of(FinalAction.class),
            FinalAction.NONE.word(),
            Need.NOTHING,
            "What follows when all that did not help.")
        .standard(
            "stop-failure",
            KeyType.OneOf.of(FinalAction.class),
            FinalAction.REBOOT.word(),
            Need.NOTHING,
            "What follows when it cannot be stopped.");
  }
}
