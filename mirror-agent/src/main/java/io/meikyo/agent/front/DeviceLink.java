// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The symbolic link under which a device is known. */
record DeviceLink(Path at) {

  /** Points it to a device; its folder is made. Somebody who looks sees the old or the new one. */
  void to(Path device) throws IOException {
    Path folder = at.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("not in a folder: " + at);
    }
    Files.createDirectories(folder);
    Path fresh = folder.resolve("." + at.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createSymbolicLink(fresh, device);
    Files.move(fresh, at, StandardCopyOption.ATOMIC_MOVE);
  }

  /** True if it points to this device. */
  boolean isTo(Path device) throws IOException {
    return Files.isSymbolicLink(at) && Files.readSymbolicLink(at).equals(device);
  }

  void remove() throws IOException {
    if (Files.isSymbolicLink(at)) {
      Files.delete(at);
    }
  }
}
