// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.agent.block.DelayLayer;
import io.meikyo.agent.block.MemoryDisk;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Sockets;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's side is played; the real one needs a kernel that has it. */
@Timeout(60)
class NbdDeviceTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int BYTES = 1 << 20;
  private static final int BLOCK = 4096;

  @TempDir private Path folder;
  private final List<Notice> notices = new CopyOnWriteArrayList<>();
  private final Arena arena = Arena.ofShared();
  private FakeKernel kernel;
  private IoLoop loop;
  private Thread thread;
  private DelayLayer disk;
  private NbdDevice.Spec spec;
  private NbdDevice device;

  @BeforeEach
  void begin() throws Exception {
    kernel = new FakeKernel(folder);
    loop = Loops.best(why -> {});
    BufferPool pool = new BufferPool(arena, 8, 8, 4, loop::post);
    disk = new DelayLayer(loop, new MemoryDisk(pool, arena.allocate(BYTES, BLOCK), BLOCK, false));
    thread = Thread.ofPlatform().name("test-loop").start(loop::run);
    spec = new NbdDevice.Spec("md1", "meikyo:test:0", folder.resolve("dev/md1"), 60);
    device = fresh();
  }

  private NbdDevice fresh() {
    return new NbdDevice(loop, spec, notices::add, kernel);
  }

  @AfterEach
  void end() throws Exception {
    onLoop(disk::release);
    onLoop(device::close);
    kernel.close();
    loop.stop();
    thread.join();
    loop.close();
  }

  private void onLoop(Runnable task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.post(() -> {
      task.run();
      done.complete(null);
    });
    done.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + 20 * SECOND;
    while (!condition.call()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private Path up(NbdDevice which) throws Exception {
    return which.up(disk).get(30, TimeUnit.SECONDS);
  }

  private List<String> said() {
    return notices.stream()
        .map(Notice::code)
        // There is no queue to set.
        .filter(code -> !code.equals(FrontNotice.NO_RESERVE.key()))
        .toList();
  }

  @Test
  void theKernelGetsADeviceAndAServer() throws Exception {
    assertThat(up(device)).isEqualTo(kernel.device(0)).isEqualTo(device.device());
    assertThat(Files.readSymbolicLink(spec.link())).isEqualTo(kernel.device(0));
    FakeKernel.Disk nbd = kernel.disk(0);
    assertThat(nbd.export.bytes()).isEqualTo(BYTES);
    assertThat(nbd.export.blockBytes()).isEqualTo(BLOCK);
    assertThat(nbd.export.flags() & 1 + 4 + 8).as("flags, flush, FUA").isEqualTo(13);
    assertThat(nbd.export.flags() & 2).as("read-only").isZero();
    assertThat(nbd.patience.requestSeconds()).isEqualTo(NbdDevice.REQUEST_SECONDS);
    assertThat(nbd.patience.deadSeconds()).isEqualTo(60);
    FakeKernel.request(nbd, FakeKernel.WRITE, 7, 0, BLOCK);
    assertThat(FakeKernel.answer(nbd)).isEqualTo(7);
    assertThat(said()).containsExactly(FrontNotice.UP.key());
  }

  @Test
  void theNextAgentGoesOnWithIt() throws Exception {
    up(device);
    onLoop(disk::hold);
    FakeKernel.request(kernel.disk(0), FakeKernel.WRITE, 1, 0, BLOCK);
    onLoop(device::close);
    assertThat(FakeKernel.answer(kernel.disk(0))).as("no answer, and no error").isEqualTo(-1);
    onLoop(disk::release);

    device = fresh();
    assertThat(up(device)).isEqualTo(kernel.device(0));
    FakeKernel.request(kernel.disk(0), FakeKernel.WRITE, 2, 0, BLOCK);
    assertThat(FakeKernel.answer(kernel.disk(0))).isEqualTo(2);
    assertThat(said()).containsExactly(FrontNotice.UP.key(), FrontNotice.RESUMED.key());
  }

  @Test
  void itWaitsUntilTheOldConnectionIsDead() throws Exception {
    up(device);
    NbdDevice second = fresh();
    var resumed = second.up(disk);
    await("asked again", () -> kernel.disk(0).refused > 2);
    assertThat(resumed).isNotDone();
    onLoop(device::close);
    device = second;
    assertThat(resumed.get(30, TimeUnit.SECONDS)).isEqualTo(kernel.device(0));
  }

  @Test
  void aKernelThatGivesUpWaitsLongerNextTime() throws Exception {
    up(device);
    onLoop(disk::hold);
    FakeKernel.Disk nbd = kernel.disk(0);
    FakeKernel.request(nbd, FakeKernel.WRITE, 1, 0, BLOCK);
    await("held", () -> held() == 1);
    Sockets.shutdown(nbd.socket, 2);
    await("connected again", () -> !Sockets.hungUp(nbd.socket));
    assertThat(nbd.patience.requestSeconds()).isEqualTo(2 * NbdDevice.REQUEST_SECONDS);
    // What it sends again stands behind the first.
    FakeKernel.request(nbd, FakeKernel.WRITE, 2, 0, BLOCK);
    await("both held", () -> held() == 2);
    onLoop(disk::release);
    await("told", () -> said().contains(FrontNotice.LATE.key()));
    assertThat(device.device()).isEqualTo(kernel.device(0));
    assertThat(said()).containsExactly(FrontNotice.UP.key(), FrontNotice.LATE.key());
  }

  @Test
  void copiesAreLimited() throws Exception {
    up(device);
    onLoop(disk::hold);
    FakeKernel.Disk nbd = kernel.disk(0);
    for (int line = 1; line <= 8; line++) {
      FakeKernel.request(nbd, FakeKernel.WRITE, line, 0, BLOCK);
      int copies = line;
      await("held", () -> held() == copies);
      Sockets.shutdown(nbd.socket, 2);
      await("told", () -> late() == copies);
      if (line < 8) {
        await("connected again", () -> !Sockets.hungUp(nbd.socket));
      }
    }
    onLoop(disk::release);
    await("connected again", () -> !Sockets.hungUp(nbd.socket));
    FakeKernel.request(nbd, FakeKernel.WRITE, 9, 0, BLOCK);
    assertThat(FakeKernel.answer(nbd)).isEqualTo(9);
    assertThat(late()).isEqualTo(8);
  }

  private long late() {
    return said().stream().filter(code -> code.equals(FrontNotice.LATE.key())).count();
  }

  private int held() {
    int[] count = new int[1];
    onLoop(() -> count[0] = disk.held());
    return count[0];
  }

  @Test
  void aDeviceThatSomebodyDisconnectsIsLost() throws Exception {
    up(device);
    kernel.disk(0).users = 1;
    kernel.disconnect(0);
    await("told", () -> said().contains(FrontNotice.LOST.key()));
    assertThat(device.device()).isNull();
    // What its users still have open is not gone on with: they had errors already.
    assertThat(up(device)).isEqualTo(kernel.device(1));
  }

  @Test
  void anIdleDeviceGoesAtOnce() throws Exception {
    up(device);
    device.down(10 * SECOND, false).get(30, TimeUnit.SECONDS);
    assertThat(spec.link()).doesNotExist();
    assertThat(kernel.named(spec.backend())).isEmpty();
    assertThat(up(device)).isEqualTo(kernel.device(1));
    assertThat(said())
        .containsExactly(FrontNotice.UP.key(), FrontNotice.DOWN.key(), FrontNotice.UP.key());
  }

  @Test
  void aUserIsWaitedForAndThenLeftAlone() throws Exception {
    up(device);
    kernel.disk(0).users = 1;
    var gone = device.down(SECOND / 5, false);
    await("told", () -> said().contains(FrontNotice.HELD.key()));
    assertThat(gone).isNotDone();
    // Wanted again: the same device, which its users never lost.
    assertThat(up(device)).isEqualTo(kernel.device(0));
    assertThatThrownBy(() -> gone.get(30, TimeUnit.SECONDS)).isNotNull();
    assertThat(kernel.disk(0).goes).isFalse();

    device.down(SECOND / 5, true).get(30, TimeUnit.SECONDS);
    assertThat(said()).contains(FrontNotice.ABORTED.key(), FrontNotice.DOWN.key());
    assertThat(said()).doesNotContain(FrontNotice.LOST.key(), FrontNotice.FAILED.key());
    assertThat(up(device)).isEqualTo(kernel.device(1));
  }

  @Test
  void whatAFormerAgentLeftIsTakenAway() throws Exception {
    up(device);
    kernel.disk(0).users = 1;
    onLoop(device::close);
    device = fresh();
    device.abandon();
    await("taken away", () -> kernel.disk(0).takenAway);
    await("told", () -> said().contains(FrontNotice.DOWN.key()));
    assertThat(spec.link()).doesNotExist();
  }

  @Test
  void aDropFailsItsUsersAtOnce() throws Exception {
    up(device);
    device.drop().get(30, TimeUnit.SECONDS);
    assertThat(said()).containsExactly(FrontNotice.UP.key(), FrontNotice.DOWN.key());

    up(device);
    kernel.disk(1).users = 1;
    device.drop().get(30, TimeUnit.SECONDS);
    assertThat(kernel.disk(1).takenAway).isTrue();
    assertThat(said()).endsWith(FrontNotice.ABORTED.key(), FrontNotice.DOWN.key());
  }

  @Test
  void nothingIsSaidWhereNothingWasLeft() throws Exception {
    device.down(0, true).get(30, TimeUnit.SECONDS);
    assertThat(notices).isEmpty();
  }
}
