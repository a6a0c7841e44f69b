// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

/**
 * Monitoring, recovery actions and takeover at rest (rule R12). Heartbeats, leases and the in-sync
 * sets go on.
 *
 * @param by who suspended it
 * @param sinceMillis when, by that server's clock
 */
public record Suspension(boolean on, String by, long sinceMillis) {
  /** Not suspended. */
  public static final Suspension OFF = new Suspension(false, "", 0);
}
