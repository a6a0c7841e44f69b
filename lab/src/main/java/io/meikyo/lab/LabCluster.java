// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.lab.demo.PostgresPrograms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cluster of a lab: founded, joined, asked and steered as its operator would, through the API
 * of its servers. Methods block; one caller at a time.
 */
public final class LabCluster {
  /** The one group. */
  public static final String GROUP = "failover1";

  /** Its floating IP. */
  public static final String FLOATING = LabConfig.FLOATING;

  /** Address of clients on the LAN. */
  public static final String CLIENT = LabNet.clientAddress();

  private static final long STOP_SECONDS = 120;

  private final LabFolder folder;
  private final LabPlan plan;

  LabCluster(LabFolder folder, LabPlan plan) throws LabProblem {
    if (!plan.cluster()) {
      throw new LabProblem(LabNotice.NO_CLUSTER, folder.path());
    }
    this.folder = folder;
    this.plan = plan;
  }

  // ---- founding

  /** Writes the configuration and founds the cluster on server1. Nothing runs yet. */
  void found() throws LabProblem, IOException, InterruptedException {
    Path postgres =
        plan.wish().application() == LabApplication.POSTGRESQL ? PostgresPrograms.look() : null;
    Files.writeString(
        folder.configuration(), new LabConfig(folder, plan).text(postgres), StandardCharsets.UTF_8);
    meikyo(
        "server1",
        "cluster",
        "init",
        "--config",
        folder.configuration().toString(),
        "--server",
        "server1",
        "--cluster-id",
        plan.clusterId().toString(),
        "--state",
        state("server1").toString());
    Files.writeString(
        state("server1").resolve("disk-ids"),
        LabPlan.MIRROR + "=" + plan.diskId() + "\n",
        StandardCharsets.UTF_8);
  }

  /** Joins a machine with a token, over the LAN; its services do not run yet. */
  void join(String name) throws LabProblem, IOException, InterruptedException {
    String kind = name.equals(LabPlan.WITNESS) ? "--witness" : "--server";
    String said =
        meikyo(
            "server1",
            "cluster",
            "token",
            "create",
            kind,
            name,
            "--state",
            state("server1").toString());
    Path token = folder.path().resolve(name + ".token");
    Files.writeString(token, said.lines().findFirst().orElse("") + "\n", StandardCharsets.UTF_8);
    meikyo(
        name,
        "cluster",
        "join",
        LabNet.lanAddress(1),
        "--token-file",
        token.toString(),
        "--server",
        name,
        "--state",
        state(name).toString());
    Files.delete(token);
  }

  /** Runs the command in the network of a machine, with or without its power. */
  private String meikyo(String where, String... words) throws LabProblem, InterruptedException {
    List<String> all = new ArrayList<>();
    all.add("nsenter");
    all.add("--net=" + LabNet.path(new LabNet(folder, plan).of(plan.number(where))));
    all.add(folder.command().toString());
    all.addAll(List.of(words));
    return Shell.run(all.toArray(String[]::new));
  }

  private Path state(String name) throws LabProblem {
    return folder.server(plan.number(name)).resolve("cluster");
  }

  /** What the cluster service of a machine said. */
  public Path log(String name) throws LabProblem {
    return folder.server(plan.number(name)).resolve("service.log");
  }

  // ---- asking

  /** Asks a server; null if it refuses or does not answer now. */
  private @Nullable Map<String, @Nullable Object> ask(
      String server, String method, String path, String... query) throws LabProblem {
    try {
      HttpSeam.Response answer =
          new ApiClient(folder.api(plan.number(server)))
              .ask(method, path, ApiClient.query(query), "");
      return answer.status() == 200 ? JsonText.object(answer.json()) : null;
    } catch (IOException e) {
      // It is off, or starting, or hangs: it does not answer now.
      return null;
    }
  }

  /** What a server says of the cluster; empty if it does not answer now. */
  public Map<String, @Nullable Object> status(String server) throws LabProblem {
    Map<String, @Nullable Object> all = ask(server, "GET", "/v1/status");
    return all == null ? Map.of() : all;
  }

  /** Waits until the cluster service of a server answers and the cluster is founded. */
  void awaitAnswer(String server, long seconds) throws LabProblem, InterruptedException {
    Wait.until(
        () -> Boolean.TRUE.equals(status(server).get("founded")),
        seconds,
        "the cluster service of " + server + " answers",
        log(server));
  }

