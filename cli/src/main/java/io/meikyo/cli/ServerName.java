// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What this server is called if nobody says: its host's name up to the first dot. */
final class ServerName {
  private ServerName() {}

  static String of(@Nullable String given) {
    if (given != null) {
      return given;
    }
    String host;
    try {
      host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      host = InetAddress.getLoopbackAddress().getHostName();
    }
    int dot = host.indexOf('.');
    return dot < 0 ? host : host.substring(0, dot);
  }
}
