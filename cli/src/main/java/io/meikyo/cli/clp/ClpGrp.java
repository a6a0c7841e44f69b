// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Group;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clpgrp}: starts, stops and moves groups, and waits until that is done. */
@Command(name = "clpgrp", description = "Starts, stops and moves groups.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpGrp implements Callable<Integer> {
  private final ClpContext context;

  /** What is to be done: one of them. */
  static final class What {
    @Option(names = "-s", description = "Start.")
    boolean start;

    @Option(names = "-t", description = "Stop.")
    boolean stop;

    @Option(names = "-m", description = "Move.")
    boolean move;

    @Option(names = "-n", description = "Print where it is.")
    boolean where;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Parameters(arity = "0..1", paramLabel = "GROUP", description = "Default: all groups.")
  private @Nullable String name;

  @Option(names = "-h", paramLabel = "HOST", description = "Where it is to start, or is now.")
  private @Nullable String host;

  @Option(names = "-a", paramLabel = "HOST", description = "Where it is to go.")
  private @Nullable String destination;

  ClpGrp(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    ClusterPicture picture = context.look(false);
    List<Group> groups = new ArrayList<>();
    if (name != null) {
      Group one = picture.group(name);
      if (one == null) {
        context.failed("There is no group " + name + ".");
        return Clp.FAILED;
      }
      groups.add(one);
    } else {
      groups.addAll(picture.groups());
    }
    if (what.where) {
      return where(groups);
    }
    boolean worked = true;
    for (Group g : groups) {
      worked &= carryOut(g);
    }
    if (worked) {
      context.succeeded();
    }
    return worked ? Clp.WORKED : Clp.FAILED;
  }

  private int where(List<Group> groups) {
    boolean all = true;
    for (Group g : groups) {
      if (g.owner().isEmpty()) {
        all = false;
        context.failed(g.name() + " is stopped.");
      } else {
        context.out().println(g.owner());
      }
    }
    return all ? Clp.WORKED : Clp.FAILED;
  }

  private boolean carryOut(Group g) throws IOException {
    String path = "/v1/groups/" + g.name() + "/";
    if (what.stop) {
      if (host != null && !g.owner().equals(host)) {
        context.failed(g.name() + " is not on " + host + ".");
        return false;
      }
      return ordered(context.post(path + "stop")) && await(g.name(), "", "OFFLINE");
    }
    if (what.start) {
      ClpContext.Answer answer =
          host == null
              ? context.post(path + "start")
              : context.post(path + "start", "server", host);
      return ordered(answer) && await(g.name(), host == null ? "*" : host, "ONLINE");
    }
    if (host != null && !g.owner().equals(host)) {
      context.failed(g.name() + " is not on " + host + ".");
      return false;
    }
    ClpContext.Answer answer =
        destination == null
            ? context.post(path + "move")
            : context.post(path + "move", "server", destination);
    String to = destination == null ? "!" + g.owner() : destination;
    return ordered(answer) && await(g.name(), to, "ONLINE");
  }

  private boolean ordered(ClpContext.Answer answer) {
    if (!answer.worked()) {
      context.failed(answer.said().toArray(String[]::new));
    }
    return answer.worked();
  }

  /**
   * Waits until the group is as it should be.
   *
   * @param on the server; {@code *}: any; {@code !SERVER}: any other; empty: none
   */
  private boolean await(String group, String on, String phase) throws IOException {
    Group last = null;
    boolean begun = false;
    do {
      last = context.look(false).group(group);
      if (last == null) {
        break;
      }
      if (is(last, on) && last.phase().equals(phase)) {
        return true;
      }
      begun |= last.phase().equals("STARTING") || last.phase().equals("STOPPING");
      if (last.phase().equals("FAILED") && begun) {
        break;
      }
    } while (context.pause().getAsBoolean());
    context.failed(group + " is " + (last == null ? "gone" : last.phase() + ". " + last.why()));
    return false;
  }

  private static boolean is(Group g, String on) {
    if (on.equals("*")) {
      return !g.owner().isEmpty();
    }
    if (on.startsWith("!")) {
      return !g.owner().isEmpty() && !g.owner().equals(on.substring(1));
    }
    return g.owner().equals(on);
  }
}
