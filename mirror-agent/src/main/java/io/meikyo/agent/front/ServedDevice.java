// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.agent.mirror.MirrorDisk;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The block device of one mirror disk on this server, of whatever kind: made when the disk becomes
 * active, taken away when it ceases to be. What goes wrong is told as a notice.
 */
public interface ServedDevice extends MirrorDisk.RoleListener, AutoCloseable {
  /** The device; null while there is none. Any thread. */
  @Nullable Path device();

  /** What it is made of, for status views: {@code FUSE}. */
  String kind();

  /**
   * Ends what a former agent has left and this one will not serve: its users get errors. Nothing
   * happens where nothing was left. Any thread.
   */
  void abandon();

  /**
   * Takes the device from its users at once: their I/O fails for ever. Any thread.
   *
   * @return ends when nothing is left of it
   */
  CompletableFuture<Void> drop();

  /**
   * Ends this object, on the loop's thread, and leaves the device as it is: its users wait for the
   * next agent.
   */
  @Override
  void close();
}
