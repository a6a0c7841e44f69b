// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Group;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clprsc}: starts and stops one resource of a group that runs, and waits for it. */
@Command(name = "clprsc", description = "Starts and stops one resource of a group that runs.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpRsc implements Callable<Integer> {
  private final ClpContext context;

  /** What is to be done: one of them. */
  static final class What {
    @Option(names = "-s", description = "Start.")
    boolean start;

    @Option(names = "-t", description = "Stop.")
    boolean stop;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Parameters(paramLabel = "RESOURCE", description = "Its name.")
  private String name;

  @Option(names = "-f", description = "With -t: stop what needs it too.")
  private boolean force;

  @Option(names = "-h", paramLabel = "HOST", description = "Where its group is.")
  private @Nullable String host;

  ClpRsc(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    Group group = group(context.look(true));
    if (group == null) {
      context.failed("There is no resource " + name + ".");
      return Clp.FAILED;
    }
    if (group.owner().isEmpty()) {
      context.failed(group.name() + " is stopped.");
      return Clp.FAILED;
    }
    if (host != null && !group.owner().equals(host)) {
      context.failed(name + " is not on " + host + ".");
      return Clp.FAILED;
    }
    String path = "/v1/groups/" + group.name() + "/resources/" + name + "/";
    ClpContext.Answer answer =
        what.start
            ? context.post(path + "start")
            : force ? context.post(path + "stop", "force", "true") : context.post(path + "stop");
    if (!answer.worked()) {
      context.failed(answer.said().toArray(String[]::new));
      return Clp.FAILED;
    }
    if (!await(what.start ? "on" : "off")) {
      return Clp.FAILED;
    }
    context.succeeded();
    return Clp.WORKED;
  }

  private @Nullable Group group(ClusterPicture picture) {
    return picture.groups().stream()
        .filter(g -> g.parts().containsKey(name))
        .findFirst()
        .orElse(null);
  }

  private boolean await(String wanted) throws IOException {
    String last = "";
    boolean begun = false;
    do {
      Group group = group(context.look(true));
      last = group == null ? "gone" : group.parts().getOrDefault(name, "gone");
      if (last.equals(wanted)) {
        return true;
      }
      begun |= last.equals("starting") || last.equals("stopping");
      if (begun && (last.equals("broken") || last.equals("stuck"))) {
        break;
      }
    } while (context.pause().getAsBoolean());
    context.failed(name + " is " + (last.isEmpty() ? "unknown" : last) + ".");
    return false;
  }
}
