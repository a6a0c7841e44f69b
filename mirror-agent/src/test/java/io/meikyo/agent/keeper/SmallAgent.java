// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.front.DeviceFront;
import io.meikyo.agent.front.FrontSpec;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.real.FileBacked;
import io.meikyo.agent.real.PoisonedDisk;
import java.nio.file.Path;

/**
 * A mirror agent without a mirror: serves a file as a device, with a keeper.
 *
 * <p>Arguments: folder, bytes of the disk, heartbeat ms, successor ms; then "poisoned", the name of
 * a {@link DyingKeeper.Moment}, or nothing.
 */
final class SmallAgent {
  private static final long MILLI = 1_000_000L;

  private SmallAgent() {}

  public static void main(String... a) throws Exception {
    Path folder = Path.of(a[0]);
    try (IoLoop loop = Loops.best(why -> {})) {
      FileBacked backed = new FileBacked(loop, folder.resolve("disk"), 512, Long.parseLong(a[1]));
      BlockService disk = backed.disk();
      String more = a.length > 4 ? a[4] : "";
      BlockService served = more.equals("poisoned") ? new PoisonedDisk(disk) : disk;
      KeeperClient keeper =
          new KeeperClient(
              loop, folder.resolve("keeper"), why -> System.err.println("lost " + why));
      FrontSpec spec = FrontSpec.in("md1", folder.resolve("run"), folder.resolve("dev"));
      DeviceFront front =
          new DeviceFront(
              loop, spec, DyingKeeper.around(keeper, more), n -> System.err.println("agent: " + n));
      loop.post(() -> {
        keeper.beats(Long.parseLong(a[2]) * MILLI, Long.parseLong(a[3]) * MILLI);
        front
            .up(served)
            .thenRun(() -> {
              System.err.println("agent: up");
              if (more.equals(DyingKeeper.Moment.BEFORE_FORGET.name())) {
                front.down(0, false);
              }
            });
      });
      loop.run();
    }
  }
}
