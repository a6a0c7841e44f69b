// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo mirror …}: commands to the mirror agent of this server. */
@Command(name = "mirror", description = "Shows and directs the mirror disks of this server.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class MirrorCommand implements Runnable {
  /** Names the control socket, so that every server of a lab finds its own. */
  static final String SOCKET_VARIABLE = "MEIKYO_AGENT";

  private static final Path SOCKET = Path.of("/run/meikyo/agent.sock");

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--agent",
      paramLabel = "SOCKET",
      description = "Control socket. Default: $" + SOCKET_VARIABLE + ", /run/meikyo/agent.sock.")
  private @Nullable Path socket;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private int ask(String command, @Nullable String mirror, List<String> options) {
    List<String> words = new ArrayList<>();
    words.add("mirror." + command);
    if (mirror != null) {
      words.add(mirror);
    }
    words.addAll(options);
    ProgressBar bar = new ProgressBar(spec.commandLine().getErr());
    try {
      return ControlClient.ask(
              agent(),
              main.languageTag(),
              words,
              new ControlClient.Listener() {
                @Override
                public void line(String text) {
                  if (!json) {
                    out().println(text);
                  }
                }

                @Override
                public void error(String text) {
                  spec.commandLine().getErr().println(text);
                  spec.commandLine().getErr().flush();
                }

                @Override
                public void progress(String what, long done, long total) {
                  bar.at(what, done, total);
                }

                @Override
                public void json(String text) {
                  if (json) {
                    out().println(text);
                  }
                }
              })
          .status();
    } catch (ControlClient.Silent e) {
      throw new CommandFailed(
          Notice.of(CliNotice.AGENT_SILENT, agent(), ControlClient.SILENCE_SECONDS));
    } catch (ControlClient.Lost e) {
      throw new CommandFailed(Notice.of(CliNotice.AGENT_LOST, agent()));
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(CliNotice.NO_AGENT, agent(), String.valueOf(e.getMessage())));
    } finally {
      out().flush();
    }
  }

  private Path agent() {
    String variable = System.getenv(SOCKET_VARIABLE);
    if (socket != null) {
      return socket;
    }
    return variable != null && !variable.isEmpty() ? Path.of(variable) : SOCKET;
  }

  /** Who speaks, for the log: whoever became root with sudo is named. */
  private static String operator() {
    String sudo = System.getenv("SUDO_USER");
    return sudo != null && !sudo.isBlank() ? sudo : System.getProperty("user.name", "?");
  }

  private static final String MIRROR = "Name of the mirror disk, such as md1.";
  private static final String SERVER = "The other server. Needed with three or more.";
  private static final String WAIT = "Wait at most so long for the answer.";

  private static List<String> options(Map<String, @Nullable Object> named) {
    List<String> words = new ArrayList<>();
    named.forEach((name, value) -> {
      if (value != null) {
        words.add(name + "=" + value);
      }
    });
    return words;
  }

  private static Map<String, @Nullable Object> named(String name, @Nullable Object value) {
    Map<String, @Nullable Object> map = new java.util.LinkedHashMap<>();
    map.put(name, value);
    return map;
  }

  @Command(name = "status", description = "Shows the mirror disks, or one of them.")
  int status(
      @Parameters(arity = "0..1", paramLabel = "MIRROR", description = MIRROR)
          @Nullable String mirror) {
    return ask("status", mirror, List.of());
  }

  @Command(
      name = "activate",
      description = {
        "Makes this server the active one of the mirror disk.",
        "A replica that is not in sync becomes active only with --force, on the operator's word:",
        "what it lacks is lost, and a new generation of the data begins.",
        "Without a record keeper the other server must agree. If it is off for sure, say so with",
        "--peer-is-off: this server then decides alone, until the other is back. Also where this",
        "server is active and its writes wait. If the other one is NOT off, both may be written."
      })
  int activate(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--force", description = "Also if this replica is not in sync.")
          boolean force,
      @Option(
              names = "--peer-is-off",
              description = "Without a record keeper: the other server is off, I have made sure.")
          boolean peerIsOff,
      @Option(names = "--wait", paramLabel = "SECONDS", description = WAIT) @Nullable Long wait) {
    Map<String, @Nullable Object> named = named("wait", wait);
    named.put("by", peerIsOff ? operator() : null);
    List<String> words = options(named);
    if (force) {
      words.add("force");
    }
    if (peerIsOff) {
      words.add("peer-is-off");
    }
    if (force) {
      List<String> against = new ForceWord(agent(), main.languageTag()).give(mirror, operator());
      if (!against.isEmpty()) {
        PrintWriter err = spec.commandLine().getErr();
        against.forEach(err::println);
        err.flush();
        return Main.FAILED;
      }
    }
    return ask("activate", mirror, words);
  }

  @Command(
      name = "standby",
      description = "Ends what is under way, flushes, and gives the active role back.")
  int standby(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--wait", paramLabel = "SECONDS", description = WAIT) @Nullable Long wait) {
    return ask("standby", mirror, options(named("wait", wait)));
  }

  @Command(
      name = "disconnect",
      description = "Ends the connection to the other server until connect.")
  int disconnect(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--server", description = SERVER) @Nullable String server) {
    return ask("disconnect", mirror, options(named("server", server)));
  }

  @Command(name = "connect", description = "Connects to the other server again.")
  int connect(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--server", description = SERVER) @Nullable String server) {
    return ask("connect", mirror, options(named("server", server)));
  }

  @Command(
      name = "recover",
      description = {
        "Lets the recovery of the other server go on, at a given pace if wanted.",
        "With --from and the name of THIS server: after a split brain, keep the data of this",
        "server and give up that of the other."
      })
  int recover(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--server", description = SERVER) @Nullable String server,
      @Option(
              names = "--rate",
              paramLabel = "CHUNKS",
              description = "Chunks of 64 KiB per second at most; 0: no limit.")
          @Nullable Integer rate,
      @Option(
              names = "--from",
              paramLabel = "SERVER",
              description = "Server whose data is kept: run it there.")
          @Nullable String from) {
    Map<String, @Nullable Object> named = named("server", server);
    named.put("rate", rate);
    named.put("from", from);
    named.put("by", from == null ? null : operator());
    return ask("recover", mirror, options(named));
  }

  @Command(name = "cancel", description = "Stops the recovery of the other server until recover.")
  int cancel(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--server", description = SERVER) @Nullable String server) {
    return ask("cancel", mirror, options(named("server", server)));
  }

  @Command(
      name = "verify",
      description = {
        "Compares both replicas block by block while they are in use, and names what differs.",
        "Exit status: 0 equal, 1 not equal or not finished."
      })
  int verify(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--server", description = SERVER) @Nullable String server,
      @Option(names = "--wait", paramLabel = "SECONDS", description = WAIT) @Nullable Long wait) {
    Map<String, @Nullable Object> named = named("server", server);
    named.put("wait", wait);
    return ask("verify", mirror, options(named));
  }

  @Command(
      name = "hold",
      description = {
        "Holds writes at a point where all replicas are equal. Reads go on.",
        "The hold ends by itself."
      })
  int hold(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(
              names = "--max",
              paramLabel = "SECONDS",
              description = "It ends by itself after so long, 1 to 300. Default: 2.")
          @Nullable Long max) {
    return ask("hold", mirror, options(named("max", max)));
  }

  @Command(name = "release", description = "Ends a hold.")
  int release(
      @Parameters(paramLabel = "MIRROR", description = MIRROR) String mirror,
      @Option(names = "--hold", paramLabel = "ID", description = "Only if it is this hold.")
          @Nullable String hold) {
    return ask("release", mirror, options(named("hold", hold)));
  }
}
