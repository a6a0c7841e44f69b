// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cli.clp.ClusterPicture.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clpcl}: starts, stops, suspends and resumes the cluster service. */
@Command(name = "clpcl", description = "Starts, stops, suspends and resumes the cluster service.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpCl implements Callable<Integer> {
  private final ClpContext context;

  /** What is to be done: one of them. */
  static final class What {
    @Option(names = "-s", description = "Start.")
    boolean start;

    @Option(names = "-t", description = "Stop; groups go to another server or stop.")
    boolean stop;

    @Option(names = "-r", description = "Stop and start.")
    boolean restart;

    @Option(names = "--suspend", description = "Put monitoring and failover of all to rest.")
    boolean suspend;

    @Option(names = "--resume", description = "Let monitoring and failover of all go on.")
    boolean resume;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(names = "-a", description = "On all servers.")
  private boolean all;

  @Option(names = "-h", paramLabel = "HOST", description = "On this server. Default: here.")
  private @Nullable String host;

  ClpCl(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    ClusterPicture picture = context.look(false);
    if (what.suspend || what.resume) {
      return rest(picture);
    }
    boolean worked = true;
    if (what.stop || what.restart) {
      worked = serve(picture, "Stop", "/v1/service/stop");
    }
    if (worked && (what.start || what.restart)) {
      worked = serve(picture, "Start", "/v1/service/start");
    }
    return worked ? Clp.WORKED : Clp.FAILED;
  }

  /** Suspend and resume concern the whole cluster, whoever is named. */
  private int rest(ClusterPicture picture) {
    String verb = what.suspend ? "Suspend" : "Resume";
    ClpContext.Answer answer =
        context.post(what.suspend ? "/v1/cluster/suspend" : "/v1/cluster/resume");
    boolean worked = true;
    for (Member server : picture.servers()) {
      boolean here = server.up() || server.name().equals(picture.self());
      ClpContext.Answer one =
          answer.worked() && !here
              ? new ClpContext.Answer(
                  false,
                  List.of(server.name() + " is not heard; it learns of this when it is back."))
              : answer;
      worked &= context.each(verb, server.name(), one);
    }
    return worked ? Clp.WORKED : Clp.FAILED;
  }

  /** Whoever owns a group comes last, so that its groups do not travel first. */
  private boolean serve(ClusterPicture picture, String verb, String path) {
    List<String> servers = new ArrayList<>();
    if (all) {
      for (Member m : picture.servers()) {
        servers.add(m.name());
      }
      List<String> owners =
          picture.groups().stream().map(ClusterPicture.Group::owner).distinct().toList();
      servers.sort(java.util.Comparator.<String>comparingInt(s -> owners.contains(s) ? 1 : 0));
    } else {
      servers.add(host == null ? picture.self() : host);
    }
    boolean worked = true;
    for (String server : servers) {
      worked &= context.each(verb, server, context.post(path, "at", server));
    }
    return worked;
  }
}
