// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.linux.DeviceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What this process has frozen, in a file for the next life, so that it thaws that and nothing
 * else. It lies beside the control socket, in a folder that the machine loses at its end, and
 * carries the boot id all the same.
 *
 * <pre>
 *   boot id, hexadecimal
 *   mirror disk TAB major:minor TAB mount       one line for each file system
 * </pre>
 *
 * For one thread.
 */
final class FrozenNote {
  private final Path file;
  private final String boot;
  private final List<StillMount> mounts = new ArrayList<>();

  /**
   * A note that says nothing yet; the file is left as it is until something is written.
   *
   * @param bootId boot of this server
   */
  FrozenNote(Path file, long bootId) {
    this.file = file;
    this.boot = Long.toHexString(bootId);
  }

  /**
   * What a former life of this boot has left; empty if nothing. Lines that are none are skipped.
   */
  List<StillMount> former() throws IOException {
    List<StillMount> former = new ArrayList<>();
    if (!Files.exists(file)) {
      return former;
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.getFirst().equals(boot)) {
      return former;
    }
    for (String line : lines.subList(1, lines.size())) {
      String[] words = line.split("\t", 3);
      String[] device = words.length == 3 ? words[1].split(":", -1) : new String[0];
      if (device.length == 2 && isNumber(device[0]) && isNumber(device[1])) {
        former.add(
            new StillMount(
                words[0],
                new DeviceNumber(Integer.parseInt(device[0]), Integer.parseInt(device[1])),
                Path.of(words[2])));
      }
    }
    return former;
  }

  private static boolean isNumber(String text) {
    return text.length() < 10 && !text.isEmpty() && text.chars().allMatch(Character::isDigit);
  }

  /** Takes over what a former life has left, so that it stays noted until it is removed. */
  void keep(List<StillMount> former) {
    mounts.addAll(former);
  }

  /** Before a freeze. */
  void add(StillMount mount) throws IOException {
    mounts.add(mount);
    write();
  }

  /** After a thaw. */
  void remove(StillMount mount) throws IOException {
    if (mounts.remove(mount)) {
      write();
    }
  }

  private void write() throws IOException {
    if (mounts.isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    StringBuilder text = new StringBuilder(boot).append('\n');
    for (StillMount m : mounts) {
      text.append(m.mirror()).append('\t').append(m.device()).append('\t').append(m.at());
      text.append('\n');
    }
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(fresh, text.toString());
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
