// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.config.Addresses;
import io.meikyo.cluster.witness.WitnessServer;
import io.meikyo.cluster.witness.WitnessTable;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo witness}: the small third party of two servers. */
@Command(
    name = "witness",
    description = {
      "Says which of two servers goes on when they have lost each other: each consensus group goes to",
      "the server that asks first, for ever. Runs until it is stopped, on a third machine. One table",
      "file, durable before each answer; whoever loses it has another witness, and the servers say so."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class WitnessCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--table",
      required = true,
      paramLabel = "FILE",
      description = "What it knows. Its folder must outlive a restart.")
  private Path table;

  @Option(names = "--listen", required = true, paramLabel = "HOST:PORT", description = "Where.")
  private String listen;

  @Option(
      names = "--path-file",
      paramLabel = "FILE",
      description = "A file whose line goes before every path, so that only who knows it may ask.")
  private @Nullable Path pathFile;

  @Override
  public Integer call() throws InterruptedException {
    InetSocketAddress address = Addresses.inet(listen);
    if (address == null) {
      throw new CommandFailed(Notice.of(CliNotice.BAD_ADDRESS, listen));
    }
    NoticeLog log = new NoticeLog(main.texts(), spec.commandLine().getErr());
    CountDownLatch end = new CountDownLatch(1);
    try {
      Path folder = table.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      WitnessTable known = new WitnessTable(table, UUID.randomUUID());
      try (WitnessServer server = new WitnessServer(address, path(), known)) {
        Runtime.getRuntime().addShutdownHook(new Thread(end::countDown, "stop"));
        log.line(
            "witness "
                + known.incarnation()
                + ", listens on "
                + address.getHostString()
                + ":"
                + server.port());
        end.await();
      }
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(CliNotice.WITNESS_FAILED, table, String.valueOf(e.getMessage())));
    }
    return 0;
  }

  private String path() throws IOException {
    if (pathFile == null) {
      return "";
    }
    String text = Files.readString(pathFile).strip();
    return text.startsWith("/") ? text : "/" + text;
  }
}
