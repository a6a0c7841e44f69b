// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.faults;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Each fault of docs/end-states.md. The active server is a, the standby b. */
public enum Fault {
  KILL_SERVICE_ACTIVE(true, Then.STAYS, (lab, a, b) -> lab.killProcess(a, "service")),
  KILL_SERVICE_STANDBY(false, Then.STAYS, (lab, a, b) -> lab.killProcess(b, "service")),
  KILL_AGENT_ACTIVE(true, Then.STAYS, (lab, a, b) -> lab.killAgent(a)),
  KILL_AGENT_STANDBY(false, Then.STAYS, (lab, a, b) -> lab.killAgent(b)),
  KILL_KEEPER_ACTIVE(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.killProcess(a, "keeper");
        Wait.pass(3000);
      }),
  KILL_WITNESS(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.powerOff(List.of("witness1"));
        Wait.pass(3000);
        lab.powerOn("witness1");
      }),
  POWER_ACTIVE(
      true,
      Then.MOVES,
      (lab, a, b) -> {
        lab.powerOff(List.of(a));
        lab.cluster().awaitOnline(b, Faults.TAKEOVER_SECONDS);
        lab.powerOn(a);
      }),
  POWER_STANDBY(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.powerOff(List.of(b));
        Wait.pass(3000);
        lab.powerOn(b);
      }),
  POWER_BOTH(
      true,
      Then.ANYWHERE,
      (lab, a, b) -> {
        lab.powerOff(List.of(a, b));
        lab.powerOn(a);
        lab.powerOn(b);
      }),
  POWER_ALL(
      false,
      Then.ANYWHERE,
      (lab, a, b) -> {
        lab.powerOff(List.of(a, b, "witness1"));
        lab.powerOn("witness1");
        lab.powerOn(b);
        lab.powerOn(a);
      }),
  ONE_OF_TWO_BOOTS(
      false,
      Then.ANYWHERE,
      (lab, a, b) -> {
        lab.powerOff(List.of(a, b));
        lab.powerOn(b);
        Wait.pass(Faults.COLD_MILLIS);
        lab.powerOn(a);
      }),
  CUT_CABLE(
      true,
      Then.STAYS,
      (lab, a, b) -> {
        lab.net("cut", a, b, Lab.Between.CABLE);
        Wait.pass(Faults.CUT_MILLIS);
        lab.net("heal", a, b);
      }),
  CUT_LAN_ACTIVE(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.net("cut", a, "lan");
        Wait.pass(Faults.CUT_MILLIS);
        lab.net("heal", a, "lan");
      }),
  CUT_LAN_STANDBY(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.net("cut", b, "lan");
        Wait.pass(Faults.CUT_MILLIS);
        lab.net("heal", b, "lan");
      }),
  CUT_ALL_ACTIVE(
      true,
      Then.MOVES,
      (lab, a, b) -> {
        lab.net("cut", a, b);
        lab.net("cut", a, "lan");
        lab.cluster().awaitOnline(b, Faults.TAKEOVER_SECONDS);
        Wait.pass(3000);
        lab.net("heal", a, "lan");
        lab.net("heal", a, b);
      }),
  CUT_ALL_STANDBY(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.net("cut", a, b);
        lab.net("cut", b, "lan");
        Wait.pass(Faults.CUT_MILLIS);
        lab.net("heal", b, "lan");
        lab.net("heal", a, b);
      }),
  SLOW_LINK(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.net("slow", a, b);
        Wait.pass(Faults.CUT_MILLIS);
        lab.net("heal", a, b);
      }),
  FREEZE_ACTIVE(
      false,
      Then.MOVES,
      (lab, a, b) -> {
        lab.freeze(a, true);
        Wait.pass(10_000);
        lab.freeze(a, false);
        // The kernel of a answers for the floating IP until its processes let go of it.
        lab.cluster().awaitOnline(b, Faults.TAKEOVER_SECONDS);
      }),
  FREEZE_SERVICE_ACTIVE(
      false,
      Then.STAYS,
      (lab, a, b) -> {
        lab.signal(a, "service", "STOP");
        Wait.pass(10_000);
        lab.signal(a, "service", "CONT");
      });

  /**
   * What two servers without a third vote are tried with: the active server dies, and then the one
   * that has taken over.
   */
  public static final List<Fault> FOR_TWO = List.of(POWER_ACTIVE, POWER_ACTIVE);

  /** Where the group is in the end. */
  enum Then {
    /** Where it was. */
    STAYS,
    /** On the other server. */
    MOVES,
    /** On one of them. */
    ANYWHERE
  }

  /** What strikes, until it is healed. */
  interface Blow {
    void strike(Lab lab, String a, String b) throws LabProblem, IOException, InterruptedException;
  }

  private final boolean brief;
  private final Then then;
  private final Blow blow;

  Fault(boolean brief, Then then, Blow blow) {
    this.brief = brief;
    this.then = then;
    this.blow = blow;
  }

  /** True if it is one of the short run. */
  public boolean isBrief() {
    return brief;
  }

  Then then() {
    return then;
  }

  Blow blow() {
    return blow;
  }

  /** As it is called in docs/end-states.md. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
