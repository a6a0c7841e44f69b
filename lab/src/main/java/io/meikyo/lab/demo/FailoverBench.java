// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabApplication;
import io.meikyo.lab.LabCluster;
import io.meikyo.lab.LabCost;
import io.meikyo.lab.LabPlan;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import io.meikyo.lab.app.FloatingClient;
import io.meikyo.lab.app.Observer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How long clients of the floating IP are without an answer: at planned moves, and when the active
 * server is killed; and what the processes cost that wait for it. One caller; blocks.
 */
public final class FailoverBench {
  private static final long ANSWER_SECONDS = 60;
  private static final long SYNC_SECONDS = 120;
  private static final long SETTLE_MILLIS = 60_000;
  private static final long IDLE_MILLIS = 40_000;
  private static final double MIB = 1 << 20;

  private final Lab lab;
  private final Figures figures = new Figures();
  private final Consumer<String> says;

  /** A bench that has not begun. */
  public FailoverBench(Lab lab, Consumer<String> says) {
    this.lab = lab;
    this.says = says;
  }

  /** What was measured. */
  public Figures figures() {
    return figures;
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be one more dependency
  private void say(String format, Object... args) {
    says.accept(String.format(Locale.ROOT, format, args));
  }

  /**
   * Runs it in a lab of its own, which is taken down in the end.
   *
   * @return what went wrong; null if nothing did
   */
  public @Nullable String run(long bytes, int moves, int kills, String profile)
      throws LabProblem, IOException, InterruptedException {
    try {
      lab.up(new LabPlan.Wish(2, bytes, true, true, LabApplication.LEDGER, profile));
      idle();
      Path lan = lab.network("lan");
      Map<String, Path> servers = new LinkedHashMap<>();
      for (String name : List.of("server1", "server2")) {
        servers.put(name, lab.network(name));
      }
      Observer observer =
          new Observer("observer", lan, "sw", LabCluster.CLIENT, LabCluster.FLOATING, servers);
      FloatingClient client = new FloatingClient("client", lan, LabCluster.FLOATING);
      String active = "server1";
      client.awaitNext(ANSWER_SECONDS, lab.cluster().log(active));
      for (int i = 0; i < moves; i++) {
        active = move(client, active);
      }
      for (int i = 0; i < kills; i++) {
        active = kill(client, active);
      }
      client.finish();
      observer.finish();
      say("The observer: %s.", observer.seen());
      String lost = client.check(lan);
      if (lost != null || !observer.wrong().isEmpty()) {
        return lost != null ? lost : String.join("; ", observer.wrong());
      }
      say("All %d acknowledged rows are there.", client.acknowledged());
      figures.count("rows acknowledged and found", client.acknowledged());
      return null;
    } finally {
      lab.down();
    }
  }

  private static String other(String server) {
    return server.equals("server1") ? "server2" : "server1";
  }

  private String move(FloatingClient client, String active)
      throws LabProblem, IOException, InterruptedException {
    String to = other(active);
    calm(active);
    client.mark();
    long told = System.nanoTime();
    lab.cluster().move(active, to);
    client.awaitElsewhere(active, ANSWER_SECONDS, lab.cluster().log(to));
    double gap = client.longestNanos() / 1e9;
    double whole = (client.longestFrom() - told) / 1e9 + gap;
    figures.add("planned move: from the command to an answer there, s", whole);
    figures.add("planned move: longest gap of the client, s", gap);
    say("moved to %s: %.2f s without an answer, %.2f s after the command", to, gap, whole);
    lab.cluster().awaitOnline(to, ANSWER_SECONDS);
    return to;
  }

  private String kill(FloatingClient client, String active)
      throws LabProblem, IOException, InterruptedException {
    String to = other(active);
    calm(active);
    client.mark();
    long began = System.nanoTime();
    lab.powerOff(List.of(active));
    client.awaitElsewhere(active, ANSWER_SECONDS, lab.cluster().log(to));
    double gap = client.longestNanos() / 1e9;
    figures.add("kill -9 of the active server: longest gap of the client, s", gap);
    say("%s killed; %s answers after %.2f s", active, to, gap);
    lab.powerOn(active);
    lab.awaitInSync(to, SYNC_SECONDS);
    lab.cluster().awaitHeard(to, active, SYNC_SECONDS);
    figures.add("power on to in sync, s", (System.nanoTime() - began) / 1e9 - gap);
    return to;
  }

  /** Everybody is there, in sync, and has voted for a while. */
  private void calm(String active) throws LabProblem, IOException, InterruptedException {
    lab.awaitInSync(active, SYNC_SECONDS);
    lab.awaitReconciled(active, SYNC_SECONDS);
    lab.cluster().awaitHeard(active, other(active), SYNC_SECONDS);
    lab.cluster().awaitHeard(active, "witness1", SYNC_SECONDS);
    Wait.pass(2000);
  }

  /**
   * Resident memory and processor of all that runs on each server, with nothing to do; first of all
   * time passes in which the JVMs compile what they do again and again.
   */
  private void idle() throws LabProblem, IOException, InterruptedException {
    Wait.pass(SETTLE_MILLIS);
    Map<String, Map<String, LabCost>> before = costs();
    long began = System.nanoTime();
    Wait.pass(IDLE_MILLIS);
    Map<String, Map<String, LabCost>> after = costs();
    double millis = (System.nanoTime() - began) / 1e6;
    after.forEach((server, all) -> {
      Map<String, LabCost> was = before.getOrDefault(server, Map.of());
      double resident = 0;
      double share = 0;
      double percent = 0;
      for (Map.Entry<String, LabCost> e : all.entrySet()) {
        LabCost cost = e.getValue();
        long cpu = cost.cpuMillis() - was.getOrDefault(e.getKey(), cost).cpuMillis();
        resident += cost.residentBytes() / MIB;
        share += cost.shareBytes() / MIB;
        percent += cpu * 100.0 / millis;
        cost(server + ", " + e.getKey(), cost, cpu * 100.0 / millis);
      }
      say("%s: %.0f MiB (%.0f by share), %.1f %% of a processor", server, resident, share, percent);
    });
  }

  private Map<String, Map<String, LabCost>> costs() throws LabProblem, IOException {
    Map<String, Map<String, LabCost>> all = new LinkedHashMap<>();
    for (String name : List.of("server1", "server2")) {
      all.put(name, lab.costs(name));
    }
    return all;
  }

  private void cost(String who, LabCost cost, double percent) {
    double resident = cost.residentBytes() / MIB;
    double share = cost.shareBytes() / MIB;
    figures.add("idle: " + who + ": MiB resident", resident);
    figures.add("idle: " + who + ": MiB by share", share);
    figures.add("idle: " + who + ": percent of a processor", percent);
    say("%s: %.0f MiB (%.0f by share), %.1f %% of a processor", who, resident, share, percent);
  }
}
