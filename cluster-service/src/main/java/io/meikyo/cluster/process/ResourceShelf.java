// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.resource.ControlMirror;
import io.meikyo.cluster.resource.FileSystem;
import io.meikyo.cluster.resource.FloatingIp;
import io.meikyo.cluster.resource.MirrorResource;
import io.meikyo.cluster.resource.Resource;
import io.meikyo.cluster.resource.ScriptMaker;
import io.meikyo.cluster.resource.SystemdUnit;
import io.meikyo.cluster.systemd.Systemctl;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Makes the things that resources are, from their settings, and keeps them while those are the
 * same.
 */
final class ResourceShelf {
  private record Kept(Object settings, Resource resource) {}

  private final String self;
  private final Path agent;
  private final Path run;
  private final ScheduledExecutorService timer;
  private final Map<String, Kept> kept = new HashMap<>();

  ResourceShelf(String self, Path agent, Path run, ScheduledExecutorService timer) {
    this.self = self;
    this.agent = agent;
    this.run = run;
    this.timer = timer;
  }

  /** What a resource of this definition is; the configuration says where it lives. */
  synchronized Resource resource(
      ClusterConfig config, io.meikyo.core.cluster.config.Resource wanted) {
    Kept known = kept.get(wanted.name());
    if (known != null && known.settings().equals(wanted.settings())) {
      return known.resource();
    }
    Resource made = make(config, wanted.name(), wanted.settings());
    kept.put(wanted.name(), new Kept(wanted.settings(), made));
    return made;
  }

  /** The group of a resource. */
  static @Nullable Group group(ClusterConfig config, String resource) {
    return config.groupOf(resource).orElse(null);
  }

  private Resource make(ClusterConfig config, String name, ResourceSettings settings) {
    return switch (settings) {
      case ResourceSettings.Fip s -> fip(config, name, s);
      case ResourceSettings.Md s -> {
        Optional<MirrorDisk> mirror = config.mirror(s.mirror());
        boolean device = mirror.isPresent() && mirror.get().frontEnd() != MirrorDisk.FrontEnd.NBD;
        String link = device ? mirror.get().device() : "";
        yield new MirrorResource(
            new MirrorResource.Settings(name, s.mirror(), link), new ControlMirror(agent, "en"));
      }
      case ResourceSettings.Fs s ->
          new FileSystem(
              new FileSystem.Settings(
                  name,
                  Path.of(s.device()),
                  Path.of(s.mount()),
                  s.type().word(),
                  s.options(),
                  false,
                  FileSystem.Fsck.valueOf(s.fsck().name()),
                  0,
                  Duration.ofNanos(s.fsckTimeout()),
                  s.killHolders(),
                  Duration.ofSeconds(5)),
              run);
      case ResourceSettings.Service s ->
          new SystemdUnit(new SystemdUnit.Settings(name, s.unit()), new Systemctl());
      case ResourceSettings.Script s -> ScriptMaker.of(name, s, run);
    };
  }

  private Resource fip(ClusterConfig config, String name, ResourceSettings.Fip s) {
    Optional<Server> server = config.server(self);
    int prefix = s.prefix();
    if (prefix < 0 && server.isPresent()) {
      prefix = server.get().address().prefix();
    }
    String link = s.networkInterface();
    if (link == null && server.isPresent()) {
      link = server.get().networkInterface();
    }
    FloatingIp.Settings usual = FloatingIp.Settings.of(name, s.address().toString());
    return new FloatingIp(
        new FloatingIp.Settings(
            name,
            usual.address(),
            Math.max(0, prefix),
            link == null ? "" : link,
            usual.label(),
            usual.force(),
            usual.needsCarrier(),
            s.duplicateCheck() ? usual.probes() : 0,
            usual.probeInterval(),
            s.announcements(),
            usual.announceInterval()),
        timer);
  }
}
