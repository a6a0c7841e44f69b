// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

/**
 * Rule R4 as a table: who may decide when, by which kind of arbitration. The same table, with its
 * reasons, is in docs/arbitration.md; a test compares them.
 *
 * <p>Two reasons stand behind it. A ping says nothing of the other server, so it is trusted only by
 * one that has seen until just now how things stood. And a server that has just started must not
 * switch the other one off: two that fence each other at each boot never come up.
 */
public final class ArbitrationTable {
  private ArbitrationTable() {}

  /** What the server may do. */
  public static Permission decide(Arbiter arbiter, Situation situation) {
    return switch (arbiter) {
      case HTTP_WITNESS ->
          switch (situation) {
            case RUNNING_OWNER -> Permission.AT_ONCE;
            case STANDBY_FRESH, STALE -> Permission.AFTER_LEASE;
            case COLD_START -> Permission.AFTER_START_WAIT;
          };
      case FENCING, PING ->
          switch (situation) {
            case RUNNING_OWNER -> Permission.AT_ONCE;
            case STANDBY_FRESH -> Permission.AFTER_LEASE;
            case STALE, COLD_START -> Permission.OPERATOR_ONLY;
          };
      case OPERATOR -> Permission.OPERATOR_ONLY;
      case NONE -> Permission.WAITS;
    };
  }
}
