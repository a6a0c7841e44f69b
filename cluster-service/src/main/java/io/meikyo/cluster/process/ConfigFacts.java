// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.agent.process.RestoreMark;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;

/** What the replicated state needs to know of a configuration. */
final class ConfigFacts {
  private ConfigFacts() {}

  /**
   * The facts, as the next version. A mirror disk keeps its id; a new one gets the id that the file
   * {@code disk-ids} in the state folder names for it, or a fresh one. In a cluster that is founded
   * for a restore, the groups of its mirror disks start when the restore ends, not by themselves.
   */
  static ConfigState of(ConfigReading reading, ClusterState now, String by, Path folder) {
    ClusterConfig config =
        reading.config().orElseThrow(() -> new IllegalArgumentException("has errors"));
    boolean restores = now.config().version() == 0 && RestoreMark.stands(folder);
    TreeMap<String, ConfigState.GroupFacts> groups = new TreeMap<>();
    for (Group g : config.groups()) {
      boolean waits = restores && !g.mirrors().isEmpty();
      groups.put(
          g.name(),
          new ConfigState.GroupFacts(g.servers(), g.mirrors(), g.startup() == Mode.AUTO && !waits));
    }
    Properties ids = ids(folder.resolve(FoundAgain.DISK_IDS));
    TreeMap<String, ConfigState.DiskFacts> disks = new TreeMap<>();
    for (MirrorDisk m : config.mirrors()) {
      DiskState known = now.disks().get(m.name());
      String given = ids.getProperty(m.name());
      UUID id =
          known != null
              ? known.diskId()
              : given != null ? UUID.fromString(given) : UUID.randomUUID();
      List<String> replicas =
          m.replicas().stream()
              .sorted(Comparator.comparingInt(MirrorDisk.Replica::number))
              .map(MirrorDisk.Replica::server)
              .toList();
      disks.put(m.name(), new ConfigState.DiskFacts(id, replicas));
    }
    return new ConfigState(now.config().version() + 1, reading.text(), groups, disks, by);
  }

  private static Properties ids(Path file) {
    Properties p = new Properties();
    if (Files.exists(file)) {
      try (var in = Files.newBufferedReader(file)) {
        p.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return p;
  }
}
