// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** None of these touches a watchdog or the kernel's trigger: each has a place of its own. */
@Timeout(60)
class FenceTest {
  private static void says(Notice notice, NoticeCode code) {
    assertThat(notice.toString()).startsWith(code.key() + " (");
  }

  /** A watchdog that writes down what happens to it. */
  private static final class Paper implements WatchdogFence.Device {
    private final List<String> done = new ArrayList<>();
    private int longest = 60;
    private boolean deaf;
    private boolean stiff;

    @Override
    public int timeout(int seconds) throws IOException {
      if (stiff && !done.isEmpty()) {
        throw new LinuxException("ioctl WDIOC_SETTIMEOUT", Errno.EINVAL, "paper");
      }
      done.add("timeout " + seconds);
      return Math.max(seconds, 60 - longest);
    }

    @Override
    public void keepAlive() throws IOException {
      if (deaf) {
        throw new LinuxException("ioctl WDIOC_KEEPALIVE", Errno.EIO, "paper");
      }
      done.add("fed");
    }

    @Override
    public void stop() {
      done.add("stopped");
    }

    @Override
    public String name() {
      return "Paper Watchdog";
    }
  }

  private final Paper paper = new Paper();

  private WatchdogFence watchdog() {
    return new WatchdogFence(
        new WatchdogFence.Settings(Path.of("/paper"), 9),
        path -> {
          assertThat(path).isEqualTo(Path.of("/paper"));
          return paper;
        });
  }

  @Test
  void aWatchdogIsFedUntilItStrikes() {
    WatchdogFence fence = watchdog();
    Notice armed = fence.arm();
    says(armed, FenceNotice.ARMED);
    assertThat(armed.toString()).contains("Paper Watchdog");
    says(fence.arm(), FenceNotice.ARMED);
    assertThat(fence.aliveMillis()).isEqualTo(3000);
    fence.alive();
    says(fence.strike(), FenceNotice.STRUCK);
    fence.alive();
    fence.disarm();
    assertThat(paper.done).containsExactly("timeout 9", "fed", "fed", "timeout 1");
  }

  @Test
  void oneThatCannotBeMadeFasterStrikesByNotBeingFed() {
    paper.stiff = true;
    WatchdogFence fence = watchdog();
    says(fence.arm(), FenceNotice.ARMED);
    Notice struck = fence.strike();
    says(struck, FenceNotice.STRUCK);
    assertThat(struck.toString()).contains("seconds=9");
    fence.alive();
    assertThat(paper.done).containsExactly("timeout 9", "fed");
  }

  @Test
  void anOrderlyEndStopsIt() {
    WatchdogFence fence = watchdog();
    fence.disarm();
    says(fence.arm(), FenceNotice.ARMED);
    fence.disarm();
    fence.alive();
    fence.disarm();
    assertThat(paper.done).containsExactly("timeout 9", "fed", "stopped");
    says(fence.strike(), FenceNotice.NOT_STRUCK);
  }

  @Test
  void oneThatWaitsTooLongIsNotUsed() {
    paper.longest = 30;
    says(watchdog().arm(), FenceNotice.TOO_SLOW);
    assertThat(paper.done).containsExactly("timeout 9", "stopped");
  }

  @Test
  void oneThatCannotBeHadIsSaidAndLeftInPeace() {
    WatchdogFence busy =
        new WatchdogFence(
            new WatchdogFence.Settings(Path.of("/paper"), 9),
            path -> {
              throw new LinuxException("open", Errno.EBUSY, path.toString());
            });
    Notice said = busy.arm();
    says(said, FenceNotice.NOT_ARMED);
    assertThat(said.toString()).contains("EBUSY").contains("it was not started");
    paper.deaf = true;
    Notice deaf = watchdog().arm();
    says(deaf, FenceNotice.NOT_ARMED);
    assertThat(deaf.toString()).contains("it was stopped again");
  }

  @Test
  void theKernelsLetterIsWritten(@TempDir Path folder) throws IOException {
    Path trigger = Files.createFile(folder.resolve("trigger"));
    SysrqFence reset = new SysrqFence(new SysrqFence.Settings(SysrqFence.Letter.RESET), trigger);
    says(reset.arm(), FenceNotice.ARMED);
    assertThat(Files.readString(trigger)).isEmpty();
    says(reset.strike(), FenceNotice.STRUCK);
    assertThat(Files.readString(trigger)).isEqualTo("b");
    SysrqFence off = new SysrqFence(new SysrqFence.Settings(SysrqFence.Letter.POWER_OFF), trigger);
    says(off.strike(), FenceNotice.STRUCK);
    assertThat(Files.readString(trigger)).isEqualTo("o");
    // It is never made: where the kernel has none, nothing happens.
    SysrqFence none =
        new SysrqFence(new SysrqFence.Settings(SysrqFence.Letter.RESET), folder.resolve("none"));
    says(none.arm(), FenceNotice.NOT_ARMED);
    says(none.strike(), FenceNotice.NOT_STRUCK);
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void aCommandIsStartedAndNotWaitedFor(@TempDir Path folder) {
    Path sign = folder.resolve("sign");
    CommandFence fence =
        new CommandFence(
            new CommandFence.Settings(
                List.of("/bin/sh", "-c", "touch " + sign + "; exec sleep 2")));
    says(fence.arm(), FenceNotice.ARMED);
    assertThat(sign).doesNotExist();
    says(fence.strike(), FenceNotice.STRUCK);
    Limit limit = Limit.of(Duration.ofSeconds(30));
    while (!Files.exists(sign)) {
      assertThat(limit.pause(Duration.ofMillis(10))).isTrue();
    }
    CommandFence missing = new CommandFence(new CommandFence.Settings(List.of("no-such-program")));
    says(missing.arm(), FenceNotice.NOT_ARMED);
    says(missing.strike(), FenceNotice.NOT_STRUCK);
  }

  @Test
  void theNextWayIsTriedWhenOneDoesNotHelp() {
    DryFence first = new DryFence();
    DryFence second = new DryFence();
    CommandFence broken = new CommandFence(new CommandFence.Settings(List.of("no-such-program")));
    FenceChain chain =
        new FenceChain(List.of(broken, first, watchdog(), second), Duration.ofMillis(1));
    assertThat(chain.arm()).hasSize(4);
    assertThat(chain.aliveMillis()).isEqualTo(3000);
    chain.alive();
    assertThat(first.signs()).isEqualTo(1);
    List<Notice> said = new ArrayList<>();
    chain.strike(said::add);
    assertThat(said)
        .extracting(Notice::code)
        .containsExactly(
            FenceNotice.NOT_STRUCK.key(),
            FenceNotice.DRY.key(),
            FenceNotice.STRUCK.key(),
            FenceNotice.DRY.key());
    assertThat(first.strikes()).isEqualTo(1);
    assertThat(second.strikes()).isEqualTo(1);
    chain.disarm();
    assertThat(paper.done).endsWith("timeout 1");
  }
}
