// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/**
 * What a server does that has lost its lease (rule R16). All times in ns.
 *
 * @param suspend how long I/O is only suspended, in case the lease comes back
 * @param stop from then on: how long dropping the address, killing and unmounting may take before
 *     the last resort
 * @param lastResort how the server is taken down if they do not end
 */
public record SelfFencing(long suspend, long stop, LastResort lastResort) {

  /** The last resort. */
  public enum LastResort implements Choice {
    /** A hardware or software watchdog that is no longer fed. */
    WATCHDOG("watchdog"),
    /** An immediate reset by the kernel. */
    SYSRQ("sysrq"),
    /** The power goes off, and nothing starts again by itself. */
    POWER_OFF("power-off");

    private final String word;

    LastResort(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }
}
