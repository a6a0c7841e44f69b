// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.fuse.FuseLimits;
import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.Errno;
import io.meikyo.linux.Fuse;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The single steps of making and taking away a FUSE file with a loop device on it. Blocking: for a
 * thread that is not the loop's, since some of them wait for the FUSE server. None of them asks a
 * file system that may be stuck anything, except {@link #attach}, whose server runs.
 */
final class FuseLoop {
  private static final String TYPE_NAME = "meikyo";

  private final FrontSpec spec;
  private final Consumer<Notice> notices;

  FuseLoop(FrontSpec spec, Consumer<Notice> notices) {
    this.spec = spec;
    this.notices = notices;
  }

  /** A new mount. */
  record Mounted(int fd, DeviceNumber connection) {}

  /** Mounts a new FUSE file system; what a dead server left at the place is taken away first. */
  Mounted mount(int requestBytesMax) throws IOException {
    while (abort()) {
      notices.accept(Notice.of(FrontNotice.STALE, spec.mount()));
      Path device = device();
      if (device != null) {
        detach(device);
      }
      Mounts.unmount(spec.mount(), Mounts.MNT_DETACH);
    }
    Files.createDirectories(spec.mount());
    int fd = Fuse.open();
    try {
      return new Mounted(fd, Fuse.mount(fd, TYPE_NAME, spec.mount(), true, requestBytesMax));
    } catch (IOException e) {
      Descriptors.close(fd);
      throw e;
    }
  }

  /**
   * Fails what waits for a server at the place, now and for ever: before anything else is done with
   * a mount that nobody serves, since even the queue of its loop device waits for an answer.
   *
   * @return false: nothing is mounted there
   */
  boolean abort() throws IOException {
    DeviceNumber connection = mountedAt();
    if (connection != null) {
      Fuse.abort(connection);
    }
    return connection != null;
  }

  /** Device number of what is mounted at the place; null: nothing. */
  @Nullable DeviceNumber mountedAt() throws IOException {
    Path at = spec.mount().toAbsolutePath().normalize();
    return Mounts.all().reversed().stream()
        .filter(mounted -> mounted.at().equals(at))
        .map(Mounts.Mounted::device)
        .findFirst()
        .orElse(null);
  }

  /**
   * The loop device on the file of the mount that stands, by what the kernel lists; null: none. A
   * device with the same path on another mount is somebody else's.
   */
  @Nullable Path device() throws IOException {
    DeviceNumber mount = mountedAt();
    String file = spec.file().toAbsolutePath().normalize().toString();
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      if (loop.backing().equals(file) && LoopDevices.fileSystemOf(loop.device()).equals(mount)) {
        return loop.device();
      }
    }
    return null;
  }

  /**
   * Puts a loop device on the file.
   *
   * @throws IOException a system call was refused; {@link NotDirect}
   */
  Path attach(BlockService service) throws IOException {
    Path device = loop(service);
    if (!LoopDevices.isDirect(device)) {
      detach(device);
      throw new NotDirect(device);
    }
    return device;
  }

  /**
   * Sets its queue, if that is not done yet. Each of the settings waits for what is under way on
   * the device, and some 20 ms for the kernel: whoever mounts it meanwhile need not wait for all.
   */
  void reserve(Path device, FuseLimits limits) {
    if (!DeviceQueue.isSet(device)) {
      String refused = DeviceQueue.set(device, limits.requestBytesMax(), limits.writesMax());
      if (!refused.isEmpty()) {
        notices.accept(Notice.of(FrontNotice.NO_RESERVE, device, refused));
      }
    }
  }

  private Path loop(BlockService service) throws IOException {
    boolean readOnly = service.readOnly();
    int mode = readOnly ? Descriptors.O_RDONLY : Descriptors.O_RDWR;
    int file = Descriptors.open(spec.file(), mode | Descriptors.O_DIRECT);
    try {
      LoopDevices.Attached attached =
          LoopDevices.attach(
              file,
              spec.file().toString(),
              new LoopDevices.Options(readOnly, true, false, service.blockBytes(), 0, 0));
      Descriptors.close(attached.fd());
      return attached.device();
    } finally {
      Descriptors.close(file);
    }
  }

  /** The kernel put the device over the page cache, where data lies twice and can deadlock. */
  static final class NotDirect extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient Path device;

    NotDirect(Path device) {
      super("no direct I/O: " + device);
      this.device = device;
    }

    Path device() {
      return device;
    }
  }

  /** Takes the loop device off, now or when its last user closes it; its file must be served. */
  void detach(Path device) throws LinuxException {
    String refused = DeviceQueue.reset(device);
    if (!refused.isEmpty()) {
      notices.accept(Notice.of(FrontNotice.NOT_RESET, device, refused));
    }
    try {
      LoopDevices.detach(device);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENXIO) {
        throw e;
      }
    }
  }

  /**
   * Ends the FUSE file system.
   *
   * @return false: somebody uses it
   */
  boolean unmount() throws IOException {
    try {
      if (mountedAt() != null) {
        Mounts.unmount(spec.mount(), 0);
      }
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.EBUSY) {
        return false;
      }
      throw e;
    }
  }
}
