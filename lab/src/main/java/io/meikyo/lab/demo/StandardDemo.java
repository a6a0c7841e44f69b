// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.util.List;
import java.util.Random;

/** The agent is killed; then each server in turn loses its power while it is the active one. */
final class StandardDemo {
  private final Stage stage;
  private final Lab lab;
  private final Figures figures;

  StandardDemo(Stage stage) {
    this.stage = stage;
    this.lab = stage.lab();
    this.figures = stage.figures();
  }

  void run(int rounds, Random random)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    killAgent();
    for (int round = 0; round < rounds; round++) {
      lose(random);
      recover();
    }
    stage.close();
  }

  private void killAgent() throws DemoFailed, LabProblem, IOException, InterruptedException {
    if (!lab.outlivesAgent()) {
      return;
    }
    stage.say("kill -9 of the mirror agent under load: the database must only feel a pause.");
    stage.begin();
    Wait.pass(1000);
    lab.killAgent(stage.active());
    Wait.pass(Stage.LOAD_MILLIS);
    stage.end();
    double stall = stage.longest();
    figures.add("longest stall at kill -9 of the agent, s", stall);
    stage.say("No error; the longest wait for a row was %.2f s.", stall);
    stage.check("After the agent's death");
  }

  private void lose(Random random)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    stage.begin();
    Wait.pass(1000 + random.nextInt(3000));
    stage.say("%s loses its power under load, without warning.", stage.active());
    long lost = System.nanoTime();
    lab.powerOff(List.of(stage.active()));
    stage.abandon();
    stage.swap();
    lab.activate(stage.active(), false);
    lab.awaitDevice(stage.active());
    double device = (System.nanoTime() - lost) / 1e9;
    stage.serve();
    double service = (System.nanoTime() - lost) / 1e9;
    figures.add("loss of power to the device on the other server, s", device);
    figures.add("loss of power to the database answering, s", service);
    stage.say(
        "%s is active: the device after %.1f s, the database answers after %.1f s.",
        stage.active(), device, service);
    stage.check("On " + stage.active());
  }

  private void recover() throws DemoFailed, LabProblem, IOException, InterruptedException {
    stage.say(
        "The load goes on; %s comes back and is brought up to date meanwhile.", stage.other());
    stage.begin();
    lab.powerOn(stage.other());
    long began = System.nanoTime();
    lab.awaitInSync(stage.active(), Stage.SYNC_SECONDS);
    double seconds = (System.nanoTime() - began) / 1e9;
    stage.end();
    figures.add("recovery of the returned server under load, s", seconds);
    stage.say("In sync again after %.1f s.", seconds);
  }
}
