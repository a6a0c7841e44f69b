// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.config.Addresses;
import io.meikyo.cluster.pki.PkiFolder;
import io.meikyo.core.notice.Notice;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What commands share that work on this server's own folder, whether its service runs or not. */
final class StateFolder {
  /** Names the state folder, so that every server of a lab finds its own. */
  static final String VARIABLE = "MEIKYO_STATE";

  private static final int JOIN_PORT = 7704;
  private static final Path STATE = Path.of("/var/lib/meikyo");

  @Option(
      names = "--state",
      paramLabel = "FOLDER",
      description = "Folder of this server's state. Default: $" + VARIABLE + ", /var/lib/meikyo.")
  private @Nullable Path given;

  /** The folder. */
  Path path() {
    Path path = given;
    if (path != null) {
      return path;
    }
    String variable = System.getenv(VARIABLE);
    return variable != null && !variable.isEmpty() ? Path.of(variable) : STATE;
  }

  /** The keys and certificates in it. */
  PkiFolder keys() {
    return keys(path());
  }

  /** The keys and certificates in a state folder. */
  static PkiFolder keys(Path state) {
    return PkiFolder.at(state.resolve("pki"));
  }

  /** An address that a person gave. */
  static InetSocketAddress address(String text) {
    InetSocketAddress address = Addresses.inet(text);
    if (address == null) {
      throw new CommandFailed(Notice.of(CliNotice.BAD_ADDRESS, text));
    }
    return address;
  }

  /** Where servers join, as a person gives it: without a port it is the usual one. */
  static InetSocketAddress joinAddress(String text) {
    boolean bare = text.indexOf(':') < 0 || text.endsWith("]");
    return address(bare ? text + ":" + JOIN_PORT : text);
  }

  /** Says something beside what is printed for scripts. */
  static void say(Notice notice, CommandSpec spec) {
    PrintWriter err = spec.commandLine().getErr();
    ((Main) spec.root().userObject()).texts().lines(notice).forEach(err::println);
    err.flush();
  }
}
