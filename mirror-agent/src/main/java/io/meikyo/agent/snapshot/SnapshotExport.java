// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.nbd.Limits;
import io.meikyo.agent.nbd.NbdServer;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The NBD server of the snapshots of one mirror disk: read-only exports by their names, on a Unix
 * socket for root alone. It listens always. For the loop's thread.
 */
public final class SnapshotExport implements Snapshots.Listener {
  private static final Limits LIMITS = new Limits(8, 64, 1 << 20, 64, 4 << 20, 10_000_000_000L);

  private final NbdServer server;

  /**
   * Does not listen yet.
   *
   * @param arena for the memory of connections; lives as long as the loop
   */
  public SnapshotExport(IoLoop loop, Arena arena, Consumer<Notice> notices) {
    this.server = new NbdServer(loop, LIMITS, arena, notices);
  }

  /**
   * Listens.
   *
   * @param path free, or a socket that nobody listens on
   * @throws IOException if it cannot
   */
  public void listen(Path path) throws IOException {
    server.listenForOwner(path);
  }

  @Override
  public void added(String name, BlockService blocks) {
    server.add(name, "snapshot", blocks);
  }

  @Override
  public void removed(String name) {
    server.remove(name, () -> {});
  }

  /**
   * Answers what is under way and closes all connections.
   *
   * @param done run once when nothing uses any snapshot
   */
  public void stop(Runnable done) {
    server.stop(done);
  }
}
