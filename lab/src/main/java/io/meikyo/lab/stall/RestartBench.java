// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.stall;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabApplication;
import io.meikyo.lab.LabCluster.GroupView;
import io.meikyo.lab.LabPlan;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import io.meikyo.lab.demo.Figures;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The cluster services are killed again and again, on each server in turn, while an application
 * writes: nothing may move, and how long a write waits is measured in the application. One caller;
 * blocks.
 */
public final class RestartBench {
  private static final List<String> SERVERS = List.of("server1", "server2");
  private static final String ACTIVE = "server1";
  private static final String FILE = "/srv/md1/load";
  private static final String PAUSE_MILLIS = "5";
  private static final long SECONDS = 60;
  private static final long WARM_MILLIS = 10_000;
  private static final long SETTLE_MILLIS = 2_000;
  private static final double MILLI = 1e6;

  private final Lab lab;
  private final Consumer<String> says;
  private final Figures figures = new Figures();

  /** A bench that has not begun. */
  public RestartBench(Lab lab, Consumer<String> says) {
    this.lab = lab;
    this.says = says;
  }

  /** What was measured. */
  public Figures figures() {
    return figures;
  }

  /**
   * Runs it in a lab of its own, which is taken down in the end.
   *
   * @param bytes size of the mirror disk
   * @param count how often the service of each server is killed
   * @return what went wrong; null if nothing did
   */
  public @Nullable String run(long bytes, int count)
      throws LabProblem, IOException, InterruptedException {
    try {
      lab.up(new LabPlan.Wish(2, bytes, true, true, LabApplication.NONE, "fast"));
      try (Load load =
          FileLoad.begin(
              lab.enter(ACTIVE), "paced", FILE, Long.toString(bytes / 2), PAUSE_MILLIS)) {
        Wait.pass(WARM_MILLIS);
        for (int i = 0; i < count; i++) {
          for (String server : SERVERS) {
            String wrong = once(load, server);
            if (wrong != null) {
              return "restart " + (i + 1) + " of the service of " + server + ": " + wrong;
            }
          }
        }
      }
      return null;
    } finally {
      lab.down();
    }
  }

  private @Nullable String once(Load load, String server)
      throws LabProblem, IOException, InterruptedException {
    long quiet = System.nanoTime();
    Wait.pass(SETTLE_MILLIS);
    long killed = System.nanoTime();
    lab.killProcess(server, "service");
    Wait.until(
        () -> isWell(server), SECONDS, server + " sees the group", lab.cluster().log(server));
    double back = (System.nanoTime() - killed) / 1e9;
    Wait.pass(SETTLE_MILLIS);
    double idle = load.longest(quiet, killed) / MILLI;
    double stall = load.longest(killed, System.nanoTime()) / MILLI;
    String where = server.equals(ACTIVE) ? "where it writes" : "on the other server";
    figures.add("longest write without a restart, ms", idle);
    figures.add("longest write at a restart " + where + ", ms", stall);
    figures.add("service back " + where + ", s", back);
    says.accept(
        String.format(
            Locale.ROOT,
            "%s: back after %.1f s, the longest write took %.0f ms (%.0f before)",
            server,
            back,
            stall,
            idle));
    for (String each : SERVERS) {
      GroupView view = lab.cluster().group(each);
      if (!view.owner().equals(ACTIVE) || !view.phase().equals("ONLINE")) {
        return each + " says that the group is " + view.phase() + " on '" + view.owner() + "'";
      }
    }
    return null;
  }

  private boolean isWell(String server) throws LabProblem, IOException {
    GroupView view = lab.cluster().group(server);
    return view.phase().equals("ONLINE")
        && SERVERS.stream().allMatch(s -> "UP".equals(view.health().get(s)));
  }
}
