// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.config.Addresses;
import io.meikyo.agent.process.AgentNotice;
import io.meikyo.agent.record.RecordKeeper;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo record}: keeps the deciding records. */
@Command(
    name = "record",
    description = {
      "Keeps the deciding record of each mirror disk: who is active, who is in sync.",
      "Runs until it is stopped, on a third machine or in a lab. Each change is on disk before it",
      "is answered. Whoever loses its folder must not start it again with an empty one."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class RecordCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      required = true,
      description = "Where the records are kept.")
  private Path folder;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS",
      required = true,
      description = "HOST:PORT or unix:PATH.")
  private String listen;

  @Override
  public Integer call() {
    SocketAddress address = Addresses.any(listen);
    if (address == null) {
      throw new CommandFailed(Notice.of(CliNotice.BAD_ADDRESS, listen));
    }
    NoticeLog log = new NoticeLog(main.texts(), spec.commandLine().getErr());
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CommandFailed(Notice.of(CliNotice.RECORD_FAILED, folder, reason(e)));
    }
    try (RecordKeeper keeper = open(address, log)) {
      log.line("keeps records in " + folder + ", listens on " + Addresses.text(keeper.address()));
      keeper.run();
    } catch (IOException e) {
      throw new CommandFailed(Notice.of(CliNotice.RECORD_FAILED, folder, reason(e)));
    }
    return 0;
  }

  private RecordKeeper open(SocketAddress address, NoticeLog log) {
    SecureRandom random = new SecureRandom();
    try {
      return new RecordKeeper(folder, address, random::nextLong, log::line);
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(AgentNotice.CANNOT_LISTEN, Addresses.text(address), reason(e)));
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
