// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import io.meikyo.agent.memory.OwnMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keeper's process. It needs nothing but a path for its socket, and must be started before the
 * agent and end after it: what it keeps dies with it. It writes sentences to standard error.
 */
public final class KeeperMain {
  private KeeperMain() {}

  /**
   * The command that starts a keeper: a Java without compiler, with a heap of 16 MiB at most.
   *
   * @param classPath where this class and the module linux are
   */
  public static List<String> command(Path java, String classPath, Path socket) {
    return new ArrayList<>(
        List.of(
            java.toString(),
            "-Xms4m",
            "-Xmx16m",
            "-Xmn1m",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-Xint",
            "-XX:MaxMetaspaceSize=48m",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath,
            KeeperMain.class.getName(),
            socket.toString()));
  }

  /** Keeps until it is killed. Exit status 1: it could not begin; 2: wrong arguments. */
  public static void main(String... arguments) {
    if (arguments.length != 1) {
      say("usage: KeeperMain SOCKET");
      System.exit(2);
    }
    try {
      Path socket = Path.of(arguments[0]);
      Path folder = socket.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.deleteIfExists(socket);
      Keeper keeper = new Keeper(socket);
      OwnMemory.protect(System.getenv(), new OwnMemory.Sentences(KeeperMain::say));
      say("ready");
      keeper.run();
    } catch (IOException e) {
      say(e.getMessage());
      System.exit(1);
    }
  }

  /** To whoever started this process: the keeper has no log of its own. */
  static void say(@Nullable String sentence) {
    System.err.println("keeper: " + sentence);
  }
}
