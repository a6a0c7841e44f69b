// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.process;

import io.meikyo.agent.front.ServedDevice;
import io.meikyo.agent.mirror.MirrorBlocks;
import io.meikyo.agent.still.FreezeKeeper;
import io.meikyo.agent.still.StillFront;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The block device of one mirror disk, as the process shows it. */
final class BlockFront implements Front {
  private final ServedDevice device;
  private final Path link;
  private final long secondsMax;
  private final @Nullable FreezeKeeper keeper;

  /**
   * The device at this link.
   *
   * @param secondsMax the longest hold that its users bear, s
   * @param keeper thaws what is on it when the agent cannot; null: nobody does
   */
  BlockFront(ServedDevice device, Path link, long secondsMax, @Nullable FreezeKeeper keeper) {
    this.device = device;
    this.link = link;
    this.secondsMax = secondsMax;
    this.keeper = keeper;
  }

  @Override
  public StillFront still() {
    return new StillFront(true, device::device, secondsMax, device.kind(), keeper);
  }

  @Override
  public String name() {
    return "device";
  }

  @Override
  public String state() {
    Path now = device.device();
    return now == null
        ? link + " (" + device.kind() + ", standby)"
        : link + " (" + device.kind() + ", " + now + ")";
  }

  @Override
  public void serves(MirrorBlocks blocks) {
    device.serves(blocks);
  }

  /** The device stays: its users wait for the next agent. */
  @Override
  public void stop(Runnable done) {
    device.close();
    done.run();
  }

  /** Whoever still uses the device of a former life gets errors instead of waiting for ever. */
  @Override
  public void idle() {
    device.abandon();
  }

  @Override
  public void drop(Runnable done) {
    var _ = device.drop().whenComplete((_, _) -> done.run());
  }

  @Override
  public void ceases() {
    device.ceases();
  }
}
