// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/** The last rung of a ladder. None is taken on the last healthy server. */
public enum FinalAction implements Choice {
  /** It stays as it is, and is shown. */
  NONE("none"),
  /** The group stops. */
  STOP_GROUP("stop-group"),
  /** The cluster service stops on this server, and its groups with it. */
  STOP_SERVICE("stop-service"),
  /** The server shuts down in order and starts again. */
  REBOOT("reboot"),
  /** The server shuts down in order and stays off. */
  POWER_OFF("power-off"),
  /** The server is reset at once, without any order. */
  RESET("reset");

  private final String word;

  FinalAction(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}
