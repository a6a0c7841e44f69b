// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Many rounds of {@link Round drawn} blows: either server or both lose their power, agents are
 * killed in between, and something strikes again while the recovery runs. After each loss of the
 * service the ledger and the file system are checked; after each round those and both replicas.
 *
 * <p>A server that is not in sync must refuse to take over (law 4); then the dead one has to come
 * back and serve again.
 */
final class LongDemo {
  private static final long HEARD_SECONDS = 30;
  private static final long TAKE_OVER_SECONDS = 20;

  private final Stage stage;
  private final Lab lab;
  private final Figures figures;
  private final Set<Blow> struck = EnumSet.noneOf(Blow.class);
  private boolean clean;

  LongDemo(Stage stage) {
    this.stage = stage;
    this.lab = stage.lab();
    this.figures = stage.figures();
  }

  void run(int rounds, Random random)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    int number = 0;
    for (Round round : Round.draw(rounds, random)) {
      number++;
      stage.say("Round %d of %d: %s.", number, rounds, round.words());
      round(round);
      figures.count("rounds: " + round.main().words());
      figures.count("rows acknowledged", stage.acknowledged());
    }
    figures.count("rows found at the end", stage.check("After all rounds"));
    stage.close();
  }

  private void round(Round r) throws DemoFailed, LabProblem, IOException, InterruptedException {
    clean = r.before().isEmpty();
    begin();
    Wait.pass(r.beforeMillis());
    if (r.before().isPresent()) {
      strike(r.before().get(), r);
    }
    Wait.pass(r.mainMillis());
    strike(r.main(), r);
    clean = false;
    recover(r);
    stage.end();
    stall();
    stage.check("After the round");
    checkAtRest();
    stage.verify();
    stage.say("The file system is clean and both replicas are equal.");
    stage.serve();
  }

  /** The file system is looked at while nobody uses it; its journal was replayed by the mount. */
  private void checkAtRest() throws LabProblem, IOException, InterruptedException {
    stage.rest();
    stage.checkFileSystem();
  }

  // ---- load

  private void begin() throws LabProblem, IOException {
    struck.clear();
    stage.begin();
  }

  /** The clients are about to lose their database; until now none may have seen an error. */
  private void outage() throws DemoFailed {
    stage.noErrors();
    stall();
  }

  private void stall() {
    String with =
        struck.isEmpty()
            ? "nothing strikes"
            : struck.stream().map(Blow::words).collect(Collectors.joining(" and "));
    figures.add("longest wait for a row, " + with + ", s", stage.longest());
  }

  // ---- blows

  private void strike(Blow blow, Round r)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    figures.count("blows: " + blow.words());
    if (blow.endsService()) {
      outage();
    } else {
      struck.add(blow);
    }
    switch (blow) {
      case AGENT_OF_ACTIVE -> lab.killAgent(stage.active());
      case AGENT_OF_STANDBY -> lab.killAgent(stage.other());
      case POWER_OF_STANDBY -> {
        lab.powerOff(List.of(stage.other()));
        Wait.pass(1000 + r.darkMillis());
      }
      case POWER_OF_ACTIVE -> loseActive(r);
      case POWER_OF_BOTH -> loseBoth(r);
    }
  }

  private void loseActive(Round r)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    long lost = System.nanoTime();
    lab.powerOff(List.of(stage.active()));
    stage.abandon();
    if (takesOver()) {
      stage.swap();
      served("takeover by the other server", lost);
    } else {
      Wait.pass(r.darkMillis());
      long back = System.nanoTime();
      lab.powerOn(stage.active());
      served("return of the power to the only server in sync", back);
    }
  }

  private void loseBoth(Round r) throws DemoFailed, LabProblem, IOException, InterruptedException {
    List<String> both = new ArrayList<>(List.of(stage.active(), stage.other()));
    lab.powerOff(r.flip() ? both.reversed() : both);
    stage.abandon();
    Wait.pass(r.darkMillis());
    long back = System.nanoTime();
    for (String server : r.darkMillis() % 2 == 0 ? both : both.reversed()) {
      lab.powerOn(server);
    }
    served("return of the power to both", back);
  }

  /** The device is there or comes: mounts, checks everything, and lets the clients go on. */
  private void served(String since, long began)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    lab.awaitDevice(stage.active());
    double device = (System.nanoTime() - began) / 1e9;
    stage.serve();
    double service = (System.nanoTime() - began) / 1e9;
    figures.add(since + ": device, s", device);
    figures.add(since + ": database answers, s", service);
    stage.say(
        "%s serves after the %s: the device after %.1f s, the database after %.1f s.",
        stage.active(), since, device, service);
    stage.check("On " + stage.active());
    checkAtRest();
    stage.serve();
    begin();
  }

  // ---- who may take over

  /**
   * Lets the survivor take over. It must if it is in sync and nothing else had struck before; it
   * must not if it is not in sync.
   */
  private boolean takesOver() throws DemoFailed, LabProblem, IOException, InterruptedException {
    String survivor = stage.other();
    if (!heard(survivor).contains(survivor)) {
      if (tries(survivor).isEmpty()) {
        throw new DemoFailed(survivor + " became active although it is not in sync");
      }
      figures.count("takeover refused: not in sync");
      stage.say("%s is not in sync and refuses to take over.", survivor);
      return false;
    }
    long deadline = System.nanoTime() + TAKE_OVER_SECONDS * 1_000_000_000L;
    Optional<String> refusal = tries(survivor);
    while (refusal.isPresent() && System.nanoTime() < deadline) {
      Wait.pass(500);
      refusal = tries(survivor);
    }
    if (refusal.isEmpty()) {
      return true;
    }
    if (clean) {
      throw new DemoFailed(survivor + " is in sync and does not take over: " + refusal.get());
    }
    figures.count("takeover refused: in sync, but others may have more");
    stage.say("%s refuses to take over: %s", survivor, refusal.get());
    return false;
  }

  /** The in-sync set as a server knows it from the record's keeper. */
  private String heard(String server)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    long deadline = System.nanoTime() + HEARD_SECONDS * 1_000_000_000L;
    while (System.nanoTime() < deadline) {
      Map<String, String> facts = lab.facts(server);
      if (Boolean.parseBoolean(facts.get("recordHeard"))) {
        return facts.getOrDefault("inSync", "");
      }
      Wait.pass(50);
    }
    throw new DemoFailed(server + " does not hear the record's keeper");
  }

  /** Tries to make it the active one; empty if that was done, or why not. */
  private Optional<String> tries(String server) throws LabProblem {
    try {
      lab.activate(server, false);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (LabProblem e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  // ---- recovery

  private void recover(Round r) throws DemoFailed, LabProblem, IOException, InterruptedException {
    back();
    String after = r.main().words();
    long began = System.nanoTime();
    if (r.during().isPresent()) {
      Blow again = r.during().get();
      awaitRecovery();
      Wait.pass(r.duringMillis());
      figures.count(
          isInSync() ? "struck when the recovery had just ended" : "struck in the recovery");
      stage.say("Now, %s.", again.words());
      strike(again, r);
      back();
      after = again.words() + " in the recovery";
      began = System.nanoTime();
    }
    lab.awaitInSync(stage.active(), Stage.SYNC_SECONDS);
    double seconds = (System.nanoTime() - began) / 1e9;
    figures.add("recovery after " + after + ", s", seconds);
    stage.say("In sync again after %.1f s.", seconds);
  }

  /** Gives the other server its power again if it has none. */
  private void back() throws LabProblem, IOException, InterruptedException {
    if (!lab.isOn(stage.other())) {
      stage.say("The load goes on; %s comes back.", stage.other());
      lab.powerOn(stage.other());
    }
  }

  private boolean isInSync() throws LabProblem, IOException {
    return lab.facts(stage.active()).getOrDefault("inSync", "").contains(stage.other());
  }

  /** Waits until the two have met again, or are in sync already. */
  private void awaitRecovery() throws LabProblem, IOException, InterruptedException {
    long deadline = System.nanoTime() + HEARD_SECONDS * 1_000_000_000L;
    String connected = "peers." + stage.other() + ".connected";
    while (System.nanoTime() < deadline
        && !isInSync()
        && !Boolean.parseBoolean(lab.facts(stage.active()).get(connected))) {
      Wait.pass(20);
    }
  }
}
