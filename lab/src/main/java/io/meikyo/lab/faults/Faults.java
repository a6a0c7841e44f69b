// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.faults;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabApplication;
import io.meikyo.lab.LabCluster;
import io.meikyo.lab.LabPlan;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.LabWitness;
import io.meikyo.lab.Wait;
import io.meikyo.lab.app.FloatingClient;
import io.meikyo.lab.app.Observer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Makes faults happen in one lab, one after the other, and looks at their end. One caller. */
public final class Faults {
  static final long TAKEOVER_SECONDS = 180;

  /** Longer than a server of the lab waits for the others when it boots. */
  static final long COLD_MILLIS = 25_000;

  static final long CUT_MILLIS = 6000;
  private static final long SETTLE_SECONDS = 400;
  private static final long ANSWER_SECONDS = 180;
  private static final List<String> SERVERS = List.of("server1", "server2");

  /**
   * A witness over HTTP is told who has the newest data once a second; and a voter that has just
   * come back grants no lease at first. A fault in that moment would be a second one.
   */
  private static final long CALM_MILLIS = 2500;

  private final Lab lab;
  private final LabPlan.Wish wish;
  private final Consumer<String> says;
  private final List<String> failed = new ArrayList<>();
  private int clients;

  /**
   * Faults in this lab, which is made anew.
   *
   * @param bytes size of the mirror disk
   * @param witness what decides when the servers lose each other
   */
  public Faults(Lab lab, long bytes, LabWitness witness, Consumer<String> says) {
    this.lab = lab;
    this.wish = new LabPlan.Wish(2, bytes, true, true, LabApplication.LEDGER, "fast", witness);
    this.says = says;
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be one more dependency
  private void say(String format, Object... args) {
    says.accept(String.format(Locale.ROOT, format, args));
  }

  /**
   * Runs them; the lab is taken down in the end.
   *
   * @return the faults whose end was not as it should be, each with why
   */
  public List<String> run(List<Fault> faults) throws LabProblem, IOException, InterruptedException {
    try {
      lab.up(wish);
      for (Fault fault : faults) {
        try {
          one(fault);
        } catch (LabProblem e) {
          wrong(fault, String.valueOf(e.getMessage()));
          // What it left is no ground for the next.
          lab.down();
          lab.up(wish);
        }
      }
      return failed;
    } finally {
      lab.down();
    }
  }

  private void wrong(Fault fault, String why) {
    failed.add(fault.word() + ": " + why);
    say("%s: WRONG: %s", fault.word(), why);
  }

  private void one(Fault fault) throws LabProblem, IOException, InterruptedException {
    String a = settled();
    String b = a.equals("server1") ? "server2" : "server1";
    Path lan = lab.network("lan");
    Map<String, Path> servers = new LinkedHashMap<>();
    servers.put(a, lab.network(a));
    servers.put(b, lab.network(b));
    FloatingClient client = new FloatingClient("client" + ++clients, lan, LabCluster.FLOATING);
    Observer observer =
        new Observer("o" + clients, lan, "sw", LabCluster.CLIENT, LabCluster.FLOATING, servers);
    String end;
    try {
      client.awaitNext(ANSWER_SECONDS, lab.cluster().log(a));
      client.mark();
      fault.blow().strike(lab, a, b);
      client.awaitNext(ANSWER_SECONDS, lab.cluster().log(a));
      end = settled();
      client.awaitNext(ANSWER_SECONDS, lab.cluster().log(end));
    } finally {
      client.finish();
      observer.finish();
    }
    int before = failed.size();
    String lost = client.check(lan);
    if (lost != null) {
      wrong(fault, lost);
    }
    observer.wrong().forEach(w -> wrong(fault, w));
    boolean right =
        switch (fault.then()) {
          case STAYS -> end.equals(a);
          case MOVES -> end.equals(b);
          case ANYWHERE -> true;
        };
    if (!right) {
      wrong(fault, "the group is on " + end + ", was on " + a);
    }
    if (failed.size() == before) {
      say(
          "%s: on %s, was on %s; %d rows acknowledged, all there; longest gap %.2f s; %s",
          fault.word(),
          end,
          a,
          client.acknowledged(),
          client.longestNanos() / 1e9,
          observer.seen());
    }
  }

  /** Waits until the group is online, all hear each other and are in sync; returns where it is. */
  private String settled() throws LabProblem, InterruptedException {
    String[] owner = {""};
    Wait.until(
        () -> {
          switchOn();
          owner[0] = owner();
          return !owner[0].isEmpty() && isWhole(owner[0]);
        },
        SETTLE_SECONDS,
        "the group is online, and both servers are in sync",
        log());
    Wait.pass(CALM_MILLIS);
    return owner[0];
  }

  private Path log() throws LabProblem {
    try {
      return lab.cluster().log("server1");
    } catch (IOException e) {
      return Path.of("server1/service.log");
    }
  }

  /** Whoever took itself down (the last resort) waits for a hand. */
  private void switchOn() throws LabProblem, IOException, InterruptedException {
    for (String name : List.of("server1", "server2", "witness1")) {
      if (!lab.isOn(name)) {
        say("%s had taken itself down and is switched on.", name);
        lab.powerOn(name);
      }
    }
  }

  /** Where the group runs; empty unless all agree: one that was cut off knows of an old owner. */
  private String owner() throws LabProblem, IOException {
    String owner = "";
    for (String name : SERVERS) {
      LabCluster.GroupView view = lab.cluster().group(name);
      boolean agrees = owner.isEmpty() || owner.equals(view.owner());
      if (!agrees || !view.phase().equals("ONLINE")) {
        return "";
      }
      owner = view.owner();
    }
    return SERVERS.contains(owner) && "ACTIVE".equals(lab.facts(owner).get("role")) ? owner : "";
  }

  private boolean isWhole(String owner) throws LabProblem, IOException {
    Map<String, String> health = lab.cluster().group(owner).health();
    Map<String, String> facts = lab.facts(owner);
    return health.values().stream().allMatch("UP"::equals)
        && lab.cluster().isTogether()
        && "server1, server2".equals(facts.get("inSync"))
        && facts.entrySet().stream()
            .filter(f -> f.getKey().endsWith(".dirtyChunks"))
            .allMatch(f -> f.getValue().equals("0"));
  }
}
