// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.backup.AgentHolds;
import io.meikyo.cluster.backup.image.ImageDesk;
import io.meikyo.cluster.resource.ControlMirror;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a service does for backups with what its own server has.
 *
 * @param holds holds its mirror disks
 * @param images writes images of its snapshots
 */
record BackupParts(AgentHolds holds, ImageDesk images) {
  /**
   * For this server.
   *
   * @param config the cluster's configuration; null as long as none is known
   */
  static BackupParts of(
      String server,
      ServiceFolder folder,
      Supplier<@Nullable ClusterConfig> config,
      Consumer<Notice> log) {
    AgentHolds holds =
        new AgentHolds(
            language -> new ControlMirror(folder.agent(), language),
            folder.run().resolve("after-thaw"),
            () -> {
              ClusterConfig now = config.get();
              return now == null ? null : now.hooks();
            },
            log);
    return new BackupParts(
        holds, new ImageDesk(server, folder.state(), folder.agent(), config, log));
  }
}
