// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.app;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Processes;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Threads whose sockets are in another network. */
public final class InNetwork {
  private InNetwork() {}

  /** Work that may fail as sockets do. */
  public interface Work {
    void run() throws Exception;
  }

  /**
   * Starts a thread in a network namespace.
   *
   * @param network path of the namespace
   * @param failed hears what ended it but its own will
   */
  public static Thread start(String name, Path network, Work work, Consumer<Exception> failed) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            enter(network);
            work.run();
          } catch (Exception e) {
            failed.accept(e);
          }
        });
  }

  private static void enter(Path network) throws LinuxException {
    int namespace = Descriptors.open(network, 0);
    try {
      Processes.enterNetwork(namespace);
    } finally {
      Descriptors.close(namespace);
    }
  }
}
