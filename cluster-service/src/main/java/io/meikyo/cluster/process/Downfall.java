// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.fence.CommandFence;
import io.meikyo.cluster.fence.FenceChain;
import io.meikyo.cluster.fence.SelfFence;
import io.meikyo.cluster.fence.SysrqFence;
import io.meikyo.cluster.fence.WatchdogFence;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How this server is taken down: at once, as the last resort of self-fencing (rule R16), or in
 * order, as a monitor's final action. Any thread.
 */
final class Downfall {
  private static final Path WATCHDOG = Path.of("/dev/watchdog");
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final long NANOS = 1_000_000_000L;

  private final FenceChain chain;
  private final @Nullable String command;
  private final Consumer<Notice> log;
  private final AtomicBoolean armed = new AtomicBoolean();
  private volatile boolean struck;

  private Downfall(FenceChain chain, @Nullable String command, Consumer<Notice> log) {
    this.chain = chain;
    this.command = command;
    this.log = log;
  }

  /**
   * As configured; nothing is made ready yet.
   *
   * @param command a line for /bin/sh that is run instead of anything else; its first argument says
   *     how: {@code now}, {@code off} or {@code reboot}; null: none
   */
  static Downfall of(SelfFencing fencing, @Nullable String command, Consumer<Notice> log) {
    List<SelfFence> ways =
        command != null
            ? List.of(new CommandFence(new CommandFence.Settings(line(command, "now"))))
            : switch (fencing.lastResort()) {
              case WATCHDOG ->
                  List.of(
                      new WatchdogFence(new WatchdogFence.Settings(WATCHDOG, seconds(fencing))),
                      new SysrqFence(new SysrqFence.Settings(SysrqFence.Letter.RESET)));
              case SYSRQ ->
                  List.of(new SysrqFence(new SysrqFence.Settings(SysrqFence.Letter.RESET)));
              case POWER_OFF ->
                  List.of(new SysrqFence(new SysrqFence.Settings(SysrqFence.Letter.POWER_OFF)));
            };
    return new Downfall(new FenceChain(ways, PATIENCE), command, log);
  }

  private static List<String> line(String command, String how) {
    return List.of("/bin/sh", "-c", command, "power", how);
  }

  /**
   * A process that hangs is reset before another server may own its groups: they wait for lease and
   * budget, and the lease is the longer the later it hung.
   */
  private static int seconds(SelfFencing fencing) {
    long budget = io.meikyo.core.cluster.SelfFence.budget(fencing);
    return (int) Math.max(1, budget / NANOS);
  }

  /** Makes it ready before something starts here, and says once what it is. */
  void arm() {
    if (armed.compareAndSet(false, true)) {
      chain.arm().forEach(log);
    }
  }

  /**
   * From now on a server on which something runs is reset when nobody sees to it any more.
   *
   * @param runs something runs already, of a former life; else the first start makes ready
   * @param seen asked again and again: somebody sees to it
   */
  void guard(boolean runs, BooleanSupplier seen, ScheduledExecutorService timer) {
    if (runs) {
      arm();
    }
    long millis = chain.aliveMillis();
    if (millis > 0) {
      var _ =
          timer.scheduleAtFixedRate(
              () -> {
                if (!struck && seen.getAsBoolean()) {
                  chain.alive();
                }
              },
              0,
              millis,
              TimeUnit.MILLISECONDS);
    }
  }

  /** At once. */
  void now() {
    struck = true;
    chain.strike(log);
  }

  /** In order: services are stopped and file systems unmounted. If that cannot begin: at once. */
  void inOrder(boolean again) {
    String instead = command;
    try {
      Process _ =
          Child.begin(
              instead == null
                  ? Child.Program.of(again ? "reboot" : "poweroff")
                  : Child.Program.of(
                      line(instead, again ? "reboot" : "off").toArray(String[]::new)));
    } catch (IOException e) {
      log.accept(
          Notice.of(
              ServiceNotice.NOT_IN_ORDER,
              again ? "reboot" : "poweroff",
              String.valueOf(e.getMessage())));
      now();
    }
  }

  /** This process ends in good order; what runs here goes on. */
  void disarm() {
    if (!struck) {
      chain.disarm();
    }
  }
}
