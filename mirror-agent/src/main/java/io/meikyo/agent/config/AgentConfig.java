// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.config;

import io.meikyo.agent.mirror.MirrorSpec;
import io.meikyo.agent.snapshot.ProviderSpec;
import io.meikyo.agent.snapshot.SnapshotPlace;
import io.meikyo.tls.TlsFiles;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one mirror agent is told.
 *
 * @param control Unix socket for commands
 * @param state folder for what must outlive the process
 * @param keeper socket of the keeper; null: there is none, and devices die with the agent
 * @param tls key and certificates for the links to the peers; null: all links are trusted
 * @param mirrors its mirror disks
 */
public record AgentConfig(
    Path control, Path state, @Nullable Path keeper, @Nullable TlsFiles tls, List<Mirror> mirrors) {
  /** How the mirror disk reaches applications. */
  public enum FrontEnd {
    /** The best block device that this kernel has. */
    AUTO,
    /** A FUSE file with a loop device on it. */
    FUSE,
    /** The kernel's NBD client. */
    KERNEL_NBD,
    /** No block device: NBD clients only. */
    NBD
  }

  /**
   * One mirror disk.
   *
   * @param spec the mirror itself
   * @param frontEnd how it becomes a block device
   * @param device link under which the block device appears, {@code /dev/meikyo/md1}
   * @param nbd where NBD clients find it; null: nowhere
   * @param place where built-in snapshots, and the notes of others, are kept
   * @param snapshots who takes its snapshots
   * @param trusted its link goes open: what goes over it can be read and changed on the way
   */
  public record Mirror(
      MirrorSpec spec,
      FrontEnd frontEnd,
      Path device,
      @Nullable SocketAddress nbd,
      SnapshotPlace place,
      ProviderSpec snapshots,
      boolean trusted) {}

  /** Freezes the list. */
  public AgentConfig {
    mirrors = List.copyOf(mirrors);
  }
}