  /** Waits until everybody votes and is heard: from then on one of them may be lost. */
  void awaitAll(long seconds) throws LabProblem, InterruptedException {
    for (String name : plan.voters()) {
      Wait.until(
          () -> name.equals("server1") || votes(name), seconds, name + " votes", log("server1"));
    }
    Wait.until(this::isTogether, seconds, "both servers know the witness", log("server1"));
    for (String server : plan.names()) {
      for (String name : plan.voters()) {
        if (!name.equals(server)) {
          awaitHeard(server, name, seconds);
        }
      }
    }
  }

  /**
   * True if both servers of a pair vote in the same group, and know the witness: only then one of
   * them can go on alone when it must. True for a cluster with a third vote.
   */
  public boolean isTogether() throws LabProblem {
    if (plan.hasVotingWitness()) {
      return true;
    }
    for (String name : plan.names()) {
      boolean together =
          status(name).get("arbitration") instanceof Map<?, ?> pair
              && "TOGETHER".equals(pair.get("phase"));
      if (!together || !Files.exists(state(name).resolve("witness-incarnation"))) {
        return false;
      }
    }
    return true;
  }

  /** Whoever led when it became a voter has said so. */
  private boolean votes(String name) throws LabProblem, IOException {
    for (String machine : plan.voters()) {
      Path log = log(machine);
      if (Files.exists(log)
          && Files.readString(log, StandardCharsets.UTF_8).contains(name + "#1 votes now")) {
        return true;
      }
    }
    return false;
  }

  /** How a server sees the group. */
  public record GroupView(String owner, String phase, Map<String, String> health) {}

  /** How a server sees the group; all empty if it does not answer. */
  public GroupView group(String server) throws LabProblem {
    Map<String, @Nullable Object> all = status(server);
    Map<String, String> health = new LinkedHashMap<>();
    for (Map<?, ?> m : maps(all.get("servers"))) {
      health.put(String.valueOf(m.get("name")), String.valueOf(m.get("health")));
    }
    for (Map<?, ?> g : maps(all.get("groups"))) {
      if (GROUP.equals(g.get("name"))) {
        Object owner = g.get("owner");
        return new GroupView(
            owner == null ? "" : owner.toString(), String.valueOf(g.get("phase")), health);
      }
    }
    return new GroupView("", "", health);
  }

  private static List<Map<?, ?>> maps(@Nullable Object list) {
    List<Map<?, ?>> all = new ArrayList<>();
    if (list instanceof List<?> values) {
      for (Object v : values) {
        if (v instanceof Map<?, ?> m) {
          all.add(m);
        }
      }
    }
    return all;
  }

  /** Waits until the group is online on this server, as it says itself. */
  public void awaitOnline(String server, long seconds) throws LabProblem, InterruptedException {
    Wait.until(
        () -> {
          GroupView view = group(server);
          return view.owner().equals(server) && view.phase().equals("ONLINE");
        },
        seconds,
        GROUP + " is online on " + server,
        log(server));
  }

  /** Waits until a server sees another as up. */
  public void awaitHeard(String server, String other, long seconds)
      throws LabProblem, InterruptedException {
    Wait.until(
        () -> "UP".equals(group(server).health().get(other)),
        seconds,
        server + " hears " + other,
        log(server));
  }

  /** Orders something of a server that must be taken. */
  public void order(String server, String path, String... query)
      throws LabProblem, InterruptedException {
    if (ask(server, "POST", path, query) == null) {
      throw new LabProblem(LabNotice.NO_SERVICE, path, log(server));
    }
  }

  /** Moves the group; returns when that is decided. */
  public void move(String from, String to) throws LabProblem, InterruptedException {
    order(from, "/v1/groups/" + GROUP + "/move", "server", to);
  }

  /** Stops the group, and waits until nobody has it. */
  public void stop(String server) throws LabProblem, InterruptedException {
    order(server, "/v1/groups/" + GROUP + "/stop");
    Wait.until(
        () -> {
          GroupView view = group(server);
          return view.owner().isEmpty() && view.phase().equals("OFFLINE");
        },
        STOP_SECONDS,
        GROUP + " is stopped",
        log(server));
  }

  /** Starts the group on a server, and waits until it is online there. */
  public void start(String server) throws LabProblem, InterruptedException {
    order(server, "/v1/groups/" + GROUP + "/start", "server", server);
    awaitOnline(server, STOP_SECONDS);
  }
}
