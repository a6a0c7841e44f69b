// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import static io.meikyo.core.cluster.config.rules.Rules.row;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.form.ConfigPath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Groups and their resources. */
final class GroupRules {
  private final ClusterConfig config;
  private final Rules rules;
  private final Rules.Taken names;
  private final Rules.Taken mirrors;
  private final Rules.Taken mounts;

  GroupRules(ClusterConfig config, Rules rules) {
    this.config = config;
    this.rules = rules;
    this.names = rules.new Taken(RuleNotice.NAME_TAKEN);
    this.mirrors = rules.new Taken(RuleNotice.USED_TWICE);
    this.mounts = rules.new Taken(RuleNotice.USED_TWICE);
  }

  void check() {
    List<String> all = config.groups().stream().map(Group::name).toList();
    Map<String, List<String>> waits = new LinkedHashMap<>();
    Map<String, ConfigPath> paths = new LinkedHashMap<>();
    for (int g = 0; g < config.groups().size(); g++) {
      Group group = config.groups().get(g);
      ConfigPath path = row("group", g);
      names.take(path.at("name"), group.name(), "[[group]]");
      servers(group, path.at("servers"));
      others(group, path.at("wait-for"), group.waitFor(), all);
      others(group, path.at("exclusive-with"), group.exclusiveWith(), all);
      waits.putIfAbsent(group.name(), group.waitFor());
      paths.putIfAbsent(group.name(), path.at("wait-for"));
      resources(group, path.at("resource"));
    }
    rules.noCycle(waits, paths);
  }

  private void servers(Group group, ConfigPath path) {
    for (int i = 0; i < group.servers().size(); i++) {
      String server = group.servers().get(i);
      if (rules.known(path.at(i), "[[server]]", server, config.serverNames())) {
        for (String mirror : group.mirrors()) {
          if (config.mirror(mirror).map(m -> m.on(server).isEmpty()).orElse(false)) {
            rules.add(path.at(i), RuleNotice.SERVER_WITHOUT_MIRROR, server, mirror);
          }
        }
      }
    }
    if (config.servers().size() > 1 && group.failover().auto() && group.servers().size() < 2) {
      String only = group.servers().isEmpty() ? "–" : group.servers().getFirst();
      rules.add(path, RuleNotice.GROUP_ON_ONE, group.name(), only);
    }
  }

  private void others(Group group, ConfigPath path, List<String> named, List<String> all) {
    for (int i = 0; i < named.size(); i++) {
      if (named.get(i).equals(group.name())) {
        rules.add(path.at(i), RuleNotice.ITSELF, group.name());
      } else {
        rules.known(path.at(i), "[[group]]", named.get(i), all);
      }
    }
  }

  private void resources(Group group, ConfigPath path) {
    Map<String, List<String>> depends = new LinkedHashMap<>();
    Map<String, ConfigPath> paths = new LinkedHashMap<>();
    for (int r = 0; r < group.resources().size(); r++) {
      Resource resource = group.resources().get(r);
      ConfigPath at = path.at(r);
      names.take(at.at("name"), resource.name(), "[[group]], [[group.resource]]");
      dependencies(group, resource, at.at("depends-on"));
      depends.putIfAbsent(resource.name(), resource.dependsOn());
      paths.putIfAbsent(resource.name(), at.at("depends-on"));
      switch (resource.settings()) {
        case ResourceSettings.Fip fip -> fip(group, fip, at.at("address"));
        case ResourceSettings.Md md -> md(md, resource, at);
        case ResourceSettings.Fs fs -> fs(group, resource, fs, at);
        case ResourceSettings.Service _, ResourceSettings.Script _ -> {}
      }
    }
    rules.noCycle(depends, paths);
  }

  private void dependencies(Group group, Resource resource, ConfigPath path) {
    List<String> here = group.resources().stream().map(Resource::name).toList();
    for (int i = 0; i < resource.dependsOn().size(); i++) {
      String wanted = resource.dependsOn().get(i);
      if (wanted.equals(resource.name())) {
        rules.add(path.at(i), RuleNotice.ITSELF, wanted);
      } else if (!here.contains(wanted) && config.resource(wanted).isPresent()) {
        String other = config.groupOf(wanted).map(Group::name).orElse("");
        rules.add(path.at(i), RuleNotice.OTHER_GROUP, wanted, other);
      } else {
        rules.known(path.at(i), "[[group.resource]]", wanted, here);
      }
    }
  }

  private void fip(Group group, ResourceSettings.Fip fip, ConfigPath path) {
    for (Server server : config.servers()) {
      if (fip.prefix() < 0
          && group.servers().contains(server.name())
          && !server.address().contains(fip.address())) {
        String example = fip.address() + (fip.address().v4() ? "/24" : "/64");
        rules.add(
            path, RuleNotice.FIP_OUTSIDE, fip.address(), server.name(), server.address(), example);
      }
    }
  }

  private void md(ResourceSettings.Md md, Resource resource, ConfigPath path) {
    List<String> known = config.mirrors().stream().map(MirrorDisk::name).toList();
    if (rules.known(path.at("mirror"), "[[mirror]]", md.mirror(), known)) {
      mirrors.take(path.at("mirror"), md.mirror(), resource.name());
    }
  }

  private void fs(Group group, Resource resource, ResourceSettings.Fs fs, ConfigPath path) {
    mounts.take(path.at("mount"), fs.mount(), resource.name());
    if (fs.mount().chars().allMatch(c -> c == '/')) {
      rules.add(path.at("mount"), RuleNotice.FS_ROOT);
    }
    if (fs.device().isEmpty()) {
      rules.add(path.at("device"), RuleNotice.FS_DEVICE);
      return;
    }
    for (MirrorDisk mirror : config.mirrors()) {
      if (mirror.device().equals(fs.device())) {
        onMirror(group, resource, mirror, path);
      }
    }
  }

  private void onMirror(Group group, Resource fs, MirrorDisk mirror, ConfigPath path) {
    if (mirror.frontEnd() == MirrorDisk.FrontEnd.NBD) {
      rules.add(path.at("device"), RuleNotice.FS_ON_NBD, mirror.name());
    }
    for (Resource md : group.resources()) {
      if (md.settings() instanceof ResourceSettings.Md m
          && m.mirror().equals(mirror.name())
          && !before(group, fs, md.name())) {
        rules.add(path.at("depends-on"), RuleNotice.FS_BEFORE_MD, mirror.device(), md.name());
      }
    }
  }

  /** Whether a resource depends on another one, directly or not. */
  private static boolean before(Group group, Resource resource, String wanted) {
    List<String> open = new ArrayList<>(resource.dependsOn());
    for (int i = 0; i < open.size(); i++) {
      group
          .resource(open.get(i))
          .ifPresent(r -> r.dependsOn().stream().filter(d -> !open.contains(d)).forEach(open::add));
    }
    return open.contains(wanted);
  }
}
