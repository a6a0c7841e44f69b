// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

/** What strikes in a round of the long demo. */
enum Blow {
  AGENT_OF_ACTIVE("kill -9 of the active's agent", false),
  AGENT_OF_STANDBY("kill -9 of the standby's agent", false),
  POWER_OF_ACTIVE("loss of power of the active", true),
  POWER_OF_STANDBY("loss of power of the standby", true),
  POWER_OF_BOTH("loss of power of both at once", true);

  private final String words;
  private final boolean power;

  Blow(String words, boolean power) {
    this.words = words;
    this.power = power;
  }

  /** For people and for the figures. */
  String words() {
    return words;
  }

  /** True if a server loses its power, and not only a process. */
  boolean isPower() {
    return power;
  }

  /** True if clients lose their database by it. */
  boolean endsService() {
    return this == POWER_OF_ACTIVE || this == POWER_OF_BOTH;
  }
}
