// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Child;
import io.meikyo.cluster.exec.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether a disk answers: reads one block of a device somewhere, past the cache; or writes one
 * block to a file in a folder and makes it durable. A child does it. As long as a former child
 * hangs, no new one is sent after it.
 */
public final class DiskMonitor implements Monitor {
  private static final int BLOCK = 4096;
  private static final int SECTORS_OF_BLOCK = BLOCK / 512;

  private final Settings settings;
  private final Findings findings;
  private @Nullable Proc stuck;
  private long stuckSince;

  /**
   * What is configured.
   *
   * @param name of the monitor
   * @param path a block device, which is read; or a folder, in which the file {@code .meikyo-NAME}
   *     is written
   */
  public record Settings(String name, Path path) {}

  /** Makes one. */
  public DiskMonitor(Settings settings) {
    this.settings = settings;
    this.findings = new Findings(settings.name());
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public MonitorResult check(CheckContext context) {
    Proc former = stuck;
    if (former != null && former.lives()) {
      long seconds = (context.limit().nanos() - stuckSince) / 1_000_000_000L;
      return findings.failed(MonitorNotice.DISK_HANGS, settings.path(), former.pid(), seconds);
    }
    stuck = null;
    long began = context.limit().nanos();
    Child.End end = Child.run(program(), context.limit());
    long millis = (context.limit().nanos() - began) / 1_000_000;
    if (end.stuck()) {
      stuck = Proc.of(end.pid());
      stuckSince = began;
    }
    if (end.how() != Child.How.EXITED) {
      return findings.of(context, end, settings.path().toString());
    }
    return end.ok()
        ? findings.ok(MonitorNotice.DISK_OK, settings.path(), millis)
        : findings.failed(MonitorNotice.DISK_FAILED, settings.path(), reason(end));
  }

  /** dd says what went wrong first, and how much it copied last. */
  private static String reason(Child.End end) {
    return end.output().lines().findFirst().orElse("exit status " + end.status());
  }

  private Child.Program program() {
    long sectors = sectors();
    if (sectors < SECTORS_OF_BLOCK) {
      return Child.Program.of(
          "dd",
          "if=/dev/zero",
          "of=" + settings.path().resolve(".meikyo-" + settings.name()),
          "bs=" + BLOCK,
          "count=1",
          "conv=fsync,notrunc");
    }
    return Child.Program.of(
        "dd",
        "if=" + settings.path(),
        "of=/dev/null",
        "bs=" + BLOCK,
        "count=1",
        "skip=" + ThreadLocalRandom.current().nextLong(sectors / SECTORS_OF_BLOCK),
        "iflag=direct");
  }

  /** Size of the device in units of 512 bytes, without asking it; 0: it is none. */
  private long sectors() {
    try {
      Path block = settings.path().toRealPath().getFileName();
      Path size = Path.of("/sys/class/block", String.valueOf(block), "size");
      return settings.path().toRealPath().startsWith("/dev") && Files.exists(size)
          ? Long.parseLong(Files.readString(size).strip())
          : 0;
    } catch (IOException e) {
      // It is not there: dd will say so.
      return 0;
    }
  }
}
