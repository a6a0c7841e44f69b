// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.real;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.LoopDevices;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk in a file: a loop device that ends with its last user. */
public final class LoopDisk implements AutoCloseable {
  private final int file;
  private final LoopDevices.Attached attached;
  private boolean closed;

  /** Makes one, or skips the test where that cannot be. */
  public LoopDisk(Path image, long bytes) throws Exception {
    assumeThat(System.getProperty("user.name")).as("loop devices need root").isEqualTo("root");
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    file = Descriptors.open(image, Descriptors.O_RDWR | Descriptors.O_CREAT);
    FileIo.resize(file, bytes);
    attached =
        LoopDevices.attach(
            file, image.toString(), new LoopDevices.Options(false, false, true, 0, 0, 0));
  }

  /** Its path. */
  public Path device() {
    return attached.device();
  }

  /** Makes a file system on it, or skips the test where there is no program for that. */
  public void format(String type) throws Exception {
    Path program = Path.of("/usr/sbin/mkfs." + type);
    assumeThat(Files.isExecutable(program)).as(program + " is installed").isTrue();
    Process mkfs =
        new ProcessBuilder(program.toString(), "-q", device().toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(mkfs.getInputStream().readAllBytes());
    if (mkfs.waitFor() != 0) {
      throw new IllegalStateException(said);
    }
  }

  @Override
  public void close() throws LinuxException {
    if (!closed) {
      closed = true;
      Descriptors.close(attached.fd());
      Descriptors.close(file);
    }
  }
}
