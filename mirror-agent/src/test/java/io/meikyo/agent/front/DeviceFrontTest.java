// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.fuse.ResentFence;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.real.FileBacked;
import io.meikyo.agent.real.HeldDisk;
import io.meikyo.agent.real.Machine;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.DeviceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceFrontTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long DISK = 384L << 20;

  @RegisterExtension final Machine machine = new Machine();
  private final List<Notice> notices = new CopyOnWriteArrayList<>();
  private IoLoop loop;
  private FrontSpec spec;
  private DeviceFront front;

  @BeforeEach
  void begin() throws Exception {
    spec = FrontSpec.in("md1", machine.folder().resolve("run"), machine.folder().resolve("dev"));
  }

  private BlockService disk(int blockBytes) throws Exception {
    FileBacked[] backed = new FileBacked[1];
    machine.atEnd(() -> backed[0].close());
    loop = machine.loop();
    backed[0] = new FileBacked(loop, machine.folder().resolve("disk"), blockBytes, DISK);
    return backed[0].disk();
  }

  private Path up(BlockService service) throws Exception {
    return up(service, FrontKeeper.NONE);
  }

  private Path up(BlockService service, FrontKeeper keeper) throws Exception {
    front = new DeviceFront(loop, spec, keeper, notices::add);
    machine.atEnd(() -> {
      front.down(10 * SECOND, true).get(30, TimeUnit.SECONDS);
      loop.post(front::close);
    });
    return front.up(service).get(30, TimeUnit.SECONDS);
  }

  private Path mount(String device) throws Exception {
    Path at = Files.createDirectories(machine.folder().resolve("mnt"));
    machine.run("mount", device, at.toString());
    machine.atEnd(() -> {
      if (!machine.run("sh", "-c", "grep -c ' " + at + " ' /proc/mounts || true").equals("0")) {
        machine.run("umount", at.toString());
      }
    });
    return at;
  }

  private List<String> said() {
    return notices.stream().map(Notice::code).toList();
  }

  @ParameterizedTest
  @CsvSource({"ext4, 512", "ext4, 4096", "xfs, 512", "xfs, 4096"})
  void aFileSystemLivesOnIt(String type, int blockBytes) throws Exception {
    machine.needs("mkfs." + type, "fio", "xfs_repair", "blkdiscard");
    String device = up(disk(blockBytes)).toString();
    assertThat(spec.link()).isSymbolicLink();
    assertThat(machine.run("blockdev", "--getss", device)).isEqualTo("" + blockBytes);
    machine.run("mkfs." + type, "-q", spec.link().toString());
    Path at = mount(device);
    machine.run(
        "fio",
        "--verify_state_save=0",
        "--name=v",
        "--directory=" + at,
        "--size=48m",
        "--rw=randrw",
        "--bs=4k-256k",
        "--ioengine=libaio",
        "--iodepth=16",
        "--direct=1",
        "--fsync=16",
        "--verify=crc32c",
        "--do_verify=1",
        "--verify_fatal=1");
    machine.run("sh", "-c", "cp -r /usr/share/doc/c* " + at + "; sync -f " + at);
    machine.run("sh", "-c", "rm -rf " + at + "/c*; fstrim " + at);
    machine.unmount(at);
    if (type.equals("ext4")) {
      machine.run("e2fsck", "-fn", device);
    } else {
      machine.run("xfs_repair", "-n", device);
    }
    machine.run("blkdiscard", "-o", "1048576", "-l", "104857600", device);
    assertThat(
            machine.run(
                "sh",
                "-c",
                "dd if=" + device + " bs=1M skip=1 count=100 status=none | tr -d '\\0' | wc -c"))
        .isEqualTo("0");
    machine.run("blkdiscard", "-z", "-o", "0", "-l", "8388608", device);
    front.down(10 * SECOND, false).get(30, TimeUnit.SECONDS);
    assertThat(spec.link()).doesNotExist();
    assertThat(said()).containsExactly(FrontNotice.UP.key(), FrontNotice.DOWN.key());
  }

  @Test
  void readsPassWritersThatWait() throws Exception {
    machine.needs("fio", "dd");
    HeldDisk held = new HeldDisk(disk(512));
    String device = up(held).toString();
    machine.run("dd", "if=/dev/zero", "of=" + device, "bs=1M", "count=64", "oflag=direct");
    held.hold();
    Process writers =
        machine.start(
            List.of(
                "fio",
                "--verify_state_save=0",
                "--name=w",
                "--filename=" + device,
                "--rw=randwrite",
                "--bs=64k",
                "--ioengine=libaio",
                "--iodepth=64",
                "--numjobs=4",
                "--direct=1",
                "--size=64m",
                "--io_size=32m"));
    Machine.await("writes wait", () -> held.waiting() >= 48);
    long began = System.nanoTime();
    machine.run(
        "fio",
        "--verify_state_save=0",
        "--name=r",
        "--filename=" + device,
        "--rw=randread",
        "--bs=4k",
        "--direct=1",
        "--ioengine=libaio",
        "--iodepth=8",
        "--size=64m",
        "--io_size=8m");
    System.err.println(
        "2048 reads beside 256 held writers: " + (System.nanoTime() - began) / 1_000_000 + " ms");
    assertThat(held.waiting()).isBetween(48, 48);
    assertThat(writers.isAlive()).isTrue();
    loop.post(held::release);
    assertThat(writers.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(writers.exitValue()).isZero();
  }

  @Test
  void unalignedReadsAreWidenedAndUnalignedWritesRefused() throws Exception {
    machine.needs("dd");
    up(disk(4096));
    String file = spec.file().toString();
    machine.run(
        "sh",
        "-c",
        "yes abcdefg | head -c 2097152 | dd of=" + file + " bs=1M conv=notrunc status=none");
    assertThat(
            machine.run(
                "sh",
                "-c",
                "dd if=" + file + " bs=1000003 skip=1 count=1 status=none iflag=fullblock | cksum"))
        .isEqualTo(
            machine.run(
                "sh",
                "-c",
                "yes abcdefg | head -c 2097152 " + "| tail -c +1000004 | head -c 1000003 | cksum"));
    assertThat(
            machine.run(
                "sh", "-c", "dd if=" + file + " bs=1 skip=403210 count=5 status=none | cksum"))
        .isEqualTo(
            machine.run(
                "sh",
                "-c",
                "yes abcdefg | head -c 2097152 " + "| tail -c +403211 | head -c 5 | cksum"));
    assertThat(
            machine.run(
                "sh", "-c", "printf x | dd of=" + file + " bs=1 seek=5 conv=notrunc 2>&1 || true"))
        .contains("Invalid argument");
    assertThat(
            machine.run(
                "sh",
                "-c",
                "ls -la "
                    + spec.mount()
                    + "; stat -f "
                    + spec.mount()
                    + "; mkdir "
                    + spec.mount()
                    + "/x 2>&1 || true"))
        .contains("md1")
        .contains("not implemented");
  }

  @Test
  void aUserThatStaysIsNamedAndAborted() throws Exception {
    machine.needs("mkfs.ext4");
    String device = up(disk(512)).toString();
    machine.run("mkfs.ext4", "-q", device);
    mount(device);
    var gone = front.down(SECOND / 5, false);
    Machine.await("told", () -> said().contains(FrontNotice.HELD.key()));
    assertThat(notices.getLast().args().toString()).contains(machine.folder() + "/mnt");
    assertThat(gone).isNotDone();
    front.down(SECOND / 5, true).get(30, TimeUnit.SECONDS);
    assertThat(said()).contains(FrontNotice.ABORTED.key(), FrontNotice.DOWN.key());
    org.assertj.core.api.Assertions.assertThatThrownBy(gone::get)
        .isInstanceOfAny(
            ExecutionException.class, java.util.concurrent.CancellationException.class);
  }

  /** Whoever asked the kernel to change the queue meanwhile could not even be killed. */
  @Test
  void aDropWaitsForNoWriteThatIsHeld() throws Exception {
    machine.needs("dd");
    HeldDisk held = new HeldDisk(disk(4096));
    String device = up(held).toString();
    held.hold();
    Process writer =
        machine.start(
            List.of("dd", "if=/dev/zero", "of=" + device, "bs=64k", "count=1", "oflag=direct"));
    Machine.await("a write waits", () -> held.waiting() > 0);
    try {
      front.drop().get(30, TimeUnit.SECONDS);
      assertThat(writer.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      loop.post(held::release);
    }
    assertThat(writer.exitValue()).isNotZero();
    assertThat(spec.link()).doesNotExist();
    assertThat(said())
        .contains(FrontNotice.DOWN.key())
        .doesNotContain(
            FrontNotice.LOST.key(), FrontNotice.FAILED.key(), FrontNotice.NOT_RESET.key());
  }

  /** As one whose process has ended. */
  private static final class DeadKeeper implements FrontKeeper {
    @Override
    public Held fetch(String name) throws IOException {
      throw new IOException("gone");
    }

    @Override
    public void deposit(String name, int fd, DeviceNumber connection) throws IOException {
      throw new IOException("gone");
    }

    @Override
    public void attached(String name, Path device) throws IOException {
      throw new IOException("gone");
    }

    @Override
    public void forget(String name) throws IOException {
      throw new IOException("gone");
    }

    @Override
    public ResentFence fence(String name) {
      return ResentFence.NONE;
    }
  }

  @Test
  void aDeviceIsServedAlthoughTheKeeperHasDied() throws Exception {
    Path device = up(disk(512), new DeadKeeper());
    machine.run("dd", "if=" + device, "of=/dev/null", "bs=64k", "count=4", "iflag=direct");
    assertThat(said()).contains(FrontNotice.NOT_KEPT.key(), FrontNotice.UP.key());
    front.down(10 * SECOND, false).get(30, TimeUnit.SECONDS);
    assertThat(said())
        .contains(FrontNotice.DOWN.key())
        .doesNotContain(FrontNotice.FAILED.key(), FrontNotice.NOT_RESET.key());
  }

  @Test
  void itComesAndGoesAtOnce() throws Exception {
    BlockService disk = disk(512);
    up(disk);
    for (int i = 0; i < 5; i++) {
      var down = front.down(10 * SECOND, false);
      var up = front.up(disk);
      // Either it was down in between, or it was told in time that it is wanted again.
      down.handle((_, _) -> 0).get(30, TimeUnit.SECONDS);
      Path device = up.get(30, TimeUnit.SECONDS);
      machine.run("dd", "if=" + device, "of=/dev/null", "bs=64k", "count=4", "iflag=direct");
    }
    assertThat(said()).doesNotContain(FrontNotice.LOST.key(), FrontNotice.FAILED.key());
  }
}
