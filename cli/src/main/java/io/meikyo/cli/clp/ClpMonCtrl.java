// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Member;
import io.meikyo.cli.clp.ClusterPicture.Monitor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clpmonctrl}: puts monitors to rest, and lets them look again. */
@Command(name = "clpmonctrl", description = "Suspends and resumes monitors.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpMonCtrl implements Callable<Integer> {
  private final ClpContext context;

  /** What is to be done: one of them. */
  static final class What {
    @Option(names = "-s", description = "Suspend.")
    boolean suspend;

    @Option(names = "-r", description = "Resume.")
    boolean resume;

    @Option(names = "-v", description = "Show which are suspended.")
    boolean show;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(names = "-m", paramLabel = "MONITOR", description = "Only this one. Default: all.")
  private @Nullable String monitor;

  @Option(names = "-a", description = "On all servers.")
  private boolean all;

  @Option(names = "-h", paramLabel = "HOST", description = "On this server. Default: here.")
  private @Nullable String host;

  ClpMonCtrl(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    ClusterPicture picture = context.look(true);
    List<Member> servers = new ArrayList<>(picture.servers());
    if (!all) {
      String wanted = host == null ? picture.self() : host;
      servers.removeIf(s -> !s.name().equals(wanted));
      if (servers.isEmpty()) {
        context.failed("There is no server " + wanted + ".");
        return Clp.FAILED;
      }
    }
    return what.show ? show(picture, servers) : order(servers);
  }

  private int order(List<Member> servers) {
    String path = what.suspend ? "/v1/monitors/suspend" : "/v1/monitors/resume";
    boolean worked = true;
    for (Member server : servers) {
      ClpContext.Answer answer =
          monitor == null
              ? context.post(path, "servers", server.name())
              : context.post(path, "servers", server.name(), "monitors", monitor);
      if (all) {
        worked &= context.each(what.suspend ? "Suspend" : "Resume", server.name(), answer);
      } else if (answer.worked()) {
        context.succeeded();
      } else {
        worked = false;
        context.failed(answer.said().toArray(String[]::new));
      }
    }
    return worked ? Clp.WORKED : Clp.FAILED;
  }

  private int show(ClusterPicture picture, List<Member> servers) {
    boolean found = false;
    for (Member server : servers) {
      context.out().println("<" + server.name() + ">");
      for (Monitor m : picture.monitors(server.name())) {
        if (monitor == null || m.name().equals(monitor)) {
          found = true;
          context.out().println("  " + m.name() + " : " + (m.resting() ? "Suspend" : "Normal"));
        }
      }
      if (!picture.answered(server.name())) {
        server.resting().forEach(name -> context.out().println("  " + name + " : Suspend"));
      }
    }
    if (monitor != null && !found) {
      context.failed("There is no monitor " + monitor + ".");
      return Clp.FAILED;
    }
    return Clp.WORKED;
  }
}
