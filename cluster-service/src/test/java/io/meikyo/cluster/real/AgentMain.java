// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.real;

import io.meikyo.agent.config.Addresses;
import io.meikyo.agent.config.AgentConfigReader;
import io.meikyo.agent.process.AgentProcess;
import io.meikyo.agent.record.RecordKeeper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * Mirror agent or keeper of the record as a process: {@code agent CONFIG}, {@code record FOLDER}.
 */
public final class AgentMain {
  private AgentMain() {}

  /** Runs until it is killed. */
  public static void main(String[] args) throws Exception {
    Path path = Path.of(args[1]);
    if (args[0].equals("agent")) {
      new AgentProcess(AgentConfigReader.read(path), System.err::println).run();
      return;
    }
    Files.createDirectories(path);
    SecureRandom random = new SecureRandom();
    try (RecordKeeper keeper =
        new RecordKeeper(
            path,
            Addresses.any("unix:" + path.resolveSibling("record.sock")),
            random::nextLong,
            System.err::println)) {
      keeper.run();
    }
  }
}
