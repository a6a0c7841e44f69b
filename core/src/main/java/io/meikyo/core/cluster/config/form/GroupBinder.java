// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.cluster.config.Choice;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.IpNetwork;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceKind;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.Server;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Makes one group of its table. */
final class GroupBinder {
  private final List<Server> servers;
  private final List<MirrorDisk> mirrors;

  GroupBinder(List<Server> servers, List<MirrorDisk> mirrors) {
    this.servers = servers;
    this.mirrors = mirrors;
  }

  Group group(Filled t) {
    List<Filled> rows = t.rows("resource");
    List<String> named = t.textsOrNull("servers");
    return new Group(
        t.text("name"),
        Choice.of(Mode.class, t.text("startup")),
        Choice.of(Mode.class, t.text("failover")),
        Choice.of(Mode.class, t.text("failback")),
        named == null ? possible(rows) : named,
        t.small("failover-limit"),
        t.number("failover-window"),
        t.texts("wait-for"),
        t.number("wait-timeout"),
        t.texts("exclusive-with"),
        rows.stream().map(r -> resource(r, rows)).toList());
  }

  /** The servers that all mirror disks of the group are on. */
  private List<String> possible(List<Filled> rows) {
    List<String> wanted =
        rows.stream().filter(r -> is(r, ResourceKind.MD)).map(GroupBinder::mirrorName).toList();
    List<MirrorDisk> own = mirrors.stream().filter(m -> wanted.contains(m.name())).toList();
    return servers.stream()
        .map(Server::name)
        .filter(s -> own.stream().allMatch(m -> m.on(s).isPresent()))
        .toList();
  }

  private static boolean is(Filled resource, ResourceKind kind) {
    return resource.text("kind").equals(kind.word());
  }

  private static String mirrorName(Filled md) {
    String mirror = md.textOrNull("mirror");
    return mirror == null ? md.text("name") : mirror;
  }

  private Resource resource(Filled t, List<Filled> rows) {
    ResourceKind kind = Choice.of(ResourceKind.class, t.text("kind"));
    List<String> named = t.textsOrNull("depends-on");
    return new Resource(
        t.text("name"),
        settings(kind, t, rows),
        named == null ? usual(kind, rows) : named,
        t.number("start-timeout"),
        t.number("stop-timeout"),
        t.small("start-retries"),
        t.small("stop-retries"),
        t.small("failovers"),
        Choice.of(FinalAction.class, t.text("final-action")),
        Choice.of(FinalAction.class, t.text("stop-failure")));
  }

  /** What a resource usually depends on: what must be there before it in any group. */
  private static List<String> usual(ResourceKind kind, List<Filled> rows) {
    Set<ResourceKind> before =
        switch (kind) {
          case FIP, MD -> EnumSet.noneOf(ResourceKind.class);
          case FS -> EnumSet.of(ResourceKind.MD);
          case SERVICE, SCRIPT -> EnumSet.of(ResourceKind.FIP, ResourceKind.MD, ResourceKind.FS);
        };
    return rows.stream()
        .filter(r -> before.stream().anyMatch(b -> is(r, b)))
        .map(r -> r.text("name"))
        .toList();
  }

  private ResourceSettings settings(ResourceKind kind, Filled t, List<Filled> rows) {
    return switch (kind) {
      case FIP -> fip(t);
      case MD -> new ResourceSettings.Md(mirrorName(t));
      case FS ->
          new ResourceSettings.Fs(
              device(t, rows),
              t.text("mount"),
              Choice.of(ResourceSettings.FsType.class, t.text("type")),
              t.text("options"),
              Choice.of(ResourceSettings.Fsck.class, t.text("fsck")),
              t.number("fsck-timeout"),
              t.flag("kill-holders"));
      case SERVICE -> new ResourceSettings.Service(t.text("unit"));
      case SCRIPT ->
          new ResourceSettings.Script(
              t.text("start"),
              t.textOrNull("stop"),
              t.text("user"),
              t.map("environment"),
              t.flag("wait"));
    };
  }

  private static ResourceSettings fip(Filled t) {
    String text = t.text("address");
    IpNetwork network = IpNetwork.parse(text);
    IpAddress address = network == null ? IpAddress.parse(text) : network.address();
    if (address == null) {
      throw new Invariant.Broken("the form lets only addresses through");
    }
    return new ResourceSettings.Fip(
        address,
        network == null ? -1 : network.prefix(),
        t.textOrNull("interface"),
        t.flag("duplicate-check"),
        t.small("announcements"));
  }

  /** Empty where it cannot be derived; a rule says so. */
  private String device(Filled t, List<Filled> rows) {
    String named = t.textOrNull("device");
    if (named != null) {
      return named;
    }
    List<String> all =
        rows.stream().filter(r -> is(r, ResourceKind.MD)).map(GroupBinder::mirrorName).toList();
    return all.size() != 1
        ? ""
        : mirrors.stream()
            .filter(m -> m.name().equals(all.getFirst()))
            .map(MirrorDisk::device)
            .findFirst()
            .orElse("/dev/meikyo/" + all.getFirst());
  }
}
