// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meikyo snapshot …}: the snapshots that this server's mirror agent has. */
@Command(
    name = "snapshot",
    description = {
      "Shows and uses the snapshots of this server. A snapshot is a mirror disk as it was at a cut;",
      "a built-in one ends with the mirror agent, those of other providers outlive it."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class SnapshotCommand implements Runnable {
  private static final String NAME = "Such as md1@5f2c, as meikyo snapshot list shows it.";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(name = "list", description = "Shows the snapshots of this server.")
  int list(
      @Mixin AgentCall agent,
      @Parameters(arity = "0..1", paramLabel = "MIRROR", description = "Only of this mirror disk.")
          @Nullable String mirror) {
    List<String> words = new ArrayList<>(List.of("snapshot.list"));
    if (mirror != null) {
      words.add(mirror);
    }
    return agent.ask(words, true, spec).status();
  }

  @Command(
      name = "delete",
      description = "Deletes a snapshot; whoever reads it gets errors. No error if it is gone.")
  int delete(
      @Mixin AgentCall agent,
      @Parameters(
              paramLabel = "SNAPSHOT",
              converter = SnapshotName.Converter.class,
              description = NAME)
          SnapshotName name) {
    List<String> words = List.of("snapshot.delete", name.disk(), "cut=" + name.cut());
    return agent.ask(words, true, spec).status();
  }

  @Command(
      name = "export",
      description = {
        "Prints where the snapshot can be read by NBD, for nbdcopy, qemu-img and the like.",
        "With --listen it is there for other machines too, until this command is ended."
      })
  int export(
      @Mixin AgentCall agent,
      @Parameters(
              paramLabel = "SNAPSHOT",
              converter = SnapshotName.Converter.class,
              description = NAME)
          SnapshotName name,
      @Option(
              names = "--listen",
              paramLabel = "HOST:PORT",
              description = {
                "Listen there. Nothing is encrypted, and whoever reaches the port reads all",
                "snapshots of this mirror disk."
              })
          @Nullable String listen)
      throws InterruptedException {
    Path socket = socket(agent, name);
    PrintWriter out = spec.commandLine().getOut();
    if (listen == null) {
      out.println(uri(name, socket));
      out.flush();
      return 0;
    }
    InetSocketAddress address = StateFolder.address(listen);
    try (NbdRelay relay = new NbdRelay(address, socket)) {
      String host = address.getHostString();
      out.println(
          "nbd://"
              + (host.contains(":") ? "[" + host + "]" : host)
              + ":"
              + relay.port()
              + "/"
              + name);
      out.flush();
      relay.await();
      return 0;
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(CliNotice.CANNOT_LISTEN, listen, String.valueOf(e.getMessage())));
    }
  }

  @Command(
      name = "mount",
      description = {
        "Mounts a snapshot read-only, until this command is ended (Ctrl-C) or FOLDER is unmounted.",
        "Needs nbdfuse, and mount of util-linux."
      })
  int mount(
      @Mixin AgentCall agent,
      @Parameters(
              index = "0",
              paramLabel = "SNAPSHOT",
              converter = SnapshotName.Converter.class,
              description = NAME)
          SnapshotName name,
      @Parameters(index = "1", paramLabel = "FOLDER", description = "An empty folder.") Path folder)
      throws InterruptedException {
    String uri = uri(name, socket(agent, name));
    PrintWriter out = spec.commandLine().getOut();
    try (SnapshotMount mount = new SnapshotMount(uri, folder.toAbsolutePath())) {
      Thread end = new Thread(mount::close, "unmount");
      Runtime.getRuntime().addShutdownHook(end);
      mount.mount();
      out.println(name + " is mounted read-only at " + folder + " (" + mount.options() + ")");
      out.flush();
      mount.await();
      return 0;
    }
  }

  /** Where the snapshot is served; it stands. */
  private Path socket(AgentCall agent, SnapshotName name) {
    ControlClient.Result all = agent.ask(List.of("snapshot.list", name.disk()), false, spec);
    String state = all.facts().getOrDefault("state." + name, "");
    String socket = all.facts().getOrDefault("socket." + name, "");
    String where = all.facts().getOrDefault("where." + name, "-");
    if (!where.equals("-")) {
      throw new CommandFailed(Notice.of(CliNotice.NO_SNAPSHOT, name, "kept elsewhere: " + where));
    }
    if (all.status() != 0 || !state.equals("STANDS") || socket.isEmpty()) {
      String why =
          (all.facts().getOrDefault("why." + name, "")
                  + " "
                  + all.facts().getOrDefault("reason." + name, ""))
              .strip();
      throw new CommandFailed(
          Notice.of(CliNotice.NO_SNAPSHOT, name, why.isEmpty() ? "there is none" : why));
    }
    return Path.of(socket);
  }

  private static String uri(SnapshotName name, Path socket) {
    return "nbd+unix:///" + name + "?socket=" + socket;
  }
}
